"""From an address to a whole, checked GGUF file on this machine.

What has come stands in `FILE.part`, beside a note of what it belongs to (address, ETag, size, hash), so that a download
goes on after a break, also in another process after this one was killed. Only when size, hash and first bytes are right
does it get its name: no file is ever half there. Whoever calls holds the lock of the model. It knows nothing of names.

One request after the other: `_Download.run` repeats what breaks off, `_request` is one of them, `_Part` the file.
"""

import contextlib
import io
import json
import time
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ModelBroken, ModelError, ModelMissing
from julep_local.llm import hub, model_files
from julep_local.llm.model_files import Progress
from julep_local.llm.pull import SILENCE_S, Answer, Connection, Unreachable

_MAGIC = b"GGUF"
_PAUSES_S = (0.2, 0.5, 1.0, 2.0)
"""How long to wait after each break in a row; after one more the download gives up."""
_HEADWAY_BYTES = 1 << 20
"""A break after so much that was new is no break in a row."""
_MOST_REDIRECTS = 5


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    on_progress: Progress | None = None,
    silence_s: float = SILENCE_S,
) -> str:
    """Download a GGUF file, going on where an earlier call was stopped, and return its SHA-256.

    Args:
        url: where it stands.
        target: what it is called when it is complete; the folder exists.
        sha256: what it must be; otherwise what Hugging Face says it is, if it comes from there.
        on_progress: told after each piece how many bytes have come, and of how many.
        silence_s: how long the server may send nothing.

    Raises:
        ModelError: it cannot be had; the message says whether to try again, make room or correct something.
        Cancelled: `stop_requested()` became true. What has come is kept.
    """
    part = _Part(target)
    with Connection(silence_s) as connection:
        _Download(connection, url, part, sha256, on_progress).run()
    digest = part.verified(sha256)
    part.finish()
    return digest


class _Changed(Exception):
    """What the server has is not what the part is of: begin anew."""


class _BrokenOff(Exception):
    """Not all has come; the text says why."""


@dataclass(frozen=True)
class _Note:
    """What a part belongs to."""

    url: str
    etag: str | None = None
    """Only a strong one: a weak one does not promise the same bytes."""
    size_bytes: int | None = None
    sha256: str | None = None
    """What the hub says."""


class _Part:
    """What has come of a file so far."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.file, self._note_file = model_files.unfinished(target)

    @property
    def size_bytes(self) -> int:
        try:
            return self.file.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def note(self) -> _Note | None:
        try:
            return _Note(**json.loads(self._note_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, note: _Note) -> None:
        """Start anew. Emptied first: the note must never speak of bytes of another file."""
        with model_files.writing(self.file):
            self.file.open("wb").close()
        model_files.write_text(self._note_file, json.dumps(asdict(note)))

    def clear(self) -> None:
        with model_files.writing(self.file):
            self.file.unlink(missing_ok=True)
            self._note_file.unlink(missing_ok=True)

    def verified(self, sha256: str | None) -> str:
        """Return the hash of what has come.

        Raises:
            ModelBroken: it is not what it should be; it is deleted.
        """
        note = self.note
        expected = sha256 or (note.sha256 if note else None)
        digest = model_files.sha256_of(self.file)
        if expected is not None and digest != expected:
            self.clear()
            raise ModelBroken(
                f"what was downloaded for {self.target.name} has the SHA-256 {digest} and should have {expected}: it "
                "was deleted; check the sha256 you gave and the address, then try again"
            )
        return digest

    def finish(self) -> None:
        """Give the file its name."""
        model_files.put_in_place(self.file, self.target)
        with model_files.writing(self._note_file):
            self._note_file.unlink(missing_ok=True)


class _Download:
    """Fills a part."""

    def __init__(
        self, connection: Connection, url: str, part: _Part, sha256: str | None, on_progress: Progress | None
    ) -> None:
        self._connection = connection
        self._url = url
        self._part = part
        self._sha256 = sha256
        self._on_progress = on_progress or (lambda done, total: None)
        self._has_begun = False

    def run(self) -> None:
        """Ask until all has come."""
        n_breaks, best = 0, self._part.size_bytes
        while True:
            try:
                return self._request()
            except _Changed:  # the part is empty now, and an empty one cannot be of something else
                continue
            except _BrokenOff as error:
                if self._part.size_bytes >= best + _HEADWAY_BYTES:
                    n_breaks = 0
                best = max(best, self._part.size_bytes)
                if not self._has_begun or n_breaks == len(_PAUSES_S):
                    raise ModelError(f"{error}{self._what_is_kept()}") from error
                _pause(_PAUSES_S[n_breaks])
                n_breaks += 1

    def _request(self) -> None:
        """Ask once for what is missing, and write what comes."""
        note = self._part.note
        have = self._part.size_bytes if note is not None and self._can_go_on(note) else 0
        if note is not None and have and have == note.size_bytes:
            return  # it was stopped before it was checked
        with self._answer(_range(have, note)) as (answer, promise):
            if note is not None and have and promise.sha256 not in (None, note.sha256):
                self._part.clear()
                raise _Changed
            if have and answer.status == 206:
                self._check_goes_on(answer, have, note)
                size = note.size_bytes if note else None
            elif have and answer.status == 416:  # it has become shorter, or what has come is all
                if _total(answer.headers) == have:
                    return
                self._part.clear()
                raise _Changed
            elif answer.status == 200:  # from the start, whatever was asked for
                size = _size(answer.headers, promise)
                self._part.begin(_Note(self._url, _strong_etag(answer.headers), size, promise.sha256))
            else:
                raise self._refused(answer)
            self._has_begun = True
            self._write(answer, size)

    def _can_go_on(self, note: _Note) -> bool:
        """Whether it can be told that what follows belongs to what has come: by ETag now, or by the hash in the end."""
        return note.url == self._url and (note.etag or note.sha256 or self._sha256) is not None

    @contextlib.contextmanager
    def _answer(self, headers: Mapping[str, str]) -> Generator[tuple[Answer, hub.Promise], None, None]:
        """Ask, follow redirects and hold the last answer open."""
        url, promise = self._url, hub.Promise()
        for _ in range(_MOST_REDIRECTS + 1):
            hub.check_may_ask(url)
            try:
                with self._connection.get(url, {**headers, **hub.authorization(url)}) as answer:
                    if promise == hub.Promise():
                        promise = hub.promise(url, answer.headers)
                        self._check_promise(promise)
                    if answer.status not in (301, 302, 303, 307, 308):
                        yield answer, promise
                        return
                    url = _redirected(url, answer.headers.get("location", ""))
            except Unreachable as error:
                raise _BrokenOff(f"{hub.shown(url)} {error}") from error
        raise ModelError(f"{hub.shown(self._url)} redirects again and again: check the address")

    def _check_promise(self, promise: hub.Promise) -> None:
        if self._sha256 is not None and promise.sha256 not in (None, self._sha256):
            raise ModelBroken(
                f"{hub.shown(self._url)} has the SHA-256 {promise.sha256}, and {self._sha256} was asked for: it has "
                "been replaced, or the sha256 is that of another file; nothing was downloaded"
            )

    def _check_goes_on(self, answer: Answer, have: int, note: _Note | None) -> None:
        begins, total = _content_range(answer.headers)
        etag = _strong_etag(answer.headers)
        same = note is None or (total in (None, note.size_bytes) and etag in (None, note.etag))
        if begins != have or not same:  # some servers know Range and not If-Range
            self._part.clear()
            raise _Changed

    def _write(self, answer: Answer, size: int | None) -> None:
        done = self._part.size_bytes
        if size is not None:
            model_files.make_sure_of_room(self._part.file.parent, size - done)
        with self._part.file.open("ab", buffering=0) as file:  # what is written is there after a break
            for piece in answer.pieces:
                with model_files.writing(self._part.file):
                    _write_all(file, piece)
                done += len(piece)
                if done - len(piece) < len(_MAGIC) <= done:
                    self._check_beginning()
                self._on_progress(done, size)
        if size is not None and done < size:
            raise _BrokenOff(f"{hub.shown(self._url)} stopped after {done} of {size} bytes: try again")
        if done < len(_MAGIC) or (size is not None and done > size):
            self._part.clear()
            expected = f"not the {size} it announced" if size is not None and done > size else "which is no GGUF file"
            raise ModelBroken(f"{hub.shown(self._url)} sent {done} bytes, {expected}: check the address, and try again")

    def _check_beginning(self) -> None:
        """Do not wait for gigabytes of something else."""
        with self._part.file.open("rb") as file:
            start = file.read(64)
        if start[: len(_MAGIC)] == _MAGIC:
            return
        self._part.clear()
        what = "a web page: give the address of the file itself" if start.lstrip()[:1] == b"<" else "something else"
        raise ModelBroken(f"{hub.shown(self._url)} is no GGUF file but {what} (it begins with {start[:12]!r})")

    def _refused(self, answer: Answer) -> Exception:
        where, status = hub.shown(self._url), answer.status
        if status in (401, 403):
            why = "set HF_TOKEN to a token of yours, once you have accepted the model's licence on its page"
            if not hub.is_hub(self._url):
                why = "it wants a login: download the file another way and add it by its path"
            return ModelError(f"{where} answered {status}: {_reason(answer) or 'not for everybody'}; {why}")
        if status in (404, 410):
            return ModelMissing(f"{where} answered {status}: there is no such file; check each part of the name")
        if status == 429 or status >= 500:
            after = answer.headers.get("retry-after", "")
            when = f"in {after} s" if after.isdigit() else "later"
            why = "too many requests" if status == 429 else "the server failed"
            return _BrokenOff(f"{where} answered {status}: {why}; try again {when}")
        return ModelError(f"{where} answered {status}, which is no file: check the address")

    def _what_is_kept(self) -> str:
        n_bytes = self._part.size_bytes
        return f" ({_megabytes(n_bytes)} have come and are kept: add() goes on from there)" if n_bytes else ""


# -- what headers say


def _range(have: int, note: _Note | None) -> dict[str, str]:
    if not have or note is None:
        return {}
    return {"Range": f"bytes={have}-", **({"If-Range": note.etag} if note.etag else {})}


def _strong_etag(headers: Mapping[str, str]) -> str | None:
    etag = headers.get("etag", "")
    return etag if etag.startswith('"') else None


def _size(headers: Mapping[str, str], promise: hub.Promise) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else promise.size_bytes


def _content_range(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return where a part of a file begins and how long the file is, None for what is not said."""
    unit, _, span = headers.get("content-range", "").partition(" ")
    begins = span.partition("-")[0]
    known = unit == "bytes" and begins.isascii() and begins.isdigit()
    return (int(begins) if known else None), _total(headers)


def _total(headers: Mapping[str, str]) -> int | None:
    total = headers.get("content-range", "").rpartition("/")[2]
    return int(total) if total.isascii() and total.isdigit() else None


def _redirected(url: str, location: str) -> str:
    to = urljoin(url, location)
    if not location or urlsplit(to).scheme not in ("http", "https"):
        raise ModelError(f"{hub.shown(url)} redirects to nowhere: check the address")
    if urlsplit(url).scheme == "https" and urlsplit(to).scheme == "http":
        raise ModelError(f"{hub.shown(url)} redirects to an address that is not secure, which is not followed")
    return to


def _reason(answer: Answer) -> str:
    """Return the hub's own word for a refusal, such as `GatedRepo`."""
    return "".join(each for each in answer.headers.get("x-error-code", "")[:40] if each.isalnum())


def _write_all(file: io.RawIOBase, piece: bytes) -> None:
    left = memoryview(piece)
    while left:  # a disk that is almost full takes a part
        left = left[file.write(left) :]


def _pause(pause_s: float) -> None:
    ends_at = time.monotonic() + pause_s
    while time.monotonic() < ends_at:
        if stop_requested():
            raise Cancelled("the download was cancelled; what has come is kept, and add() goes on from there")
        time.sleep(0.02)


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"
