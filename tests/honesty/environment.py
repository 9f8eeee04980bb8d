"""The environment of the released SDKs, Python's and TypeScript's: made once, inside the one that runs the tests.

    python tests/honesty/environment.py

The Python SDK needs old releases of two of its dependencies, and cannot be imported on Python 3.13. Node comes from a
package too, so that nothing has to be installed by hand.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(sys.prefix) / "official"
PYTHON = FOLDER / "bin" / "python"
NODE = Path(sys.prefix) / "bin" / "node"
NODE_FOLDER = FOLDER / "node"
"""Where the TypeScript SDK's `node_modules` stand."""
MADE = FOLDER / "made-of"

PYTHON_SDK = ["julep==0.3.4", "marshmallow<4", "beartype<0.19"]
TYPESCRIPT_SDK = ["@julep/sdk@0.3.4"]


def main() -> None:
    """Make it, unless it is there."""
    made_of = "\n".join([*PYTHON_SDK, *TYPESCRIPT_SDK, (ROOT / "pyproject.toml").read_text(encoding="utf-8")])
    if MADE.is_file() and MADE.read_text(encoding="utf-8") == made_of:
        return
    print(f"Installing the released SDKs into {FOLDER}", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    _run(_interpreter(), "-m", "venv", str(FOLDER))
    # this package beside it, for its dependencies and those of the scripted model; it is imported from the repository
    quiet = ("--quiet", "--disable-pip-version-check")
    _run(str(PYTHON), "-m", "pip", "install", *quiet, *PYTHON_SDK, "--editable", f"{ROOT}[server,testing]")
    NODE_FOLDER.mkdir()
    npm = ("install", "--prefix", str(NODE_FOLDER), "--no-audit", "--no-fund", "--ignore-scripts", "--silent")
    _run(str(NODE.with_name("npm")), *npm, *TYPESCRIPT_SDK)
    MADE.write_text(made_of, encoding="utf-8")


def _interpreter() -> str:
    """Return a Python that the SDK can be imported on."""
    if sys.version_info < (3, 13):
        return sys.executable
    for name in ("python3.12", "python3.11", "python3.10"):
        found = shutil.which(name)
        if found is not None and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    raise SystemExit("the released Python SDK needs a Python from 3.10 to 3.12: install one of them beside this one")


def _run(*command: str) -> None:
    path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", "")])  # npm looks for node there
    subprocess.run(command, check=True, env={**os.environ, "PATH": path})


if __name__ == "__main__":
    main()
