"""`julep-local chat`: in a pipe, and what can be typed with a slash."""

import builtins
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import CommandLine
from julep_local import ChatResponse
from julep_local.llm.base import ToolCall
from julep_local.testing import Answer

TIDE = {"name": "tide", "parameters": {"type": "object", "properties": {}}}
TIDE_CALL = Answer(calls=[ToolCall(id="1", name="tide", arguments="{}")])

# -- in a pipe


def test_a_question_in_a_pipe_is_answered_and_nothing_else_is_printed(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep.replies = ["The ferry leaves at 9:15."]

    said = julep("chat", "ada", typed="When does the ferry leave?\n")

    assert (said.out, said.err) == ("The ferry leaves at 9:15.\n", "")
    assert [each["content"] for each in julep.json("sessions", "show", "last")["history"]] == [
        "When does the ferry leave?\n",
        "The ferry leaves at 9:15.",
    ]


def test_what_a_pipe_delivers_stands_before_the_message(julep: CommandLine) -> None:
    julep("chat", "-m", "Sum this up.", typed="A long text.\n")

    assert julep.json("sessions", "show", "last")["history"][0]["content"] == "A long text.\n\nSum this up."


def test_an_answer_as_json_is_a_chat_response(julep: CommandLine) -> None:
    response = ChatResponse.model_validate(julep.json("chat", "-m", "Hello"))

    assert response.response[0][0].content == "ok"
    assert response.context is not None


def test_a_first_run_makes_an_agent_and_a_user(julep: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "bo")

    julep("chat", "-m", "Hello")
    julep("chat", "-m", "Hello again")

    assert [each["name"] for each in julep.json("agents", "list")] == ["Ada"]
    assert [each["name"] for each in julep.json("users", "list")] == ["bo"]
    assert len(julep.json("sessions", "list")) == 2


def test_what_was_said_is_remembered_when_the_command_ends(julep: CommandLine) -> None:
    julep("chat", "-m", "My dog is called Biscuit.")

    assert "Biscuit" in julep("memories", "list").out


def test_continuing_goes_on_in_the_last_session(julep: CommandLine) -> None:
    julep("chat", "-m", "one")
    julep("chat", "-m", "two")

    julep("chat", "-c", "-m", "three", "--situation", "at sea")

    shown = julep.json("sessions", "show", "last")
    assert [each["content"] for each in shown["history"]] == ["two", "ok", "three", "ok"]
    assert shown["situation"] == "at sea"


def test_without_remembering_nothing_is_remembered_and_all_recorded(julep: CommandLine) -> None:
    julep("chat", "-m", "My dog is called Biscuit.", "--no-remember")

    assert julep.json("memories", "list") == []
    assert len(julep.json("sessions", "show", "last")["history"]) == 2


@pytest.mark.parametrize(
    ("arguments", "typed", "says", "code"),
    [
        pytest.param(["chat"], "", "nothing to say", 2, id="empty pipe"),
        pytest.param(["chat", "eve", "-m", "x"], None, "'eve' not found", 3, id="no agent"),
        pytest.param(["chat", "ada", "--session", "last", "-m", "x"], None, "--session says it all", 2, id="both"),
        pytest.param(["chat", "--session", "last", "-m", "x"], None, "there is none yet", 3, id="no session"),
        pytest.param(["chat", "-m", "x", "--temperature", "9"], None, "--temperature", 2, id="too hot"),
    ],
)
def test_what_cannot_be_said_is_told(
    julep: CommandLine, arguments: list[str], typed: str | None, says: str, code: int
) -> None:
    assert says in julep(*arguments, typed=typed, code=code).err


def test_a_tool_call_in_a_pipe_is_json(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("tools", "add", json.dumps(TIDE))
    julep.replies = [TIDE_CALL]

    call = json.loads(julep("chat", "-m", "How is the tide?").out)

    assert (call["name"], call["arguments"]) == ("tide", "{}")


# -- at a terminal


@pytest.fixture
def talk(julep: CommandLine, terminal: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Type lines into a chat at a terminal that can do nothing, and return what was printed. An error is raised."""
    terminal(columns=80, TERM="dumb", LOGNAME="bo")
    monkeypatch.setattr("julep_local.cli.chat._is_typed", lambda cli: True)

    def type_(*lines: str | type[BaseException], arguments: tuple[str, ...] = (), code: int = 0) -> str:
        coming: Iterator[Any] = iter([*lines, EOFError])

        def read(label: str) -> str:
            print(label, end="")
            line = next(coming)
            if not isinstance(line, str):
                raise line
            print(line)
            return line

        monkeypatch.setattr(builtins, "input", read)
        return julep("chat", *arguments, code=code).out

    return type_


def test_a_first_run_says_what_it_does(talk: Callable[..., str], julep: CommandLine) -> None:
    said = talk("Hello")

    assert "This is the first run, so here is an agent: Ada" in said
    assert str(julep.path) in " ".join(said.split())
    assert "/help" in said
    assert "Ada: ok\n" in said


def test_help_shows_every_slash_command(talk: Callable[..., str]) -> None:
    from julep_local.cli.slash import COMMANDS

    said = talk("/help")

    assert [name for name in COMMANDS if f"\n{name} " not in said] == []


def test_docs_and_memories_are_shown_on_request(talk: Callable[..., str], julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("docs", "add", "--title", "Ferry", typed="The ferry leaves at 9:15.")

    once = talk("When does the ferry leave?", "/recall")
    always = talk("/recall on", "When does the ferry leave?", "Thanks!")

    assert "1. doc 'Ferry' of the agent" in once
    assert "The ferry leaves at 9:15." in once
    assert "1. doc 'Ferry' of the agent" in always
    assert "none had to do with the question" in always


def test_memories_are_listed_searched_and_forgotten_by_number(talk: Callable[..., str], julep: CommandLine) -> None:
    talk("My dog is called Biscuit.", "I live in Bergen.")

    listed = talk("/memories", "/memories what is the dog called?", "/forget 1", "/memories")
    after = julep.json("memories", "list")
    gone = talk("/forget 7", "/forget all", "/memories")

    assert "1. " in listed
    assert "Forgot: " in listed
    assert len(after) == 1
    assert "Forgot 1 memories; a search afterwards found 0 of them." in gone
    assert "Nothing is remembered yet." in gone


def test_the_context_is_drawn(talk: Callable[..., str]) -> None:
    said = talk("/context", "Hello", "/context")

    assert "Nothing was asked yet." in said
    assert "tokens, " in said
    assert "[#" in said
    assert "instructions" in said


def test_a_question_is_asked_again_in_place_of_its_answer(talk: Callable[..., str], julep: CommandLine) -> None:
    asked: list[str] = []

    def answer(prompt: Any) -> str:
        asked.append(prompt.messages[-1].content)
        return f"Answer {asked.count('Name a number')}"

    julep.replies = answer

    said = talk("Name a number", "/retry")

    assert "Asking again: Name a number" in said
    history = julep.json("sessions", "show", "last")["history"]
    assert [each["content"] for each in history] == ["Name a number", "Answer 2"]


def test_the_last_question_of_an_earlier_program_can_be_asked_again(
    talk: Callable[..., str], julep: CommandLine
) -> None:
    talk("Name a number")

    said = talk("/retry", arguments=("-c",))

    assert "Asking again: Name a number" in said
    assert len(julep.json("sessions", "show", "last")["history"]) == 2


def test_a_question_that_took_a_tools_result_is_asked_again_in_place_of_all_that_came_of_it(
    talk: Callable[..., str], julep: CommandLine
) -> None:
    julep("agents", "add", "Ada")
    julep("tools", "add", json.dumps(TIDE))
    replies = {"How is the tide?": TIDE_CALL, "high": "It is high."}
    julep.replies = lambda prompt: next((r for said, r in replies.items() if said in prompt.messages[-1].content), "ok")
    talk("Hello", "How is the tide?", "high")
    julep.replies = lambda prompt: "It is low."

    said = talk("/retry", arguments=("-c",))

    assert "Asking again: How is the tide?" in said
    history = julep.json("sessions", "show", "last")["history"]
    assert [each["content"] for each in history] == ["Hello", "ok", "How is the tide?", "It is low."]


def test_a_question_that_is_asked_again_may_take_a_tools_result_again(
    talk: Callable[..., str], julep: CommandLine
) -> None:
    julep("agents", "add", "Ada")
    julep("tools", "add", json.dumps(TIDE))
    replies = {"How is the tide?": TIDE_CALL, "high": "It is high.", "low": "It is low."}
    julep.replies = lambda prompt: next((r for said, r in replies.items() if said in prompt.messages[-1].content), "ok")

    said = talk("How is the tide?", "high", "/retry", "low")

    assert said.count("Ada asks for tide({})") == 2
    history = julep.json("sessions", "show", "last")["history"]
    assert [each["content"] for each in history if each["role"] == "user"] == ["How is the tide?"]
    assert history[-1]["content"] == "It is low."


def test_nothing_is_deleted_where_there_is_no_question_to_ask_again(
    talk: Callable[..., str], julep: CommandLine
) -> None:
    julep("agents", "add", "Ada")
    session = julep.json("sessions", "add", "--agent", "Ada")["id"]
    with julep.open() as client:
        client.sessions.chat(session_id=session, messages=[{"role": "system", "content": "The ferry is late."}])

    said = talk("/retry", arguments=("--session", session))

    assert "There is no question to ask again." in said
    assert len(julep.json("sessions", "show", session)["history"]) == 2


def test_a_conversation_is_saved(talk: Callable[..., str], tmp_path: Path) -> None:
    markdown, as_json = tmp_path / "talk.md", tmp_path / "talk.json"

    said = talk("/save", "Hello", f"/save {markdown}", f"/save {as_json}", f"/save {markdown}", "/save /no/such/x.md")

    assert "Nothing was said yet." in said
    assert markdown.read_text() == "# Ada and bo\n\n**bo**\n\nHello\n\n**Ada**\n\nok\n"
    assert [each["role"] for each in json.loads(as_json.read_text())] == ["user", "assistant"]
    assert "is there already" in " ".join(said.split())
    assert "No such file or directory" in said


def test_a_conversation_is_not_saved_in_the_home_of_a_user_there_is_not(talk: Callable[..., str]) -> None:
    said = talk("Hello", "/save ~nobody-of-this-name/x.md", "Hello again")

    assert "~nobody-of-this-name/x.md: No such file or directory" in said
    assert said.count("Ada: ok") == 2


def test_what_a_slash_command_raises_ends_no_conversation(
    talk: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from julep_local.cli import slash

    def fail(conversation: Any, rest: str) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setitem(slash.COMMANDS, "/context", ("", fail))

    assert "Ada: ok" in talk("/context", "Hello")


def test_the_situation_is_shown_and_set(talk: Callable[..., str], julep: CommandLine) -> None:
    said = talk("/situation", "/situation We are at sea.", "/situation", "Hello")

    assert "No situation is set" in said
    assert said.count("We are at sea.") == 2
    assert julep.json("sessions", "show", "last")["situation"] == "We are at sea."


def test_a_slash_command_may_be_shortened_and_a_wrong_one_is_told(talk: Callable[..., str]) -> None:
    said = talk("/cont", "/re", "/nix", "//slash")

    assert "Nothing was asked yet." in said
    assert "There is no /re: /recall, /retry?" in said
    assert "There is no /nix: /help" in said
    assert "Ada: ok" in said


def test_quit_ends_at_once(talk: Callable[..., str]) -> None:
    assert "Ada: " not in talk("/quit", "Hello")


def test_ctrl_c_twice_ends_with_130(talk: Callable[..., str]) -> None:
    talk(KeyboardInterrupt, "Hello", KeyboardInterrupt, KeyboardInterrupt, code=130)


def test_an_answer_that_is_stopped_leaves_nothing(talk: Callable[..., str], julep: CommandLine) -> None:
    asked: list[str] = []

    def answer(prompt: Any) -> str:
        asked.append(prompt.messages[-1].content)
        if asked[-1] == "Hello you" and asked.count("Hello you") == 1:
            raise KeyboardInterrupt
        return "ok"

    julep.replies = answer

    said = talk("Hello you", "/retry")

    assert "(stopped: nothing of this turn is kept; /retry asks again)" in said
    assert len(julep.json("sessions", "show", "last")["history"]) == 2


def test_an_error_ends_the_turn_and_not_the_conversation(talk: Callable[..., str], julep: CommandLine) -> None:
    from julep_local.errors import ModelBroken

    def answer(prompt: Any) -> str:
        if prompt.messages[-1].content == "break":
            raise ModelBroken("the model has lost its mind: reload it")
        return "ok"

    julep.replies = answer

    assert "Ada: ok" in talk("break", "Hello")


def test_a_tools_result_is_asked_for_and_told(talk: Callable[..., str], julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("tools", "add", json.dumps(TIDE))
    replies = {"How is the tide?": TIDE_CALL, "high": "It is high."}
    julep.replies = lambda prompt: next((r for said, r in replies.items() if said in prompt.messages[-1].content), "ok")

    said = talk("How is the tide?", "high")

    assert "Ada asks for tide({})" in said
    assert "It is high." in said


@pytest.mark.parametrize("key", [EOFError, KeyboardInterrupt], ids=["Ctrl-D", "Ctrl-C"])
def test_a_tools_result_need_not_be_given(
    talk: Callable[..., str], julep: CommandLine, key: type[BaseException]
) -> None:
    julep("agents", "add", "Ada")
    julep("tools", "add", json.dumps(TIDE))
    julep.replies = lambda prompt: TIDE_CALL if "tide" in prompt.messages[-1].content else "ok"

    said = talk("How is the tide?", key, "Hello")

    assert "Ada asks for tide({})" in said
    assert "Ada: ok" in said


def test_names_do_not_steer_the_terminal(
    talk: Callable[..., str], julep: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with julep.open() as client:
        agent = client.agents.create(name="A\033[2Jda\007", about="")
        user = client.users.create(name="B\033]0;o\007", about="")
        client.tools.create(agent_id=agent.id, tool={"type": "function", "function": TIDE})
    arguments = '{"at": "\033[31m"}'
    call = Answer(calls=[ToolCall(id="1", name="tide", arguments=arguments)])
    julep.replies = lambda prompt: call if "tide" in prompt.messages[-1].content else "ok"
    monkeypatch.chdir(tmp_path)

    said = talk("How is the tide?", "high", "/save", arguments=(agent.id, "--user", user.id))

    assert "A[2Jda asks for tide" in said
    assert "A[2Jda: ok" in said
    assert "B]0;o: " in said
    assert "\033" not in said
    assert "\007" not in said
    assert [each.name[:7] for each in tmp_path.glob("*.md")] == ["a[2jda-"]


def test_what_a_model_says_does_not_steer_the_terminal(talk: Callable[..., str], julep: CommandLine) -> None:
    julep.replies = lambda prompt: "\033[2Jgone\007"

    said = talk("Hello")

    assert "gone" in said
    assert "\033" not in said.partition("Ada: ")[2]
