"""A chat model that records another one once, and plays it back for ever.

Answers are found by what was asked (recording.py): messages, tools and settings. Playing back needs no model, no file
of one and no llama.cpp. Token counts of a prompt are estimated, alike in recording and playing back, so that both show
the same messages; the usage is the real model's.
"""

import json
import os
import tempfile
import threading
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from typing_extensions import Self

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled
from julep_local.llm.base import (
    ChatModel,
    Delta,
    Finish,
    Part,
    Prompt,
    PromptMessage,
    Purpose,
    Sampling,
    ToolChoice,
    ToolSpec,
)
from julep_local.llm.remote.estimate import n_tokens
from julep_local.testing import recording
from julep_local.testing.recording import Question, Recorded, Redactor

Mode = Literal["replay", "new", "all", "live"]
FORMAT = 1
CANCEL_S = 5.0
"""So long it is waited for a program to cancel what it cancelled when it was recorded."""
_PER_MESSAGE = 8


class CassetteMiss(AssertionError):
    """Something was asked that is not on the cassette."""


class Cassette:
    """A `ChatModel` that records and plays back: `Client(path=":memory:", model=Cassette("cassettes/ferry.json"))`.

    Args:
        path: the file, JSON, which belongs into the repository.
        mode: `replay` plays back and fails on what is not there; `new` also records that; `all` records everything
            anew, in place of what there was; `live` asks the model and records nothing.
        model: whom to record: a GGUF path, a catalog name or a `ChatModel`; None is the first installed model.
        redact: patterns (regular expressions) of what must not get into the file, beside keys and passwords of common
            forms. What is redacted does not count when an answer is looked for, so patterns also serve for what
            differs in every run.
        background: also background work (summaries, suggestions). Else it is answered with nothing.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        mode: Mode = "replay",
        model: Any = None,
        redact: Sequence[str] = (),
        background: bool = False,
    ) -> None:
        if mode not in get_args(Mode):
            raise ValueError(f"mode={mode!r}: give one of {', '.join(get_args(Mode))}")
        self.path = Path(path)
        self.mode: Mode = mode
        self._given = model
        self._redactor = Redactor(redact)
        self._background = background
        self._lock = threading.RLock()
        self._real: Any = None
        self._opened_real = False
        self._facts: dict[str, Any] = {}
        self._known: list[tuple[Question, Recorded]] = []
        self._used_up: set[int] = set()
        if mode in ("replay", "new") and self.path.exists():
            self._read()

    # what a chat model is asked

    @property
    def name(self) -> str:
        """The recorded model's."""
        return str(self._fact("name"))

    @property
    def context_tokens(self) -> int:
        """The recorded model's."""
        return int(self._fact("context_tokens"))

    @property
    def calls_tools(self) -> bool:
        """The recorded model's."""
        return bool(self._fact("calls_tools"))

    def prompt(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        tool_choice: ToolChoice = "auto",
        continues: bool = False,
        exact: bool = False,
    ) -> Prompt:
        """Return the messages with as many tokens as they may have; of the real model where nothing is recorded."""
        if self.mode == "live":
            return self._model().prompt(
                messages, tools=tools, tool_choice=tool_choice, continues=continues, exact=exact
            )
        offered = () if tool_choice == "none" else tuple(tools)
        parts: dict[Part, int] = {"template": _PER_MESSAGE * (len(messages) + 1)}
        for tool in offered:
            parts["tools"] = parts.get("tools", 0) + n_tokens(f"{tool.name} {tool.description} {tool.parameters}")
        for each in messages:
            text = each.content + "".join(f"{call.name} {call.arguments}" for call in each.tool_calls)
            parts[each.part] = parts.get(each.part, 0) + n_tokens(text)
        parts = {part: n for part, n in parts.items() if n}
        tokens = range(sum(parts.values()))
        return Prompt(tuple(messages), tokens, parts, offered, tool_choice, continues, exact)

    def text_prompt(self, text: str) -> Prompt:
        """Return the text with as many tokens as it may have."""
        if self.mode == "live":
            return self._model().text_prompt(text)
        n = n_tokens(text)
        return _TextPrompt((PromptMessage("assistant", text, part="input"),), range(n), {"input": n}, continues=True)

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        """Yield the recorded answer, or the model's, which is then recorded.

        Raises:
            CassetteMiss: it is not recorded, and is not to be.
        """
        if self.mode == "live":
            yield from self._model().generate(prompt, sampling, purpose=purpose)
            return
        if purpose != "chat" and not self._background:
            yield Finish("stop", len(prompt.tokens), 0, 0)
            return
        asked = recording.question(prompt, sampling, self._redactor)
        recorded = self._take(asked)
        if recorded is not None:
            yield from self._played(recorded)
        elif self.mode == "replay":
            raise CassetteMiss(self._miss(asked))
        else:
            yield from self._recording(asked, prompt, sampling, purpose)

    def close(self) -> None:
        """Close the model that was recorded, if it was opened here."""
        with self._lock:
            real, self._real = self._real, None
        if real is not None and self._opened_real:
            real.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        self.close()

    @property
    def unused(self) -> list[str]:
        """The recorded questions that nobody has asked yet, for people."""
        with self._lock:
            return [asked.text for i, (asked, _) in enumerate(self._known) if i not in self._used_up]

    # playing back

    def _take(self, asked: Question) -> Recorded | None:
        """Return the next recorded answer to the question: what was asked twice was answered twice."""
        with self._lock:
            for i, (question, recorded) in enumerate(self._known):
                if i not in self._used_up and question.key == asked.key:
                    self._used_up.add(i)
                    return recorded
        return None

    def _played(self, recorded: Recorded) -> Iterator[Delta | Finish]:
        for piece in recorded.pieces:
            _check_cancelled()
            yield Delta(piece)
        if recorded.finish is not None:
            yield recorded.finish
        elif recorded.error is not None:
            raise recording.error_from_json(recorded.error)
        else:
            ends_at = time.monotonic() + CANCEL_S
            while time.monotonic() < ends_at:
                _check_cancelled()
                time.sleep(0.01)
            raise CassetteMiss(
                f"{self.path}: when this was recorded the program cancelled the answer here, and now it did not: "
                f"record it anew ({_HOW})"
            )

    def _miss(self, asked: Question) -> str:
        if not self.path.exists():
            return f"there is no cassette {self.path}: record it ({_HOW}). It was asked\n{_indented(asked.text)}"
        times = sum(question.key == asked.key for question, _ in self._known)
        if times:
            return (
                f"{self.path}: this was recorded {times} times, and is asked once more: record the new answer "
                f"({_HOW})\n{_indented(asked.text)}"
            )
        near = recording.nearest(asked, [question for question, _ in self._known])
        if near is None:
            return f"{self.path} is empty: record what is asked ({_HOW})\n{_indented(asked.text)}"
        difference = recording.word_diff(near.text, asked.text)
        return (
            f"{self.path}: this is not recorded. The nearest recording differs so ([-recorded-], {{+asked+}}):\n"
            f"{difference}\nIf the change is meant, record it ({_HOW})"
        )

    # recording

    def _recording(
        self, asked: Question, prompt: Prompt, sampling: Sampling, purpose: Purpose
    ) -> Iterator[Delta | Finish]:
        model = self._model()
        pieces: list[str] = []
        recorded = Recorded(pieces)  # until it ends, it is one that the program has left
        answer = model.generate(_real_prompt(model, prompt), sampling, purpose=purpose)
        try:
            for piece in answer:
                if isinstance(piece, Finish):
                    recorded = Recorded(pieces, finish=piece)
                else:
                    pieces.append(piece.text)
                yield piece
        except Cancelled:
            raise
        except Exception as error:
            recorded = Recorded(pieces, error=recording.error_to_json(error))
            raise
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()
            self._add(asked, recorded)

    def _add(self, asked: Question, recorded: Recorded) -> None:
        with self._lock:
            self._known.append((asked, recorded))
            self._used_up.add(len(self._known) - 1)
            self._write()

    def _model(self) -> ChatModel:
        with self._lock:
            if self._real is None:
                self._opened_real = self._given is None or isinstance(self._given, str | os.PathLike)
                self._real = _opened(self._given) if self._opened_real else self._given
            real: ChatModel = self._real
            return real

    def _fact(self, name: str) -> Any:
        with self._lock:
            if not self._facts:
                if self.mode == "replay":
                    raise CassetteMiss(f"there is no cassette {self.path}: record it ({_HOW})")
                model = self._model()
                self._facts = {
                    "name": model.name,
                    "context_tokens": model.context_tokens,
                    "calls_tools": model.calls_tools,
                }
            return self._facts[name]

    # the file

    def _read(self) -> None:
        try:
            told = json.loads(self.path.read_text(encoding="utf-8"))
            if told["format"] != FORMAT:
                raise ValueError(f"its format is {told['format']}, and this release knows {FORMAT}")
            self._facts = told["model"]
            self._known = [recording.from_json(entry) for entry in told["recordings"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{self.path} is no cassette ({error!r}): delete it and record it anew") from error

    def _write(self) -> None:
        """Write the file anew, as a whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        entries = [recording.to_json(asked, recorded, self._redactor) for asked, recorded in self._known]
        told: Mapping[str, Any] = {"format": FORMAT, "model": self._facts, "recordings": entries}
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=self.path.parent, prefix=self.path.name, delete=False
        ) as file:
            json.dump(told, file, ensure_ascii=False, indent=2)
            file.write("\n")
        os.replace(file.name, self.path)


_HOW = "pytest --julep-cassettes=new, or mode='new'"


class _TextPrompt(Prompt):
    """A text to be written on, and not a conversation."""


def _real_prompt(model: ChatModel, prompt: Prompt) -> Prompt:
    """Return what the model itself reads for the same messages."""
    if isinstance(prompt, _TextPrompt):
        return replace(model.text_prompt(prompt.messages[0].content), exact=prompt.exact)
    made = model.prompt(
        prompt.messages,
        tools=prompt.tools,
        tool_choice=prompt.tool_choice,
        continues=prompt.continues,
        exact=prompt.exact,
    )
    return replace(made, conversation=prompt.conversation)


def _opened(given: Any) -> ChatModel:
    from julep_local.llm import catalog
    from julep_local.llm.llama import LlamaCppModel

    found = catalog.chat_model(None if given is None else os.fspath(given))
    return LlamaCppModel(
        found.path, name=found.name, chat_template=found.chat_template, context_tokens=found.context_tokens
    )


def _check_cancelled() -> None:
    if stop_requested():
        raise Cancelled("the chat was cancelled: nothing was recorded")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
