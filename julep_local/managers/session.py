"""`client.sessions`: an agent and a user in one situation, and the chat."""

import builtins
import functools
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Optional, Union, cast, overload

from typing_extensions import Unpack

from julep_local import check
from julep_local._mirror import AsyncMirror, in_store_thread
from julep_local.api.sessions import change_session
from julep_local.errors import NotFound
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import filter_text, required, valid_id
from julep_local.prompt.render import check_template
from julep_local.store import memories, messages, sessions
from julep_local.streams import AsyncChatStream, ChatStream, run_chat
from julep_local.types import ChatMlMessage, ChatResponse, Session, Suggestion

if TYPE_CHECKING:
    from julep_local.api._chat_request import ChatOptions

SessionId = Union[str, uuid.UUID]
Messages = Sequence[Any]
"""Messages as dicts or `InputChatMlMessage`."""


class SessionsManager(BaseManager):
    """Create, read, change and delete sessions, and talk in them."""

    def get(self, id: SessionId) -> Session:
        """Return the session.

        Raises:
            NotFound: there is no such session.
        """
        return self.api_client.get_session(valid_id(id))

    def create(
        self,
        *,
        agent_id: SessionId,
        user_id: Optional[SessionId] = None,
        situation: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
        render_templates: bool = False,
    ) -> Session:
        """Create a session and return it, complete.

        Raises:
            NotFound: there is no such agent or user.
        """
        created = self.api_client.create_session(
            agent_id=valid_id(agent_id, "agent_id"),
            user_id=None if user_id is None else valid_id(user_id, "user_id"),
            situation=situation,
            metadata=metadata,  # type: ignore[arg-type]  # a dict is accepted for the model
            render_templates=render_templates,
        )
        return self.get(created.id)

    def update(
        self,
        *,
        session_id: SessionId,
        situation: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
        render_templates: Optional[bool] = None,
        overwrite: bool = False,
    ) -> Session:
        """Change what is given, or with `overwrite` replace situation and metadata, and return the session, complete.

        Raises:
            TypeError: `overwrite` without a situation.
            NotFound: there is no such session.
        """
        session_id = valid_id(session_id, "session_id")
        required(overwrite, situation=situation)
        renders = check.flag(render_templates, "render_templates", False)
        write = self.api_client.update_session if overwrite else self.api_client.patch_session
        with self._runtime.db.transaction():  # all of it or nothing
            if render_templates is not None:
                change_session(self._runtime, session_id, lambda _: {"render_templates": renders})
            write(session_id, situation=cast(str, situation), metadata=metadata)  # type: ignore[arg-type]
            session = self.get(session_id)
            if renders:
                check_template(session.situation or "", what="situation")
        return session

    def delete(self, session_id: SessionId) -> None:
        """Delete the session with its history. An unknown id is no error."""
        self.api_client.delete_session(valid_id(session_id, "session_id"))

    @overload
    def chat(
        self, *, session_id: SessionId, messages: Messages, stream: Literal[True], **options: "Unpack[ChatOptions]"
    ) -> ChatStream: ...

    @overload
    def chat(
        self,
        *,
        session_id: SessionId,
        messages: Messages,
        stream: Optional[Literal[False]] = None,
        **options: "Unpack[ChatOptions]",
    ) -> ChatResponse: ...

    def chat(
        self,
        *,
        session_id: SessionId,
        messages: Messages,
        tools: Any = None,
        tool_choice: Any = None,
        frequency_penalty: Optional[float] = None,
        length_penalty: Optional[float] = None,
        logit_bias: Optional[Mapping[str, Optional[int]]] = None,
        max_tokens: Optional[int] = None,
        presence_penalty: Optional[float] = None,
        repetition_penalty: Optional[float] = None,
        response_format: Any = None,
        seed: Optional[int] = None,
        stop: Any = None,
        stream: Optional[bool] = None,
        temperature: Optional[float] = None,
        top_p: Optional[float] = None,
        recall: Optional[bool] = None,
        remember: Optional[bool] = None,
        min_p: Optional[float] = None,
        preset: Any = None,
        record: Optional[bool] = None,
    ) -> Union[ChatResponse, ChatStream]:
        """Say something in a session and return the agent's answer; `JulepApi.chat` says what each option does.

        Raises:
            TypeError: messages is no list.
        """
        given: Any = messages
        if not isinstance(given, list | tuple):
            raise TypeError(f"messages must be a list of dicts or InputChatMlMessage, not {type(given).__name__}")
        answer: Union[ChatResponse, ChatStream] = cast(Any, self.api_client).chat(
            str(session_id),
            messages=builtins.list(messages),
            tools=None if tools is None else builtins.list(tools),
            tool_choice=tool_choice,
            frequency_penalty=frequency_penalty,
            length_penalty=length_penalty,
            logit_bias=logit_bias,
            max_tokens=max_tokens,
            presence_penalty=presence_penalty,
            repetition_penalty=repetition_penalty,
            response_format=response_format,
            seed=seed,
            stop=stop,
            stream=stream,
            temperature=temperature,
            top_p=top_p,
            min_p=min_p,
            preset=preset,
            recall=recall,
            record=record,
            remember=remember,
        )
        return answer

    def cancel(self, session_id: SessionId) -> int:
        """Stop the session's turn under way, and those that wait for it, from any thread of this process.

        Their callers get `Cancelled`, and nothing of them is recorded. It takes some milliseconds, also while the model
        is loading or reading a prompt. A turn whose answer was complete already may still be recorded; then its caller
        gets the answer.

        Returns:
            How many turns there were.
        """
        return self._runtime.turns.cancel(valid_id(session_id, "session_id"))

    def suggestions(
        self, *, session_id: SessionId, limit: Optional[int] = None, offset: Optional[int] = None
    ) -> "builtins.list[Suggestion]":
        """Return hints formed from the session's remembered turns, newest first."""
        return self.api_client.get_suggestions(str(session_id), limit=limit, offset=offset).items or []

    def history(
        self, *, session_id: SessionId, limit: Optional[int] = None, offset: Optional[int] = None
    ) -> "builtins.list[ChatMlMessage]":
        """Return the session's messages, oldest first."""
        return self.api_client.get_history(str(session_id), limit=limit, offset=offset).items or []

    def undo(self, session_id: SessionId) -> "builtins.list[ChatMlMessage]":
        """Delete the last turn, question and answer, and return its messages, oldest first; none if there was none.

        What was remembered of it alone is retracted. Said again, the question is answered as if for the first time.

        Raises:
            NotFound: there is no such session.
        """
        wanted, db = valid_id(session_id, "session_id"), self._runtime.db
        with db.transaction():
            if sessions.get(db, wanted) is None:
                raise NotFound("session", wanted)
            gone = messages.delete_last_turn(db, wanted)
            for message in gone:
                memories.retract_message(db, message.id, at=db.stamps.now())
        return [
            ChatMlMessage.model_validate(
                {name: getattr(each, name) for name in ("id", "role", "name", "content", "created_at")}
            )
            for each in gone
        ]

    def delete_history(self, session_id: SessionId) -> None:
        """Delete the session's messages; memories stay. An unknown id is no error."""
        self.api_client.delete_session_history(valid_id(session_id, "session_id"))

    def list(
        self,
        *,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Mapping[str, Any] = {},  # noqa: B006  (never changed; the SDK's default)
    ) -> "builtins.list[Session]":
        """Return sessions, newest first, those whose metadata have equal values for all keys of the filter."""
        filter_ = filter_text(metadata_filter)
        return self.api_client.list_sessions(limit=limit, offset=offset, metadata_filter=filter_).items


class AsyncSessionsManager(AsyncMirror[SessionsManager]):
    """`SessionsManager` for asyncio."""

    get = in_store_thread(SessionsManager.get)
    create = in_store_thread(SessionsManager.create)
    update = in_store_thread(SessionsManager.update)
    delete = in_store_thread(SessionsManager.delete)
    cancel = in_store_thread(SessionsManager.cancel)
    suggestions = in_store_thread(SessionsManager.suggestions)
    history = in_store_thread(SessionsManager.history)
    undo = in_store_thread(SessionsManager.undo)
    delete_history = in_store_thread(SessionsManager.delete_history)
    list = in_store_thread(SessionsManager.list)

    @overload
    async def chat(
        self, *, session_id: SessionId, messages: Messages, stream: Literal[True], **options: "Unpack[ChatOptions]"
    ) -> AsyncChatStream: ...

    @overload
    async def chat(
        self,
        *,
        session_id: SessionId,
        messages: Messages,
        stream: Optional[Literal[False]] = None,
        **options: "Unpack[ChatOptions]",
    ) -> ChatResponse: ...

    @functools.wraps(SessionsManager.chat)
    async def chat(self, **kwargs: Any) -> Union[ChatResponse, AsyncChatStream]:
        """By hand, because what the blocking method returns for `stream=True` has a twin of its own."""
        work = functools.partial(cast(Any, SessionsManager.chat), self.blocking, **kwargs)
        answer: Union[ChatResponse, AsyncChatStream] = await run_chat(
            self.threads, work, streamed=kwargs.get("stream") is True
        )
        return answer
