"""Whether a model file from a stranger can be loaded at all, found out in a process that may crash or hang over it.

Of 120 damaged files two ended the process that loaded them, and two never came to an end. So a file that is not known
is tried first: a short-lived process loads it, looks at its whole vocabulary and reads two tokens. What has passed is
remembered by a hash of its header and of pieces of its weights, together with llama.cpp's release. Files of packages
are those that were checked for the manifest, and need no trial.
"""

import contextlib
import hashlib
import json
import logging
import math
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from julep_local.errors import ApiError, ModelBroken, ModelError
from julep_local.llm import catalog
from julep_local.llm.frozen import can_be_started
from julep_local.llm.gguf import read_header, read_parts
from julep_local.llm.model_file import ModelFile
from julep_local.llm.native import Aborted, Native, engine_description, leave_out_llama_class
from julep_local.llm.starting import end_with, ended_by, start
from julep_local.settings import models_folder

LONGEST_S = 7.0
"""Of processor time, for a small file: a machine that does other work must not make it a bad one. SmolLM2 takes 1 s."""
SLOWEST_BYTES = 50_000_000
"""Bytes of a large file that are loaded in a second of processor time, at least."""
WAITS = 8
"""So many times as long the process may take in all, in which it waits for the disk or for its turn."""
_POLL_S = 0.05
_MOST_EXTRA_BYTES = 4 << 30  # for what a damaged file asks for beyond its size
_TOKENS = 256
_BROKEN, _FAILED = 3, 4  # what the process ends with, besides 0

_log = logging.getLogger(__name__)
_passed: set[str] = set()


def check(file: ModelFile, goes_on: Callable[[], bool]) -> None:
    """Check that the file can be loaded without harm, unless that is known.

    Raises:
        ModelBroken: it cannot.
        ModelError: no process to try it in can be started.
        Aborted: `goes_on` said no.
    """
    if catalog.is_of_a_package(file.path):
        return
    key = _key(file, goes_on)
    mark = models_folder() / "tried" / key
    if key in _passed or mark.exists():
        return
    if not can_be_started():
        _log.warning(
            "%s is loaded without having been tried, because this frozen program cannot start itself", file.path
        )
        return
    _try(file.path, goes_on)
    _passed.add(key)
    with contextlib.suppress(OSError):  # then it is tried again in the next process
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def _key(file: ModelFile, goes_on: Callable[[], bool]) -> str:
    """Return what a verdict holds for: each byte before the weights, which is what can do harm, and pieces of these.

    A file that does not say where its weights begin counts with all its bytes.
    """
    digest = hashlib.sha256(f"{file.fingerprint()} {engine_description()}".encode())
    try:
        sizes = {part.path: part.file_bytes - part.tensor_bytes for part in read_parts(file.path)}
    except ApiError:
        sizes = {file.path: file.path.stat().st_size}
    for path, n_bytes in sizes.items():
        left = n_bytes
        with path.open("rb") as opened:
            while left > 0 and (block := opened.read(min(left, 1 << 20))):
                if not goes_on():
                    raise Aborted
                digest.update(block)
                left -= len(block)
    return digest.hexdigest()


def _try(path: Path, goes_on: Callable[[], bool]) -> None:
    until = time.monotonic() + WAITS * _longest_s(path)
    process = start("julep_local.llm.probe", path.name, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(OSError):
                process.stdin.write(json.dumps(str(path.absolute())).encode() + b"\n")
            with contextlib.suppress(OSError):  # it may have ended without reading
                process.stdin.close()
            while process.poll() is None:
                if not goes_on():
                    raise Aborted
                if time.monotonic() > until:
                    raise _refused(path, "did not come to an end")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_S)
            said = process.stdout.read(65_536).decode("utf-8", "replace").strip()
        finally:
            process.kill()  # else leaving `with` would wait for it
    _judge(path, process.returncode, said)


def _judge(path: Path, status: int, said: str) -> None:
    if status == _BROKEN:
        raise ModelBroken(said or f"{path}: not a model that llama.cpp can load")
    if status == _FAILED:
        raise ModelError(said or f"{path}: could not be tried")
    if -status == getattr(signal, "SIGXCPU", 0):
        raise _refused(path, "did not come to an end")
    if status < 0:
        raise _refused(path, f"crashed ({ended_by(status)})")
    if status or said != "passed":
        raise ModelError(
            f"{path}: the process that is to try this file ended with status {status} and said {said[:200]!r}: if "
            "this program is no ordinary Python, say which Python starts it with multiprocessing.set_executable"
        )


def _refused(path: Path, happened: str) -> ModelBroken:
    return ModelBroken(
        f"{path}: llama.cpp {happened} over this file when it was tried in a process of its own: it is damaged, or was "
        "made to do harm. Get it again, from somebody you trust"
    )


def main(parent: int) -> None:
    """Try the file that standard input names, and say how it went. Runs in the process that may crash."""
    end_with(parent)
    leave_out_llama_class()
    path = Path(json.loads(sys.stdin.readline()))
    _limit(path)
    try:
        native = Native(path, most_context_tokens=_TOKENS, threads=1)
        for token in range(native.n_vocab):
            native.piece(token)
        _ = native.chat_template, native.endings
        native.decode([*native.tokens("Hello, world.", special=True), 0, 0][:2], 0)
        native.close()
        said, status = "passed", 0
    except ModelBroken as error:
        said, status = str(error), _BROKEN
    except (ApiError, MemoryError) as error:
        said, status = str(error) or "there is not enough memory to try it", _FAILED
    print(said, flush=True)
    sys.exit(status)


def _longest_s(path: Path) -> float:
    return LONGEST_S + _n_bytes(path) / SLOWEST_BYTES


def _n_bytes(path: Path) -> int:
    """Return how large the model is, of all its files where it has several."""
    try:
        return sum(file.stat().st_size for file in read_header(path).files)
    except (ApiError, OSError):
        return path.stat().st_size


def _limit(path: Path) -> None:
    """Take no more processor time and memory than a good file needs, where the system can see to that."""
    if sys.platform == "win32":
        return
    import resource

    seconds = math.ceil(_longest_s(path))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform == "linux":
        n_bytes = 3 * _n_bytes(path) + _MOST_EXTRA_BYTES
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (n_bytes, resource.getrlimit(resource.RLIMIT_AS)[1]))
