"""The SDK's methods for sessions: the two in one situation, their history, and the chat."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Optional, Union, overload

from typing_extensions import Unpack

from julep_local import check
from julep_local.api._base import ApiBase
from julep_local.api._merge import merge_patch, now_after
from julep_local.check import OMIT, given
from julep_local.errors import NotFound
from julep_local.prompt.render import check_template
from julep_local.store import agents, jobs, messages, sessions, suggestions, users
from julep_local.store.database import Database
from julep_local.streams import ChatStream
from julep_local.types import (
    ChatInputDataToolChoice,
    ChatResponse,
    ChatSettingsPreset,
    ChatSettingsResponseFormat,
    ChatSettingsStop,
    CreateSessionRequestMetadata,
    GetHistoryResponse,
    GetSuggestionsResponse,
    InputChatMlMessage,
    ListSessionsRequestOrder,
    ListSessionsRequestSortBy,
    ListSessionsResponse,
    PatchSessionRequestMetadata,
    ResourceCreatedResponse,
    ResourceUpdatedResponse,
    Session,
    SessionMetadata,
    Tool,
    UpdateSessionRequestMetadata,
)

if TYPE_CHECKING:
    from julep_local.api._chat_request import ChatOptions
    from julep_local.runtime import Runtime


class SessionMethods(ApiBase):
    """Sessions: an agent, perhaps a user, and what they said."""

    def create_session(
        self,
        *,
        user_id: Optional[str] = OMIT,
        agent_id: str,
        situation: Optional[str] = OMIT,
        metadata: Optional[CreateSessionRequestMetadata] = OMIT,
        render_templates: Optional[bool] = OMIT,
    ) -> ResourceCreatedResponse:
        """Create a session of an agent, with a user or without.

        Args:
            user_id: whom the agent talks to.
            agent_id: who answers.
            situation: what the session is about; a jinja2 template if `render_templates` is true.
            metadata: any JSON object.
            render_templates: render situation, instructions, the agent's about and the caller's system and assistant
                messages as jinja2 templates with `session`, `user`, `agent` and `arrow`. False if not given.

        Raises:
            NotFound: there is no such agent or user.
            InvalidInput: a value is not acceptable, or the situation no template.
        """
        db = self._runtime.db
        agent_id = check.resource_id(agent_id, "agent_id")
        user = check.resource_id(user_id, "user_id") if given(user_id) else None
        renders = check.flag(render_templates, "render_templates", False)
        now = db.stamps.now()
        session = Session(
            id=db.stamps.new_id(),
            created_at=now,
            updated_at=now,
            agent_id=agent_id,
            user_id=user,
            situation=_situation(check.or_default(situation, ""), renders),
            metadata=SessionMetadata.model_validate(check.metadata(metadata)),
            render_templates=renders,
        )
        with db.transaction():
            if agents.get(db, agent_id) is None:
                raise NotFound("agent", agent_id)
            if user is not None and users.get(db, user) is None:
                raise NotFound("user", user)
            sessions.add(db, session)
        return ResourceCreatedResponse(id=session.id, created_at=now)

    def get_session(self, session_id: str) -> Session:
        """Return the session.

        Raises:
            NotFound: there is no such session.
        """
        return _found(self._runtime.db, check.resource_id(session_id, "session_id"))

    def list_sessions(
        self,
        *,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Optional[str] = None,
        sort_by: Optional[ListSessionsRequestSortBy] = None,
        order: Optional[ListSessionsRequestOrder] = None,
    ) -> ListSessionsResponse:
        """Return sessions, newest first; the arguments are those of `list_agents`.

        Raises:
            BadRequest: the filter is no JSON object.
        """
        wanted = check.listing(limit, offset, metadata_filter, sort_by, order)
        page = sessions.page(self._runtime.db, **wanted)
        return ListSessionsResponse(items=page)

    def update_session(
        self, session_id: str, *, situation: str, metadata: Optional[UpdateSessionRequestMetadata] = OMIT
    ) -> ResourceUpdatedResponse:
        """Replace the situation, and the metadata if given.

        Raises:
            NotFound: there is no such session.
        """
        session_id = check.resource_id(session_id, "session_id")
        replaced = {"metadata": check.metadata(metadata)} if given(metadata) else {}
        return change_session(
            self._runtime,
            session_id,
            lambda session: {"situation": _situation(situation, bool(session.render_templates)), **replaced},
        )

    def patch_session(
        self,
        session_id: str,
        *,
        situation: Optional[str] = OMIT,
        metadata: Optional[PatchSessionRequestMetadata] = OMIT,
    ) -> ResourceUpdatedResponse:
        """Change what is given and keep the rest; metadata merge by RFC 7396.

        Raises:
            NotFound: there is no such session.
        """
        session_id = check.resource_id(session_id, "session_id")
        patch = check.metadata(metadata)

        def merged(session: Session) -> Mapping[str, Any]:
            changes: dict[str, Any] = {"metadata": merge_patch(session.metadata, patch)}
            if given(situation):
                changes["situation"] = _situation(situation, bool(session.render_templates))
            return changes

        return change_session(self._runtime, session_id, merged)

    def delete_session(self, session_id: str) -> None:
        """Delete the session with its history; memories formed from it stay. An unknown id is no error."""
        session_id = check.resource_id(session_id, "session_id")
        db = self._runtime.db
        with db.transaction():
            sessions.delete(db, session_id)
            jobs.abort_orphans(db, now=db.stamps.now())
        self._runtime.forget([session_id])

    @overload
    def chat(
        self,
        session_id: str,
        *,
        stream: Literal[True],
        messages: list[InputChatMlMessage],
        **options: "Unpack[ChatOptions]",
    ) -> ChatStream: ...

    @overload
    def chat(
        self,
        session_id: str,
        *,
        messages: list[InputChatMlMessage],
        stream: Optional[Literal[False]] = None,
        **options: "Unpack[ChatOptions]",
    ) -> ChatResponse: ...

    def chat(
        self,
        session_id: str,
        *,
        messages: list[InputChatMlMessage],
        tools: Optional[list[Tool]] = OMIT,
        tool_choice: Optional[ChatInputDataToolChoice] = OMIT,
        frequency_penalty: Optional[float] = OMIT,
        length_penalty: Optional[float] = OMIT,
        logit_bias: Optional[dict[str, Optional[int]]] = OMIT,
        max_tokens: Optional[int] = OMIT,
        presence_penalty: Optional[float] = OMIT,
        repetition_penalty: Optional[float] = OMIT,
        response_format: Optional[ChatSettingsResponseFormat] = OMIT,
        seed: Optional[int] = OMIT,
        stop: Optional[ChatSettingsStop] = OMIT,
        stream: Optional[bool] = OMIT,
        temperature: Optional[float] = OMIT,
        top_p: Optional[float] = OMIT,
        min_p: Optional[float] = OMIT,
        preset: Optional[ChatSettingsPreset] = OMIT,
        recall: Optional[bool] = OMIT,
        record: Optional[bool] = OMIT,
        remember: Optional[bool] = OMIT,
    ) -> Union[ChatResponse, ChatStream]:
        """Say something in a session and return the agent's answer. Turns of one session follow each other.

        A setting that is not given, or None, is inherited: from the request's preset, then the agent's settings, then
        the agent's preset, then the library's defaults.

        Args:
            session_id: where.
            messages: the new input, at least one message; role `auto` counts as `user`, `function` brings a tool's
                result. With `continue` on the last one, the answer carries it on.
            tools: further tools for this turn; one with the name of an agent's tool stands in for it.
            tool_choice: `none`, `auto`, `required` or a named tool. Default: `auto` with tools.
            frequency_penalty: -2 to 2.
            length_penalty: 0 to 2; above 1 answers get shorter.
            logit_bias: token id (as a string) to -100…100.
            max_tokens: the answer's length at most, in tokens; 200 if nobody says otherwise.
            presence_penalty: -2 to 2.
            repetition_penalty: 0 to 2.
            response_format: text, JSON (with a schema) or a text matching a pattern, held to while decoding.
            seed: the same seed and conversation give the same answer again; None or -1 draws a fresh one.
            stop: up to four texts before which the answer ends.
            stream: return an iterator of deltas instead, whose `.response` is the finished response.
            temperature: 0 to 2; 0 takes the likeliest token each time.
            top_p: above 0 to 1.
            min_p: 0 to below 1.
            preset: settings with a name; they win over the agent's, explicit ones win over them.
            recall: use memories. True if not given.
            record: write the turn to the history. If not given, as `remember` says.
            remember: form memories and suggestions from the turn. True if not given.

        Raises:
            NotFound: there is no such session.
            InvalidInput: a value is not acceptable; the error's `field` says which.
            ContextOverflow: the input, instructions and tools alone exceed the context window.
            ModelError: no model is installed, or its file is broken.
        """
        from julep_local.api._chat_request import turn_request
        from julep_local.chat import respond

        runtime = self._runtime
        request = turn_request(
            session_id,
            messages=messages,
            tools=tools,
            tool_choice=tool_choice,
            recall=recall,
            record=record,
            remember=remember,
            settings={
                "frequency_penalty": frequency_penalty,
                "length_penalty": length_penalty,
                "logit_bias": logit_bias,
                "max_tokens": max_tokens,
                "presence_penalty": presence_penalty,
                "repetition_penalty": repetition_penalty,
                "response_format": response_format,
                "seed": seed,
                "stop": stop,
                "temperature": temperature,
                "top_p": top_p,
                "min_p": min_p,
                "preset": preset,
            },
        )
        if not check.flag(stream, "stream", False):
            return respond(runtime, request)
        _found(runtime.db, request.session_id)
        return ChatStream(runtime, request)

    def get_history(
        self, session_id: str, *, limit: Optional[int] = None, offset: Optional[int] = None
    ) -> GetHistoryResponse:
        """Return the session's messages, oldest first.

        Raises:
            NotFound: there is no such session.
        """
        session_id = check.resource_id(session_id, "session_id")
        n, skip = check.page(limit, offset)
        db = self._runtime.db
        _found(db, session_id)
        return GetHistoryResponse(items=messages.page(db, session_id, limit=n, offset=skip))

    def delete_session_history(self, session_id: str) -> None:
        """Delete the session's messages, summary and suggestions; memories stay. An unknown id is no error."""
        session_id = check.resource_id(session_id, "session_id")
        db = self._runtime.db
        with db.transaction():
            messages.delete_all(db, session_id)
        self._runtime.forget([session_id])

    def get_suggestions(
        self, session_id: str, *, limit: Optional[int] = None, offset: Optional[int] = None
    ) -> GetSuggestionsResponse:
        """Return hints formed from the session's remembered turns, newest first.

        Raises:
            NotFound: there is no such session.
        """
        session_id = check.resource_id(session_id, "session_id")
        n, skip = check.page(limit, offset)
        db = self._runtime.db
        _found(db, session_id)
        return GetSuggestionsResponse(items=suggestions.page(db, session_id, limit=n, offset=skip))


def change_session(
    runtime: "Runtime", session_id: str, changes: Callable[[Session], Mapping[str, Any]]
) -> ResourceUpdatedResponse:
    """Change fields of a session in one transaction.

    Raises:
        NotFound: there is no such session.
    """
    db = runtime.db
    with db.transaction():
        session = _found(db, session_id)
        now = now_after(db.stamps, session.created_at)
        sessions.replace(db, Session.model_validate({**dict(session), **changes(session), "updated_at": now}))
    return ResourceUpdatedResponse(id=session_id, updated_at=now)


def _found(db: Database, session_id: str) -> Session:
    session = sessions.get(db, session_id)
    if session is None:
        raise NotFound("session", session_id)
    return session


def _situation(value: Any, renders: bool) -> str:
    situation = check.text(value, "situation")
    if renders:
        check_template(situation, what="situation")
    return situation
