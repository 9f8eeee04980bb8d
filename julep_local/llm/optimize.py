"""The same model in another weight format, with the figures that tell whether it was worth it.

How fast a format is depends on the processor: with AVX-512, SmolLM2 in Q8_0 reads prompts twice as fast as in the Q4_1
it is published in, and its perplexity is 1 % higher. So both files are measured where they will be used. Converting and
measuring run in a child process: llama.cpp cannot be stopped while it converts, and its aborts would end the program.
"""

import hashlib
import json
import math
import os
import queue
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, InvalidInput, ModelError
from julep_local.llm.gguf import FILE_TYPES, GgufHeader, read_header
from julep_local.llm.native import Native
from julep_local.settings import n_cores

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

OFFERED = {  # name: bits per weight of the matrices, with the scales of the blocks
    "Q8_0": 8.5,
    "Q6_K": 6.57,
    "Q5_K_M": 5.7,
    "Q5_K_S": 5.55,
    "Q4_K_M": 4.9,
    "Q4_K_S": 4.6,
    "Q4_0": 4.5,
    "Q4_1": 5.0,
    "BF16": 16.0,
    "F16": 16.0,
}
"""Formats to convert to. Those with fewer bits need a calibration text, which is not done here."""
N_ROUNDS = 3
PREFILL_TOKENS, DECODE_TOKENS = 512, 32
_CONTEXT_TOKENS = 2048
_SCORED_TOGETHER = 64  # tokens: their logits take 67 MB with 262,144 different ones
_LOOKS = 0.05  # seconds between two looks at whether the caller is still there

Progress = Callable[[str, float], None]
"""Called with what is being done, "converting" or "measuring", and how much of it is done, from 0 to 1."""


@dataclass(frozen=True)
class Measured:
    """What one file does on this machine, with the library's own settings."""

    size_bytes: int
    perplexity: float
    """On a fixed English text; the lower, the better. Comparable only between formats of one model."""
    prefill_tokens_per_s: float
    """Median, reading a prompt of 512 tokens."""
    decode_tokens_per_s: float
    """Median, writing 32 tokens behind it."""


@dataclass(frozen=True)
class OptimizeReport:
    """A new model file, and how it compares with the one it was made of."""

    path: Path
    sha256: str
    size_bytes: int
    from_type: str
    to_type: str
    before: Measured
    after: Measured


def optimize(
    path: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    to: str = "Q8_0",
    threads: int | None = None,
    on_progress: Progress | None = None,
) -> OptimizeReport:
    """Write the model to `target` in another weight format, measure both, and return the figures.

    The file appears under its name when it is complete and was measured; until then nothing has that name. The original
    is only read.

    Args:
        path: a GGUF file.
        target: where the new one goes. Nothing may be there yet.
        to: the weight format, one of `OFFERED`.
        threads: for converting and measuring; None is the number of processor cores.
        on_progress: told how far it is.

    Raises:
        InvalidInput: `to` is not offered or is what the file has already; `target` exists or its folder does not.
        ModelMissing: there is no file at `path`.
        ModelBroken: the file at `path` is not a usable model.
        ModelError: the disk is too full, or llama.cpp cannot convert the file.
        Cancelled: the caller went away.
    """
    source, destination = Path(path), Path(target)
    to_type = to.upper()
    if to_type not in OFFERED:
        raise InvalidInput(f"{to!r} is not offered; choose one of {', '.join(OFFERED)}", field="to")
    header = read_header(source)
    if header.quantisation == to_type:
        raise InvalidInput(f"{source} is {to_type} already; use it as it is, or choose another format", field="to")
    _check_target(destination, header, to_type)
    n_threads = threads or n_cores()
    report = on_progress or _silent
    with _unfinished(destination) as part:
        _in_child("convert", [source, part, to_type, n_threads], lambda share: report("converting", share))
        _check_result(header, part, to_type)
        measured = _in_child("measure", [source, part, n_threads, N_ROUNDS], lambda share: report("measuring", share))
        before, after = (Measured(**figures) for figures in measured)
        if not math.isfinite(after.perplexity):
            raise ModelError(f"{source}: in {to_type} it produces no numbers any more; choose another format")
        digest = _sha256(part)
        _refuse_existing(destination)  # it took a minute, and a rename would overwrite
        part.rename(destination)
    return OptimizeReport(
        path=destination,
        sha256=digest,
        size_bytes=after.size_bytes,
        from_type=header.quantisation,
        to_type=to_type,
        before=before,
        after=after,
    )


def _check_target(target: Path, header: GgufHeader, to_type: str) -> None:
    _refuse_existing(target)
    if not target.parent.is_dir():
        raise InvalidInput(f"there is no folder {target.parent}; make it first", field="target")
    needed = _expected_bytes(header, to_type)
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise ModelError(
            f"{target}: about {needed:,} bytes are needed and {free:,} are free; make room or choose another disk"
        )


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise InvalidInput(f"{target} exists; delete it or choose another name", field="target")


def _expected_bytes(header: GgufHeader, to_type: str) -> int:
    head = header.file_bytes - header.tensor_bytes
    matrices = sum(tensor.n_weights for tensor in header.tensors if len(tensor.shape) > 1)
    others = sum(tensor.n_bytes for tensor in header.tensors if len(tensor.shape) <= 1)
    # some matrices are kept with more bits than the rest
    return head + others + int(matrices * OFFERED[to_type] / 8 * 1.1)


@contextmanager
def _unfinished(target: Path) -> Generator[Path]:
    """Give a name beside the target, and remove what has that name in the end."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _check_result(before: GgufHeader, part: Path, to_type: str) -> None:
    try:
        after = read_header(part)
    except ModelError as error:
        raise ModelError(f"{before.path}: llama.cpp wrote no usable {to_type} file ({error})") from error
    if len(after.tensors) != len(before.tensors) or after.quantisation != to_type:
        raise ModelError(
            f"{before.path}: llama.cpp wrote {len(after.tensors)} tensors as {after.quantisation}, where "
            f"{len(before.tensors)} as {to_type} were wanted; choose another format"
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _silent(_what: str, _share: float) -> None:
    pass


# -- the child process, seen from outside

_START = """\
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from julep_local.llm.optimize import work_in_child
work_in_child(sys.argv[2], json.loads(sys.argv[3]))
"""


def _in_child(work: str, arguments: list[object], on_share: Callable[[float], None]) -> Any:
    """Do the work in a process of its own and return its result; whatever happens, the process has ended then."""
    sent = json.dumps([os.fspath(each) if isinstance(each, Path) else each for each in arguments])
    command = [sys.executable, "-c", _START, json.dumps(sys.path), work, sent]
    with TemporaryFile() as complaints:
        # a session of its own: a Ctrl-C in the terminal reaches this process, which ends the child
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True
        )
        assert child.stdout is not None
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        # a thread, because a pipe cannot be read with a time limit everywhere
        reader = threading.Thread(target=_pass_on, args=(child.stdout, lines), daemon=True)
        with child:
            reader.start()
            try:
                result = _followed(lines, on_share)
            finally:
                child.kill()
                reader.join()  # it must not find the pipe closed
        if result is not None:
            return result
        complaints.seek(0)
        last = complaints.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        raise ModelError(
            f"{arguments[0]}: llama.cpp gave up (the process ended with {child.returncode}{': ' if last else ''}"
            f"{''.join(last)}); perhaps memory did not suffice"
        )


def _followed(lines: "queue.SimpleQueue[bytes]", on_share: Callable[[float], None]) -> Any:
    """Return the child's result; None if it ended without one."""
    while True:
        if stop_requested():
            raise Cancelled("the model was not converted: the caller stopped it")
        try:
            line = lines.get(timeout=_LOOKS)
        except queue.Empty:
            continue
        if not line:
            return None
        if not line.startswith(b"{"):
            continue  # printed by a library
        said = json.loads(line)
        if "error" in said:
            raise ModelError(said["error"])
        if "result" in said:
            return said["result"]
        on_share(said["share"])


def _pass_on(pipe: IO[bytes], lines: "queue.SimpleQueue[bytes]") -> None:
    for line in pipe:
        lines.put(line)
    lines.put(b"")


# -- the child process, seen from inside


def work_in_child(work: str, arguments: list[Any]) -> None:
    """Do one piece of work and say how it goes, in lines of JSON. The second argument is always the unfinished file."""
    threading.Thread(target=_end_with_parent, args=(Path(arguments[1]),), daemon=True).start()
    try:
        if work == "convert":
            _convert(*arguments)
            _say(result=True)
        else:
            _say(result=_measure(*arguments))
    except ModelError as error:
        _say(error=error.message)


def _end_with_parent(part: Path) -> None:
    sys.stdin.buffer.read()  # ends when the parent does, however that came about
    part.unlink(missing_ok=True)
    os._exit(1)


def _say(**said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _convert(source: str, part: str, to_type: str, threads: int) -> None:
    import ctypes

    from llama_cpp import llama_cpp

    lib: Any = llama_cpp  # its hints refuse some of what ctypes takes
    complaints: list[str] = []

    def listen(level: int, text: bytes, _data: object) -> None:
        line = text.decode("utf-8", "replace").strip()
        counted = re.match(r"\[ *(\d+)/ *(\d+)\]", line)
        if counted is not None:
            _say(share=int(counted[1]) / max(1, int(counted[2])))
        elif level >= _ERROR and line:
            complaints.append(line)

    heard = lib.llama_log_callback(listen)
    lib.llama_log_set(heard, ctypes.c_void_p(None))
    params = lib.llama_model_quantize_default_params()
    params.ftype = next(number for number, name in FILE_TYPES.items() if name == to_type)
    params.nthread = threads
    params.allow_requantize = True  # from a format that has lost precision already: that is what is measured later
    if lib.llama_model_quantize(os.fsencode(source), os.fsencode(part), ctypes.byref(params)):
        reason = complaints[0] if complaints else "llama.cpp gives no reason"
        raise ModelError(f"{source}: cannot be converted to {to_type}: {reason}")


_ERROR = 4  # ggml's level


def _measure(before: str, after: str, threads: int, n_rounds: int) -> list[dict[str, float]]:
    """Return the figures of both files, as `Measured` has them."""
    files = [Path(before), Path(after)]
    figures: list[dict[str, float]] = [{"size_bytes": read_header(file).file_bytes} for file in files]
    speeds: list[list[tuple[float, float]]] = [[], []]
    for i in range(n_rounds):
        # one at a time, so that memory for one suffices; in turn, so that a busy moment of the machine hits both
        for which in (0, 1) if i % 2 == 0 else (1, 0):
            model = _Measuring(files[which], most_context_tokens=_CONTEXT_TOKENS, threads=threads)
            try:
                tokens = model.reference_tokens()
                if i == 0:
                    figures[which]["perplexity"] = model.perplexity(tokens)
                speeds[which].append(model.speeds(tokens))
            finally:
                model.close()
            _say(share=sum(map(len, speeds)) / (2 * n_rounds))
    for figure, measured in zip(figures, speeds, strict=True):
        figure["prefill_tokens_per_s"] = statistics.median(prefill for prefill, _ in measured)
        figure["decode_tokens_per_s"] = statistics.median(decode for _, decode in measured)
    return figures


class _Measuring(Native):
    """The model as the library runs it, asked for the logits of all tokens as well."""

    def reference_tokens(self) -> list[int]:
        text = (Path(__file__).parent / "reference_text.txt").read_text(encoding="utf-8")
        tokens = [self.bos] if self.begins_with_bos else []
        return (tokens + self.tokens(text, special=False))[: self.context_tokens]

    def speeds(self, tokens: list[int]) -> tuple[float, float]:
        """Return prefill and decode, in tokens per second."""
        prompt = tokens[: min(PREFILL_TOKENS, self.context_tokens - DECODE_TOKENS, self.n_batch)]
        self.cut(0)
        self.decode(prompt[:64], 0)  # pages in the weights
        self.cut(0)
        begun = time.perf_counter()
        logits = self.decode(prompt, 0)
        read = time.perf_counter()
        for i in range(DECODE_TOKENS):
            logits = self.decode([int(logits.argmax())], len(prompt) + i)
        return len(prompt) / (read - begun), DECODE_TOKENS / (time.perf_counter() - read)

    def perplexity(self, tokens: list[int]) -> float:
        """Return e to the mean surprise at each token but the first."""
        self.cut(0)
        surprise = 0.0
        for begin in range(0, len(tokens) - 1, _SCORED_TOGETHER):
            read = tokens[begin : min(begin + _SCORED_TOGETHER, len(tokens) - 1)]
            following = tokens[begin + 1 : begin + 1 + len(read)]
            surprise += _surprise(self._decode_all(read, begin), following)
        mean = surprise / max(1, len(tokens) - 1)
        return math.exp(mean) if mean < 700 else math.inf  # also for a NaN

    def _decode_all(self, tokens: list[int], position: int) -> "npt.NDArray[np.float32]":
        """Return the logits behind every one of these tokens, (n_tokens, n_vocab)."""
        import numpy as np

        batch = self._batch
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i], batch.logits[i] = token, position + i, 1
        if self._lib.llama_decode(self._context, batch):
            raise ModelError(f"llama.cpp failed to read {len(tokens)} tokens at position {position}")
        return np.ctypeslib.as_array(self._lib.llama_get_logits(self._context), (len(tokens), self.n_vocab))


def _surprise(logits: "npt.NDArray[np.float32]", following: list[int]) -> float:
    """Return the sum of -log p of each following token."""
    import numpy as np

    highest = logits.max(axis=1)
    chosen = logits[np.arange(len(following)), following]
    return float((np.log(np.exp(logits - highest[:, None]).sum(axis=1, dtype=np.float64)) + highest - chosen).sum())
