"""`julep-local users`: whom agents answer."""

from typing import Annotated, Any, Optional

import typer

from julep_local.cli.command import Cli, Failed, command, new_group
from julep_local.cli.names import user_named
from julep_local.cli.options import Having, Limit, Metadata, Offset, UserName, Yes, ask_before
from julep_local.cli.output import one_line
from julep_local.cli.values import given_only, pairs, pairs_text, text_of
from julep_local.settings import typed_file

app = new_group("Whom agents answer.")

About = Annotated[
    Optional[str], typer.Option("--about", help="Who they are; @FILE for a file, - for standard input.", metavar="TEXT")
]


@command(app, "list")
def list_users(cli: Cli, limit: Limit = 100, offset: Offset = 0, having: Having = None) -> None:
    """List users, the newest first."""
    users = cli.client.users.list(limit=limit, offset=offset, metadata_filter=pairs(having, "--having"))
    rows = ([cli.out.id(each.id), each.name or "", one_line(each.about, 80)] for each in users)
    cli.out.records(users, ["id", "name", "about"], rows, if_none="no users yet: julep-local users add NAME")


@command(app)
def show(cli: Cli, user: UserName) -> None:
    """Show one user."""
    _show(cli, user_named(cli.client, user))


@command(app)
def add(
    cli: Cli,
    name: Annotated[str, typer.Argument(help="What they are called.")],
    about: About = None,
    metadata: Metadata = None,
) -> None:
    """Add a user."""
    created = cli.client.users.create(
        name=name, about="" if about is None else text_of(about), metadata=pairs(metadata, "--metadata")
    )
    _show(cli, created)


@command(app)
def edit(
    cli: Cli,
    user: UserName,
    name: Annotated[Optional[str], typer.Option("--name", help="Their new name.")] = None,
    about: About = None,
    metadata: Metadata = None,
) -> None:
    """Change what is given of a user, and keep the rest. Metadata are merged; key=null removes one."""
    changes = given_only(name=name, about=None if about is None else text_of(about))
    if metadata:
        changes["metadata"] = pairs(metadata, "--metadata")
    found = user_named(cli.client, user)
    _show(cli, cli.client.users.update(user_id=found.id, **changes) if changes else found)


@command(app)
def delete(cli: Cli, user: UserName, yes: Yes = False) -> None:
    """Delete a user with their docs and memories."""
    found = user_named(cli.client, user)
    ask_before(cli, f"Delete {found.name} ({found.id}) with their docs and memories", yes=yes)
    cli.client.users.delete(found.id)
    cli.out.done(f"deleted {found.name} ({found.id})", {"deleted": [found.id]})


@command(app)
def forget(cli: Cli, user: UserName, yes: Yes = False) -> None:
    """Erase a person from rows, indexes, caches and free pages, and prove it. Exit code 1: something is left."""
    found = user_named(cli.client, user)
    ask_before(cli, f"Erase {found.name} ({found.id}) with their docs, sessions and memories", yes=yes)
    with cli.out.busy("erasing"):
        receipt = cli.client.users.forget(found.id)
    left = receipt.n_rows_left + receipt.n_cached_left + receipt.n_ids_left + receipt.n_texts_left
    cli.out.fields(
        receipt,
        {
            "erased": ", ".join(f"{n} {table}" for table, n in receipt.n_rows.items() if n),
            "found afterwards": f"{receipt.n_rows_left} rows, {receipt.n_cached_left} caches, {receipt.n_ids_left} of "
            f"{receipt.n_ids} ids and {receipt.n_texts_left} of {receipt.n_texts} texts in the bytes of the file",
            "said by others": ", ".join(f"{n} {table}" for table, n in receipt.elsewhere.items() if n),
            "not touched": ", ".join(receipt.other_files),
        },
    )
    if not cli.out.as_json:
        cli.out.note(f"What was typed in chats here stands in {typed_file()}: delete it too, if it was theirs.")
    if left:
        raise Failed


def _show(cli: Cli, user: Any) -> None:
    cli.out.fields(
        user,
        {
            "name": user.name,
            "id": user.id,
            "about": user.about,
            "metadata": pairs_text(user.metadata),
            "created": cli.out.time(user.created_at),
        },
    )
