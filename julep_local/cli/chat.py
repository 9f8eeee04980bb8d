"""`julep-local chat`: who talks with whom in which session, and whether a person types or a pipe delivers."""

import getpass
import sys
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Optional

import typer

from julep_local.cli.command import Cli, Usage, command, new_group
from julep_local.cli.completing import agent_names
from julep_local.cli.names import agent_named, every, session_named, user_named
from julep_local.cli.options import OfUser
from julep_local.cli.output import one_line
from julep_local.cli.values import given_only, text_of

if TYPE_CHECKING:
    from julep_local.client import Client
    from julep_local.types import Agent, Session, User

app = new_group("Talk with an agent.")

FIRST_AGENT: dict[str, Any] = {
    "name": "Ada",
    "about": "a friendly and knowledgeable assistant",
    "instructions": [
        "Answer briefly and in plain words.",
        "Use what you are given of docs and memories, and say so if you do not know.",
    ],
}


class Talk(NamedTuple):
    """Who talks, and where."""

    agent: "Agent"
    user: "User | None"
    session: "Session"
    is_first_run: bool = False


@command(app)
def chat(
    cli: Cli,
    agent: Annotated[
        Optional[str],
        typer.Argument(
            help="Name or id.  [default: the one talked with last]", metavar="[AGENT]", autocompletion=agent_names
        ),
    ] = None,
    user: OfUser = None,
    message: Annotated[
        Optional[str], typer.Option("--message", "-m", help="Say this, print the answer and end; @FILE for a file.")
    ] = None,
    session: Annotated[
        Optional[str], typer.Option("--session", help="Go on in this session: an id, or `last`.", metavar="SESSION")
    ] = None,
    go_on: Annotated[bool, typer.Option("--continue", "-c", help="Go on in the agent's last session.")] = False,
    situation: Annotated[
        Optional[str], typer.Option("--situation", help="What a new session is about; @FILE for a file.")
    ] = None,
    remember: Annotated[bool, typer.Option(help="Form memories of what is said.")] = True,
    recall: Annotated[bool, typer.Option(help="Use memories.")] = True,
    max_tokens: Annotated[Optional[int], typer.Option(help="The longest answer.", min=1, metavar="TOKENS")] = None,
    temperature: Annotated[Optional[float], typer.Option(help="0 always takes the likeliest.", min=0, max=5)] = None,
) -> None:
    """Talk with an agent. Without a terminal standard input is the message: echo question | julep-local chat ada.

    With --message and a pipe, what the pipe delivers comes first. With --json the answer is a ChatResponse.
    """
    if session and (go_on or situation or agent):
        raise Usage("--session says it all: leave AGENT, --continue and --situation away")
    text = _given_text(message)
    is_typed = text is None and _is_typed(cli)
    if text is None and not is_typed:
        text = sys.stdin.read()
    if text is not None and not text.strip():
        raise Usage("there is nothing to say: standard input is empty")
    options = given_only(max_tokens=max_tokens, temperature=temperature)
    if not remember:
        options |= {"remember": False, "record": True}
    if not recall:
        options["recall"] = False
    talk = _talk(cli, agent, user, session, go_on, situation)
    from julep_local.cli.conversation import Conversation

    conversation = Conversation(cli, talk, options)
    if text is not None:
        conversation.answer_once(text)
        return
    from julep_local.cli.terminal import converse

    converse(cli, conversation)


def _is_typed(cli: Cli) -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and not cli.out.as_json


def _given_text(message: str | None) -> str | None:
    """Return what is said without a conversation; None if nothing is."""
    if message is None:
        return None
    said = text_of(message)
    piped = "" if message == "-" or sys.stdin.isatty() else sys.stdin.read()
    return f"{piped.rstrip()}\n\n{said}" if piped.strip() else said


def _talk(
    cli: Cli, agent: str | None, user: str | None, session: str | None, go_on: bool, situation: str | None
) -> Talk:
    client = cli.client
    if session:
        found = session_named(client, session)
        whom = client.users.get(found.user_id) if found.user_id else None
        return Talk(client.agents.get(found.agent_id), whom, found)
    is_first_run = agent is None and not client.agents.list(limit=1)
    who = client.agents.create(**FIRST_AGENT) if is_first_run else _agent(client, agent)
    whom = user_named(client, user) if user else _myself(client)
    last = _last_session(client, who.id, whom.id) if go_on else None
    if go_on and last is None:
        cli.out.note(f"{who.name} and {whom.name} have no session yet: this is the first.")
    if last is None:
        about = None if situation is None else text_of(situation)
        last = client.sessions.create(agent_id=who.id, user_id=whom.id, situation=about)
    elif situation is not None:
        last = client.sessions.update(session_id=last.id, situation=text_of(situation))
    return Talk(who, whom, last, is_first_run)


def _agent(client: "Client", given: str | None) -> "Agent":
    if given is not None:
        return agent_named(client, given)
    for session in client.sessions.list(limit=1):
        return client.agents.get(session.agent_id)
    return client.agents.list(limit=1)[0]


def _myself(client: "Client") -> "User":
    """Return the user of the person's login name; memories are kept of somebody, so it is made at first."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without a user's entry
        name = "me"
    for user in every(client.users.list):
        if user.name == name:
            return user
    return client.users.create(name=name, about="")


def _last_session(client: "Client", agent_id: str, user_id: str) -> "Session | None":
    for session in every(client.sessions.list):
        if (session.agent_id, session.user_id) == (agent_id, user_id):
            return session
    return None


def greeting(cli: Cli, talk: Talk) -> list[str]:
    """Return what is said at the beginning of a conversation, in lines."""
    who = talk.agent.name
    lines = []
    if talk.is_first_run:
        lines += [
            f"This is the first run, so here is an agent: {who}, {talk.agent.about}.",
            f"What is said is kept in {cli.client.stats().path}, and nowhere else.",
            f"{who} remembers what you say of yourself, {talk.user.name if talk.user else 'you'}, and can read your "
            f"files: julep-local docs add --agent {who} FILES.",
        ]
    window = one_line(talk.session.situation, 100)
    about = f" Situation: {window}" if window else ""
    lines.append(f"You are talking with {who}.{about} /help shows what else can be typed, /quit ends.")
    return lines
