"""Model files that are hostile, change while in use, or need more memory than there is: errors, never a crash."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from julep_local.errors import ApiError, ModelBroken, ModelChanged, ModelError, ModelMissing, ModelTooLarge
from julep_local.llm import plan, probe
from julep_local.llm.base import Finish, PromptMessage, Sampling
from julep_local.llm.isolated import IsolatedModel
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.model_file import ModelFile
from julep_local.llm.native import Aborted
from tests.llm.test_gguf import LLAMA, write_gguf

HELLO = [PromptMessage("user", "Hello", part="input")]


@pytest.fixture
def copy(gguf: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(gguf, tmp_path / "model.gguf"))


@pytest.fixture(params=[LlamaCppModel, IsolatedModel], ids=["here", "isolated"])
def loaded(request: pytest.FixtureRequest, copy: Path) -> Iterator[LlamaCppModel | IsolatedModel]:
    model = request.param(copy, context_tokens=256, threads=1, trusted=True)
    model.prompt(HELLO)
    yield model
    model.close()


# -- files that change


def truncate(file: Path, whole: Path) -> None:
    os.truncate(file, 1_000_000)


def overwrite(file: Path, whole: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(50_000_000)
        opened.write(os.urandom(1_000_000))


def overwrite_unseen(file: Path, whole: Path) -> None:
    times = file.stat()
    overwrite(file, whole)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def replace(file: Path, whole: Path) -> None:
    other = Path(shutil.copy(whole, file.with_suffix(".new")))
    os.replace(other, file)


def delete(file: Path, whole: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("change", [truncate, overwrite, overwrite_unseen, replace, delete])
def test_a_file_that_changes_is_an_error_at_the_next_use_and_is_then_loaded_anew(
    loaded: LlamaCppModel | IsolatedModel, copy: Path, gguf: Path, change: Callable[[Path, Path], None]
) -> None:
    change(copy, gguf)

    with pytest.raises(ModelChanged, match=r"model\.gguf"):
        loaded.prompt(HELLO)

    copy.unlink(missing_ok=True)
    shutil.copy(gguf, copy)
    for _ in range(200):  # until the old one has gone
        try:
            assert loaded.prompt(HELLO).tokens
            break
        except ModelChanged:
            pass
    else:
        pytest.fail("it was not loaded anew")


ENDLESS = Sampling(max_tokens=200, logit_bias={0: -100.0, 2: -100.0})


def test_a_file_that_changes_during_an_answer_ends_it(loaded: LlamaCppModel | IsolatedModel, copy: Path) -> None:
    pieces = loaded.generate(loaded.prompt(HELLO), ENDLESS)
    next(pieces)

    with copy.open("ab") as opened:
        opened.write(b"more")

    with pytest.raises(ModelError):
        list(pieces)


def test_what_cannot_be_computed_since_the_file_is_written_to_is_told_as_that(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told that the file is damaged, and to install it again."""
    model = LlamaCppModel(copy, context_tokens=256, threads=1, trusted=True)
    pieces = model.generate(model.prompt(HELLO), ENDLESS)
    next(pieces)

    def draw_nothing(*_: object) -> int:
        with copy.open("ab") as opened:
            opened.write(b"more")
        raise ModelError("the model computed no usable probabilities")

    monkeypatch.setattr("julep_local.llm.sampler.Sampler.draw", draw_nothing)
    with pytest.raises(ModelChanged):
        list(pieces)
    model.close()


def test_a_file_that_is_cut_short_during_an_answer_ends_that_in_a_process_of_its_own(copy: Path) -> None:
    """In this process what is mapped and gone can be SIGBUS, in the moment between the look at it and a token."""
    model = IsolatedModel(copy, context_tokens=256, threads=1, trusted=True)
    pieces = model.generate(model.prompt(HELLO), ENDLESS)
    next(pieces)

    os.truncate(copy, 1_000_000)

    with pytest.raises(ModelError):
        list(pieces)
    model.close()


def test_other_rights_and_names_are_no_other_file(copy: Path) -> None:
    file = ModelFile(copy)
    before = file.fingerprint()

    copy.chmod(0o600)
    os.link(copy, copy.with_suffix(".link"))

    file.check()
    assert file.fingerprint() == before


# -- files from strangers


def test_of_a_split_model_only_what_stands_before_the_weights_is_looked_at_whole_and_that_can_be_given_up(
    tmp_path: Path,
) -> None:
    parts = [
        write_gguf(
            tmp_path / f"m-{i + 1:05}-of-00002.gguf",
            {"general.architecture": "llama", "split.no": i, "split.count": 2, "split.tensors.count": 2},
            {f"t{i}": (1 << 18, 2)},
        )
        for i in range(2)
    ]
    file = ModelFile(parts[0])
    asked: list[bool] = []

    def goes_on() -> bool:
        asked.append(True)
        return True

    probe._key(file, goes_on)
    assert len(asked) == 2  # a piece of a MiB of each, and no more

    with pytest.raises(Aborted):
        probe._key(file, lambda: False)


def mutant(whole: Path, target: Path, seed: int) -> Path:
    """Write a damaged copy: a few changes in the header, where lengths, kinds and offsets stand."""
    random = Random(seed)
    data = bytearray(whole.read_bytes()[: 4 << 20])
    for _ in range(random.choice([1, 3, 20])):
        at = random.randrange(4, random.choice([64, 4096, len(data) // 2, len(data)]))
        kind = random.randrange(4)
        if kind == 0:
            data[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            data[at : at + 8] = random.randrange(1 << 64).to_bytes(8, "little")
        elif kind == 2:
            data[at : at + 8] = (0xFFFF_FFFF_FFFF_FFFF >> random.randrange(64)).to_bytes(8, "little")
        else:
            data[at : at + 4] = random.choice([0, 1, 8, 9, 0x7FFF_FFFF, 0xFFFF_FFFF]).to_bytes(4, "little")
    shutil.copy(whole, target)
    with target.open("r+b") as opened:
        opened.write(data)
    return target


@pytest.mark.model
@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_tried_in_a_process_that_may_crash(gguf: Path, tmp_path: Path, seed: int) -> None:
    model = LlamaCppModel(mutant(gguf, tmp_path / "mutant.gguf", seed), context_tokens=256, threads=1)

    said = "mutant.gguf"
    try:
        model.prompt(HELLO)
    except ModelError as error:
        said = str(error)
    model.close()

    assert "mutant.gguf" in said


def test_a_trial_that_crashes_or_hangs_is_a_broken_model(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for code, said in (
        ("import os; os.kill(os.getpid(), 6)", "crashed .SIGABRT."),
        ("import time; time.sleep(60)", "did not come to an end"),
        ("import os; os.kill(os.getpid(), 24)", "did not come to an end"),
        ("raise SystemExit(9)", "ended with status 9"),
    ):
        monkeypatch.setattr("julep_local.llm.starting._CODE", code)
        monkeypatch.setattr(probe, "LONGEST_S", 0.2)
        monkeypatch.setattr(probe, "SLOWEST_BYTES", 1e12)
        with pytest.raises(ModelError, match=said):
            probe.check(ModelFile(copy), lambda: True)


def test_a_file_is_tried_once_and_remembered_by_what_is_in_it(
    copy: Path, gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JULEP_LOCAL_MODELS", str(tmp_path / "models"))
    tried: list[Path] = []
    monkeypatch.setattr(probe, "_try", lambda path, goes_on: tried.append(path))
    monkeypatch.setattr(probe, "_passed", set())

    probe.check(ModelFile(copy), lambda: True)
    probe.check(ModelFile(copy), lambda: True)
    monkeypatch.setattr(probe, "_passed", set())  # as in another process
    moved = Path(shutil.copy(copy, tmp_path / "moved.gguf"))
    probe.check(ModelFile(moved), lambda: True)
    assert tried == [copy]

    with moved.open("r+b") as opened:  # far behind the first megabyte, in the vocabulary
        opened.seek(1_400_000)
        opened.write(b"x")
    probe.check(ModelFile(moved), lambda: True)
    assert tried == [copy, moved]

    probe.check(ModelFile(gguf), lambda: True)
    assert tried == [copy, moved], "a package's file is known"


def test_a_file_without_weights_is_refused_with_the_reason(tmp_path: Path) -> None:
    file = write_gguf(tmp_path / "empty.gguf", {**LLAMA, "general.name": "x" * 5000})

    with pytest.raises(ModelBroken, match=r"empty\.gguf"):
        probe.check(ModelFile(file), lambda: True)


# -- memory


def test_a_context_that_does_not_fit_is_refused_with_numbers(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "available_bytes", lambda: 50 << 20)
    model = LlamaCppModel(gguf, context_tokens=8192)

    with pytest.raises(ModelTooLarge) as refused:
        model.prompt(HELLO)

    assert refused.value.needed_bytes > refused.value.free_bytes == 50 << 20
    assert "JULEP_LOCAL_CONTEXT_TOKENS" in str(refused.value)
    model.close()


LIMITED = """
import resource, sys
from julep_local.errors import ModelTooLarge
from julep_local.llm.base import PromptMessage
from julep_local.llm.isolated import IsolatedModel
from julep_local.llm.llama import LlamaCppModel
import llama_cpp, numpy, pydantic
kind = {"here": LlamaCppModel, "isolated": IsolatedModel}[sys.argv[1]]
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (int(sys.argv[3]) << 20),) * 2)
model = kind(sys.argv[2], context_tokens=8192, threads=1)
try:
    model.prompt([PromptMessage("user", "Hello")])
    print("loaded")
except ModelTooLarge as error:
    print("refused", error.needed_bytes > error.free_bytes > 0)
model.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
@pytest.mark.parametrize(("where", "mebibytes", "said"), [("here", 200, "refused True\n"), ("here", 4000, "loaded\n")])
def test_under_a_limit_of_the_system_it_is_refused_before_anything_is_allocated(
    gguf: Path, where: str, mebibytes: int, said: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, where, str(gguf), str(mebibytes)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.stdout == said, ended.stderr


# -- answers without an end


def test_an_answer_that_never_ends_is_ended_by_the_clock(gguf: Path) -> None:
    model = LlamaCppModel(gguf, context_tokens=2048, threads=1, answer_s=0.2)
    endless = Sampling(max_tokens=100_000, logit_bias={0: -100.0, 2: -100.0})

    *_, finish = model.generate(model.prompt(HELLO), endless)

    assert isinstance(finish, Finish)
    assert finish.reason == "length"
    assert finish.prompt_tokens + finish.completion_tokens < 2048, "the window ended it"
    model.close()


def test_errors_are_among_the_librarys() -> None:
    for kind in (ModelChanged, ModelTooLarge, ModelMissing):
        assert issubclass(kind, ApiError)
