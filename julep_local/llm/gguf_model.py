"""A model file as something that is loaded when it is first wanted: what all who run one share.

Loaded at first use, by whoever comes first and for all who wait; unloaded when nobody has wanted it for a while; looked
at before each use. In which process it runs, and what it answers, the subclasses know.
"""

import atexit
import contextlib
import os
import sys
import weakref
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from julep_local import progress
from julep_local.errors import ApiError, Cancelled, ModelChanged, ModelError
from julep_local.llm import plan, room
from julep_local.llm.engine import FORKED, Engine, Owned
from julep_local.llm.model_file import ModelFile, checked_bytes
from julep_local.llm.native import Aborted
from julep_local.settings import (
    KV_DISK_BYTES,
    MOST_CONTEXT_TOKENS,
    REAL_MODEL,
    kv_memory_bytes,
    model_memory_bytes,
    n_cores,
)

EXIT_WAIT_S = 2.0
CAPABLE_BYTES = 1_500_000_000
"""Of a model file: three billion parameters of four bits. Smaller ones choose no better than rules do
(benchmarks/memory_formation.py)."""


class OwnedFile(Owned, Protocol):
    """A loaded model that knows the file it came from."""

    @property
    def file(self) -> ModelFile:
        """The file, as it was when it was loaded."""
        ...


M = TypeVar("M", bound=OwnedFile)

GoesOn = Callable[..., bool]
"""Whether loading is to go on. It may be told which share of the file was read, from 0 to 1."""


class GgufModel(Generic[M]):
    """A language model from a GGUF file.

    Args:
        path: the file.
        context_tokens: the context window; None is what the model was trained on, at most `MOST_CONTEXT_TOKENS`.
        threads: None is one for each processor core.
        name: as shown to people; None is the file's name.
        chat_template: jinja text, in place of the one in the file.
        kv_memory: bytes for copies of KV caches in memory; None is a share of the machine's.
        kv_disk: bytes for copies on disk, in the folder that a prompt's conversation names; 0 writes none.
        idle_s: the model is unloaded when nobody has wanted it for so many seconds; None keeps it.
        answer_s: an answer that has been written for so many seconds ends, as if it had reached its length; None lets
            it fill the context window.
        trusted: load the file without trying it in another process first (probe.py).
        memory: bytes that all models of this process may take together: those that nobody wants make room for this one.
            None is a share of the machine's.

    Raises:
        ModelMissing: there is no such file.
        ModelBroken: it is no GGUF file.
    """

    _is_elsewhere = False
    """It runs in a process of its own, so that to close it harms nobody who is inside."""

    def __init__(
        self,
        path: "str | os.PathLike[str]",
        *,
        context_tokens: int | None = None,
        threads: int | None = None,
        name: str | None = None,
        chat_template: str | None = None,
        kv_memory: int | None = None,
        kv_disk: int = KV_DISK_BYTES,
        idle_s: float | None = None,
        memory: int | None = None,
        answer_s: float | None = None,
        trusted: bool = False,
    ) -> None:
        self.path = Path(path)
        checked_bytes(self.path)
        self._name = name or self.path.stem
        self._most_context_tokens = context_tokens or MOST_CONTEXT_TOKENS
        self._threads = threads or n_cores()
        self._own_template = chat_template
        self._kv_memory = kv_memory_bytes() if kv_memory is None else kv_memory
        self._kv_disk = kv_disk
        self._memory = model_memory_bytes() if memory is None else memory
        self._answer_s = answer_s
        self._trusted = trusted
        me = weakref.ref(self)  # the engine must not keep the model alive, which closes it when it is dropped

        def load(goes_on: Callable[[], bool]) -> M:
            model = me()
            if model is None:
                raise ModelError("the model was dropped while it loaded")
            return model._load(goes_on)

        self.place = room.Place(self)
        """What it takes of the memory; it also stands for the model where work for it is told of (progress.py)."""
        self._engine: Engine[M] = Engine(
            load, idle_s=idle_s, name=self._name, freed=self.place.leave, may_close_inside=self._is_elsewhere
        )
        self._process = os.getpid()
        weakref.finalize(self, self._engine.close, 0.0).atexit = False
        _models.add(self)

    @property
    def name(self) -> str:
        """The model's name, as shown to people."""
        return self._name

    @property
    def is_loaded(self) -> bool:
        """Whether it is in memory now."""
        return self._engine.is_loaded

    @property
    def last_used(self) -> float:
        """When somebody last wanted it, on the monotonic clock."""
        return self._engine.last_used

    @property
    def is_busy(self) -> bool:
        """Whether it loads, reads or answers now."""
        return self._engine.is_busy

    @property
    def n_steps(self) -> int:
        """Counts what it does: as long as it moves, this grows."""
        return self._engine.n_steps

    @property
    def memory_tier(self) -> str:
        """What it can do for memories: `capable` from some three billion parameters on, told by the file's size."""
        return "capable" if self.path.stat().st_size >= CAPABLE_BYTES else "rules"

    @abstractmethod
    def forget(self, conversation_ids: Iterable[str]) -> None:
        """Drop what was kept in memory of these conversations. `kv_files.forget` deletes files."""

    def unload(self, wait_s: float | None = None) -> bool:
        """Give back the memory once no answer is under way; whoever wants one later loads the model again.

        Returns:
            Whether it has happened within the time; None waits without limit.
        """
        return self._engine.unload(wait_s)

    def close(self) -> None:
        """Give back the memory. Generations under way are stopped first."""
        self._close(wait_s=None)

    # -- inside

    @contextlib.contextmanager
    def _inside(self) -> Generator[M, None, None]:
        """Keep the model from being freed inside; load it if that has not been done.

        Raises:
            ModelChanged: the file is not the one that was loaded.
            ModelError: it cannot be loaded.
        """
        if os.getpid() != self._process:  # the engine is closed here, and would say no more than that
            raise ModelError(FORKED)
        sys.audit(REAL_MODEL, self._name)
        with self._engine.inside() as loaded:
            self._check_file(loaded)
            yield loaded

    def _check_file(self, loaded: M) -> None:
        try:
            loaded.file.check()
        except ModelChanged:
            self._engine.retire()
            raise

    def _load(self, goes_on: Callable[[], bool]) -> M:
        n_bytes = checked_bytes(self.path)
        with progress.doing(
            "load_model", self._name, total=n_bytes, unit="bytes", owner=self.place, at_once=True
        ) as work:

            def goes_on_to(share: float = 0.0) -> bool:
                with contextlib.suppress(Cancelled):
                    work.at(int(share * n_bytes))
                return goes_on() and not work.is_cancelled

            try:
                return self._load_now(goes_on_to)
            except Aborted:
                if work.is_cancelled:  # by somebody who was told of it, not because nobody waits any more
                    raise work.cancelled() from None
                raise

    def _load_now(self, goes_on: GoesOn) -> M:
        with room.room_for(self.place, self._planned_bytes(), budget=self._memory, goes_on=goes_on):
            file = ModelFile(self.path)
            loaded = self._read_file(file, goes_on)
        try:
            file.check()  # somebody may have written to it while it was read
        except ModelChanged:
            loaded.close()
            self.place.leave()
            raise
        return loaded

    def _planned_bytes(self) -> int:
        n_bytes = checked_bytes(self.path)  # again: it may have gone since the model was named
        try:
            return plan.plan(self.path, context_tokens=self._most_context_tokens).needed_bytes
        except ApiError:
            return n_bytes  # whether it is a model at all, llama.cpp will say

    @abstractmethod
    def _read_file(self, file: ModelFile, goes_on: GoesOn) -> M:
        """Load the model; give up with `Aborted` when `goes_on` says no."""

    def _close(self, wait_s: float | None) -> None:
        self._engine.close(wait_s)


_models: "weakref.WeakSet[GgufModel[Any]]" = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End generations on daemon threads: inside llama.cpp they would crash while the interpreter takes itself apart."""
    for model in list(_models):
        model._close(EXIT_WAIT_S)  # pyright: ignore[reportPrivateUsage]
