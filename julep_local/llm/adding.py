"""Adding models to this machine's catalog, and removing them: the one place from which anything is downloaded.

Whoever works on a name holds its lock, so that two programs that add the same model download it once. A model is in the
catalog only when its file is whole and checked. It opens no model.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from julep_local import progress
from julep_local.errors import (
    BadRequest,
    Conflict,
    InvalidInput,
    ModelBroken,
    ModelError,
    ModelMissing,
    NotFound,
    Offline,
)
from julep_local.llm import added, catalog, hub, model_files
from julep_local.llm.added import AddedModel, Source, StoredFile
from julep_local.llm.model_files import Progress, no_progress
from julep_local.progress import Work
from julep_local.settings import models_folder

if TYPE_CHECKING:
    from julep_local.llm.optimize import OptimizeReport

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Given:
    """What a caller says about a model beyond where it is; None is "nothing"."""

    sha256: str | None = None
    licence: str | None = None
    chat_template: str | None = None
    context_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise InvalidInput("give the SHA-256 as 64 hex digits", field="sha256")
        if self.context_tokens is not None and self.context_tokens < 1:
            raise InvalidInput("give a number of tokens above 0, or leave it out", field="context_tokens")
        if self.chat_template is not None:
            _check_template(self.chat_template)


@dataclass(frozen=True)
class _Origin:
    """Where a model is to come from."""

    source: Source
    text: str
    place: str
    """A path or an address."""


def add(
    name: str,
    source: str,
    given: Given,
    *,
    file: str | None = None,
    offline: bool = False,
    on_progress: Progress | None = None,
) -> None:
    """Add a model to the catalog: a GGUF file where it is, a download, or a package's parts put together.

    Raises:
        InvalidInput: the name, the source or something that was said about it is not acceptable.
        Conflict: another model has this name.
        Offline: it would have to be downloaded, and `offline` is true.
        ModelError: the file cannot be had, is not the one expected or is no GGUF file.
        Cancelled: the caller went away. A download goes on from there.
    """
    report = on_progress or no_progress
    if source == "package":
        _put_together(name, given, report)
        return
    _check_name(name)
    origin = _origin(source, file)
    if offline and origin.source != "file":  # also from this machine: what is there could lead elsewhere
        raise Offline(
            f"{origin.text} would be downloaded, and this client is offline: open it with offline=False, or without "
            "JULEP_LOCAL_OFFLINE, or get the file another way and add it by its path"
        )
    with model_files.locked(models_folder(), name):
        known = added.find(name)
        if known is not None and (known.source, known.origin) != (origin.source, origin.text):
            raise Conflict(f"the model {name!r} is another one, from {known.origin}: remove it, or choose another name")
        if origin.source == "file":
            with progress.doing("check_file", name, unit="bytes") as work:
                files = _registered(Path(origin.place), given.sha256, _both(work, report))
        else:
            files = _downloaded(name, origin.place, known, given.sha256, report)
        is_owned = origin.source != "file"
        added.put(_described(AddedModel(name, origin.source, origin.text, files, is_owned), given, known))


def add_optimized(
    name: str,
    original: str,
    given: Given,
    *,
    to: str,
    threads: int | None = None,
    on_progress: Callable[[str, float], None] | None = None,
) -> "OptimizeReport":
    """Add a model in another weight format, made now of the one called `original`, and return how the two compare.

    Raises:
        InvalidInput: the name or the format is not acceptable.
        Conflict: there is a model of this name already.
        ModelError: the original cannot be used, or the disk is too full.
        Cancelled: the caller went away.
    """
    from julep_local.llm.optimize import optimize

    _check_name(name)
    with model_files.locked(models_folder(), name):
        if added.find(name) is not None:
            raise Conflict(f"there is a model {name!r} already: remove it, or choose another name")
        target = file_of(name)
        _delete([target])  # of a program that ended before the model was in the catalog
        with progress.doing("optimize", name, total=100, unit="percent", at_once=True) as work:

            def tell(what: str, share: float) -> None:
                work.at(int(50 * share) + (50 if what == "measuring" else 0))
                if on_progress is not None:
                    on_progress(what, share)

            report = optimize(catalog.chat_model(original).path, target, to=to, threads=threads, on_progress=tell)
        stored = StoredFile(target.name, report.sha256, report.size_bytes)
        added.put(_described(AddedModel(name, "optimized", original, (stored,), is_owned=True), given))
    return report


def remove(name: str) -> None:
    """Take a model out of the catalog, and delete its file if this library downloaded or made it.

    Raises:
        NotFound: no model has this name.
        BadRequest: it comes in a package.
    """
    entry = catalog.entry_of(name)
    if entry is not None and entry.name == name:
        _remove_assembled(entry)
        return
    if not _NAME.fullmatch(name):
        raise NotFound("model", name)
    with model_files.locked(models_folder(), name):
        model = added.find(name)
        if model is not None:
            added.forget(name)  # first: a catalog without the file's entry is true at any moment
            if model.is_owned:
                _delete(model.paths)
        unfinished = [path for path in model_files.unfinished(file_of(name)) if path.exists()]
        _delete(unfinished)
        if model is None and not unfinished:
            raise NotFound("model", name)


def file_of(name: str) -> Path:
    """Return where the file of a model that this library downloads or makes stands."""
    return models_folder() / f"{name}.gguf"


# -- names and sources


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.lower().endswith((".gguf", ".part")):
        raise InvalidInput(
            "a name has up to 100 letters, digits, dots, dashes and underscores, and does not end in .gguf",
            field="name",
        )
    taken = [entry.name for entry in catalog.entries()] + [m.name for m in added.added_models() if m.name != name]
    same = next((each for each in taken if each.lower() == name.lower()), None)  # one file, on some disks
    if same is not None:
        raise Conflict(f"there is a model {same!r} already: choose another name")


def _origin(source: str, file: str | None) -> _Origin:
    if re.match(r"https?://", source, re.IGNORECASE):
        if file is not None:
            raise InvalidInput("leave it out: an address names one file already", field="file")
        hub.check_is_whole(source.partition("?")[0], field="source")
        return _Origin("url", hub.without_password(source), source)
    if file is not None:
        if not hub.is_repo(source):
            raise InvalidInput("`file` goes with a repository at Hugging Face, as owner/name", field="source")
        return _Origin("hub", f"{source}/{file}", hub.file_url(source, file))
    path = Path(source).expanduser()
    path = path.parent.resolve() / path.name  # a link keeps its name: other files of the model may be found by it
    if path.is_file():
        return _Origin("file", str(path), str(path))
    if hub.is_repo(source) and not source.lower().endswith(".gguf"):
        raise InvalidInput("say which file of the repository: add(name, 'owner/name', file='...gguf')", field="file")
    raise ModelMissing(f"{path}: there is no such file. Give a GGUF file, a repository with file=, or an address.")


def _check_template(text: str) -> None:
    from julep_local.llm.chat_template import ChatTemplate

    try:
        ChatTemplate(text, bos="<s>", eos="</s>")
    except ModelBroken as error:
        raise InvalidInput(str(error), field="chat_template") from error


def _described(model: AddedModel, given: Given, known: AddedModel | None = None) -> AddedModel:
    """Return the model with what is said about it now, else what was said when it was added before."""
    before = Given() if known is None else Given(None, known.licence, known.chat_template, known.context_tokens)
    return replace(
        model,
        licence=given.licence or before.licence,
        chat_template=given.chat_template or before.chat_template,
        context_tokens=given.context_tokens or before.context_tokens,
    )


# -- files


def _registered(path: Path, sha256: str | None, report: Progress) -> tuple[StoredFile, ...]:
    _check_magic(path)
    files = _all_files(path)
    total = sum(file.stat().st_size for file in files)
    done = 0
    stored: list[StoredFile] = []
    for file in files:
        size = file.stat().st_size
        stored.append(StoredFile(str(file), model_files.sha256_of(file), size))
        done += size
        report(done, total)
    if sha256 is not None and stored[0].sha256 != sha256:
        raise ModelBroken(f"{path} has the SHA-256 {stored[0].sha256} and should have {sha256}: it is another file")
    return tuple(stored)


def _all_files(path: Path) -> tuple[Path, ...]:
    """Return the file, with the others if the model stands in several.

    Raises:
        ModelBroken: the file is damaged or not complete.
    """
    from julep_local.llm.gguf import read_header

    return read_header(path).files


def _check_magic(path: Path) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(4)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    if beginning != b"GGUF":
        raise ModelBroken(f"{path} is no GGUF file (it begins with {beginning!r}): give the model's file itself")


def _downloaded(
    name: str, url: str, known: AddedModel | None, sha256: str | None, report: Progress
) -> tuple[StoredFile, ...]:
    if known is not None and known.is_there and sha256 in (None, known.files[0].sha256):
        return known.files
    if known is not None and sha256 not in (None, known.files[0].sha256):
        raise Conflict(f"the model {name!r} is there with another sha256: remove it, or choose another name")
    try:
        from julep_local.llm.download import download
    except ModuleNotFoundError as error:
        raise ModelError(f"downloads need {error.name}: pip install 'julep_local[hub]'") from error
    target = file_of(name)
    with model_files.writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    with progress.doing("download", name, unit="bytes", at_once=True) as work:
        digest = download(url, target, sha256=sha256, on_progress=_both(work, report))
    return (StoredFile(target.name, digest, target.stat().st_size),)


def _both(work: Work, report: Progress) -> Progress:
    """Return what tells whoever listens, and the one who was given."""

    def tell(done: int, total: int | None) -> None:
        work.at(done, total)
        report(done, total)

    return tell


def _delete(paths: list[Path]) -> None:
    for path in paths:
        with model_files.writing(path):
            path.unlink(missing_ok=True)


# -- models in packages


def _put_together(name: str, given: Given, report: Progress) -> None:
    entry = catalog.entry_of(name)
    if entry is None or entry.name != name:
        offered = ", ".join(entry.name for entry in catalog.entries())
        raise InvalidInput(f"no package holds a model of this name; there are {offered}", field="name")
    if given != Given():
        raise InvalidInput(
            "what is known of a model in a package stands in the manifest: to change that, add its file under a name "
            "of your own",
            field="source",
        )
    if catalog.obtain(entry) is None:
        raise ModelMissing(f"the model {name!r} is not installed: {entry.how_to_install}")
    report(entry.size_bytes, entry.size_bytes)


def _remove_assembled(entry: catalog.ModelEntry) -> None:
    with model_files.locked(models_folder(), entry.name):
        whole = catalog.locate(entry) if entry.parts else None
        if whole is None:
            raise BadRequest(
                f"the model {entry.name!r} comes in a package: pip uninstall {' '.join(entry.packages)} removes it"
            )
        _delete([whole])
        with contextlib.suppress(OSError):  # somebody keeps something else in it
            whole.parent.rmdir()
