"""What modules and the libraries below them say is kept in a file, and shown only if asked for."""

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from julep_local.cli.log import start_log


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "log" / "julep-local.log"
    monkeypatch.setattr("julep_local.settings.log_file", lambda: file)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    root, ours = logging.getLogger(), logging.getLogger("julep_local")
    before, level = list(root.handlers), ours.level
    yield file
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    ours.setLevel(level)
    logging.captureWarnings(False)


def _say() -> None:
    logging.getLogger("julep_local.llm.native").debug("llama.cpp says so")
    logging.getLogger("torch").warning("torch says so")
    logging.getLogger("torch").info("torch whispers")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)  # catch_warnings has put back what shows them
        warnings.warn("a warning says so", stacklevel=1)


def test_all_is_kept_and_nothing_shown(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_log(verbose=False)

    _say()

    kept = log.read_text()
    assert [word for word in ("llama.cpp", "torch", "a warning") if f"{word} says so" not in kept] == []
    assert "whispers" not in kept
    assert capsys.readouterr().err == ""


def test_verbose_shows_what_is_kept(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_log(verbose=True)
    start_log(verbose=True)

    _say()

    assert capsys.readouterr().err.count("DEBUG julep_local.llm.native: llama.cpp says so\n") == 1


def test_a_folder_that_cannot_be_written_to_is_no_reason_not_to_work(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_text("a file where the folder should be")

    start_log(verbose=False)
    _say()

    assert capsys.readouterr().err == ""
