"""`JulepApi`: the SDK's 36 methods on a SQLite file in this process; and `AsyncJulepApi`, its twin for asyncio."""

import functools
import os
import types
from typing import TYPE_CHECKING, Any, Literal, Optional, TypeVar, Union, cast, overload

from typing_extensions import Unpack

from julep_local._mirror import AsyncMirror, Threads, in_embedding_thread, in_store_thread
from julep_local.api.agents import AgentMethods
from julep_local.api.docs import DocMethods
from julep_local.api.memories import JobMethods, MemoryMethods
from julep_local.api.sessions import SessionMethods
from julep_local.api.tools import ToolMethods
from julep_local.api.users import UserMethods
from julep_local.check import OMIT
from julep_local.stamps import Stamps
from julep_local.streams import AsyncChatStream, ChatStream, run_chat
from julep_local.types import ChatResponse, InputChatMlMessage

if TYPE_CHECKING:
    from julep_local.api._chat_request import ChatOptions

__all__ = ["OMIT", "AsyncChatStream", "AsyncJulepApi", "ChatStream", "JulepApi"]

AsyncSelf = TypeVar("AsyncSelf", bound="AsyncJulepApi")


class JulepApi(AgentMethods, UserMethods, SessionMethods, DocMethods, ToolMethods, MemoryMethods, JobMethods):
    """The SDK's low-level client, with the service inside. Its arguments are those of `Client`."""


class AsyncJulepApi(AsyncMirror[JulepApi]):
    """`JulepApi` for asyncio: the same methods on threads of their own. A cancelled `chat` stops generating.

    The arguments are those of `JulepApi`.
    """

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
        blocking = JulepApi(
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
        super().__init__(blocking, Threads())

    create_agent = in_embedding_thread(JulepApi.create_agent)
    get_agent = in_store_thread(JulepApi.get_agent)
    list_agents = in_store_thread(JulepApi.list_agents)
    update_agent = in_store_thread(JulepApi.update_agent)
    patch_agent = in_store_thread(JulepApi.patch_agent)
    delete_agent = in_store_thread(JulepApi.delete_agent)
    create_user = in_embedding_thread(JulepApi.create_user)
    get_user = in_store_thread(JulepApi.get_user)
    list_users = in_store_thread(JulepApi.list_users)
    update_user = in_store_thread(JulepApi.update_user)
    patch_user = in_store_thread(JulepApi.patch_user)
    delete_user = in_store_thread(JulepApi.delete_user)
    create_session = in_store_thread(JulepApi.create_session)
    get_session = in_store_thread(JulepApi.get_session)
    list_sessions = in_store_thread(JulepApi.list_sessions)
    update_session = in_store_thread(JulepApi.update_session)
    patch_session = in_store_thread(JulepApi.patch_session)
    delete_session = in_store_thread(JulepApi.delete_session)
    get_history = in_store_thread(JulepApi.get_history)
    delete_session_history = in_store_thread(JulepApi.delete_session_history)
    get_suggestions = in_store_thread(JulepApi.get_suggestions)
    create_agent_doc = in_embedding_thread(JulepApi.create_agent_doc)
    create_user_doc = in_embedding_thread(JulepApi.create_user_doc)
    get_agent_docs = in_store_thread(JulepApi.get_agent_docs)
    get_user_docs = in_store_thread(JulepApi.get_user_docs)
    delete_agent_doc = in_store_thread(JulepApi.delete_agent_doc)
    delete_user_doc = in_store_thread(JulepApi.delete_user_doc)
    create_agent_tool = in_store_thread(JulepApi.create_agent_tool)
    get_agent_tools = in_store_thread(JulepApi.get_agent_tools)
    update_agent_tool = in_store_thread(JulepApi.update_agent_tool)
    patch_agent_tool = in_store_thread(JulepApi.patch_agent_tool)
    delete_agent_tool = in_store_thread(JulepApi.delete_agent_tool)
    get_agent_memories = in_embedding_thread(JulepApi.get_agent_memories)
    delete_agent_memory = in_store_thread(JulepApi.delete_agent_memory)
    get_job_status = in_store_thread(JulepApi.get_job_status)

    @overload
    async def chat(
        self,
        session_id: str,
        *,
        stream: Literal[True],
        messages: list[InputChatMlMessage],
        **options: "Unpack[ChatOptions]",
    ) -> AsyncChatStream: ...

    @overload
    async def chat(
        self,
        session_id: str,
        *,
        messages: list[InputChatMlMessage],
        stream: Optional[Literal[False]] = None,
        **options: "Unpack[ChatOptions]",
    ) -> ChatResponse: ...

    @functools.wraps(JulepApi.chat)
    async def chat(self, *args: Any, **kwargs: Any) -> Union[ChatResponse, AsyncChatStream]:
        """By hand, because what the blocking method returns for `stream=True` has a twin of its own."""
        work = functools.partial(cast(Any, JulepApi.chat), self.blocking, *args, **kwargs)
        answer: Union[ChatResponse, AsyncChatStream] = await run_chat(
            self.threads, work, streamed=kwargs.get("stream") is True
        )
        return answer

    async def aclose(self) -> None:
        """Stop what runs and close the file; as `JulepApi.close`."""
        import asyncio

        await asyncio.to_thread(self.blocking.close)
        await asyncio.to_thread(self.threads.shutdown)

    async def __aenter__(self: AsyncSelf) -> AsyncSelf:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        await self.aclose()
