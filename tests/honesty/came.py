"""What came of the cases, client by client: ours in this process, the released SDK's in its own."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from honesty import environment
from honesty.doors import OURS
from julep_local.testing.conformance import run

Outcome = Mapping[str, Any]
"""Of a case: its id, whether it passed, the message if it did not, and the transcript."""
TESTS = Path(__file__).parents[1]


def of_ours() -> dict[str, Sequence[Outcome]]:
    """Run the cases through our clients."""
    came: dict[str, Sequence[Outcome]] = {}
    for door, make in OURS.items():
        came[door] = [
            {"id": each.case.id, "passed": each.passed, "message": each.message, "transcript": each.transcript}
            for each in run(make).outcomes
        ]
    return came


def of_sdk() -> dict[str, Sequence[Outcome]]:
    """Run them through the released SDK's, in a process of its environment.

    Raises:
        FileNotFoundError: there is no such environment.
    """
    if not environment.MADE.is_file():
        raise FileNotFoundError("the released SDKs are not installed: python tests/honesty/environment.py")
    paths = [str(TESTS.parent), str(TESTS)]
    ended = subprocess.run(
        [environment.PYTHON, "-m", "honesty.run_sdk"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    came: dict[str, Sequence[Outcome]] = json.loads(ended.stdout)
    return came


def compared(transcript: Any) -> Any:
    """Return a transcript as it is compared: without metadata and entities, which the SDK loses when it reads them."""
    if isinstance(transcript, Mapping):
        return {name: compared(value) for name, value in transcript.items() if name not in ("metadata", "entities")}
    if isinstance(transcript, list | tuple):
        return [compared(value) for value in transcript]
    return transcript
