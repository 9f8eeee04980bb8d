"""`julep-local`: the command line. It reads what was typed and hands it on.

It needs the extra `server`; without it the command says so.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn, Optional

try:
    import typer
except ModuleNotFoundError:
    raise SystemExit("julep-local needs a few packages more: pip install 'julep_local[server]'") from None

from julep_local.errors import ApiError
from julep_local.settings import server_api_key

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Agents with docs and memories in one SQLite file, answered by a local model."""


@app.command()
def serve(
    path: Annotated[
        Optional[Path], typer.Option(help="The SQLite file.  [default: $JULEP_LOCAL_PATH, else the data folder]")
    ] = None,
    host: Annotated[str, typer.Option(help="Where to listen; what others can reach needs an API key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8108,
    api_key: Annotated[
        Optional[str], typer.Option(help="What requests must bring.  [default: $JULEP_LOCAL_API_KEY, else nothing]")
    ] = None,
    model: Annotated[
        Optional[str], typer.Option(help="A GGUF file or a name.  [default: $JULEP_LOCAL_MODEL, else the first]")
    ] = None,
    embedder: Annotated[
        Optional[str], typer.Option(help="A folder or a name.  [default: $JULEP_LOCAL_EMBEDDER, else the first]")
    ] = None,
) -> None:
    """Serve the file over HTTP, for the official SDKs and OpenAI clients, until Ctrl-C."""
    from julep_local.client import Client
    from julep_local.server.guard import check_key, is_loopback
    from julep_local.server.serve import address_of, bound_socket
    from julep_local.server.serve import serve as serve_client

    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    key = api_key or server_api_key()
    try:
        if not is_loopback(host):
            check_key(host, key)
        bound = bound_socket(host, port)
    except ValueError as error:
        raise _fails(str(error)) from None
    except OSError as error:
        raise _fails(f"cannot listen on {host} port {port}: {error.strerror or error}") from None
    try:
        client = Client(path=path, model=model, embedder=embedder)
    except ApiError as error:
        bound.close()
        raise _fails(str(error)) from None
    serve_client(client, bound, host=host, api_key=key, on_start=lambda: _say(address_of(bound, host), key))
    _leave()


def _say(address: str, key: str | None) -> None:
    typer.echo(
        f"The SDKs' base URL is {address}/api, that of OpenAI clients {address}/v1; {address}/ shows the routes."
    )
    typer.echo("Requests must bring the API key." if key else "No API key is asked for: every program here may use it.")
    typer.echo("Ctrl-C stops the server.")


def _leave() -> NoReturn:
    """End the process at once: all is closed, and PyTorch would take most of a second to unload."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _fails(message: str) -> typer.Exit:
    typer.echo(f"julep-local: {message}", err=True)
    return typer.Exit(2)
