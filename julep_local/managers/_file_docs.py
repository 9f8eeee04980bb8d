"""Docs made of files: which of them are new or have changed, and how they are stored.

Files are read while the chunks of those before are embedded, many in one job, which goes on after an interruption as
any other.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from julep_local._mirror import stop_requested
from julep_local.api._docs import NewDoc, prepare_docs, start_embedding
from julep_local.api.docs import require_owner
from julep_local.errors import Cancelled, InvalidInput, NotFound
from julep_local.files.extract import MOST_BYTES, NoText, Unreadable, extract
from julep_local.files.find import find_files
from julep_local.store import docs
from julep_local.store.database import open_here
from julep_local.types import AddedFile, AddedFiles, Doc

if TYPE_CHECKING:
    from julep_local.runtime import Runtime

AT_ONCE = 64
"""Docs that are stored in one transaction: one for each would take longer than all the rest."""
FILE, HASH = "file", "sha256"

OnProgress = Callable[[int, int, str], object] | None
Update = Callable[..., Doc]


class _Source(NamedTuple):
    """Something that is to be a doc."""

    file: str
    """What tells it from others: the path, or the name that was given."""
    shown: str
    is_named: bool
    data: bytes | None
    """None is what stands in the file."""
    trouble: str = ""


class FileDocs:
    """One owner's docs of files, being added."""

    def __init__(
        self, runtime: "Runtime", owner: Mapping[str, str], metadata: Mapping[str, Any], update: Update
    ) -> None:
        require_owner(runtime.db, **owner)
        self._runtime, self._owner, self._metadata, self._update = runtime, owner, metadata, update
        self._known = docs.from_files(runtime.db, next(iter(owner.values())))
        self._embedder = runtime.embedder_label()
        self._new: list[NewDoc] = []
        self._jobs: list[str] = []
        self._n_stored = 0
        """How often docs were stored that a job embeds."""

    def add(
        self, paths: "Iterable[str | os.PathLike[str]]", named: Mapping[str, bytes], on_progress: OnProgress
    ) -> AddedFiles:
        """Add them all, and return what became of each."""
        sources = [_Source(name, name, True, data) for name, data in named.items()]
        sources += [
            _Source(str(each.path), each.shown, each.is_named, None, each.trouble) for each in find_files(paths)
        ]
        outcomes = []
        for n, source in enumerate(sources):
            if on_progress is not None:
                on_progress(n, len(sources), source.shown)
            if stop_requested():
                raise Cancelled(f"stopped after {n} of {len(sources)} files: called again it goes on")
            outcomes.append(self._one(source))
            if len(self._new) >= AT_ONCE:
                self._store()
        self._store()
        self._embed_the_rest()
        return AddedFiles(files=outcomes, jobs=self._jobs)

    def _one(self, source: _Source) -> AddedFile:
        if source.trouble:
            return AddedFile(file=source.file, outcome="failed", reason=source.trouble)
        try:
            data = _read(source)
            known_id, known_hash = self._known.get(source.file, (None, ""))
            hashed = hashlib.sha256(data).hexdigest()
            if known_id is not None and hashed == known_hash:
                return AddedFile(file=source.file, outcome="unchanged", doc_id=known_id)
            title, text = extract(source.shown, data)
            if source.data is not None:
                title = source.file
            metadata = {**self._metadata, FILE: source.file, HASH: hashed}
            if known_id is not None:
                changed = self._update(known_id, title=title, content=text, metadata=metadata)
                self._jobs += changed.jobs or []
                return AddedFile(file=source.file, outcome="changed", doc_id=known_id)
            request = {"title": title, "content": text, "metadata": metadata}
            owner = cast(Any, self._owner)
            (new,) = prepare_docs(self._runtime.db.stamps, [request], embedder=self._embedder, **owner)
        except NoText as error:
            outcome = "failed" if source.is_named else "skipped"
            return AddedFile.model_validate({"file": source.file, "outcome": outcome, "reason": str(error)})
        except (Unreadable, InvalidInput, NotFound) as error:
            reason = str(error).removeprefix("docs[0].content: ")
            return AddedFile(file=source.file, outcome="failed", reason=reason)
        except OSError as error:
            return AddedFile(file=source.file, outcome="failed", reason=error.strerror or str(error))
        self._new.append(new)
        return AddedFile(file=source.file, outcome="added", doc_id=new.doc.id)

    def _store(self) -> None:
        """Store the new docs. With the first of them a job is written, which embeds while the others are read."""
        from julep_local.indexing import embed_chunks, enqueue_embedding, found_embedder

        if not self._new:
            return
        runtime, embedder = self._runtime, found_embedder(self._runtime)
        is_instant = getattr(embedder, "is_instant", False)
        with runtime.db.transaction():
            require_owner(runtime.db, **self._owner)
            for new in self._new:
                chunk_ids = docs.add(runtime.db, new.doc, new.chunks)
                if embedder is not None and is_instant:
                    embed_chunks(runtime.db, embedder, new.doc.title, chunk_ids, new.chunks)
            if self._embedder is not None and not is_instant:
                if not self._n_stored:
                    self._jobs.append(enqueue_embedding(runtime.db, self._embedder))
                self._n_stored += 1
        self._new = []
        start_embedding(runtime)

    def _embed_the_rest(self) -> None:
        """Write a second job: the first may have ended just before the last docs came."""
        from julep_local.indexing import enqueue_embedding

        if self._embedder is not None and self._n_stored > 1:
            self._jobs.append(enqueue_embedding(self._runtime.db, self._embedder))
            start_embedding(self._runtime)


def _read(source: _Source) -> bytes:
    """Return what a source says.

    Raises:
        Unreadable: it is too large to be a text.
        OSError: it cannot be read.
    """
    if source.data is not None:
        return source.data
    path = Path(source.file)
    if open_here(path) is not None:
        raise Unreadable("is a database that this program has open")
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable(f"has {path.stat().st_size:,} bytes; at most {MOST_BYTES:,} are read")
    return path.read_bytes()
