"""`julep-local models`: the models on this machine, what they need and how fast they are."""

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Optional

import typer

from julep_local.cli.command import FAILED, Cli, Failed, Usage, command, new_group
from julep_local.cli.options import ModelName, Yes, ask_before
from julep_local.cli.output import Bar, size
from julep_local.cli.values import text_of
from julep_local.errors import ModelError

if TYPE_CHECKING:
    from julep_local.types.models import ModelInfo

app = new_group("Models on this machine.")

File = Annotated[Optional[str], typer.Option("--file", help="Which file of a repository at Hugging Face.")]
Sha256 = Annotated[Optional[str], typer.Option("--sha256", help="What the file's SHA-256 must be.")]
Licence = Annotated[Optional[str], typer.Option("--licence", help="Of the weights, for the record.")]
Template = Annotated[
    Optional[Path], typer.Option("--chat-template", help="A file with a jinja template, instead of the model's own.")
]
Window = Annotated[Optional[int], typer.Option("--context-tokens", help="The context window.", min=1, metavar="TOKENS")]

READ_TOKENS, WRITTEN_TOKENS = 400, 64
_SENTENCE = "The ferry number {n} leaves the old harbour at dawn and comes back with the evening tide. "


@command(app, "list")
def list_models(cli: Cli) -> None:
    """List all models that are known by name."""
    models = cli.client.models.list()
    rows = (
        [
            each.name,
            each.kind,
            "installed" if each.installed else "not installed",
            size(each.size_bytes),
            each.quantization or "",
            str(each.context_tokens or ""),
            each.licence or "",
        ]
        for each in models
    )
    columns = ["name", "kind", "state", "size", "weights", "window", "licence"]
    cli.out.records(models, columns, rows, if_none="no models")


@command(app)
def show(cli: Cli, model: ModelName) -> None:
    """Show one model."""
    _show(cli, cli.client.models.get(model))


@command(app)
def add(
    cli: Cli,
    name: Annotated[str, typer.Argument(help="What agents and --model shall call it.")],
    source: Annotated[
        str,
        typer.Argument(help="A GGUF file, OWNER/REPOSITORY at Hugging Face, an address, or `package`.", metavar="FROM"),
    ],
    file: File = None,
    sha256: Sha256 = None,
    licence: Licence = None,
    chat_template: Template = None,
    context_tokens: Window = None,
) -> None:
    """Add a chat model under a name. A download that was broken off goes on when it is added again."""
    given: dict[str, Any] = {
        "file": file,
        "sha256": sha256,
        "licence": licence,
        "chat_template": None if chat_template is None else text_of(f"@{chat_template}"),
        "context_tokens": context_tokens,
    }
    _add(cli, name, source, given)


@command(app)
def pull(
    cli: Cli,
    source: Annotated[
        str,
        typer.Argument(help="OWNER/REPOSITORY at Hugging Face, an address, or a known model's name.", metavar="FROM"),
    ],
    file: File = None,
    name: Annotated[
        Optional[str], typer.Option("--name", help="What it shall be called.  [default: the file's name]")
    ] = None,
    sha256: Sha256 = None,
) -> None:
    """Download a model, or put one together whose packages hold it in parts."""
    known = {each.name: each for each in cli.client.models.list()}
    if source in known and known[source].source == "package":
        _add(cli, source, "package", {})
    elif source in known:
        _add(cli, source, known[source].origin, {"file": file, "sha256": sha256})
    else:
        _add(cli, name or _name_for(source, file), source, {"file": file, "sha256": sha256})


@command(app)
def verify(cli: Cli, model: ModelName) -> None:
    """Hash a model's file, and say whether it is the one that was added. Exit code 1: it is not."""
    with cli.out.busy(f"hashing {model}"):
        checked = cli.client.models.verify(model)
    cli.out.fields(
        checked,
        {
            "model": checked.name,
            "is as it should be": "yes" if checked.ok else "no",
            "why": checked.reason,
            "sha256": checked.found_sha256,
        },
    )
    if not checked.ok:
        raise typer.Exit(FAILED)


@command(app)
def plan(
    cli: Cli,
    model: Annotated[
        Optional[str], typer.Argument(help="A name or a GGUF file.  [default: the client's]", metavar="[MODEL]")
    ] = None,
    context_tokens: Window = None,
) -> None:
    """Say how much memory a model will take, before it is loaded. Exit code 1: it does not fit."""
    planned = cli.client.models.plan(model or cli.model, context_tokens=context_tokens)
    cli.out.fields(
        planned,
        {
            "file": planned.path,
            "window": f"{planned.context_tokens} tokens",
            "weights": size(planned.weights_bytes),
            "keys and values": size(planned.kv_bytes),
            "all together": size(planned.total_bytes) + (", estimated roughly" if planned.is_rough else ""),
            "available": size(planned.available_bytes),
            "largest window that fits": f"{planned.largest_context_tokens} tokens",
            "fits": "yes" if planned.fits else "no",
        },
    )
    if not planned.fits:
        raise typer.Exit(FAILED)


@command(app)
def remove(cli: Cli, model: ModelName, yes: Yes = False) -> None:
    """Forget a model that was added, and delete its file if it was downloaded."""
    found = cli.client.models.get(model)
    ask_before(cli, f"Remove {found.name} ({size(found.size_bytes)}, from {found.origin})", yes=yes)
    cli.client.models.remove(model)
    cli.out.done(f"removed {model}", {"removed": [model]})


@command(app)
def bench(
    cli: Cli,
    models: Annotated[
        Optional[list[str]], typer.Argument(help="Names.  [default: all that are installed]", metavar="[MODEL]...")
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", help="How often each is measured.", min=1)] = 3,
) -> None:
    """Measure models on this machine: tokens read and written a second, and the time to the first token.

    Exit code 1: one could not be measured; the others were.
    """
    known = [each.name for each in cli.client.models.list() if each.kind == "chat" and each.installed]
    wanted = list(models or known)
    if not wanted:
        raise Failed("no chat model is installed: pip install 'julep_local[chat]', then julep-local models list", 4)
    for name in wanted:
        cli.client.models.get(name)
    all_of_them, failed = [], []
    with cli.out.bar("measuring") as bar:
        for name in wanted:
            try:
                all_of_them.append(measured(cli, name, rounds, bar))
            except (ModelError, Failed) as error:  # not trained to answer, or damaged: the others can be measured
                failed.append(f"{name}: {error}")
    if cli.out.as_json:
        cli.out.json([each._asdict() for each in all_of_them])
    elif all_of_them:
        _tell_measured(cli, all_of_them)
    if failed:
        raise Failed("\n".join(failed))


def _tell_measured(cli: Cli, all_of_them: "list[Measured]") -> None:
    rows = [
        [
            each.model,
            f"{each.read_tokens_per_s:.0f}",
            f"{each.first_token_ms:.0f}",
            f"{each.written_tokens_per_s:.1f}",
            f"{each.load_s:.1f}",
        ]
        for each in all_of_them
    ]
    prompt_tokens = all_of_them[0].prompt_tokens
    cli.out.table(
        ["model", "tokens read/s", f"first token of {prompt_tokens}, ms", "tokens written/s", "loading, s"], rows
    )


class Measured(NamedTuple):
    """What a model does on this machine; medians of the rounds."""

    model: str
    prompt_tokens: int
    read_tokens_per_s: float
    first_token_ms: float
    """After a prompt of so many tokens of which none had been read before."""
    written_tokens_per_s: float
    load_s: float
    """Loading and the first answer to a prompt of a few tokens."""
    rounds: int


def measured(cli: Cli, model: str, rounds: int, bar: Bar) -> Measured:
    """Load a model and measure it."""
    bar.at(0, rounds, f"loading {model}")
    began = time.perf_counter()
    _answer(cli, model, "Hello", 1)
    load_s = time.perf_counter() - began
    reads, firsts, writes, n_prompt = [], [], [], 0
    for n in range(rounds):
        bar.at(n, rounds, f"measuring {model}")
        # each prompt begins otherwise, so that nothing of it has been read
        prompt = "".join(_SENTENCE.format(n=100 * n + each) for each in range(READ_TOKENS // 18))
        first_s, write_s, n_prompt, n_written = _answer(cli, model, f"{n}. {prompt}", WRITTEN_TOKENS)
        reads.append(n_prompt / first_s)
        firsts.append(first_s * 1000)
        if n_written > 1:
            writes.append((n_written - 1) / write_s)
    middle = statistics.median
    return Measured(
        model,
        n_prompt,
        round(middle(reads), 1),
        round(middle(firsts), 1),
        round(middle(writes), 2) if writes else 0.0,
        round(load_s, 2),
        rounds,
    )


def _answer(cli: Cli, model: str, prompt: str, max_tokens: int) -> tuple[float, float, int, int]:
    """Return seconds to the first piece, seconds from there to the last, and tokens of prompt and answer."""
    began = time.perf_counter()
    first = last = None
    usage = None
    for chunk in cli.client.chat.completions.create(
        messages=[{"role": "user", "content": f"{prompt}\nTell a long story of it."}],
        model=model,
        max_tokens=max_tokens,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    ):
        if chunk.choices and chunk.choices[0].delta.content:
            last = time.perf_counter()
            first = first or last
        usage = chunk.usage or usage
    if first is None or last is None or usage is None:
        raise Failed(f"{model} answered nothing")
    return first - began, max(last - first, 1e-9), usage.prompt_tokens, usage.completion_tokens


def _add(cli: Cli, name: str, source: str, given: dict[str, Any]) -> None:
    with cli.out.bar(f"adding {name}") as bar:
        added = cli.client.models.add(
            name, source, on_progress=lambda done, of: bar.at(done, of), **{k: v for k, v in given.items() if v}
        )
    _show(cli, added)


def _name_for(source: str, file: str | None) -> str:
    stem = Path(file or source.rstrip("/").rpartition("/")[2]).name.removesuffix(".gguf").lower()
    if not stem:
        raise Usage(f"{source}: give --name")
    return stem


def _show(cli: Cli, model: "ModelInfo") -> None:
    cli.out.fields(
        model,
        {
            "name": model.name,
            "kind": model.kind,
            "state": "installed" if model.installed else "not installed",
            "from": model.origin,
            "file": model.path,
            "size": size(model.size_bytes),
            "weights": model.quantization,
            "window": f"{model.context_tokens} tokens" if model.context_tokens else None,
            "can": ", ".join(model.supports),
            "licence": model.licence,
            "sha256": model.sha256,
        },
    )
