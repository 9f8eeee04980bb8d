"""What a client is opened with: constructor arguments, else environment variables, else defaults.

The only place that reads environment variables. It opens only what says how much memory there is, and imports nothing
heavy.
"""

import functools
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

from julep_local.errors import WrongKey
from julep_local.stamps import REAL, Stamps

IN_MEMORY = ":memory:"
KEYRING = "keyring"
"""Given as the key: it stands in the system's keyring."""
HUB = "https://huggingface.co"
REAL_MODEL = "julep_local.real_model"
"""The event that whoever is about to use a real model raises with `sys.audit`, so that tests can forbid it."""
DOCS_PER_OWNER = 3
MEMORIES_PER_TURN = 5
MEMORY_TIERS = ("auto", "off", "rules", "small", "capable")


@dataclass(frozen=True)
class Settings:
    """How a client is opened. Clients with equal settings share one database connection pool and one model."""

    path: str
    """The SQLite file, absolute, or `:memory:`."""
    model: object = None
    """A GGUF path, a catalog name or a `ChatModel`; None is the first installed model of the catalog."""
    embedder: object = None
    """A model folder, a catalog name or an `Embedder`; None is the first installed embedding model."""
    strict_models: bool = False
    """Refuse agents whose `model` the catalog does not know, instead of using the default model for them."""
    stamps: Stamps = REAL
    """Where ids and times come from."""
    context_tokens: int | None = None
    """Context window in tokens; None is the model's own, at most `MOST_CONTEXT_TOKENS`."""
    threads: int | None = None
    """Threads for the models; None is `n_cores`."""
    kv_memory: int | None = None
    """Bytes of copied KV caches that a model may keep in memory; None is a share of the machine's memory."""
    kv_disk: int | None = None
    """Bytes of copied KV caches that may stand beside the file; 0 writes none, None is `KV_DISK_BYTES`."""
    model_memory: int | None = None
    """Bytes that loaded models may take together; None is a share of the machine's memory."""
    unload_after_s: float | None = None
    """A model is unloaded that nobody has wanted for so long; None is `UNLOAD_AFTER_S`."""
    answer_s: float | None = None
    """An answer is ended that has been written for so many seconds; None is `ANSWER_S`."""
    isolate: bool = False
    """GGUF models run in processes of their own, whose crash is an error and no more."""
    docs_per_owner: int = DOCS_PER_OWNER
    """At most so many docs of the agent, and so many of the user, are shown in a turn."""
    memories_per_turn: int = MEMORIES_PER_TURN
    """At most so many memories are shown in a turn."""
    memory_tier: str = "auto"
    """What forms memories: `off`, `rules`, `small`, `capable`, or `auto` for what suits the chat model."""
    offline: bool = False
    """Contact no other machine, not even where one was named."""
    key: str | None = field(default=None, repr=False)
    """The passphrase of an encrypted file; None for one that is not."""
    relevance: float | None = None
    """Cosine similarity from which docs and memories have to do with a turn; None is what suits the embedder."""


MOST_CONTEXT_TOKENS = 8192
"""Above this the KV cache of a mid-sized model takes gigabytes: larger windows are asked for, not given."""


KV_DISK_BYTES = 2 << 30
UNLOAD_AFTER_S = 15 * 60.0
ANSWER_S = 30 * 60.0
"""A model that never ends its answer fills the context window: with 8,192 tokens and two a second that is an hour."""
_MIB = 1 << 20
_CGROUPS, _OWN_CGROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def memory_bytes() -> int:
    """Return the machine's memory, or what its container may have of it; 8 GiB where it cannot be found out."""
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        physical = 8 << 30
    return min([physical, *_cgroup_limits()])


def n_cores() -> int:
    """Return how many processor cores this process may use: those it is bound to, or what its container may have."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([cores, *_cgroup_cores()])


def _cgroup_limits() -> list[int]:
    """Return how much memory the control groups that this process is in may have, in bytes; none outside Linux."""
    limits = [
        _text(folder / ("memory.limit_in_bytes" if is_first_version else "memory.max")).strip()
        for folder, is_first_version in _cgroup_folders("memory")
    ]
    return [int(limit) for limit in limits if limit.isdigit() and int(limit) > 0]  # version 2 says `max` for none


def _cgroup_cores() -> list[int]:
    """Return how many cores this process's control groups may keep busy, rounded up; none where nothing is said."""
    cores = []
    for folder, is_first_version in _cgroup_folders("cpu"):
        files = ("cpu.cfs_quota_us", "cpu.cfs_period_us") if is_first_version else ("cpu.max",)
        given = " ".join(_text(folder / file) for file in files).split()
        if len(given) == 2 and all(each.isdigit() and int(each) > 0 for each in given):  # `max` or -1 is no limit
            cores.append(math.ceil(int(given[0]) / int(given[1])))
    return cores


def _cgroup_folders(controller: str) -> list[tuple[Path, bool]]:
    """Return the folders of this process's control groups, and whether they are of version 1."""
    found = []
    for line in _text(_OWN_CGROUPS).splitlines():
        _, _, named = line.partition(":")
        controllers, _, path = named.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        # version 2 has one tree for all controllers and names none. Inside a container the path may be the one outside:
        # then its group is what stands at the top
        top, below = _CGROUPS / controller if controllers else _CGROUPS, Path(path.lstrip("/"))
        found += [(top / folder, bool(controllers)) for folder in (below, *below.parents)]
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def kv_memory_bytes() -> int:
    """Return how much memory copies of KV caches may take if nobody says: an eighth of the machine's, at most 4 GiB."""
    return min(memory_bytes() // 8, 4 << 30)


def model_memory_bytes() -> int:
    """Return how much memory loaded models may take if nobody says: seven tenths of the machine's."""
    return memory_bytes() * 7 // 10


def read_settings(
    *,
    path: str | os.PathLike[str] | None = None,
    model: object = None,
    embedder: object = None,
    strict_models: bool = False,
    deterministic: Stamps | None = None,
    memory_tier: str | None = None,
    offline: bool | None = None,
    key: str | None = None,
    isolate: bool | None = None,
) -> Settings:
    """Return the settings for a client opened with these arguments; None means "not given"."""
    chosen = os.fspath(path) if path is not None else os.environ.get("JULEP_LOCAL_PATH") or _default_path()
    place = chosen if chosen == IN_MEMORY else os.path.realpath(Path(chosen).expanduser())
    return Settings(
        path=place,
        model=_as_given(model) or os.environ.get("JULEP_LOCAL_MODEL") or None,
        embedder=_as_given(embedder) or os.environ.get("JULEP_LOCAL_EMBEDDER") or None,
        strict_models=strict_models,
        stamps=REAL if deterministic is None else deterministic,
        context_tokens=_whole_number("JULEP_LOCAL_CONTEXT_TOKENS"),
        threads=_whole_number("JULEP_LOCAL_THREADS"),
        kv_memory=_mebibytes("JULEP_LOCAL_KV_MEMORY_MB"),
        kv_disk=_mebibytes("JULEP_LOCAL_KV_DISK_MB"),
        model_memory=_mebibytes("JULEP_LOCAL_MODEL_MEMORY_MB"),
        unload_after_s=_whole_number("JULEP_LOCAL_UNLOAD_AFTER_S"),
        answer_s=_whole_number("JULEP_LOCAL_ANSWER_S"),
        isolate=_switch("JULEP_LOCAL_ISOLATE") if isolate is None else bool(isolate),
        docs_per_owner=_whole_number("JULEP_LOCAL_DOCS_PER_OWNER") or DOCS_PER_OWNER,
        memories_per_turn=_whole_number("JULEP_LOCAL_MEMORIES_PER_TURN") or MEMORIES_PER_TURN,
        relevance=_share("JULEP_LOCAL_RELEVANCE"),
        offline=_switch("JULEP_LOCAL_OFFLINE") if offline is None else bool(offline),
        key=_passphrase(key or _key_for(place), place),
        memory_tier=_memory_tier(memory_tier),
    )


def models_folder() -> Path:
    """Return where added models and their catalog stand: `JULEP_LOCAL_MODELS`, else in the user's data folder."""
    given = os.environ.get("JULEP_LOCAL_MODELS")
    return Path(os.path.abspath(Path(given).expanduser())) if given else _default_models_folder()


def hub_address() -> str:
    """Return the base address of Hugging Face, or of the mirror that `HF_ENDPOINT` names."""
    return (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")


def hub_is_offline() -> bool:
    """Whether `HF_HUB_OFFLINE` forbids to ask Hugging Face."""
    return os.environ.get("HF_HUB_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")


def tell_nobody() -> None:
    """Switch off what Hugging Face's libraries would send home, before they are imported; a program may say otherwise.

    What they may look up is not switched off, for it is the program's, too: who loads a model here says each time that
    only this machine's files will do.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def sleep_soon() -> None:
    """Have OpenMP's threads, of llama.cpp and PyTorch, sleep soon where they wait for each other; before either loads.

    By itself GNU's library looks 300,000 times whether the others have come. On idle cores nobody minds. Where
    another program has one of the cores, a thread waits so for one that cannot run before its own time is up, at
    each of the hundreds of steps of a token: beside a dozen busy processes SmolLM2 on two threads wrote one token a
    second instead of 6 to 24, and a query was embedded in 0.2 to 0.5 s instead of 0.03. 1,000 is what the library
    takes itself if it knows that it has more threads than cores. On idle cores llama.cpp writes as fast with it (90
    tokens a second, median of seven rounds each), and PyTorch takes 6 ms for a query instead of 5; 0 would halve
    llama.cpp's speed there. A program may say otherwise.

    Source: GOMP_SPINCOUNT in https://gcc.gnu.org/onlinedocs/libgomp/
    """
    if not os.environ.get("OMP_WAIT_POLICY"):
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def hub_token() -> str | None:
    """Return the key for Hugging Face, `HF_TOKEN`; None if there is none."""
    return os.environ.get("HF_TOKEN", "").strip() or None


def server_api_key() -> str | None:
    """Return what requests to `julep-local serve` must bring, `JULEP_LOCAL_API_KEY`; None if it is not set."""
    return os.environ.get("JULEP_LOCAL_API_KEY", "").strip() or None


def log_file() -> Path:
    """Return where the command line writes its log: in the user's log folder."""
    import platformdirs

    return Path(platformdirs.user_log_dir("julep_local", appauthor=False)) / "julep-local.log"


def typed_file() -> Path:
    """Return where the command line keeps what was typed in chats, for the arrow keys."""
    import platformdirs

    return Path(platformdirs.user_data_dir("julep_local", appauthor=False)) / "typed"


def wants_colour() -> bool:
    """Whether the user has not said `NO_COLOR`, see https://no-color.org."""
    return not os.environ.get("NO_COLOR")


def is_dumb_terminal() -> bool:
    """Whether the terminal understands no control sequences, as `TERM` says."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown", "")


def _as_given(value: object) -> object:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _default_path() -> str:
    import platformdirs

    return str(Path(platformdirs.user_data_dir("julep_local", appauthor=False)) / "julep.db")


@functools.cache
def _default_models_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("julep_local", appauthor=False)) / "models"


def _mebibytes(name: str) -> int | None:
    n = _whole_number(name, least=0)
    return None if n is None else n * _MIB


def _memory_tier(given: str | None) -> str:
    name = "memory_tier" if given else "JULEP_LOCAL_MEMORY_TIER"
    tier = given or os.environ.get(name) or "auto"
    if tier not in MEMORY_TIERS:
        raise ValueError(f"{name}={tier!r}: give one of {', '.join(MEMORY_TIERS)}")
    return tier


def _switch(name: str) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text not in ("", "0", "1", "false", "true", "no", "yes", "off", "on"):
        raise ValueError(f"{name}={text!r}: give 1 or 0, or unset it")
    return text in ("1", "true", "yes", "on")


def _key_for(place: str) -> str | None:
    """Return what the environment says is the key; none for a database in memory, for it is there for all files."""
    return None if place == IN_MEMORY else os.environ.get("JULEP_LOCAL_KEY")


def _passphrase(given: str | None, path: str) -> str | None:
    """Return the passphrase that is meant: given itself, or where it stands."""
    if not given:
        return None
    if given == KEYRING:
        from julep_local.keys import from_keyring

        return from_keyring(path)
    if given.startswith("env:"):
        name = given.removeprefix("env:")
        found = os.environ.get(name)
        if not found:
            raise WrongKey(f"the environment variable {name} should hold the key, and is not set: set it", path=path)
        return found
    return given


def _share(name: str) -> float | None:
    text = os.environ.get(name)
    if not text:
        return None
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"{name}={text!r}: give a number from 0 to 1, or unset it")
    return share


def _whole_number(name: str, least: int = 1) -> int | None:
    text = os.environ.get(name)
    if not text:
        return None
    if not text.isdigit() or int(text) < least:
        raise ValueError(f"{name}={text!r}: give a whole number of at least {least}, or unset it")
    return int(text)
