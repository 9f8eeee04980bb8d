"""The groups of commands: list, show, add, edit and delete, for people, pipes and programs."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from cli.conftest import CommandLine
from julep_local import Agent, User
from julep_local.cli.output import Output

TOOL = {"name": "weather", "description": "Tells the weather", "parameters": {"type": "object", "properties": {}}}


def test_an_agent_is_added_shown_changed_and_deleted(julep: CommandLine) -> None:
    added = julep.json("agents", "add", "Ada", "--about", "a guide", "-i", "Be short.", "-s", "temperature=0.5")
    changed = julep.json("agents", "edit", "ada", "--about", "a pilot", "--metadata", "place=harbour")
    shown = julep.json("agents", "show", added["id"][:6])
    julep("agents", "delete", "Ada", "--yes")

    assert (changed["about"], changed["instructions"], shown) == ("a pilot", ["Be short."], changed)
    assert added["default_settings"]["temperature"] == 0.5
    assert Agent.model_validate(shown).metadata == {"place": "harbour"}
    assert julep.json("agents", "list") == []


def test_a_user_is_added_shown_changed_and_deleted(julep: CommandLine) -> None:
    added = julep.json("users", "add", "Bo", "--about", "likes maps")
    changed = julep.json("users", "edit", "bo", "--name", "Bob")

    assert User.model_validate(changed).about == "likes maps"
    assert julep.json("users", "delete", "Bob", "-y") == {"deleted": [added["id"]]}
    assert julep.json("users", "list") == []


def test_a_session_is_added_shown_changed_cleared_and_deleted(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("users", "add", "Bo")
    added = julep.json("sessions", "add", "--user", "bo", "--situation", "at the harbour")
    julep("chat", "--session", "last", "-m", "Hello")

    shown = julep.json("sessions", "show", "last")
    people = julep("sessions", "show", "last").out
    julep("sessions", "edit", "last", "--situation", "at sea")
    julep("sessions", "clear", added["id"][:8], "-y")

    assert [(each["role"], each["content"]) for each in shown["history"]] == [("user", "Hello"), ("assistant", "ok")]
    assert "Bo:\nHello" in people
    assert "Ada:\nok" in people
    after = julep.json("sessions", "show", "last")
    assert (after["situation"], after["history"]) == ("at sea", [])
    assert len(julep.json("sessions", "list", "--agent", "ada", "--user", "bo")) == 1
    julep("sessions", "delete", "last", "-y")
    assert julep.json("sessions", "list") == []


def test_a_tool_is_added_shown_changed_and_deleted(julep: CommandLine, tmp_path: Path) -> None:
    julep("agents", "add", "Ada")
    (tmp_path / "weather.json").write_text(json.dumps(TOOL))

    added = julep.json("tools", "add", f"@{tmp_path / 'weather.json'}")
    changed = julep.json("tools", "edit", "weather", json.dumps({"description": "Tells the tide"}))

    assert added["function"]["name"] == "weather"
    assert julep.json("tools", "show", "weather") == changed
    assert changed["function"]["description"] == "Tells the tide"
    julep("tools", "delete", "weather", "-y")
    assert julep.json("tools", "list") == []


def test_a_tool_whose_schema_is_wrong_is_listed(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("tools", "add", '{"name": "odd", "parameters": {"properties": [1, 2]}}')
    julep("tools", "add", '{"name": "even", "parameters": {"properties": {"place": {}}}}')

    listed = julep("tools", "list").out

    assert "odd" in listed
    assert "even\tplace" in listed


def test_a_memory_is_added_found_explained_corrected_and_deleted(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("users", "add", "Bo")
    added = julep.json("memories", "add", "My dog is called Biscuit.", "--user", "bo", "--speaker", "Bo")

    (hit,) = julep.json("memories", "search", "What is the dog called?")
    found = julep("memories", "search", "What is the dog called?").out
    julep("memories", "edit", added["id"], "--content", "Bo: My dog is called Crumb.")
    explained = julep("memories", "show", added["id"][:8]).out

    assert hit["memory"]["id"] == added["id"]
    assert "words: dog, called" in found
    assert "a chat is shown it" in found
    assert "Crumb" in explained
    assert "edited passed" in explained
    julep("memories", "delete", added["id"], "-y")
    assert julep.json("memories", "list") == []


def test_forgetting_a_user_says_what_was_found_afterwards(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("users", "add", "Bo")
    julep("memories", "add", "I live in Bergen.", "--user", "bo")

    receipt = julep.json("memories", "forget", "bo", "-y")

    assert (receipt["n_memories"], receipt["n_rows_left"]) == (1, 0)


def test_jobs_are_waited_for_and_shown(julep: CommandLine) -> None:
    julep("chat", "-m", "My dog is called Biscuit.")

    julep("jobs", "wait")
    jobs = julep.json("jobs", "list")

    assert {each["state"] for each in jobs} == {"succeeded"}
    assert jobs[0]["name"] in julep("jobs", "show", jobs[0]["id"][:8]).out


def test_stats_count_what_there_is(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("docs", "add", "--title", "Guide", typed="\n\n".join(f"# Part {n}\n\n" + "The tide. " * 60 for n in range(3)))

    stats = julep.json("stats")

    assert (stats["agents"], stats["docs"], stats["users"]) == (1, 1, 0)
    assert stats["chunks"] == stats["vectors"] > 1
    assert stats["n_bytes"] > 0
    assert f"1 in {stats['chunks']} pieces" in julep("stats").out


# -- which one is meant


def test_a_name_that_several_have_lists_them(julep: CommandLine) -> None:
    first, second = (julep.json("agents", "add", name) for name in ("Ada", "Ada"))

    said = julep("agents", "show", "ada", code=2).err

    assert "2 agents are called 'ada'" in said
    assert first["id"][:13] in said
    assert second["id"][:13] in said
    assert julep.json("agents", "show", first["id"][:8])["id"] == first["id"]


def test_a_name_as_it_is_written_wins_over_other_capitals(julep: CommandLine) -> None:
    julep("agents", "add", "ada")
    other = julep.json("agents", "add", "Ada")

    assert julep.json("agents", "show", "Ada")["id"] == other["id"]


def test_a_name_that_nobody_has_lists_what_there_is(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")

    said = julep("agents", "show", "Eve", code=3).err

    assert "'Eve' not found" in said
    assert "Ada" in said


@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000000", "00000000"])
def test_an_id_that_nothing_has_is_exit_code_3(julep: CommandLine, id: str) -> None:
    for group in ("agents", "users", "sessions", "docs", "memories", "jobs"):
        assert "not found" in julep(group, "show", id, code=3).err


def test_of_several_agents_one_must_be_named(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("agents", "add", "Eve")

    assert "--agent NAME" in julep("docs", "list", code=2).err
    assert julep.json("docs", "list", "--agent", "eve") == []


# -- deleting


def test_nothing_is_deleted_where_nobody_can_be_asked(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")

    assert "--yes" in julep("agents", "delete", "Ada", code=2).err
    assert len(julep.json("agents", "list")) == 1


# -- what is printed


def test_a_pipe_gets_whole_ids_and_a_tab_between_cells(julep: CommandLine) -> None:
    added = julep.json("agents", "add", "Ada", "--about", "two\nlines and a\ttab")

    header, row = julep("agents", "list").out.splitlines()

    assert header.split("\t") == ["id", "name", "model", "about"]
    assert row.split("\t") == [added["id"], "Ada", "", "two lines and a tab"]


def test_a_terminal_gets_short_ids_and_columns(julep: CommandLine, terminal: Any) -> None:
    added = julep.json("agents", "add", "Ada", "--about", "a guide")
    terminal(columns=100)

    said = julep("agents", "list").out

    assert added["id"][:8] in said
    assert added["id"] not in said
    assert all(len(line) <= 100 for line in said.splitlines())


def test_a_narrow_terminal_gets_a_line_for_each_value(julep: CommandLine, terminal: Any) -> None:
    julep("agents", "add", "Ada", "--about", "a guide")
    terminal(columns=40, NO_COLOR="1")

    assert "  name: Ada\n  about: a guide\n" in julep("agents", "list").out


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_without_colour_there_are_no_colours(julep: CommandLine, terminal: Any, environment: dict[str, str]) -> None:
    julep("agents", "add", "Ada", "--about", "a guide")
    terminal(**environment)

    said = julep("agents", "show", "ada").out + julep("agents", "list").out

    assert "\033[3" not in said  # a colour
    assert "name: Ada" in said


def test_what_a_doc_says_does_not_steer_the_terminal(julep: CommandLine, terminal: Any) -> None:
    julep("agents", "add", "Ada", "--about", "\033]0;owned\007 a \033[31mguide")
    terminal(NO_COLOR="1", TERM="dumb")

    said = julep("agents", "show", "ada").out + julep("agents", "list").out

    assert "\033" not in said
    assert "\007" not in said


def test_a_name_does_not_steer_the_terminal_that_asks_before_deleting(
    julep: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(question: str, err: bool) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("julep_local.cli.options._can_ask", lambda: True)
    monkeypatch.setattr("typer.confirm", confirm)
    with julep.open() as client:
        agent = client.agents.create(name="A\033[2Jda", about="")

    julep("agents", "delete", agent.id, code=1)

    assert asked[0].startswith("Delete A[2Jda (")


def test_a_bar_shows_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Progress(disable=True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(Output, "moves", True)
    monkeypatch.setattr(Output, "_progress", lambda self: shown)

    with Output().bar("exporting A\033[2Jda") as bar:
        began = shown.tasks[0].description
        bar.at(2, doing="B\007o")

    assert (began, shown.tasks[0].description) == ("exporting A[2Jda", "Bo")


def test_errors_are_json_where_results_are(julep: CommandLine) -> None:
    said = json.loads(julep("agents", "show", "Eve", "--json", code=3).err)

    assert said["error"]["exit_code"] == 3
    assert said["error"]["status_code"] == 404
    assert "Eve" in said["error"]["message"]


def test_options_for_all_commands_may_stand_in_front_or_behind(julep: CommandLine, tmp_path: Path) -> None:
    other = tmp_path / "other.db"

    julep("--path", other, "agents", "add", "Ada")

    assert json.loads(julep("--json", "agents", "list", "--path", other).out)[0]["name"] == "Ada"
    assert julep.json("agents", "list") == []


# -- what was typed wrongly


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["agenst"], "did you mean 'agents'", id="no command"),
        pytest.param(["agents", "add", "Ada", "-s", "hot"], "key=value", id="no pair"),
        pytest.param(["agents", "add", "Ada", "-s", "temperature=hot"], "temperature", id="no number"),
        pytest.param(["agents", "add", "Ada", "--metadata", "{1"], "no JSON", id="no JSON"),
        pytest.param(["agents", "list", "--limit", "-1"], "--limit", id="no limit"),
        pytest.param(["memories", "list", "--state", "odd"], "retracted", id="no state"),
        pytest.param(["docs", "add", "x.md", "--agent", "a", "--user", "b"], "not both", id="two owners"),
    ],
)
def test_what_cannot_be_meant_is_exit_code_2(julep: CommandLine, arguments: list[str], says: str) -> None:
    assert says in julep(*arguments, code=2).err


def test_a_file_that_is_not_there_is_exit_code_3(julep: CommandLine) -> None:
    assert "no-such.txt" in julep("agents", "add", "Ada", "--about", "@no-such.txt", code=3).err


def test_the_home_of_a_user_there_is_not_is_said_in_a_sentence(julep: CommandLine) -> None:
    missing = julep("agents", "add", "Ada", "--about", "@~nobody-of-this-name/about.md", code=3).err
    julep("agents", "add", "Ada")
    exported = julep("export", "Ada", "~nobody-of-this-name/ada.zip", code=1).err

    assert "~nobody-of-this-name/about.md: No such file or directory" in missing
    assert exported.startswith("julep-local: ")


def test_a_chat_template_that_is_no_text_is_said_in_a_sentence(julep: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "template.jinja").write_bytes(b"\xff\xfe\x00")

    said = julep("models", "add", "tiny", "x.gguf", "--chat-template", tmp_path / "template.jinja", code=2).err

    assert "is no text in UTF-8" in said


def test_a_file_that_is_no_database_is_exit_code_5(julep: CommandLine) -> None:
    julep.path.write_text("a letter, and no database of anybody's" * 100)

    assert str(julep.path) in julep("agents", "list", code=5).err


# -- an agent in a file of its own


def test_an_agent_leaves_in_a_file_and_enters_in_another(julep: CommandLine, tmp_path: Path) -> None:
    julep("chat", "-m", "My dog is called Biscuit.")
    julep("docs", "add", "--title", "Ferry", typed="The ferry leaves at 9:15.")
    exported = julep.json("export", "Ada", tmp_path / "ada.zip")

    julep.path = tmp_path / "other.db"
    imported = julep.json("import", tmp_path / "ada.zip")

    assert imported["digest"] == exported["digest"]
    assert julep.json("docs", "search", "When does the ferry leave?")[0]["title"] == "Ferry"
    assert "are here already" in julep("import", tmp_path / "ada.zip", code=1).err
    julep("import", tmp_path / "ada.zip", "--ids", "new")
    assert len(julep.json("agents", "list")) == 2


def test_a_file_that_is_no_export_is_exit_code_1(julep: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada")

    assert "letter.txt" in julep("import", tmp_path / "letter.txt", code=1).err


def test_a_person_is_erased_with_a_receipt(julep: CommandLine) -> None:
    julep("users", "add", "Bo")
    julep("chat", "-m", "My dog is called Biscuit.", "--user", "Bo")

    receipt = julep.json("users", "forget", "Bo", "-y")

    assert receipt["n_rows"]["memories"] == 1
    assert (receipt["n_rows_left"], receipt["n_texts_left"]) == (0, 0)
    assert julep.json("users", "list") == []


def test_a_setting_that_there_is_not_is_refused(julep: CommandLine) -> None:
    said = julep("agents", "add", "Ada", "-s", "temprature=0", code=2).err

    assert "temprature" in said
    assert "temperature" in said
    assert julep.json("agents", "list") == []
