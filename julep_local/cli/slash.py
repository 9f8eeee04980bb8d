"""What can be typed in a conversation beside what is said: commands that begin with a slash."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from julep_local.cli.meter import drawn
from julep_local.cli.names import every
from julep_local.cli.output import as_json, one_line, plain

if TYPE_CHECKING:
    from julep_local.cli.conversation import Conversation
    from julep_local.types import Memory

RECALL_CHARS = 300


def run_slash(conversation: "Conversation", line: str) -> bool:
    """Do what a line with a slash says. Return False if the conversation is to end."""
    name, _, rest = line.partition(" ")
    if name in ("/quit", "/exit", "/bye"):
        return False
    meant = [each for each in COMMANDS if each.startswith(name)]
    if name not in COMMANDS and len(meant) != 1:
        which = f"{', '.join(meant)}?" if meant else "/help shows what there is; // at the beginning says a slash"
        print(f"There is no {plain(name)}: {which}")
        return True
    wanted = COMMANDS[name if name in COMMANDS else meant[0]][1]
    if wanted is None:
        return False
    wanted(conversation, rest.strip())
    return True


def recalled(conversation: "Conversation", rest: str = "") -> None:
    """Show which docs and memories the last answer was given."""
    if rest in ("on", "off"):
        conversation.shows_recalled = rest == "on"
        print(f"Docs and memories are shown {'after each answer' if rest == 'on' else 'only on /recall'}.")
        return
    if conversation.last is None or conversation.last.context is None:
        print("Nothing was asked yet.")
        return
    context, out = conversation.last.context, conversation.cli.out
    if not context.recalled:
        print("No docs or memories were shown to the last answer: none had to do with the question.")
    for n, each in enumerate(context.recalled, 1):
        what = f"doc {each.title!r}" if each.kind == "doc" else "memory"
        how = "found by its words" if each.similarity is None else f"similarity {each.similarity:.2f}"
        words = f"; words: {', '.join(each.matched_words)}" if each.matched_words else ""
        out.text(f"{n}. {one_line(what)} of the {each.owner}, {how}{words}")
        out.text(one_line(each.text, RECALL_CHARS), indent=3)


def _memories(conversation: "Conversation", rest: str) -> None:
    conversation.remember()  # what was just said belongs to them
    found = _known(conversation, rest)
    if not found:
        print("Nothing is remembered" + (" of that." if rest else " yet."))
    for n, memory in enumerate(found, 1):
        print(f"{n}. {one_line(memory.content)}")
    if found:
        print("/forget NUMBER deletes one, /forget all all of them.")
    conversation.listed = found


def _known(conversation: "Conversation", query: str = "") -> "list[Memory]":
    if conversation.user is None:
        return []
    given = {"agent_id": conversation.agent.id, "user_id": conversation.user.id}
    if query:
        hits = conversation.client.memories.search(query, **given, limit=10)
        return [hit.memory for hit in hits if hit.is_relevant]
    return list(every(conversation.client.memories.list, **given))


def _forget(conversation: "Conversation", rest: str) -> None:
    if rest == "all" and conversation.user is not None:
        receipt = conversation.client.memories.forget(user_id=conversation.user.id, agent_id=conversation.agent.id)
        print(f"Forgot {receipt.n_memories} memories; a search afterwards found {receipt.n_rows_left} of them.")
        conversation.listed = []
        return
    listed = conversation.listed or _known(conversation)
    if not rest.isdigit() or not 1 <= int(rest) <= len(listed):
        print("Which? /memories shows their numbers; /forget NUMBER deletes one, /forget all all of them.")
        return
    gone = listed[int(rest) - 1]
    conversation.client.memories.delete(agent_id=gone.agent_id, memory_id=gone.id)
    conversation.listed = [each for each in listed if each.id != gone.id]
    print(f"Forgot: {one_line(gone.content)}" + (". The numbers have moved up." if conversation.listed else ""))


def _context(conversation: "Conversation", rest: str) -> None:
    if conversation.last is None or conversation.last.context is None:
        print("Nothing was asked yet.")
        return
    for line in drawn(conversation.last.context, conversation.cli.out.width):
        print(line)


def _retry(conversation: "Conversation", rest: str) -> None:
    if conversation.was_answered:
        conversation.take_back()
    if conversation.asked is None:
        print("There is no question to ask again.")
        return
    print(f"Asking again: {one_line(conversation.asked, 200)}")
    conversation.ask(conversation.asked)
    if conversation.shows_recalled:
        recalled(conversation)


def _save(conversation: "Conversation", rest: str) -> None:
    from julep_local.cli.sessions import text_in

    said = list(every(conversation.client.sessions.history, session_id=conversation.session.id))
    if not said:
        print("Nothing was said yet.")
        return
    name = f"{one_line(conversation.agent.name).lower().replace(' ', '-')}-{datetime.now():%Y-%m-%d-%H%M%S}.md"
    path = Path(os.path.expanduser(rest or name.replace("/", "-")))  # pathlib's own fails for a user there is not
    if path.suffix == ".json":
        text = json.dumps(as_json(said), indent=2, ensure_ascii=False)
    else:
        user = conversation.user.name if conversation.user else "user"
        who: dict[str, Any] = {"user": user, "assistant": conversation.agent.name}
        parts = [f"**{who.get(each.role.value) or each.name or each.role.value}**\n\n{text_in(each)}" for each in said]
        text = "\n\n".join([f"# {conversation.agent.name} and {user}", *parts])
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text + "\n")
    except FileExistsError:
        print(plain(f"{path} is there already: /save another name"))
    except OSError as error:
        print(plain(f"{path}: {error.strerror}"))
    else:
        print(plain(f"Saved {len(said)} messages to {path.resolve()}"))


def _situation(conversation: "Conversation", rest: str) -> None:
    if not rest:
        print(plain(conversation.session.situation or "No situation is set: /situation TEXT sets one."))
        return
    conversation.session = conversation.client.sessions.update(session_id=conversation.session.id, situation=rest)
    print("The situation is that from the next answer on.")


def _help(conversation: "Conversation", rest: str) -> None:
    for name, (says, _) in COMMANDS.items():
        print(f"{name:<12}{says}")
    print("Alt-Enter begins a new line, Ctrl-X Ctrl-E opens an editor, Ctrl-C stops an answer, Ctrl-D ends.")


COMMANDS: dict[str, tuple[str, Callable[["Conversation", str], None] | None]] = {
    "/recall": ("docs and memories of the last answer; on: after each answer", recalled),
    "/memories": ("what is remembered of you, or of a question", _memories),
    "/forget": ("delete a memory by its number, or all", _forget),
    "/context": ("how full the window is, by part", _context),
    "/retry": ("ask the last question again, in place of its answer", _retry),
    "/save": ("write the conversation to a file, Markdown or .json", _save),
    "/situation": ("show what the session is about, or set it", _situation),
    "/help": ("this", _help),
    "/quit": ("end; the session is kept, chat --continue goes on", None),
}
