"""The pictures of the command line: what a terminal showed is in them, and they can be made again."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from screenshots.__main__ import HOME, IMAGES, SCENES, home_of_bo, surroundings
from screenshots.film import KEY_S, Filmed, Frame, Piece, Style
from screenshots.picture import moving, still

ROOT = Path(__file__).parents[1]
SHELL = ["bash", "--noprofile", "--norc", "-i"]
SVG = "{http://www.w3.org/2000/svg}"
PICTURES = sorted(IMAGES.glob("terminal-*.svg"))


@pytest.fixture
def home() -> Iterator[Path]:
    with home_of_bo() as home:
        yield home


@pytest.fixture
def terminal(home: Path) -> Iterator[Filmed]:
    terminal = Filmed(
        SHELL, surroundings(home), columns=60, lines=12, folder=home, shown_as={str(home): HOME, "secret": "******"}
    )
    yield terminal
    terminal.close()


def _text(picture: str) -> str:
    return "\n".join("".join(each.itertext()) for each in ElementTree.fromstring(picture).iter(f"{SVG}text"))


def test_what_is_typed_and_printed_is_in_the_picture(terminal: Filmed, home: Path) -> None:
    terminal.until_asked("$")
    terminal.say("ls notes; pwd; echo '<b>' $'\\033[1;32mgreen\\033[0m'", then="$")

    frames = terminal.frames
    picture = still(frames[-1], "a title", 60)
    film = moving(frames, "a title", 60)

    assert "lighthouse.html" in _text(picture)
    assert "<b>" in _text(picture)
    assert HOME in _text(picture)
    assert str(home) not in picture + film
    assert re.search(r'fill="#8cc570" font-weight="bold">green<', picture)
    assert any(row[-1].text.endswith("ls n") for frame in frames for row in frame.rows if row), "keys come one by one"


def test_a_name_that_comes_in_two_pieces_is_renamed(terminal: Filmed) -> None:
    terminal.draw(b"a sec")
    terminal.draw(b"ret, a se")
    terminal.draw(b"cond")

    assert terminal.text.startswith("a ******, a second")


def test_what_takes_long_is_shown_faster(terminal: Filmed) -> None:
    terminal.until_asked("$")
    terminal.longest_s = 0.2
    terminal.begin()

    terminal.say("sleep 0.6; echo", then="$")

    typed_s = 0.3 + KEY_S * len("sleep 0.6; echo")
    assert terminal.frames[-1].at_s - terminal.frames[0].at_s == pytest.approx(typed_s + 0.2, abs=0.1)


def _frame(at_s: float, *lines: str) -> Frame:
    return Frame(at_s, tuple((Piece(0, len(line), line, Style()),) if line else () for line in lines), (0, 1))


def test_where_nothing_moves_the_last_frame_stands() -> None:
    film = ElementTree.fromstring(
        moving([_frame(0, "same", "first"), _frame(1, "same", "second"), _frame(2, "same", "third")], "a title", 20)
    )

    groups = {"".join(each.itertext()): each.get("class") for each in film.iter(f"{SVG}g")}
    rules = "".join(each.text or "" for each in film.iter(f"{SVG}style"))
    assert groups == {"first": "k", "second": "k", "third": "k last"}
    assert "".join(each.text or "" for each in film.findall(f"{SVG}text")) == "same"
    assert ".k{animation:7.00s step-end infinite;visibility:hidden}.last{visibility:visible}" in rules
    assert "14.286%{visibility:visible}28.571%{visibility:hidden}" in rules


def test_every_scene_has_its_picture_and_every_picture_its_place() -> None:
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    shown = {
        name: alt
        for page in pages
        for alt, name in re.findall(
            r"!\[([^\]]*)\]\((?:\.\./|docs/)?img/(terminal-[\w-]+\.svg)\)", page.read_text(encoding="utf-8")
        )
    }

    assert {file.name for file in PICTURES} == {f"terminal-{name}.svg" for name in SCENES}
    assert set(shown) == {file.name for file in PICTURES}
    assert all(len(alt) > 30 for alt in shown.values()), "who does not see them is told what is to be seen"


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.stem)
def test_a_picture_runs_nothing_fetches_nothing_and_names_no_folder_of_whoever_made_it(file: Path) -> None:
    drawn = file.read_text(encoding="utf-8")
    tags = {each.tag.removeprefix(SVG) for each in ElementTree.fromstring(drawn).iter()}

    assert tags <= {"svg", "title", "style", "rect", "text", "g"}
    assert not re.search(r"@import|url\(|href", drawn)
    assert not re.search(rf"{re.escape(str(ROOT))}|{re.escape(tempfile.gettempdir())}/|site-packages", _text(drawn))


def test_an_unknown_scene_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "screenshots", "nothing"], cwd=ROOT, capture_output=True, text=True, env={**os.environ}
    )

    assert done.returncode == 2
    assert "first-run" in done.stderr
