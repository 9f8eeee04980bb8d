"""A conversation at a terminal: a line is typed, a command that begins with a slash is done, all else is said."""

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from julep_local.cli.chat import greeting
from julep_local.cli.command import FAILED, sentence
from julep_local.cli.output import one_line, plain
from julep_local.cli.slash import COMMANDS, recalled, run_slash
from julep_local.cli.wrap import Wrapped
from julep_local.errors import ApiError
from julep_local.settings import is_dumb_terminal, typed_file

if TYPE_CHECKING:
    from julep_local.cli.command import Cli
    from julep_local.cli.conversation import Conversation

ReadLine = Callable[[], str]


def converse(cli: "Cli", conversation: "Conversation") -> None:
    """Talk until the person ends it with /quit, Ctrl-D, or Ctrl-C twice.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
    """
    for line in greeting(cli, conversation.talk):
        text = Wrapped(lambda piece: print(piece, end=""), cli.out.width)
        text.add(plain(line))
        text.end()
        print()
    read_line = _reader(conversation)
    conversation.warm_up()
    try:
        _talk(conversation, read_line)
    finally:
        conversation.cool_down()
    conversation.remember()


def _talk(conversation: "Conversation", read_line: ReadLine) -> None:
    was_interrupted = False
    while True:
        try:
            line = read_line().strip()
        except EOFError:
            return
        except KeyboardInterrupt:
            if was_interrupted:
                raise
            was_interrupted = True
            print("(Ctrl-C again or Ctrl-D ends the conversation)")
            continue
        was_interrupted = False
        if not line:
            continue
        try:
            if line.startswith("/") and not line.startswith("//"):
                if not _done(conversation, line, read_line):
                    return
            else:
                _say(conversation, line[1:] if line.startswith("//") else line, read_line)
        except KeyboardInterrupt:
            print("\n(stopped: nothing of this turn is kept; /retry asks again)")
        except ApiError as error:
            conversation.cli.out.error(str(error), code=1)
        print()


def _done(conversation: "Conversation", line: str, read_line: ReadLine) -> bool:
    """Do what a line with a slash says; what it raises ends no conversation. Return False if that is to end."""
    answered = conversation.last
    try:
        goes_on = run_slash(conversation, line)
        if conversation.last is not answered:  # /retry has asked again, and the answer may want a tool, too
            _tell_results(conversation, read_line)
        return goes_on
    except (ApiError, BrokenPipeError):  # said by the caller; nobody reads any more
        raise
    except Exception as error:
        conversation.cli.out.error(sentence(error), code=FAILED)
        return True


def _say(conversation: "Conversation", text: str, read_line: ReadLine) -> None:
    conversation.ask(text)
    _tell_results(conversation, read_line)
    if conversation.shows_recalled:
        recalled(conversation)


def _tell_results(conversation: "Conversation", read_line: ReadLine) -> None:
    """Ask the person for what the tools return that the last answer wants, until there is an answer without."""
    response = conversation.last
    while response is not None and response.tool_calls:
        call = response.tool_calls[0]
        wanted = one_line(f"{conversation.agent.name} asks for {call.name}({call.arguments})")
        print(f"{wanted}. What does it return? Nothing skips it.")
        try:
            result = read_line()
        except (EOFError, KeyboardInterrupt):
            break
        if not result.strip():
            break
        response = conversation.tell_result(call, result)


def _reader(conversation: "Conversation") -> ReadLine:
    """Return what reads a line from the keyboard, with editing where the terminal can."""
    label = f"{one_line(conversation.user.name if conversation.user else 'You')}: "
    if is_dumb_terminal():
        return lambda: input(label)
    return _editing(label, keep=conversation.cli.path != ":memory:")


def _editing(label: str, *, keep: bool) -> ReadLine:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.output.color_depth import ColorDepth

    from julep_local.settings import wants_colour

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: Any) -> None:
        event.current_buffer.validate_and_handle()

    # what is pasted keeps its lines. Ctrl-J must stay another Enter: that is what the terminal makes of one that is
    # typed while an answer is under way
    @keys.add("escape", "enter")
    def _(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    history: History = InMemoryHistory()
    if keep:
        with contextlib.suppress(OSError):
            history = FileHistory(_own_file())
    session: PromptSession[str] = PromptSession(
        FormattedText([("bold", label)]),
        multiline=True,
        key_bindings=keys,
        history=history,
        auto_suggest=AutoSuggestFromHistory(),
        completer=WordCompleter(list(COMMANDS), sentence=True),
        complete_while_typing=False,
        prompt_continuation=lambda width, line, wrapped: "" if wrapped else "... ".rjust(width),
        color_depth=None if wants_colour() else ColorDepth.MONOCHROME,
        reserve_space_for_menu=0,
        enable_open_in_editor=True,
    )
    return session.prompt


def _own_file() -> str:
    """Return the file of what was typed, which nobody else may read."""
    path = typed_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_APPEND, 0o600))
    return str(path)
