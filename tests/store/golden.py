"""A file of each version as that release wrote it: an agent with docs, a user, a session of three turns, memories."""

import gzip
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
VERSIONS = sorted(int(path.name.split("-")[1].split(".")[0]) for path in FOLDER.glob("version-*.db.gz"))


def unpack(version: int, path: str | Path) -> None:
    """Write the file of a version to this path."""
    Path(path).write_bytes(gzip.decompress((FOLDER / f"version-{version}.db.gz").read_bytes()))
