"""The suite can fail: a test that hangs ends, one that leaves something open is an error, and a crash says where."""

import faulthandler
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BAD_TESTS = """
import time

def test_that_leaves_a_file_open():
    open(__file__)

def test_that_hangs():
    time.sleep(60)

def test_that_warns():
    import warnings
    warnings.warn("something")

def test_that_is_well():
    pass
"""


def test_each_test_has_a_timeout_and_a_crash_says_where(pytestconfig: pytest.Config) -> None:
    assert 0 < float(pytestconfig.getini("timeout")) <= 120
    assert faulthandler.is_enabled()


def test_with_the_suites_settings_bad_tests_fail(tmp_path: Path) -> None:
    (tmp_path / "test_bad.py").write_text(textwrap.dedent(BAD_TESTS))
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-q"]
    options = ["-o", "timeout=1", "-p", "no:cacheprovider", "-p", "no:xdist", tmp_path / "test_bad.py"]

    ended = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)

    assert ended.returncode == 1, ended.stdout
    for said in ("3 failed, 1 passed", "Timeout", "unclosed file", "UserWarning: something"):
        assert said in ended.stdout
