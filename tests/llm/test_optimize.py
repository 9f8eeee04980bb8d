"""One conversion of a real model, looked at from all sides, and everything that is refused or stopped."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from julep_local._mirror import also_stopped_by
from julep_local.errors import Cancelled, InvalidInput, ModelBroken, ModelError, ModelMissing
from julep_local.llm.base import Delta, PromptMessage, Sampling
from julep_local.llm.gguf import read_header
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.optimize import OptimizeReport, optimize
from tests.llm.test_gguf import LLAMA, write_gguf


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Run:
    """One conversion and what was seen of it."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.source = source
        self.before = (_sha256(source), source.stat().st_mtime_ns)
        self.told: list[tuple[str, float]] = []
        self.report: OptimizeReport = optimize(
            source, folder / "q8.gguf", threads=1, on_progress=lambda what, share: self.told.append((what, share))
        )


@pytest.fixture(scope="session")
def run(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("julep_local.llm.optimize.N_ROUNDS", 1)  # speeds are for the benchmark, and take time
        return Run(gguf, tmp_path_factory.mktemp("optimized"))


pytestmark = pytest.mark.timeout(600)  # one thread, 1,600 tokens read twice and 3,000 more for the speeds


def test_the_original_is_only_read(run: Run) -> None:
    assert (_sha256(run.source), run.source.stat().st_mtime_ns) == run.before


def test_the_new_file_is_what_the_report_says(run: Run) -> None:
    report = run.report
    header = read_header(report.path)

    assert (report.from_type, report.to_type) == ("Q4_1", "Q8_0")
    assert header.quantisation == "Q8_0"
    assert len(header.tensors) == len(read_header(run.source).tensors)
    assert report.size_bytes == report.after.size_bytes == report.path.stat().st_size
    assert report.before.size_bytes == run.source.stat().st_size
    assert report.sha256 == _sha256(report.path)
    assert [each.name for each in report.path.parent.iterdir()] == ["q8.gguf"]


def test_more_bits_cost_no_quality(run: Run) -> None:
    before, after = run.report.before, run.report.after

    assert after.perplexity == pytest.approx(before.perplexity, rel=0.02)
    assert 10 < before.perplexity < 60  # of a text that is simple but new; nonsense has thousands


def test_speeds_are_measured(run: Run) -> None:
    for measured in (run.report.before, run.report.after):
        assert measured.prefill_tokens_per_s > 0
        assert measured.decode_tokens_per_s > 0


def test_progress_is_told_and_grows(run: Run) -> None:
    for what in ("converting", "measuring"):
        shares = [share for said, share in run.told if said == what]
        assert shares == sorted(shares)
        assert shares[-1] == 1


def test_the_new_file_answers(run: Run) -> None:
    model = LlamaCppModel(run.report.path, context_tokens=512, threads=1)
    try:
        prompt = model.prompt([PromptMessage("user", "Tell me about the sea and its fish.", part="input")])
        answer = list(model.generate(prompt, Sampling(temperature=0, max_tokens=24)))
    finally:
        model.close()

    assert len("".join(event.text for event in answer if isinstance(event, Delta)).split()) > 3


# -- stopped


@pytest.fixture
def at_once(gguf: Path, tmp_path: Path) -> Callable[[Callable[[], None]], None]:
    """Begin a conversion and do something at the first sign of progress."""

    def begin(act: Callable[[], None]) -> None:
        optimize(gguf, tmp_path / "q8.gguf", threads=1, on_progress=lambda _what, _share: act())

    return begin


def test_a_stopped_conversion_leaves_no_file(at_once: Callable[..., None], tmp_path: Path) -> None:
    stop = threading.Event()

    with also_stopped_by(stop), pytest.raises(Cancelled):
        at_once(stop.set)

    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_conversion_leaves_no_file(at_once: Callable[..., None], tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at_once(interrupt)

    assert list(tmp_path.iterdir()) == []


def test_a_conversion_that_crashes_is_an_error_and_leaves_no_file(at_once: Callable[..., None], tmp_path: Path) -> None:
    children = Path("/proc/thread-self/children")
    if not children.exists():
        pytest.skip("only Linux lists the children of a thread")

    def crash() -> None:
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)

    with pytest.raises(ModelError, match="gave up"):
        at_once(crash)

    assert list(tmp_path.iterdir()) == []


def test_a_child_ends_with_the_program_and_takes_its_file_along(gguf: Path, tmp_path: Path) -> None:
    """Nothing runs in a program that was killed, so the child has to see to it."""
    program = (
        "import os, sys; from julep_local.llm.optimize import optimize\n"
        "optimize(sys.argv[1], sys.argv[2], threads=1, on_progress=lambda _what, _share: os._exit(9))"
    )

    ended = subprocess.run([sys.executable, "-c", program, gguf, tmp_path / "q8.gguf"], timeout=100, check=False)

    assert ended.returncode == 9
    for _ in range(200):
        if not list(tmp_path.iterdir()):
            break
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []


# -- refused


def test_an_unknown_format_is_refused(gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"to: 'Q9_9' is not offered; choose one of Q8_0"):
        optimize(gguf, tmp_path / "a.gguf", to="Q9_9")


def test_the_format_it_has_already_is_refused(gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Q4_1 already"):
        optimize(gguf, tmp_path / "a.gguf", to="q4_1")


def test_what_is_there_is_not_overwritten(gguf: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.gguf"
    target.write_text("mine", encoding="utf-8")

    with pytest.raises(InvalidInput, match=r"target: .* exists"):
        optimize(gguf, target)

    assert target.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_missing_is_refused(gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no folder"):
        optimize(gguf, tmp_path / "none" / "a.gguf")


def test_a_full_disk_is_noticed_before_anything_is_written(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_path: Any) -> Any:
        return SimpleNamespace(free=1000)

    monkeypatch.setattr(shutil, "disk_usage", usage)

    with pytest.raises(ModelError, match="1,000 are free; make room"):
        optimize(gguf, tmp_path / "a.gguf")

    assert list(tmp_path.iterdir()) == []


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("once upon a time there was", encoding="utf-8")

    with pytest.raises(ModelBroken):
        optimize(tmp_path / "text.gguf", tmp_path / "a.gguf")
    with pytest.raises(ModelMissing):
        optimize(tmp_path / "none.gguf", tmp_path / "a.gguf")


def test_what_llama_cpp_cannot_convert_is_an_error_with_its_reason(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    source = write_gguf(tmp_path / "a.gguf", {**LLAMA, "general.architecture": "strange"}, {"w": (64, 2)})

    with pytest.raises(ModelError, match="unknown model architecture"):
        optimize(source, tmp_path / "b.gguf")

    assert sorted(tmp_path.iterdir()) == [source]
