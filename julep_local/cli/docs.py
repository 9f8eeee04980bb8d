"""`julep-local docs`: texts that an agent or a user can be asked about."""

import hashlib
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from julep_local.cli.command import Cli, Failed, Usage, command, new_group
from julep_local.cli.following import follow, not_succeeded
from julep_local.cli.names import doc_named, owner_of
from julep_local.cli.options import Having, Limit, Metadata, OfAgent, Offset, OfUser, Yes, ask_before
from julep_local.cli.output import one_line
from julep_local.cli.values import given_only, pairs, pairs_text, text_of

if TYPE_CHECKING:
    from julep_local.types import AddedFiles, Doc, JobStatus

app = new_group("Texts that can be asked about.")

Doc_ = Annotated[str, typer.Argument(help="Title, id, or the beginning of the id.", metavar="DOC")]
STDIN = "-"


@command(app, "list")
def list_docs(
    cli: Cli,
    agent: OfAgent = None,
    user: OfUser = None,
    limit: Limit = 100,
    offset: Offset = 0,
    having: Having = None,
) -> None:
    """List the docs of an agent or user, the newest first."""
    owner = owner_of(cli.client, agent, user)
    docs = cli.client.docs.list(**owner, limit=limit, offset=offset, metadata_filter=pairs(having, "--having"))
    rows = (
        [cli.out.id(each.id), each.title, str(len(text_in(each))), one_line(text_in(each)[:200], 80)] for each in docs
    )
    cli.out.records(
        docs, ["id", "title", "characters", "text"], rows, if_none="no docs yet: julep-local docs add FILES"
    )


@command(app)
def show(cli: Cli, doc: Doc_, agent: OfAgent = None, user: OfUser = None) -> None:
    """Show one doc, whole."""
    found = doc_named(cli.client, doc, owner_of(cli.client, agent, user, default=False))
    _show(cli, found, text=text_in(found))


@command(app)
def add(
    cli: Cli,
    files: Annotated[
        Optional[list[str]],
        typer.Argument(help="Files and folders; - or nothing is standard input.", metavar="[FILE]..."),
    ] = None,
    agent: OfAgent = None,
    user: OfUser = None,
    title: Annotated[
        Optional[str], typer.Option("--title", help="Of what comes from standard input.  [default: its first words]")
    ] = None,
    metadata: Metadata = None,
    wait: Annotated[bool, typer.Option(help="Wait until they are found by their meaning, too.")] = True,
) -> None:
    """Add files: text, Markdown, HTML, PDF, DOCX, source code; of folders all that is not hidden.

    Typed again, it reads only what is new or has changed. Exit code 1: a file could not be read; the others were added.
    """
    paths = list(files or ())
    if not paths and sys.stdin.isatty():
        raise Usage("give files or folders, or a text on standard input")
    client = cli.client
    owner = owner_of(client, agent, user)
    named = {}
    if not paths or STDIN in paths:
        paths = [path for path in paths if path != STDIN]
        data = sys.stdin.buffer.read()
        named[title or _title_of(data)] = data
    elif title is not None:
        raise Usage("--title is for standard input: a file's title is its first heading, or its name")
    try:
        with cli.out.bar("reading") as bar:
            added = client.docs.add_files(
                paths,
                **owner,
                named=named,
                metadata=pairs(metadata, "--metadata"),
                on_progress=lambda n, of, name: bar.at(n, of, f"reading {one_line(name, 30)}"),
            )
        jobs = follow(cli, added.jobs) if wait else []
    except KeyboardInterrupt:
        cli.out.clear_line()
        cli.out.note("stopped: what was added is kept, and typed again it goes on")
        raise
    _tell(cli, added, jobs)


@command(app)
def edit(
    cli: Cli,
    doc: Doc_,
    agent: OfAgent = None,
    user: OfUser = None,
    title: Annotated[Optional[str], typer.Option("--title", help="Its new title.")] = None,
    content: Annotated[
        Optional[str], typer.Option("--content", help="Its new text; @FILE for a file, - for standard input.")
    ] = None,
    metadata: Metadata = None,
) -> None:
    """Change what is given of a doc, and keep the rest. Metadata are merged; key=null removes one."""
    found = doc_named(cli.client, doc, owner_of(cli.client, agent, user, default=False))
    changes = given_only(title=title, content=None if content is None else text_of(content))
    if metadata:
        changes["metadata"] = pairs(metadata, "--metadata")
    changed = cli.client.docs.update(found.id, **changes) if changes else found
    follow(cli, changed.jobs or [])
    _show(cli, changed, text=one_line(text_in(changed)[:500], 300))


@command(app)
def delete(
    cli: Cli,
    docs: Annotated[list[str], typer.Argument(help="Titles, ids, or the beginnings of ids.", metavar="DOC...")],
    agent: OfAgent = None,
    user: OfUser = None,
    yes: Yes = False,
) -> None:
    """Delete docs."""
    owner = owner_of(cli.client, agent, user, default=False)
    found = [doc_named(cli.client, each, owner) for each in docs]
    titles = ", ".join(one_line(each.title, 40) for each in found[:5]) + (" ..." if len(found) > 5 else "")
    ask_before(cli, f"Delete {len(found)} doc{'s' * (len(found) != 1)}: {titles}", yes=yes)
    for each in found:
        cli.client.docs.delete(doc_id=each.id, agent_id=each.agent_id, user_id=each.user_id)
    cli.out.done(f"deleted {len(found)}: {titles}", {"deleted": [each.id for each in found]})


@command(app)
def search(
    cli: Cli,
    query: Annotated[str, typer.Argument(help="A question, or words.")],
    agent: OfAgent = None,
    user: OfUser = None,
    limit: Limit = 5,
    having: Having = None,
) -> None:
    """Find passages by meaning and words, best first, with what their score is made of."""
    owner = owner_of(cli.client, agent, user)
    with cli.out.busy("searching"):
        hits = cli.client.docs.search(query, **owner, limit=limit, metadata_filter=pairs(having, "--having"))
    if cli.out.as_json:
        cli.out.json(hits)
        return
    if not hits:
        cli.out.note("nothing found")
    for n, hit in enumerate(hits, 1):
        where = f"{hit.title} > {hit.heading}" if hit.heading else hit.title
        print(cli.out.styled(f"{n}. {one_line(where)}", "1") + f"  ({cli.out.id(hit.doc_id)})")
        meaning = "not embedded yet" if hit.similarity is None else f"meaning {hit.similarity:.2f}"
        words = f", words {hit.words_score:.2f}: {', '.join(hit.matched_words)}" if hit.matched_words else ""
        relevant = "a chat is shown it" if hit.is_relevant else "too far off for a chat"
        cli.out.text(f"score {hit.score:.2f}: {meaning}{words}; {relevant}", indent=3)
        cli.out.text(hit.chunk, indent=3)


@command(app)
def reembed(cli: Cli) -> None:
    """Embed all docs anew; the old vectors serve meanwhile."""
    job = cli.client.docs.reembed()
    if not_succeeded(cli, follow(cli, [job])):
        raise Failed
    cli.out.done("embedded all docs anew", {"jobs": [job]})


def text_in(doc: "Doc") -> str:
    """Return a doc's text; of a list its chunks, a blank line between."""
    return doc.content if isinstance(doc.content, str) else "\n\n".join(map(str, doc.content))


def _title_of(data: bytes) -> str:
    """Return what a text without a title is called: its first words, and what tells it from others that begin so."""
    lines = data[:200].decode("utf-8", "replace").strip().splitlines()
    first = one_line(lines[0].lstrip("# "), 60) if lines and b"\0" not in data[:200] else ""
    return f"{first or 'standard input'} ({hashlib.sha256(data).hexdigest()[:8]})"


def _tell(cli: Cli, added: "AddedFiles", jobs: "list[JobStatus]") -> None:
    """Say what became of the files, and with the exit code whether all were read."""
    failed = [each for each in added.files if each.outcome == "failed"]
    if cli.out.as_json:
        cli.out.json(added)
    else:
        for each in failed:
            cli.out.note(f"{each.file}: {each.reason}")
        counted = Counter(each.outcome for each in added.files)
        told = [f"{counted[outcome]} {outcome}" for outcome in ("added", "changed", "unchanged") if counted[outcome]]
        if counted["skipped"]:
            told.append(f"{counted['skipped']} skipped, which are no text")
        if failed:
            told.append(f"{len(failed)} not read")
        print(", ".join(told) or "there was nothing to add")
    if not_succeeded(cli, jobs) or failed:
        raise Failed


def _show(cli: Cli, doc: "Doc", text: str) -> None:
    cli.out.fields(
        doc,
        {
            "title": doc.title,
            "id": doc.id,
            "metadata": pairs_text(doc.metadata),
            "created": cli.out.time(doc.created_at),
            "text": text,
        },
    )
