import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from julep_local.store.database import Database


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "julep.db")


@pytest.fixture
def db(path: str, blank: Path) -> Iterator[Database]:
    shutil.copyfile(blank, path)
    database = Database(path)
    yield database
    database.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)
