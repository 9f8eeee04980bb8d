"""What there is to say about a model: its entry in the manifest or catalog, with what its file says of itself.

It reads headers and hashes files, and loads no model.
"""

import functools
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from julep_local.errors import ModelError, ModelMissing, NotFound
from julep_local.llm import added, catalog, model_files
from julep_local.llm.added import AddedModel
from julep_local.llm.catalog import ModelEntry
from julep_local.types.models import ModelCheck, ModelInfo, ServedModel, ServedModels

if TYPE_CHECKING:
    from julep_local.runtime import Runtime


def infos(loaded: Collection[str]) -> list[ModelInfo]:
    """Return all models: those of the manifest first, installed or not, then those that were added."""
    of_packages = [_of_entry(entry, loaded) for entry in catalog.entries()]
    return [*of_packages, *(_of_added(model, loaded) for model in added.added_models())]


def info(name: str, loaded: Collection[str]) -> ModelInfo:
    """Return the model of this name.

    Raises:
        NotFound: there is none.
    """
    found = _named(name)
    return _of_added(found, loaded) if isinstance(found, AddedModel) else _of_entry(found, loaded)


def check(name: str) -> ModelCheck:
    """Return whether the model's file is the one it should be. Reads all of it.

    Raises:
        NotFound: there is no model of this name.
    """
    found = _named(name)
    if isinstance(found, AddedModel):
        files = list(zip(found.paths, (file.sha256 for file in found.files), strict=True))
        again = f"models.remove({name!r}), then add it again from {found.origin}"
    else:
        file = catalog.locate(found)
        files = [(file, found.sha256)] if file is not None else []
        again = f"models.remove({name!r}) lets it be put together again" if found.parts else found.how_to_install
        if not files:
            not_yet = "it comes in parts, which have not been put together yet: models.add(name, 'package') does"
            reason = not_yet if catalog.is_installed(found) else f"it is not installed: {again}"
            return ModelCheck(name=name, ok=False, reason=reason, expected_sha256=found.sha256)
    for path, expected in files:
        hashed = _hash(path)
        if hashed != expected:
            what = f"{path} is not there any more" if hashed is None else f"{path} is not the file it was"
            reason = f"{what}: put it back, or {again}"
            return ModelCheck(name=name, ok=False, reason=reason, expected_sha256=expected, found_sha256=hashed)
    return ModelCheck(name=name, ok=True, expected_sha256=files[0][1], found_sha256=files[0][1])


def served(runtime: "Runtime") -> ServedModels:
    """Return the chat models that can be used now, the runtime's own first."""
    chat = [model for model in infos(()) if model.kind == "chat" and model.installed]
    made = {model.name: _changed(model.path) for model in chat}
    try:
        own = runtime.chat_model().name
    except ModelMissing:
        names = list(made)
    else:
        names = list(dict.fromkeys([own, *made]))
    return ServedModels(
        object="list",
        data=[
            ServedModel(id=name, created=made.get(name, 0), object="model", owned_by="julep_local") for name in names
        ],
    )


def _changed(path: str | None) -> int:
    try:
        return 0 if path is None else int(Path(path).stat().st_mtime)
    except OSError:  # gone a moment ago
        return 0


def _named(name: str) -> ModelEntry | AddedModel:
    entry = catalog.entry_of(name)
    found = entry if entry is not None and entry.name == name else added.find(name)
    if found is None:
        raise NotFound("model", name, "models.list() shows the names")
    return found


def _hash(path: Path) -> str | None:
    return model_files.sha256_of(path) if path.is_file() else None


def _of_entry(entry: ModelEntry, loaded: Collection[str]) -> ModelInfo:
    path = catalog.locate(entry)
    facts = _facts(path) if path is not None and entry.kind == "chat" else _Facts()
    return ModelInfo(
        name=entry.name,
        kind=entry.kind,
        source="package",
        origin=f"{entry.package}=={entry.version}",
        path=None if path is None else str(path),
        sha256=entry.sha256,
        size_bytes=entry.size_bytes,
        licence=entry.licence,
        context_tokens=entry.context_tokens,
        chat_template=facts.chat_template,
        supports=_supports(facts.chat_template) if entry.kind == "chat" else [],
        quantization=facts.quantization,
        installed=catalog.is_installed(entry),
        loaded=entry.name in loaded,
    )


def _of_added(model: AddedModel, loaded: Collection[str]) -> ModelInfo:
    path = model.paths[0]
    facts = _facts(path) if model.is_there else _Facts()
    template = model.chat_template or facts.chat_template
    return ModelInfo(
        name=model.name,
        kind="chat",
        source=model.source,
        origin=model.origin,
        path=str(path) if model.is_there else None,
        sha256=model.files[0].sha256,
        size_bytes=model.size_bytes,
        licence=model.licence or facts.licence,
        context_tokens=model.context_tokens or facts.context_tokens,
        chat_template=template,
        supports=_supports(template),
        quantization=facts.quantization,
        installed=model.is_there,
        loaded=model.name in loaded,
    )


# -- what a file says


@dataclass(frozen=True)
class _Facts:
    """What is shown of a header."""

    chat_template: str | None = None
    context_tokens: int | None = None
    quantization: str | None = None
    licence: str | None = None


def _facts(path: Path) -> _Facts:
    try:
        stat = path.stat()
        return _read(path, stat.st_size, stat.st_mtime_ns)
    except (OSError, ModelError):  # a file that is of no use says nothing; whoever loads it is told why
        return _Facts()


@functools.lru_cache(maxsize=64)
def _read(path: Path, _size: int, _changed_ns: int) -> _Facts:
    from julep_local.llm.gguf import read_header

    header = read_header(path)
    return _Facts(
        header.chat_template, header.context_tokens or None, header.quantisation, header.text("general.license")
    )


@functools.lru_cache(maxsize=64)
def _abilities(template: str) -> tuple[str, ...]:
    from julep_local.llm.chat_template import ChatTemplate

    try:
        can = ChatTemplate(template, bos="<s>", eos="</s>")
    except ModelError:
        return ()
    return tuple(word for word, does in (("tools", can.takes_tools), ("system", can.takes_system)) if does)


def _supports(template: str | None) -> list[str]:
    return [*(_abilities(template) if template else ()), "completions"]
