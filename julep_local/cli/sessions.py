"""`julep-local sessions`: an agent and a user in one situation, and what they said."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from julep_local.cli.command import Cli, command, new_group
from julep_local.cli.names import agent_named, agent_or_only, every, session_named, user_named
from julep_local.cli.options import Limit, Metadata, OfAgent, Offset, OfUser, Yes, ask_before
from julep_local.cli.output import one_line, plain
from julep_local.cli.values import given_only, pairs, pairs_text, text_of
from julep_local.errors import NotFound

if TYPE_CHECKING:
    from julep_local.types import ChatMlMessage, Session

app = new_group("Conversations.")

Session_ = Annotated[str, typer.Argument(help="Id, the beginning of it, or `last`.", metavar="SESSION")]
Situation = Annotated[
    Optional[str], typer.Option("--situation", help="What it is about; @FILE for a file, - for standard input.")
]


@command(app, "list")
def list_sessions(cli: Cli, agent: OfAgent = None, user: OfUser = None, limit: Limit = 100, offset: Offset = 0) -> None:
    """List sessions, the newest first."""
    client = cli.client
    wanted = {
        **({"agent_id": agent_named(client, agent).id} if agent else {}),
        **({"user_id": user_named(client, user).id} if user else {}),
    }
    if wanted:
        fitting = [
            each
            for each in every(client.sessions.list)
            if all(getattr(each, name) == value for name, value in wanted.items())
        ]
        sessions = fitting[offset : offset + limit]
    else:
        sessions = client.sessions.list(limit=limit, offset=offset)
    names = _Names(cli)
    rows = (
        [
            cli.out.id(each.id),
            names.agent(each.agent_id),
            names.user(each.user_id),
            cli.out.time(each.updated_at or each.created_at),
            one_line(each.summary or each.situation, 80),
        ]
        for each in sessions
    )
    columns = ["id", "agent", "user", "changed", "about"]
    cli.out.records(sessions, columns, rows, if_none="no sessions: julep-local chat begins one")


@command(app)
def show(
    cli: Cli,
    session: Session_,
    limit: Annotated[int, typer.Option("--limit", "-n", help="At most so many of the last messages.", min=0)] = 20,
) -> None:
    """Show a session and its last messages. With --json: the session with `history`, a list of messages."""
    found = session_named(cli.client, session)
    said = list(every(cli.client.sessions.history, session_id=found.id))
    shown = said[len(said) - limit :] if limit < len(said) else said
    if cli.out.as_json:
        from julep_local.cli.output import as_json

        cli.out.json({**as_json(found), "history": shown})
        return
    _show(cli, found, n_messages=len(said))
    names = _Names(cli)
    for message in shown:
        who = {"user": names.user(found.user_id) or "user", "assistant": names.agent(found.agent_id)}
        print(f"\n{cli.out.styled(plain(who.get(message.role.value, message.name or message.role.value)), '1')}:")
        print(plain(text_in(message)))


@command(app)
def add(
    cli: Cli, agent: OfAgent = None, user: OfUser = None, situation: Situation = None, metadata: Metadata = None
) -> None:
    """Add a session, to talk in with julep-local chat --session."""
    client = cli.client
    created = client.sessions.create(
        agent_id=agent_or_only(client, agent).id,
        user_id=user_named(client, user).id if user else None,
        situation=None if situation is None else text_of(situation),
        metadata=pairs(metadata, "--metadata"),
    )
    _show(cli, created)


@command(app)
def edit(cli: Cli, session: Session_, situation: Situation = None, metadata: Metadata = None) -> None:
    """Change situation or metadata of a session. Metadata are merged; key=null removes one."""
    changes = given_only(
        situation=None if situation is None else text_of(situation), metadata=pairs(metadata, "--metadata")
    )
    found = session_named(cli.client, session)
    _show(cli, cli.client.sessions.update(session_id=found.id, **changes) if changes else found)


@command(app)
def clear(cli: Cli, session: Session_, yes: Yes = False) -> None:
    """Delete what was said in a session; the session and memories stay."""
    found = session_named(cli.client, session)
    ask_before(cli, f"Delete the history of session {found.id}", yes=yes)
    cli.client.sessions.delete_history(found.id)
    cli.out.done(f"cleared session {found.id}", {"cleared": [found.id]})


@command(app)
def delete(cli: Cli, session: Session_, yes: Yes = False) -> None:
    """Delete a session with its history; memories stay."""
    found = session_named(cli.client, session)
    ask_before(cli, f"Delete session {found.id} with its history", yes=yes)
    cli.client.sessions.delete(found.id)
    cli.out.done(f"deleted session {found.id}", {"deleted": [found.id]})


def text_in(message: "ChatMlMessage") -> str:
    """Return a message's text; of parts the texts, and what the others are."""
    if isinstance(message.content, str):
        return message.content
    return "\n".join(str(getattr(part, "text", f"[{getattr(part, 'type', 'part')}]")) for part in message.content)


class _Names:
    """Names for ids, each looked up once."""

    def __init__(self, cli: Cli) -> None:
        self._client = cli.client
        self._known: dict[str, str] = {}

    def agent(self, id: str) -> str:
        if id not in self._known:
            self._known[id] = self._client.agents.get(id).name
        return self._known[id]

    def user(self, id: str | None) -> str:
        if id is None:
            return ""
        if id not in self._known:
            try:
                self._known[id] = self._client.users.get(id).name or ""
            except NotFound:  # deleted; the session is kept
                self._known[id] = ""
        return self._known[id]


def _show(cli: Cli, session: "Session", n_messages: int | None = None) -> None:
    names = _Names(cli)
    fields: dict[str, Any] = {
        "id": session.id,
        "agent": names.agent(session.agent_id),
        "user": names.user(session.user_id),
        "situation": session.situation,
        "summary": session.summary,
        "metadata": pairs_text(session.metadata),
        "created": cli.out.time(session.created_at),
        "messages": n_messages,
    }
    cli.out.fields(session, fields)
