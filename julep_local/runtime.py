"""What clients of one file, model and embedder share inside a process: one database, one copy of each model.

A second client on the same path costs no second model, and both see one lock for each session. The last one to close
gives everything back. It knows how to find and share the parts; what a turn does with them is chat.py's.
"""

import atexit
import collections
import contextlib
import functools
import os
import threading
import weakref
from collections.abc import Callable, Collection, Generator, Hashable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from julep_local import progress
from julep_local._mirror import also_stopped_by, stop_requested
from julep_local.errors import Cancelled, ClientClosed, Conflict, ModelError, ModelMissing, Offline, StoreError
from julep_local.llm import catalog
from julep_local.llm.base import ChatModel, Conversation, PromptMessage, ToolChoice, ToolSpec
from julep_local.progress import Callback, Deliver, Listening
from julep_local.recall.embeddings import Embedder, find_embedder
from julep_local.settings import ANSWER_S, IN_MEMORY, KV_DISK_BYTES, UNLOAD_AFTER_S, Settings
from julep_local.store.database import Database

if TYPE_CHECKING:
    from julep_local.llm.isolated import IsolatedModel
    from julep_local.llm.llama import LlamaCppModel
    from julep_local.recall.tool_router import ToolRouter

T = TypeVar("T")


class Background(Protocol):
    """Whoever works through the jobs of a runtime."""

    def notify(self) -> None:
        """Say that there may be a new job."""
        ...

    def give_way(self) -> None:
        """Stop the job under way, because a chat begins."""
        ...

    def halted(self) -> contextlib.AbstractContextManager[None]:
        """Stop the job under way and begin none within."""
        ...

    def close(self) -> None:
        """Finish or hand back the job under way."""
        ...


class Stoppable(Protocol):
    """A turn under way on a thread of its own."""

    def close(self) -> None:
        """Cancel it."""
        ...


UNLOAD_WAIT_S = 10.0
"""A model that answers is not unloaded; whoever asks for it waits so long for the answer to end."""
_LEFT_TO_PARENT: list[object] = []
_OTHER_STAMPS = (
    "this process has the file open with another `deterministic`: close that client first, or give both the same object"
)


@dataclass
class CatchUp:
    """When to look again for docs and memories without vectors of the embedder, on the monotonic clock."""

    next: float = 0.0
    next_with_news: float = 0.0
    """The same if there are other chunks than the last time."""
    newest_chunk: int = -1
    """The highest chunk id then."""
    retry_s: float | None = None
    """How long to wait after the next job before another is written, since it may fail; None after all was well."""


class SharedObjects(Generic[T]):
    """Objects by key, made for the first who asks and closed when the last has given them back."""

    def __init__(self, close: Callable[[T], None]) -> None:
        self._close = close
        self._lock = threading.RLock()
        self._held: dict[Hashable, tuple[T, int]] = {}

    def take(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the object of this key, made now if nobody holds it."""
        with self._lock:
            held, holders = self._held.get(key) or (make(), 0)
            self._held[key] = (held, holders + 1)
            return held

    def give_back(self, key: Hashable) -> None:
        """Let go of the object; the last to do so closes it."""
        with self._lock:
            held, holders = self._held.pop(key, (None, 0))
            if holders > 1 and held is not None:
                self._held[key] = (held, holders - 1)
                return
        if held is not None:  # closing may take its time, and others need not wait for it
            self._close(held)

    def leave_to_parent(self) -> None:
        """Start anew in a process that was forked off: what the parent opened is not freed here."""
        _LEFT_TO_PARENT.append(self._held)
        self._lock = threading.RLock()  # a thread that is not in this process may have held it
        self._held = {}


class Streams:
    """The answers under way on threads of their own, as long as anybody holds them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._streams: weakref.WeakSet[Stoppable] = weakref.WeakSet()

    def add(self, stream: Stoppable) -> None:
        """Have it closed with the runtime."""
        with self._guard:
            self._streams.add(stream)

    def under_way(self) -> set[Stoppable]:
        """Return those that there are."""
        with self._guard:
            return set(self._streams)

    def close(self, but: Collection[Stoppable] = ()) -> None:
        """Cancel all of them but these."""
        for stream in self.under_way().difference(but):
            stream.close()


class TurnLocks:
    """One turn at a time in each session, first come, first served."""

    def __init__(self) -> None:
        self._locks: weakref.WeakValueDictionary[str, _TurnLock] = weakref.WeakValueDictionary()
        self._guard = threading.Lock()

    @contextlib.contextmanager
    def held(self, session_id: str) -> Generator[None, None, None]:
        """Hold the session's lock; wait for the turn under way. `cancel` ends the waiting and what is done inside.

        Raises:
            Conflict: this very thread is inside a turn of the session, so that waiting would never end.
            Cancelled: the caller went away while waiting, or `cancel` was called.
        """
        with self._guard:
            lock = self._locks.setdefault(session_id, _TurnLock())
        turn, holder = _Turn(threading.get_ident()), lock.holder
        if holder is not None and holder.thread_id == turn.thread_id:
            raise Conflict(f"session {session_id} has a turn under way on this thread: let it end first")
        try:
            with self._guard:
                lock.turns.add(turn)
            with also_stopped_by(turn.stop):
                lock.acquire(turn)
                yield
        finally:
            if lock.holder is turn:  # by no call: Ctrl-C can raise behind each, and the lock would be held forever
                lock.holder = None
            with self._guard:
                lock.turns.discard(turn)
            lock.notify()

    def cancel(self, session_id: str) -> int:
        """Cancel the session's turns, the one under way and those that wait, and return how many there were."""
        with self._guard:
            lock = self._locks.get(session_id)
            turns = set(lock.turns) if lock is not None else set()
        for turn in turns:
            turn.stop.set()
        return len(turns)


@dataclass(frozen=True, eq=False)
class _Turn:
    """A turn under way, or waiting for one."""

    thread_id: int
    stop: threading.Event = field(default_factory=threading.Event)


class _TurnLock:
    """A lock that is given to those who wait in the order in which they came.

    `holder` is let go of without a call, so those who wait look themselves; `notify` only spares them the time.
    """

    def __init__(self) -> None:
        self.holder: _Turn | None = None
        self.turns: set[_Turn] = set()
        """Under way or waiting."""
        self._lock = threading.RLock()  # entered itself: a `Condition` is entered by a call
        self._changed = threading.Condition(self._lock)
        self._line: collections.deque[_Turn] = collections.deque()

    def acquire(self, turn: _Turn) -> None:
        with self._lock:
            try:
                self._line.append(turn)
                while self.holder is not None or self._line[0] is not turn:
                    self._changed.wait(0.05)
                    if stop_requested():
                        raise Cancelled("the chat was cancelled while it waited for another turn of its session")
                self.holder = turn
            finally:  # also on Ctrl-C: who has gone must not stay first in line
                if turn in self._line:
                    self._line.remove(turn)
                self._changed.notify_all()

    def notify(self) -> None:
        with self._lock:
            self._changed.notify_all()


@dataclass(frozen=True)
class SavePoint:
    """A moment that can be gone back to."""

    mark: tuple[object, object]
    streams: frozenset[Stoppable]
    """Under way then."""


@dataclass(frozen=True)
class _Place:
    """A database file, and the locks of its sessions."""

    db: Database
    turns: TurnLocks


_places: SharedObjects[_Place] = SharedObjects(lambda place: place.db.close())
_models: SharedObjects[ChatModel] = SharedObjects(lambda model: model.close())
_embedders: SharedObjects[Embedder] = SharedObjects(lambda embedder: embedder.close())


class Runtime:
    """A database with the models that serve it."""

    def __init__(self, settings: Settings, background: "Callable[[Runtime], Background]") -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._quiet_lock = threading.Lock()
        self._quiet = threading.Condition(self._quiet_lock)
        self._chats: set[object] = set()
        self._closed = False
        self._given_back: list[Callable[[], None]] = []
        self._by_name: dict[str | None, ChatModel] = {}
        self._replaced: list[ChatModel] = []
        """What names stood for before: turns may still have it, so it is closed with the runtime."""
        self._embedder: Embedder | None = None
        self.catch_up = CatchUp()
        self._kv_seen_to = False
        self.streams = Streams()
        try:
            self._check_offline()
            # what is named is looked at now, though not loaded, so that a wrong name is no error of the first chat
            if settings.model is not None:
                self.chat_model()
            if settings.embedder is not None:
                self.embedder()
            place = self._share(_places, object() if settings.path == IN_MEMORY else settings.path, self._open_place)
            self.db = place.db
            self.db.check_key(settings.key)
            if self.db.stamps is not settings.stamps:
                raise StoreError(_OTHER_STAMPS, path=settings.path)
            self.turns = place.turns
            self.background = background(self)
        except BaseException:
            self._give_all_back()
            raise

    def _check_offline(self) -> None:
        model = self.settings.model
        address = getattr(model, "elsewhere", None)  # a model of the caller's own may know no such thing
        if self.settings.offline and isinstance(address, str):
            raise Offline(
                f"the model is at {address}, and this client is offline: open it with offline=False, or without "
                "JULEP_LOCAL_OFFLINE, or give a model on this machine"
            )

    def chat_model(self, wanted: str | None = None) -> ChatModel:
        """Return the model an agent's `model` names: one the catalog knows, else the client's own.

        Raises:
            ModelMissing: it is not installed.
            ModelBroken: its file is not a usable model.
        """
        given = self.settings.model
        if given is not None and not isinstance(given, str):
            return _as_chat_model(given)
        name = wanted if wanted is not None and catalog.knows(wanted) else given
        with self._lock:
            if self._closed:
                raise ClientClosed
            if name not in self._by_name:
                self._by_name[name] = self._load(name)
            return self._by_name[name]

    def embedder(self) -> Embedder:
        """Return the embedding model, which loads when it first embeds.

        Raises:
            ModelMissing: it is not installed.
        """
        given = self.settings.embedder
        if given is not None and not isinstance(given, str):
            return _as_embedder(given)
        with self._lock:
            if self._closed:
                raise ClientClosed
            if self._embedder is None:
                threads = self.settings.threads
                self._embedder = self._share(
                    _embedders, (given, threads), lambda: find_embedder(given, threads=threads)
                )
            return self._embedder

    def embedder_label(self) -> str | None:
        """Return what tells this runtime's embedder from others, without reading its weights; None without one."""
        try:
            embedder = self.embedder()
        except ModelError:  # what is wrong with it is told by whoever needs it
            return None
        label: str = getattr(embedder, "label", None) or embedder.name
        return label

    def embedder_names(self) -> set[str]:
        """Return the names of the embedders that this process uses on this file."""
        names: set[str] = set()
        for runtime in list(_open):
            with contextlib.suppress(ModelError, ClientClosed):
                if runtime.db is self.db:
                    names.add(runtime.embedder().name)
        return names

    def conversation(self, session_id: str) -> Conversation:
        """Return what the prompts of a session belong to."""
        folder = self._kv_folder
        with self._lock:
            is_first, self._kv_seen_to = not self._kv_seen_to, True
        if is_first and folder is not None:
            self._forget_deleted(Path(folder))
        return Conversation(session_id, folder)

    def _forget_deleted(self, folder: Path) -> None:
        """Delete files of sessions that are gone: a process may have ended, or had no model, when they were deleted."""
        from julep_local.llm import kv_files
        from julep_local.store import sessions

        if folder.is_dir():
            kv_files.forget_all_but(folder, sessions.every_id(self.db))

    @property
    def _kv_folder(self) -> str | None:
        path = self.settings.path
        if path == IN_MEMORY or self.settings.kv_disk == 0 or self.db.is_encrypted:  # they would be in the clear
            return None
        return f"{path}-kv"

    def forget(self, session_ids: Sequence[str]) -> None:
        """Drop what models keep of sessions that were deleted, in memory and in files."""
        from julep_local.llm import kv_files

        for runtime in list(_open):  # also those that have the same file open with another model
            for model in runtime._chat_models():
                forget = getattr(model, "forget", None)  # a model of the caller's own may keep nothing
                if forget is not None:
                    forget(session_ids)
        if self.settings.path != IN_MEMORY:  # also where none are written now
            kv_files.forget(Path(f"{self.settings.path}-kv"), session_ids)

    def save_point(self) -> "SavePoint":
        """Begin what `rewind` undoes."""
        with self._jobs_halted():  # one that began before and ended within would have to be begun again
            streams = {stream for runtime in self._of_same_file() for stream in runtime.streams.under_way()}
            return SavePoint(self.db.save_point(), frozenset(streams))

    def rewind(self, point: "SavePoint") -> None:
        """Undo all that was written since then, and forget what is held in memory of it.

        Streams begun since then are cancelled, and jobs under way are handed back.
        """
        from julep_local.recall import memory_index, vector_index
        from julep_local.store import jobs, sessions

        if self._closed:
            return
        for runtime in self._of_same_file():
            runtime.streams.close(but=point.streams)
        with self._jobs_halted():
            before = set(sessions.every_id(self.db))
            self.db.rewind(point.mark)
            vector_index.forget_index(self.db)
            memory_index.forget_index(self.db)
            self.forget(list(before.difference(sessions.every_id(self.db))))
        self.catch_up = CatchUp()
        if jobs.unfinished(self.db):
            self.background.notify()

    @contextlib.contextmanager
    def _jobs_halted(self) -> Generator[None, None, None]:
        with contextlib.ExitStack() as stack:
            for runtime in self._of_same_file():
                stack.enter_context(runtime.background.halted())
            yield

    def _of_same_file(self) -> "list[Runtime]":
        """Return the runtimes that have the file open, this one and those with another model."""
        return [runtime for runtime in list(_open) if runtime.db is self.db]

    def look_up_again(self, name: str) -> None:
        """Find a model anew when it is next wanted, because what its name stands for has changed."""
        with self._lock:
            meant = [model for key, model in self._by_name.items() if name in (key, model.name)]
            for model in meant:
                if model not in self._replaced:
                    self._replaced.append(model)
            for key in [key for key, model in self._by_name.items() if model in meant]:  # None too, and its path
                del self._by_name[key]

    def loaded_models(self) -> list[str]:
        """Return the names of this runtime's chat models that are in memory now."""
        names = [model.name for model in self._chat_models() if getattr(model, "is_loaded", False)]
        return list(dict.fromkeys(names))

    def unload_models(self, name: str | None = None) -> list[str]:
        """Give back the memory of chat models that are not answering, and return their names; None means all."""
        unloaded: list[str] = []
        for model in self._chat_models():
            if name not in (None, model.name):
                continue
            unload = getattr(model, "unload", None)  # a model of the caller's own may have none
            if unload is not None and getattr(model, "is_loaded", False) and unload(UNLOAD_WAIT_S):
                unloaded.append(model.name)
        return list(dict.fromkeys(unloaded))

    def _chat_models(self) -> list[ChatModel]:
        """Return all chat models that this runtime has had, each once."""
        # without the lock, under which a model may be being put together of its parts; copying a list is one step
        models = [*self._by_name.values(), *self._replaced]
        given = self.settings.model
        if given is not None and not isinstance(given, str):
            models.append(_as_chat_model(given))
        return list({id(model): model for model in models}.values())

    def listen(self, callback: Callback, deliver: Deliver | None) -> Listening:
        """Have a function told how far work for this runtime is, and work that is for all."""
        return progress.listen(callback, deliver=deliver, concerns=self._concerns)

    def _concerns(self, owner: object) -> bool:
        given = self.settings.embedder
        models = [getattr(model, "place", None) for model in self._chat_models()]
        return any(owner is each for each in (self.db, self._embedder, given, *models))

    def routed(
        self,
        model: ChatModel,
        messages: Sequence[PromptMessage],
        tools: Sequence[ToolSpec],
        choice: ToolChoice,
    ) -> ToolChoice:
        """Return which tool is to be called, for a model that cannot decide that itself; else the choice as it is."""
        if choice != "auto" or not tools or model.calls_tools:
            return choice
        name = self.tool_router.choose(messages, tools)
        return choice if name is None else ("named", name)

    @functools.cached_property
    def tool_router(self) -> "ToolRouter":
        """Decides for models whose chat template knows no tools."""
        from julep_local.recall.tool_router import EmbeddingRouter

        def find() -> Embedder | None:
            try:
                return self.embedder()
            except ModelMissing:
                return None  # then words and form alone decide

        return EmbeddingRouter(find)

    @contextlib.contextmanager
    def chatting(self) -> Generator[None, None, None]:
        """Say that a chat is under way, which background work waits for."""
        chat = object()
        try:
            with self._quiet_lock:
                self._chats.add(chat)
            self.background.give_way()
            yield
        finally:
            self._chats.discard(chat)  # first, and without the lock: Ctrl-C can end the wait for it
            with self._quiet_lock:
                self._quiet.notify_all()

    def wait_until_quiet(self, timeout_s: float) -> bool:
        """Wait until no chat is under way; return whether that is so."""
        with self._quiet_lock:
            return self._quiet.wait_for(lambda: not self._chats, timeout_s)

    def close(self) -> None:
        """Stop what runs and give everything back. Called again it does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self.streams.close()
        self.background.close()
        self._give_all_back()

    def _give_all_back(self) -> None:
        while self._given_back:
            self._given_back.pop()()

    def _load(self, name: str | None) -> ChatModel:
        settings = self.settings
        found = catalog.chat_model(name)
        kind = _kind_of_model(isolated=settings.isolate)
        make = functools.partial(
            kind,
            found.path,
            chat_template=found.chat_template,
            context_tokens=settings.context_tokens or found.context_tokens,
            threads=settings.threads,
            kv_memory=settings.kv_memory,
            kv_disk=KV_DISK_BYTES if settings.kv_disk is None else settings.kv_disk,
            idle_s=UNLOAD_AFTER_S if settings.unload_after_s is None else settings.unload_after_s,
            memory=settings.model_memory,
            answer_s=ANSWER_S if settings.answer_s is None else settings.answer_s,
        )
        key = (kind, str(found.path), *make.keywords.items())  # all but the name: two names of one file are one model
        return self._share(_models, key, lambda: make(name=found.name))

    def _share(self, objects: SharedObjects[T], key: Hashable, make: Callable[[], T]) -> T:
        shared = objects.take(key, make)
        self._given_back.append(lambda: objects.give_back(key))
        return shared

    def _open_place(self) -> _Place:
        return _Place(Database(self.settings.path, self.settings.stamps, self.settings.key), TurnLocks())


_runtimes: SharedObjects[Runtime] = SharedObjects(lambda runtime: runtime.close())
_open: weakref.WeakSet[Runtime] = weakref.WeakSet()


def open_runtime(settings: Settings, background: Callable[[Runtime], Background]) -> tuple[Runtime, Callable[[], None]]:
    """Return the runtime for these settings, and the function that gives it back.

    Raises:
        StoreError: the file cannot be used.
        ModelError: a model or embedder that was named cannot be used.
    """
    key = _key(settings)

    def make() -> Runtime:
        runtime = Runtime(settings, background)
        _open.add(runtime)
        return runtime

    return _runtimes.take(key, make), lambda: _runtimes.give_back(key)


def _key(settings: Settings) -> Hashable:
    if settings.path == IN_MEMORY:
        return object()  # a database in memory is nobody else's

    def identity(given: object) -> Hashable:
        return given if given is None or isinstance(given, str | int | float) else id(given)

    shared = replace(settings, strict_models=False)  # that one is the client's own, and no part of a runtime reads it
    return tuple(identity(getattr(shared, each.name)) for each in fields(shared))


def _kind_of_model(*, isolated: bool) -> "type[LlamaCppModel | IsolatedModel]":
    if isolated:
        from julep_local.llm.isolated import IsolatedModel

        return IsolatedModel
    from julep_local.llm.llama import LlamaCppModel

    return LlamaCppModel


def _as_chat_model(given: Any) -> ChatModel:
    # not isinstance(): before Python 3.12 that reads every property of the protocol, and one of them loads the model
    if not hasattr(type(given), "generate"):
        raise TypeError(f"model must be a path, a catalog name or a ChatModel, not {type(given).__name__}")
    model: ChatModel = given
    return model


def _as_embedder(given: Any) -> Embedder:
    if not hasattr(type(given), "embed"):
        raise TypeError(f"embedder must be a folder, a name or an Embedder, not {type(given).__name__}")
    embedder: Embedder = given
    return embedder


@atexit.register
def _close_all() -> None:
    """Lose nothing when a program ends without `close()`: fold the log into the file, leave no thread behind."""
    for runtime in list(_open):
        runtime.close()


def _leave_all_to_parent() -> None:
    """Let a process that was forked off open clients of its own: connections and models do not survive that."""
    for shared in (_runtimes, _places, _models, _embedders):
        shared.leave_to_parent()
    _LEFT_TO_PARENT.append(list(_open))
    _open.clear()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_leave_all_to_parent)
