"""Tool calls out of text, and text out of bytes."""

from collections.abc import Sequence

import pytest

from julep_local.llm.base import ToolCall
from julep_local.llm.text import AnswerText
from julep_local.llm.tool_calls import CallReader, as_text, read_call

CALL = '<tool_call>\n{"name": "plus", "arguments": {"a": 1}}\n</tool_call>'


def read(text: str, *, n_letters: int, bare: bool = False) -> tuple[str, Sequence[ToolCall]]:
    reader = CallReader(["plus"], bare=bare)
    shown = "".join(reader.add(text[i : i + n_letters]) for i in range(0, len(text), n_letters)) + reader.rest()
    return shown, reader.calls


@pytest.mark.parametrize("n_letters", [1, 3, 1000])
@pytest.mark.parametrize(
    ("text", "shown", "n_calls"),
    [
        pytest.param("a < b <tool", "a < b <tool", 0, id="no call"),
        pytest.param(CALL, "", 1, id="one"),
        pytest.param(f"Let me see.\n{CALL}", "Let me see.\n", 1, id="text before"),
        pytest.param(f"{CALL}\n{CALL}", "", 2, id="two"),
        pytest.param(f"{CALL}\nThe result is 5.", "", 1, id="an invented result"),
        pytest.param(CALL[: -len("</tool_call>")], "", 1, id="end missing"),
        pytest.param(CALL[:30], CALL[:30], 0, id="cut off"),
        pytest.param(CALL.replace("plus", "minus"), CALL.replace("plus", "minus"), 0, id="another tool"),
        pytest.param("<tool_call>rubbish</tool_call>", "<tool_call>rubbish</tool_call>", 0, id="no JSON"),
    ],
)
def test_calls_are_taken_out_and_everything_else_is_shown(text: str, shown: str, n_calls: int, n_letters: int) -> None:
    found, calls = read(text, n_letters=n_letters)

    assert (found, len(calls)) == (shown, n_calls)
    assert all(call == ToolCall("plus", '{"a": 1}') for call in calls)


@pytest.mark.parametrize(
    ("text", "n_calls"),
    [
        ('{"name": "plus", "parameters": {"a": 1}}', 1),
        ('[{"name": "plus", "arguments": {"a": 1}}, {"name": "plus", "arguments": {"a": 2}}]', 2),
        ('{"name": "other", "arguments": {}}', 0),
        ("{curly", 0),
        ("42", 0),
    ],
)
def test_bare_calls_are_read_where_a_model_writes_them_so(text: str, n_calls: int) -> None:
    shown, calls = read(text, n_letters=4, bare=True)

    assert len(calls) == n_calls
    assert shown == ("" if n_calls else text)


def test_a_call_written_and_read_again_is_the_same() -> None:
    call = ToolCall("plus", '{"a":1,  "b": "é"}')

    assert read_call(as_text(call).removeprefix("<tool_call>").removesuffix("</tool_call>")) == call


def test_a_character_is_shown_when_all_its_bytes_came() -> None:
    text = AnswerText()

    assert [text.add(bytes([byte])) for byte in "é🦊".encode()] == ["", "é", "", "", "", "🦊"]
    assert text.add("🦊".encode()[:2]) + text.rest() == ""


@pytest.mark.parametrize(
    ("pieces", "shown", "stopped"),
    [
        ([b"abc", b"END", b"def"], "abc", True),
        ([b"abcE", b"N", b"Dx"], "abc", True),
        ([b"E", b"E", b"EN", b"D"], "EE", True),
        ([b"abcEN"], "abcEN", False),
        ([b"x\n", b"\ny"], "x", True),
    ],
)
def test_stop_strings(pieces: list[bytes], shown: str, stopped: bool) -> None:
    text = AnswerText(["END", "\n\n", ""])
    found = ""
    for piece in pieces:
        found += text.add(piece)
        if text.stopped:
            break

    assert (found + text.rest(), text.stopped) == (shown, stopped)
