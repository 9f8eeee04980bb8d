"""`Client` and `AsyncClient`: the managers of all resources on one SQLite file."""

import contextlib
import functools
import os
import types
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from julep_local._mirror import run_on
from julep_local.api._base import database_digest, runtime_of
from julep_local.api.client import AsyncJulepApi, JulepApi
from julep_local.managers.agent import AgentsManager, AsyncAgentsManager
from julep_local.managers.doc import AsyncDocsManager, DocsManager
from julep_local.managers.job import AsyncJobsManager, JobsManager
from julep_local.managers.memory import AsyncMemoriesManager, MemoriesManager
from julep_local.managers.model import AsyncModelsManager, ModelsManager
from julep_local.managers.session import AsyncSessionsManager, SessionsManager
from julep_local.managers.tool import AsyncToolsManager, ToolsManager
from julep_local.managers.user import AsyncUsersManager, UsersManager
from julep_local.stamps import Stamps
from julep_local.types import BackedUp, Compacted, FileStats

if TYPE_CHECKING:
    from julep_local.managers.openai import (
        AsyncChatResource,
        AsyncCompletionsResource,
        ChatResource,
        CompletionsResource,
    )
    from julep_local.progress import Callback, Deliver, Listening
    from julep_local.runtime import SavePoint
    from julep_local.store.database import Progress
    from julep_local.types import DoctorReport

__all__ = ["AsyncClient", "AsyncJulepApi", "Client", "JulepApi", "doctor"]

Self = TypeVar("Self", bound="Client")
AsyncSelf = TypeVar("AsyncSelf", bound="AsyncClient")


class Client:
    """Agents, users, sessions, docs, memories and tools in one SQLite file, answered by a local model.

    Args:
        path: the SQLite file; `:memory:` for none. Default: the environment variable `JULEP_LOCAL_PATH`, else
            `julep.db` in the user's data folder.
        model: a GGUF path, a catalog name or a `ChatModel`. Default: `JULEP_LOCAL_MODEL`, else the first installed
            model.
        embedder: a model folder, a catalog name or an `Embedder`. Default: `JULEP_LOCAL_EMBEDDER`, else the first
            installed.
        strict_models: refuse agents whose `model` is not in the catalog, instead of using this client's model for them.
        deterministic: a `testing.Deterministic`, for the same ids, times and so the same database in every run.
        memory_tier: what forms memories, unless an agent says otherwise: `off`, `rules`, `small` (rules and a small
            chat model), `capable` (a chat model that words them and says what is no longer true), or `auto`, what suits
            the chat model. Default: `JULEP_LOCAL_MEMORY_TIER`, else `auto`.
        offline: nothing is contacted that was not asked for by its address: a download with `models.add`, a
            `RemoteChatModel`. True refuses these too, but for a model on this machine. Default: `JULEP_LOCAL_OFFLINE`.
        key: opens an encrypted file, or makes one: the passphrase, `env:NAME` for the environment variable that has it,
            or `keyring` for the system's keyring, where one is made for a new file. It takes
            `pip install 'julep_local[encrypted]'`. Default: `JULEP_LOCAL_KEY`, else the file is not encrypted.
        isolate: run GGUF models in processes of their own: a crash inside llama.cpp raises `ModelCrashed`, the next
            call works, and unloading gives back all memory. Default: `JULEP_LOCAL_ISOLATE`, else false.
        api_key: ignored, like all that follow: they are accepted so that code written for the SDK runs unchanged.
        base_url: ignored.
        environment: ignored.
        timeout: ignored.
        httpx_client: ignored.
        additional_headers: ignored.
        _httpx_client: ignored.

    Raises:
        StoreError: the file cannot be used.
        WrongKey: the key does not open it, it has none, or needs one.
        ModelError: a model or embedder that was named cannot be used.
        Offline: a server elsewhere was given as the model, and `offline` is true.
    """

    agents: AgentsManager
    users: UsersManager
    sessions: SessionsManager
    docs: DocsManager
    memories: MemoriesManager
    tools: ToolsManager
    jobs: JobsManager
    models: ModelsManager

    def __init__(
        self,
        *,
        path: str | os.PathLike[str] | None = None,
        model: Any = None,
        embedder: Any = None,
        strict_models: bool = False,
        deterministic: Stamps | None = None,
        memory_tier: str | None = None,
        offline: bool | None = None,
        key: str | None = None,
        isolate: bool | None = None,
        api_key: Any = None,
        base_url: Any = None,
        environment: Any = None,
        timeout: Any = None,
        httpx_client: Any = None,
        additional_headers: Any = None,
        _httpx_client: Any = None,
    ) -> None:
        self._api_client = JulepApi(
            path=path,
            model=model,
            embedder=embedder,
            strict_models=strict_models,
            deterministic=deterministic,
            memory_tier=memory_tier,
            offline=offline,
            key=key,
            isolate=isolate,
        )
        self.agents = AgentsManager(self._api_client)
        self.users = UsersManager(self._api_client)
        self.sessions = SessionsManager(self._api_client)
        self.docs = DocsManager(self._api_client)
        self.memories = MemoriesManager(self._api_client)
        self.tools = ToolsManager(self._api_client)
        self.jobs = JobsManager(self._api_client)
        self.models = ModelsManager(self._api_client)

    # both import their module when they are first asked for: it takes 5 ms that `import julep_local` need not wait for

    @functools.cached_property
    def chat(self) -> "ChatResource":
        """The OpenAI library's `chat.completions`, on the local model; a chat in a session is `sessions.chat`."""
        from julep_local.managers.openai import ChatResource

        return ChatResource(self._api_client)

    @functools.cached_property
    def completions(self) -> "CompletionsResource":
        """The OpenAI library's `completions`, on the local model."""
        from julep_local.managers.openai import CompletionsResource

        return CompletionsResource(self._api_client)

    def digest(self) -> str:
        """Return a hash over all rows of the database, in canonical order: equal if and only if these are.

        Of a program that opens its client with `testing.Deterministic`, `ScriptedModel` and `HashEmbedder` it is the
        same in every run, process and on every platform. Text indexes and the leases of jobs do not count.
        """
        return database_digest(self._api_client)

    def compact(self) -> Compacted:
        """Give back the room that deleted rows have left in the file, and return how large it was and is.

        Vectors of embedders that no client of this process has go, too. The file is written anew, some 100 MB a second;
        whoever writes waits meanwhile.

        Raises:
            StoreError: another program has been writing or reading for half a minute; nothing is lost.
            DiskFull: for a while there must be room for the file twice more.
        """
        from julep_local.managers._compacting import compacted

        return compacted(self._api_client)

    def backup(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, progress: "Progress | None" = None
    ) -> BackedUp:
        """Copy the file to this path, as it is at one moment, and return how large the copy is. Others go on writing.

        The copy has its name only when it is whole and on the disk. To restore it, open it. What is written within a
        `savepoint` is not in it.

        Args:
            path: where the copy is to stand.
            overwrite: whether it may take the place of a file that is there.
            progress: is told how many pages are done, and of how many.

        Raises:
            Conflict: there is such a file, and `overwrite` was not given.
            DiskFull: no room for the copy.
            StoreError: the file cannot be read, or the copy not written.
        """
        from julep_local.managers._keeping import backed_up

        return backed_up(self._api_client, path, overwrite, progress)

    def doctor(self, *, repair: bool = False) -> "DoctorReport":
        """Look the whole file over, and return what is wrong with it, what that means and how to mend it.

        With `repair` what can be made again from the rows is made again: text indexes, indexes, vectors (by a job),
        counts. Before that a copy of the file is made beside it, and kept. Words that people wrote are never changed.

        Raises:
            StoreError: it is to be mended, and cannot be copied or written.
        """
        from julep_local.managers._keeping import examined

        return examined(self._api_client, repair)

    def stats(self) -> FileStats:
        """Return how much of everything the file holds, and how large it is."""
        from julep_local.managers._stats import stats

        return stats(self._api_client)

    @contextlib.contextmanager
    def savepoint(self) -> Generator[None, None, None]:
        """Undo at the end all that is written within the block, vectors and what is held in memory of it included.

        Everything that this process writes to the file meanwhile, on whichever thread and with whichever client, is
        part of the block; jobs of it that are not done by then never happen, and streams begun in it are cancelled.
        Other processes read what was there before, and wait to write: those that have waited for 30 s get a
        `StoreError`. Blocks may stand within each other. A `Deterministic` goes back too; files of models do not.
        """
        runtime = runtime_of(self._api_client)
        point = runtime.save_point()
        try:
            yield
        finally:
            runtime.rewind(point)

    def on_progress(self, callback: "Callback", *, deliver: "Deliver | None" = None) -> "Listening":
        """Have a function told how far work is that can take over a second, what is under way included.

        That is: loading the model and the embedder, reading long prompts, downloads, embedding, bringing a file up to
        date, compacting, exports and imports; each event says what, how much of how much, and can cancel it. Work for
        other files and models of this process is left out; opening is over by now (`julep_local.progress.listen`).

        Args:
            callback: told.
            deliver: has it called on a thread of your choice: `julep_local.delivery` has `to_qt`, `to_tk` and
                `to_asyncio`. None: on the one that does the work, which waits for it.

        Returns:
            What ends the telling: its `close()`, or the end of a `with` block.
        """
        return runtime_of(self._api_client).listen(callback, deliver)

    def close(self) -> None:
        """Stop what runs, hand background work back and close the file. Called again it does nothing."""
        self._api_client.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        self.close()


class AsyncClient:
    """`Client` for asyncio: the same managers, their methods awaited. The arguments are those of `Client`."""

    agents: AsyncAgentsManager
    users: AsyncUsersManager
    sessions: AsyncSessionsManager
    docs: AsyncDocsManager
    memories: AsyncMemoriesManager
    tools: AsyncToolsManager
    jobs: AsyncJobsManager
    models: AsyncModelsManager

    def __init__(
        self,
        *,
        path: str | os.PathLike[str] | None = None,
        model: Any = None,
        embedder: Any = None,
        strict_models: bool = False,
        deterministic: Stamps | None = None,
        memory_tier: str | None = None,
        offline: bool | None = None,
        key: str | None = None,
        isolate: bool | None = None,
        api_key: Any = None,
        base_url: Any = None,
        environment: Any = None,
        timeout: Any = None,
        httpx_client: Any = None,
        additional_headers: Any = None,
        _httpx_client: Any = None,
    ) -> None:
        self._api_client = AsyncJulepApi(
            path=path,
            model=model,
            embedder=embedder,
            strict_models=strict_models,
            deterministic=deterministic,
            memory_tier=memory_tier,
            offline=offline,
            key=key,
            isolate=isolate,
        )
        blocking, threads = self._api_client.blocking, self._api_client.threads
        self.agents = AsyncAgentsManager(AgentsManager(blocking), threads)
        self.users = AsyncUsersManager(UsersManager(blocking), threads)
        self.sessions = AsyncSessionsManager(SessionsManager(blocking), threads)
        self.docs = AsyncDocsManager(DocsManager(blocking), threads)
        self.memories = AsyncMemoriesManager(MemoriesManager(blocking), threads)
        self.tools = AsyncToolsManager(ToolsManager(blocking), threads)
        self.jobs = AsyncJobsManager(JobsManager(blocking), threads)
        self.models = AsyncModelsManager(ModelsManager(blocking), threads)

    @functools.cached_property
    def chat(self) -> "AsyncChatResource":
        """As `Client.chat`."""
        from julep_local.managers.openai import AsyncChatResource, ChatResource

        return AsyncChatResource(ChatResource(self._api_client.blocking), self._api_client.threads)

    @functools.cached_property
    def completions(self) -> "AsyncCompletionsResource":
        """As `Client.completions`."""
        from julep_local.managers.openai import AsyncCompletionsResource, CompletionsResource

        return AsyncCompletionsResource(CompletionsResource(self._api_client.blocking), self._api_client.threads)

    async def digest(self) -> str:
        """Return a hash over all rows of the database; as `Client.digest`."""
        work = functools.partial(database_digest, self._api_client.blocking)
        return await run_on(self._api_client.threads, "store", work)

    async def compact(self) -> Compacted:
        """As `Client.compact`."""
        from julep_local.managers._compacting import compacted

        api = self._api_client
        return await run_on(api.threads, "store", functools.partial(compacted, api.blocking))

    async def backup(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, progress: "Progress | None" = None
    ) -> BackedUp:
        """As `Client.backup`; `progress` is called on another thread."""
        from julep_local.managers._keeping import backed_up

        api = self._api_client
        return await run_on(api.threads, "wait", functools.partial(backed_up, api.blocking, path, overwrite, progress))

    async def doctor(self, *, repair: bool = False) -> "DoctorReport":
        """As `Client.doctor`."""
        from julep_local.managers._keeping import examined

        api = self._api_client
        return await run_on(api.threads, "wait", functools.partial(examined, api.blocking, repair))

    async def stats(self) -> FileStats:
        """Return what the file holds; as `Client.stats`."""
        from julep_local.managers._stats import stats

        api = self._api_client
        return await run_on(api.threads, "store", functools.partial(stats, api.blocking))

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None, None]:
        """Undo at the end all that is written within the block; as `Client.savepoint`."""
        runtime, threads = runtime_of(self._api_client.blocking), self._api_client.threads
        points: list[SavePoint] = []
        try:  # a task may be cancelled while it waits for the savepoint, which is there then all the same
            await run_on(threads, "wait", lambda: points.append(runtime.save_point()))
            yield
        finally:
            for point in points:
                await run_on(threads, "wait", functools.partial(runtime.rewind, point))

    def on_progress(self, callback: "Callback", *, deliver: "Deliver | None" = None) -> "Listening":
        """Have a function told how far work is; as `Client.on_progress`, but by default called in the running loop."""
        from julep_local.delivery import to_asyncio

        return runtime_of(self._api_client.blocking).listen(callback, to_asyncio() if deliver is None else deliver)

    async def aclose(self) -> None:
        """Stop what runs and close the file; as `Client.close`."""
        await self._api_client.aclose()

    async def __aenter__(self: AsyncSelf) -> AsyncSelf:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        await self.aclose()


def doctor(path: str | os.PathLike[str], *, repair: bool = False, key: str | None = None) -> "DoctorReport":
    """Look over a file that no client can or shall open: as `Client.doctor`, but nothing is brought up to date.

    A file that cannot be opened at all is told of in the report. Vectors that were damaged are made anew when a client
    with an embedder opens the file. `key` is an encrypted file's.

    Raises:
        StoreError: there is no such file, or it is to be mended, and cannot be copied or written.
    """
    from julep_local.managers._keeping import examined_file

    return examined_file(path, repair, key)
