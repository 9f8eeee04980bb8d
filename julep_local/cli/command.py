"""What all commands share: the options that each takes, the client they talk to, and what becomes of an error.

    app = new_group("Who answers.")

    @command(app, "list")
    def list_agents(cli: Cli) -> None: ...

It knows no command.
"""

import contextlib
import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Optional, get_type_hints

import typer

from julep_local.cli.output import Output

if TYPE_CHECKING:
    from julep_local.client import Client

DONE, FAILED, USAGE, NOT_FOUND, NO_MODEL, NO_FILE, BROKEN_PIPE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 141, 130
"""Exit codes; the last two are 128 and the number of the signal, as in a shell."""


class Usage(Exception):
    """What was typed cannot be meant."""


class Failed(Exception):
    """The command did not do all that it should; the text says what."""

    def __init__(self, message: str = "", code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


class Cli:
    """One command under way: what was said for all commands, the output, and the client once it is needed."""

    def __init__(self, given: Mapping[str, Any], shared: Mapping[str, Any]) -> None:
        said = {**given, **{name: value for name, value in shared.items() if value}}
        self.path: str | None = said.get("path")
        self.model: str | None = said.get("model")
        self.embedder: str | None = said.get("embedder")
        self.verbose = bool(said.get("verbose"))
        self.out = Output(as_json=bool(said.get("as_json")))
        self.warnings: list[str] = []
        self._open: Callable[..., Client] | None = given.get("open")

    @functools.cached_property
    def client(self) -> "Client":
        """The client of the file that was named. What is risky about the file is said, and kept in `warnings`."""
        if self._open is None:
            from julep_local.cli.log import start_log

            start_log(verbose=self.verbose)  # first: what catches warnings below puts back who shows them
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            client = self._opened()
        self.warnings = [str(each.message) for each in caught if issubclass(each.category, UserWarning)]
        for warning in self.warnings:
            self.out.note(f"careful: {warning}")
        return client

    def _opened(self) -> "Client":
        if self._open is not None:
            return self._open(path=self.path)
        from julep_local.client import Client

        return Client(path=self.path, model=self.model, embedder=self.embedder)

    def close(self) -> None:
        """Close the client if there is one."""
        client = self.__dict__.pop("client", None)
        if client is not None:
            client.close()


Path_ = Annotated[Optional[str], typer.Option("--path", help="The SQLite file.", metavar="FILE")]
Model = Annotated[Optional[str], typer.Option("--model", help="A GGUF file or a name.", metavar="MODEL")]
Embedder = Annotated[Optional[str], typer.Option("--embedder", help="A folder or a name.", metavar="MODEL")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what goes into the log.")]

SHARED: dict[str, tuple[Any, Any]] = {
    "path": (Path_, None),
    "model": (Model, None),
    "embedder": (Embedder, None),
    "as_json": (Json, False),
    "verbose": (Verbose, False),
}


def new_group(help: str) -> typer.Typer:
    """Return an empty group of commands."""
    return typer.Typer(
        help=help,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a function as a command. It is given a `Cli` first, and its parameters are the command's own."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        own = [p.replace(annotation=hints[p.name]) for p in list(inspect.signature(function).parameters.values())[1:]]
        taken = {p.name for p in own}
        context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        shared = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, (annotation, default) in SHARED.items()
            if name not in taken
        ]
        keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]

        def run(**values: Any) -> None:
            ctx = values.pop("ctx")
            cli = Cli(ctx.obj or {}, {name: values.pop(name) for name in SHARED if name not in taken})
            with _ending_well(cli):
                function(cli, **values)

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        parameters = [context, *keywords, *shared]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        app.command(name)(run)
        return function

    return add


@contextlib.contextmanager
def _ending_well(cli: Cli) -> Generator[None, None, None]:
    """Close the client whatever happens, and turn what was raised into a sentence and an exit code."""
    try:
        try:
            yield
        finally:
            cli.close()
    except (KeyboardInterrupt, typer.Abort):
        cli.out.clear_line()
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more: what is still buffered must go nowhere
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115  (stays open until the process ends)
        raise typer.Exit(BROKEN_PIPE) from None
    except (Usage, typer.BadParameter) as error:
        cli.out.error(str(error), code=USAGE)
        raise typer.Exit(USAGE) from None
    except Failed as error:
        if str(error):
            cli.out.error(str(error), code=error.code)
        raise typer.Exit(error.code) from None
    except typer.Exit:  # it is a RuntimeError
        raise
    except (AssertionError, TypeError, ValueError, OSError, RuntimeError, _api_error()) as error:
        code = _code_of(error)
        if code is None:
            raise
        cli.out.error(sentence(error), code=code, status=getattr(error, "status_code", None))
        raise typer.Exit(code) from None


def _api_error() -> type[Exception]:
    from julep_local.errors import ApiError

    return ApiError


def _code_of(error: BaseException) -> int | None:
    """Return the exit code for an error, None for one that is a mistake of ours."""
    from julep_local.errors import ApiError, BadExport, Cancelled, InvalidInput, ModelError, NotFound, StoreError

    kinds: list[tuple[type[BaseException], int]] = [
        (BadExport, FAILED),
        (InvalidInput, USAGE),
        (NotFound, NOT_FOUND),
        (ModelError, NO_MODEL),
        (StoreError, NO_FILE),
        (Cancelled, INTERRUPTED),
        (ApiError, FAILED),
        (FileNotFoundError, NOT_FOUND),
        (TimeoutError, FAILED),
        (OSError, FAILED),
        (RuntimeError, FAILED),
        (UnicodeError, FAILED),
    ]
    for kind, code in kinds:
        if isinstance(error, kind):
            return code
    # settings.py refuses an environment variable with a ValueError
    return USAGE if type(error) is ValueError and "JULEP_LOCAL_" in str(error) else None


def sentence(error: BaseException) -> str:
    """Return what an error says; the name of its kind if it says nothing."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__
