"""`julep-local serve`: the file over HTTP."""

import logging
from typing import Annotated, Optional

import typer

from julep_local.cli.command import Cli, Failed, Usage, command, new_group

app = new_group("Serve the file over HTTP.")


@command(app)
def serve(
    cli: Cli,
    host: Annotated[str, typer.Option(help="Where to listen; what others can reach needs an API key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8108,
    api_key: Annotated[
        Optional[str], typer.Option(help="What requests must bring.  [default: $JULEP_LOCAL_API_KEY, else nothing]")
    ] = None,
) -> None:
    """Serve the file over HTTP, for the official SDKs and OpenAI clients, until Ctrl-C."""
    try:
        from julep_local.server.guard import check_key, is_loopback
        from julep_local.server.serve import address_of, bound_socket
        from julep_local.server.serve import serve as serve_client
    except ModuleNotFoundError as error:
        raise Failed(f"this needs {error.name}: pip install 'julep_local[server]'") from None
    from julep_local.settings import server_api_key

    key = api_key or server_api_key()
    try:
        if not is_loopback(host):
            check_key(host, key)
        bound = bound_socket(host, port)
    except ValueError as error:
        raise Usage(str(error)) from None
    except OSError as error:
        raise Failed(f"cannot listen on {host} port {port}: {error.strerror or error}") from None
    try:
        client = cli.client
        logging.getLogger().addHandler(_warnings())
    except BaseException:
        bound.close()
        raise

    def say() -> None:
        address = address_of(bound, host)
        typer.echo(
            f"The SDKs' base URL is {address}/api, that of OpenAI clients {address}/v1; {address}/ shows the routes."
        )
        typer.echo(
            "Requests must bring the API key." if key else "No API key is asked for: every program here may use it."
        )
        typer.echo("Ctrl-C stops the server.")

    serve_client(client, bound, host=host, api_key=key, on_start=say)


def _warnings() -> logging.Handler:
    shown = logging.StreamHandler()
    shown.setLevel(logging.WARNING)
    shown.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    return shown
