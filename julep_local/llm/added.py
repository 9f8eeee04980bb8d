"""The models a person has added on this machine: a small file beside them, shared by all programs.

`catalog.json` in the models folder is read again when it has changed, and replaced in one go under a lock, so that two
programs that add a model at the same time lose none. It knows nothing of downloads or packages, and opens no model.
"""

import functools
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from julep_local.errors import ModelError
from julep_local.llm import model_files
from julep_local.settings import models_folder

Source = Literal["package", "file", "hub", "url", "optimized"]
_FORMAT = 1


@dataclass(frozen=True)
class StoredFile:
    """A file of a model, as it was when it was added."""

    path: str
    """Absolute, or relative to the models folder, which may be moved."""
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class AddedModel:
    """A chat model that was added by name."""

    name: str
    source: Source
    origin: str
    """Which package, file, repository, address or model it comes from."""
    files: tuple[StoredFile, ...]
    """The first one is what llama.cpp is given; the others are the rest of a model that is split."""
    is_owned: bool = False
    """This library made or downloaded the files, and deletes them with the entry."""
    licence: str | None = None
    chat_template: str | None = None
    """For a file that has none."""
    context_tokens: int | None = None
    """The context window to load it with; None: nobody said."""

    @property
    def paths(self) -> list[Path]:
        """Its files, wherever the models folder is now."""
        folder = models_folder()
        return [folder / file.path for file in self.files]

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def is_there(self) -> bool:
        """Whether its files stand where they should, at their full length."""
        return all(_size(path) == file.size_bytes for path, file in zip(self.paths, self.files, strict=True))


def added_models() -> tuple[AddedModel, ...]:
    """Return the models that were added, first to last.

    Raises:
        ModelError: the file cannot be read, or a newer release wrote it.
    """
    path = _path()
    try:
        facts = path.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    return _read(path, facts.st_ino, facts.st_mtime_ns, facts.st_size)


def find(name: str) -> AddedModel | None:
    """Return the model that was added under this name."""
    return next((model for model in added_models() if model.name == name), None)


def put(model: AddedModel) -> None:
    """Add a model to the file, in the place of one of the same name if there is one.

    Raises:
        ModelError: the file cannot be read or written.
    """

    def with_it(models: list[AddedModel]) -> list[AddedModel]:
        if any(each.name == model.name for each in models):
            return [model if each.name == model.name else each for each in models]
        return [*models, model]

    _change(with_it)


def forget(name: str) -> None:
    """Take a model out of the file.

    Raises:
        ModelError: the file cannot be read or written.
    """
    _change(lambda models: [each for each in models if each.name != name])


def _change(change: Callable[[list[AddedModel]], list[AddedModel]]) -> None:
    path = _path()
    # a name that no model can have: who changes the catalog holds the lock of a model already
    with model_files.locked(path.parent, ".catalog"):
        models = change(list(added_models()))
        content = {"format": _FORMAT, "models": [asdict(model) for model in models]}
        model_files.write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@functools.lru_cache(4)
def _read(path: Path, _inode: int, _changed_ns: int, _size: int) -> tuple[AddedModel, ...]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        written_as = content["format"]
        models = tuple(_with_files(**entry) for entry in content["models"]) if written_as == _FORMAT else ()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path}: cannot be read ({error!r}). Correct it, or delete it and add the models again."
        ) from error
    if written_as != _FORMAT:
        raise ModelError(f"{path}: a newer release of julep_local wrote it (format {written_as}). Update julep_local.")
    return models


def _with_files(*, files: list[dict[str, Any]], **fields: Any) -> AddedModel:
    if not files:
        raise ValueError(f"{fields.get('name')} has no file")
    return AddedModel(**fields, files=tuple(StoredFile(**file) for file in files))


def _path() -> Path:
    return models_folder() / "catalog.json"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
