"""One conversation: a question goes to the session, the answer comes out piece by piece.

It knows the session and what was said last, and nothing of keys or prompts.
"""

import itertools
import threading
from typing import TYPE_CHECKING, Any

from julep_local.cli.names import every
from julep_local.cli.output import one_line, plain
from julep_local.cli.wrap import Wrapped
from julep_local.errors import ApiError

if TYPE_CHECKING:
    from julep_local.cli.chat import Talk
    from julep_local.cli.command import Cli
    from julep_local.types import ChatMlMessage, ChatResponse, ChatToolCall, Memory

MEMORY_WAIT_S = 10.0
"""At the end memories of the last turn are waited for: the next program is to know them."""
FORMS_MEMORIES = "form memories of a turn"


class Conversation:
    """What is said in a session, from one program."""

    def __init__(self, cli: "Cli", talk: "Talk", options: dict[str, Any]) -> None:
        self.cli, self.options = cli, options
        self.agent, self.user, self.session = talk.agent, talk.user, talk.session
        self.talk = talk
        self.last: ChatResponse | None = None
        """The last answer, for what is shown of it on request."""
        self.asked: str | None = None
        """The last question, answered or not."""
        self.was_answered = bool(talk.session and self._has_history())
        """Whether the last turn is in the history, so that /retry takes its place."""
        self.listed: list[Memory] = []
        """The memories that were listed last, by whose numbers they are forgotten."""
        self.shows_recalled = False
        self._warming: threading.Thread | None = None
        self._warm_stream: Any = None

    def _has_history(self) -> bool:
        return bool(self.client.sessions.history(session_id=self.session.id, limit=1))

    @property
    def client(self) -> Any:
        """The client of the file."""
        return self.cli.client

    def answer_once(self, text: str) -> None:
        """Print the answer to one message, all of it or as JSON, and see to it that what was said is remembered."""
        if self.cli.out.as_json:
            with self.cli.out.busy(f"{self.agent.name} is answering"):
                self.last = self.client.sessions.chat(session_id=self.session.id, messages=_said(text), **self.options)
            self.cli.out.json(self.last)
        else:
            self.ask(text, label="")
        self.remember()

    def ask(self, text: str, label: str | None = None) -> "ChatResponse":
        """Say something and print the answer while it comes; return the response.

        Raises:
            KeyboardInterrupt: the answer was stopped; nothing of the turn is recorded.
        """
        self.asked, self.was_answered = text, False
        response = self._turn(_said(text), label)
        self.was_answered = True
        return response

    def tell_result(self, call: "ChatToolCall", result: str) -> "ChatResponse":
        """Give the agent what a function returned, and print what it says to it."""
        return self._turn([{"role": "function", "name": call.name, "content": result}], None)

    def take_back(self) -> None:
        """Delete the last question and all that came of it, and keep its text in `asked`; nothing if there is none.

        What a tool returned is a turn of its own, so that a question may be several turns ago.
        """
        history = every(self.client.sessions.history, session_id=self.session.id)
        if not any(_question(each) for each in history):
            return
        # another program may empty the history meanwhile: then undo returns nothing
        while gone := self.client.sessions.undo(self.session.id):
            questions = [text for each in gone if (text := _question(each))]
            if questions:
                self.asked, self.was_answered = "\n\n".join(questions), False
                return

    def _turn(self, messages: list[dict[str, Any]], label: str | None) -> "ChatResponse":
        out = self.cli.out
        name = f"{one_line(self.agent.name)}: " if label is None else label
        text = Wrapped(
            lambda piece: print(piece, end="", flush=True), out.width if out.is_terminal else 0, column=len(name)
        )
        shown = plain if out.is_terminal else str
        stream = self.client.sessions.chat(session_id=self.session.id, messages=messages, stream=True, **self.options)
        is_begun = False
        try:
            with out.busy(f"{self.agent.name} is reading"):
                first = next(stream, None)
            print(out.styled(name, "1"), end="", flush=True)
            is_begun = True
            for n, delta in enumerate(itertools.chain([first] if first else [], stream)):
                if not delta.tool_calls:
                    text.add(shown(delta.content.lstrip() if not n else delta.content))
                elif not out.is_terminal:  # a person is asked for the result instead
                    text.add("\n".join(call.model_dump_json() for call in delta.tool_calls))
            text.end()
            print(flush=True)
        except ApiError:
            if is_begun:
                print(flush=True)
            raise
        finally:
            stream.close()
        response: ChatResponse = stream.response
        self.last = response
        return response

    def warm_up(self) -> None:
        """Begin to load the model and to read what stands before the first question, while that is being typed."""
        self._warm_stream = self.client.sessions.chat(
            session_id=self.session.id,
            messages=_said("Hello"),
            stream=True,
            max_tokens=1,
            remember=False,
            record=False,
        )
        self._warming = threading.Thread(target=self._warm, daemon=True)
        self._warming.start()

    def _warm(self) -> None:
        try:
            for _ in self._warm_stream:
                pass
        except Exception:  # noqa: S110  # what is wrong is said when something was asked
            pass

    def cool_down(self) -> None:
        """End the loading if it is still under way."""
        if self._warming is not None and self._warming.is_alive():
            self._warm_stream.close()
            self._warming.join()

    def remember(self) -> None:
        """Wait until the last turn's memories are formed, some seconds at most: another program goes on with it."""
        forming = [
            job
            for job in (self.last.jobs or [] if self.last else [])
            if self.client.jobs.get(job).name == FORMS_MEMORIES
        ]
        if not forming:
            return
        with self.cli.out.busy("remembering"):
            try:
                self.client.jobs.wait(forming, timeout=MEMORY_WAIT_S)
            except TimeoutError:
                pass  # whoever opens the file next goes on with it


def _question(message: "ChatMlMessage") -> str:
    """Return the text that a user has said in a message; an empty one if it is another's, or has none."""
    if message.role.value != "user":
        return ""
    content = message.content
    text = content if isinstance(content, str) else "\n".join(part.text for part in content if part.type == "text")
    return text if text.strip() else ""


def _said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]
