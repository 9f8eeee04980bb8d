"""The main job, from an empty folder: an agent that chats offline and knows its docs, in one SQLite file.

    python -m julep_local.demo

One process makes an agent with two docs, a user and a session, and talks; a second one opens the same file and goes on.
Everything below `first_part` is ordinary use of the library: copy from it.
"""

import argparse
import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

from julep_local import ApiError, ChatResponse, Client

SITUATION = (
    "You are {{ agent.name }}, who answers visitors of {{ session.metadata.place }}. "
    "You are talking with {{ user.name }}."
)
DOCS = [
    {
        "title": "Ferry",
        "content": "The ferry to Heron Island leaves from pier 3 every day at 9:15 and 14:40. A ticket costs 6 euros.",
    },
    {
        "title": "Lighthouse",
        "content": (
            "The lighthouse on Heron Island was built in 1871. It has 196 steps and closes at six in the evening."
        ),
    },
]
FIRST_QUESTIONS = [
    "Hello! My dog is called Biscuit.",
    "When does the ferry to Heron Island leave?",
    "How many steps does the lighthouse have?",
]
LATER_QUESTIONS = ["What is my dog called?"]


def first_part(path: Path) -> str:
    """Make an agent, a user and a session, and talk. Return the session's id."""
    with Client(path=path) as client:
        with step("Creating an agent with two docs (the embedding model is loaded for them)"):
            # a program need not wait: until they are embedded, they are found by their words
            agent = client.agents.create(
                name="Ada",
                about="a friendly guide who knows the harbour",
                instructions=["Answer in one short sentence.", "Use the information you are given."],
                docs=DOCS,
                default_settings={"temperature": 0, "max_tokens": 60},
            )
            client.jobs.wait(job.id for job in client.jobs.list())
        user = client.users.create(name="Bo", about="a visitor")
        session = client.sessions.create(
            agent_id=agent.id,
            user_id=user.id,
            situation=SITUATION,
            render_templates=True,
            metadata={"place": "the harbour"},
        )
        responses = [ask(client, session.id, question) for question in FIRST_QUESTIONS]
        with step("forming memories"):  # in the background; a program need not wait for it, unless it wants to see them
            client.jobs.wait(responses[0].jobs)
    return session.id


def second_part(path: Path, session_id: str) -> None:
    """Go on with the conversation that the file holds."""
    with Client(path=path) as client:
        n_messages = len(client.sessions.history(session_id=session_id))
        print(f"The file holds {n_messages} messages of this session.")
        for question in LATER_QUESTIONS:
            ask(client, session_id, question)


def ask(client: Client, session_id: str, question: str) -> ChatResponse:
    """Ask, and show the answer while it is generated, and then what was recalled for it."""
    print(f"\n  Bo:  {question}")
    stream = client.sessions.chat(session_id=session_id, messages=[{"role": "user", "content": question}], stream=True)
    with step("reading"):  # the model loads, what is relevant is looked up, the prompt is read
        first = next(stream, None)
    print("  Ada: ", end="", flush=True)
    if first is not None:
        print(first.content.lstrip(), end="", flush=True)
    for delta in stream:
        print(delta.content, end="", flush=True)
    print()
    show_context(stream.response)
    return stream.response


def show_context(response: ChatResponse) -> None:
    """Say which docs and memories the turn was shown, and what it cost."""
    context = response.context
    assert context is not None
    for text in context.recalled:
        source = f"doc {text.title!r}" if text.kind == "doc" else f"memory {text.text!r}"
        how = "by its words" if text.similarity is None else f"similarity {text.similarity:.2f}"
        print(f"       recalled: {source} ({how})")
    if not context.recalled:
        print("       recalled: nothing")
    print(f"       prompt: {context.prompt_tokens} tokens, {context.cached_tokens} of them read in an earlier turn")


@contextlib.contextmanager
def step(what: str) -> Generator[None, None, None]:
    """Show what is going on, once it takes over half a second, with the seconds counted."""
    done = threading.Event()
    began = time.monotonic()
    visible = sys.stdout.isatty()

    def count() -> None:
        if done.wait(0.5):
            return
        if not visible:
            print(f"       {what} ...", flush=True)
            return
        while not done.wait(0.2):
            print(f"\r       {what} ... {time.monotonic() - began:.0f} s", end="", flush=True)

    counter = threading.Thread(target=count, daemon=True)
    counter.start()
    try:
        yield
    finally:
        done.set()
        counter.join()
        if visible and time.monotonic() - began > 0.7:
            print("\r\033[K", end="", flush=True)


def main() -> int:
    """Run the demo, or its second part."""
    parser = argparse.ArgumentParser(
        prog="python -m julep_local.demo", description="An agent that chats offline and knows its docs."
    )
    parser.add_argument("--path", type=Path, default=Path("demo-data") / "demo.db", help="the SQLite file to use")
    parser.add_argument("--continue", dest="session_id", help="go on with this session of the file")
    arguments = parser.parse_args()
    try:
        if arguments.session_id:
            second_part(arguments.path, arguments.session_id)
            return 0
        print(f"First process, file {arguments.path}")
        session_id = first_part(arguments.path)
    except ApiError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print("\nThe file is closed. A second process opens it and goes on.")
    again = [sys.executable, "-m", "julep_local.demo", "--path", str(arguments.path), "--continue", session_id]
    return subprocess.run(again, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
