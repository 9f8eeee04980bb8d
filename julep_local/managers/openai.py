"""`client.chat` and `client.completions`: the OpenAI library's calls, answered by the local model.

Stateless: no agent, no session, nothing recorded. The `openai` package is not used. Imported when a client's `chat` or
`completions` is first asked for.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Optional, Union, cast, overload

from julep_local import check
from julep_local._mirror import AsyncMirror, Threads
from julep_local.api._base import settings_of
from julep_local.api.agents import DEFAULT_MODEL
from julep_local.completion import chat_completion, completion, stream_chat_completion, stream_completion
from julep_local.managers._openai_request import asked_chat, asked_text, request_body
from julep_local.managers.base import BaseManager
from julep_local.streams import AsyncStream, Stream, run_chat
from julep_local.types import ChatCompletion, ChatCompletionChunk, Completion

Messages = Sequence[Any]
"""Messages as dicts, or as the messages that were returned."""


class ChatCompletionsResource(BaseManager):
    """`client.chat.completions`."""

    @overload
    def create(
        self, *, messages: Messages, stream: Literal[True], **options: Any
    ) -> Stream[ChatCompletionChunk, None]: ...

    @overload
    def create(
        self, *, messages: Messages, stream: Optional[Literal[False]] = None, **options: Any
    ) -> ChatCompletion: ...

    def create(
        self,
        *,
        messages: Messages,
        model: str = DEFAULT_MODEL,
        frequency_penalty: Optional[float] = None,
        function_call: Any = None,
        functions: Optional[Sequence[Any]] = None,
        logit_bias: Optional[Mapping[str, Optional[int]]] = None,
        logprobs: Optional[bool] = None,
        max_tokens: Optional[int] = None,
        n: Optional[int] = None,
        presence_penalty: Optional[float] = None,
        response_format: Any = None,
        seed: Optional[int] = None,
        stop: Union[str, Sequence[str], None] = None,
        stream: Optional[bool] = None,
        temperature: Optional[float] = None,
        tool_choice: Any = None,
        tools: Optional[Sequence[Any]] = None,
        top_logprobs: Optional[int] = None,
        top_p: Optional[float] = None,
        user: Optional[str] = None,
        extra_headers: Any = None,
        extra_query: Any = None,
        extra_body: Optional[Mapping[str, Any]] = None,
        timeout: Any = None,
        **further: Any,
    ) -> Union[ChatCompletion, Stream[ChatCompletionChunk, None]]:
        """Answer a conversation. Ranges and defaults are those of `sessions.chat`.

        Args:
            messages: with role (system, user, assistant, function_call, tool or function), content and name. The last
                may have `continue`, so that the answer carries it on and is the new text only.
            model: a name of the catalog; every other means this client's model.
            frequency_penalty: -2 to 2.
            function_call: `none`, `auto` or `{"name": ...}`, with functions.
            functions: the old form of tools; answered with one `function_call`.
            logit_bias: token id to -100...100.
            logprobs: True cannot be honoured.
            max_tokens: the answer's length at most, for which the context window must have room. Without it, 200 or
                what there is room for.
            n: how many answers. With a seed the second has seed + 1 and so on.
            presence_penalty: -2 to 2.
            response_format: text, JSON (with a schema, also in OpenAI's `json_schema` form) or a pattern.
            seed: the same seed and conversation give the same answer again.
            stop: up to four texts before which the answer ends.
            stream: return an iterator of `ChatCompletionChunk` instead; leaving it early ends the generation.
            temperature: 0 to 2; 0 takes the likeliest token each time.
            tool_choice: `none`, `auto`, `required` or a named function.
            tools: functions on offer.
            top_logprobs: cannot be honoured.
            top_p: above 0 to 1.
            user: has no effect, like extra_headers, extra_query and timeout: there is no server.
            extra_headers: has no effect.
            extra_query: has no effect.
            extra_body: further settings; they win over the parameters.
            timeout: has no effect.
            further: further settings, which win over `extra_body`: min_p, preset, repetition_penalty, length_penalty,
                top_k, max_completion_tokens, stream_options.

        Raises:
            InvalidInput: a value is not acceptable, unknown, or asks for what a local model cannot do; `field` says
                which.
            ContextOverflow: prompt and answer do not fit the context window; nothing is cut off.
            ModelError: no model is installed, or its file is broken.
        """
        given = request_body(
            {
                "messages": messages,
                "model": model,
                "frequency_penalty": frequency_penalty,
                "function_call": function_call,
                "functions": functions,
                "logit_bias": logit_bias,
                "logprobs": logprobs,
                "max_tokens": max_tokens,
                "n": n,
                "presence_penalty": presence_penalty,
                "response_format": response_format,
                "seed": seed,
                "stop": stop,
                "stream": stream,
                "temperature": temperature,
                "tool_choice": tool_choice,
                "tools": tools,
                "top_logprobs": top_logprobs,
                "top_p": top_p,
                "user": user,
            },
            extra_body,
            further,
        )
        runtime = self._runtime
        asked = asked_chat(given, settings_of(self.api_client))
        if check.flag(given.get("stream"), "stream", False):
            return Stream(runtime, functools.partial(stream_chat_completion, runtime, asked))
        return chat_completion(runtime, asked)


class CompletionsResource(BaseManager):
    """`client.completions`."""

    @overload
    def create(
        self, *, prompt: Union[str, Sequence[str]], stream: Literal[True], **options: Any
    ) -> Stream[Completion, None]: ...

    @overload
    def create(
        self, *, prompt: Union[str, Sequence[str]], stream: Optional[Literal[False]] = None, **options: Any
    ) -> Completion: ...

    def create(
        self,
        *,
        prompt: Union[str, Sequence[str]],
        model: str = DEFAULT_MODEL,
        best_of: Optional[int] = None,
        echo: Optional[bool] = None,
        frequency_penalty: Optional[float] = None,
        logit_bias: Optional[Mapping[str, Optional[int]]] = None,
        logprobs: Optional[int] = None,
        max_tokens: Optional[int] = None,
        n: Optional[int] = None,
        presence_penalty: Optional[float] = None,
        seed: Optional[int] = None,
        stop: Union[str, Sequence[str], None] = None,
        stream: Optional[bool] = None,
        suffix: Optional[str] = None,
        temperature: Optional[float] = None,
        top_p: Optional[float] = None,
        user: Optional[str] = None,
        extra_headers: Any = None,
        extra_query: Any = None,
        extra_body: Optional[Mapping[str, Any]] = None,
        timeout: Any = None,
        **further: Any,
    ) -> Union[Completion, Stream[Completion, None]]:
        """Carry a text on. The model reads it as it is: names of control tokens such as `<|im_start|>` stand for these.

        Args:
            prompt: the text, or several: each gives `n` choices, in their order.
            model: as in `chat.completions.create`, like all that is not explained here.
            best_of: more than 1 cannot be honoured.
            echo: begin each choice with its prompt.
            frequency_penalty: -2 to 2.
            logit_bias: token id to -100...100.
            logprobs: cannot be honoured.
            max_tokens: without it, 200 or what there is room for.
            n: how many choices for each prompt.
            presence_penalty: -2 to 2.
            seed: the same seed and prompt give the same text again.
            stop: up to four texts before which the choice ends.
            stream: return an iterator of `Completion` instead, each with a piece of a choice.
            suffix: cannot be honoured.
            temperature: 0 to 2.
            top_p: above 0 to 1.
            user: has no effect, like extra_headers, extra_query and timeout.
            extra_headers: has no effect.
            extra_query: has no effect.
            extra_body: further settings; they win over the parameters.
            timeout: has no effect.
            further: further settings, which win over `extra_body`.

        Raises:
            InvalidInput: a value is not acceptable, unknown, or asks for what a local model cannot do; `field` says
                which.
            ContextOverflow: prompt and answer do not fit the context window; nothing is cut off.
            ModelError: no model is installed, or its file is broken.
        """
        given = request_body(
            {
                "prompt": prompt,
                "model": model,
                "best_of": best_of,
                "echo": echo,
                "frequency_penalty": frequency_penalty,
                "logit_bias": logit_bias,
                "logprobs": logprobs,
                "max_tokens": max_tokens,
                "n": n,
                "presence_penalty": presence_penalty,
                "seed": seed,
                "stop": stop,
                "stream": stream,
                "suffix": suffix,
                "temperature": temperature,
                "top_p": top_p,
                "user": user,
            },
            extra_body,
            further,
        )
        runtime = self._runtime
        asked = asked_text(given, settings_of(self.api_client))
        if check.flag(given.get("stream"), "stream", False):
            return Stream(runtime, functools.partial(stream_completion, runtime, asked))
        return completion(runtime, asked)


class ChatResource(BaseManager):
    """`client.chat`, which holds nothing but `completions`; talking in a session is `client.sessions.chat`."""

    @functools.cached_property
    def completions(self) -> ChatCompletionsResource:
        """The calls."""
        return ChatCompletionsResource(self.api_client)


class AsyncChatCompletionsResource(AsyncMirror[ChatCompletionsResource]):
    """`ChatCompletionsResource` for asyncio."""

    @overload
    async def create(
        self, *, messages: Messages, stream: Literal[True], **options: Any
    ) -> AsyncStream[ChatCompletionChunk, None]: ...

    @overload
    async def create(
        self, *, messages: Messages, stream: Optional[Literal[False]] = None, **options: Any
    ) -> ChatCompletion: ...

    @functools.wraps(ChatCompletionsResource.create)
    async def create(self, **kwargs: Any) -> Union[ChatCompletion, AsyncStream[ChatCompletionChunk, None]]:
        """By hand, because what the blocking method returns for `stream=True` has a twin of its own."""
        work = functools.partial(cast(Any, ChatCompletionsResource.create), self.blocking, **kwargs)
        answer: Union[ChatCompletion, AsyncStream[ChatCompletionChunk, None]] = await run_chat(
            self.threads, work, streamed=kwargs.get("stream") is True
        )
        return answer


class AsyncCompletionsResource(AsyncMirror[CompletionsResource]):
    """`CompletionsResource` for asyncio."""

    @overload
    async def create(
        self, *, prompt: Union[str, Sequence[str]], stream: Literal[True], **options: Any
    ) -> AsyncStream[Completion, None]: ...

    @overload
    async def create(
        self, *, prompt: Union[str, Sequence[str]], stream: Optional[Literal[False]] = None, **options: Any
    ) -> Completion: ...

    @functools.wraps(CompletionsResource.create)
    async def create(self, **kwargs: Any) -> Union[Completion, AsyncStream[Completion, None]]:
        """By hand, like the other."""
        work = functools.partial(cast(Any, CompletionsResource.create), self.blocking, **kwargs)
        answer: Union[Completion, AsyncStream[Completion, None]] = await run_chat(
            self.threads, work, streamed=kwargs.get("stream") is True
        )
        return answer


class AsyncChatResource(AsyncMirror[ChatResource]):
    """`ChatResource` for asyncio."""

    def __init__(self, blocking: ChatResource, threads: Threads) -> None:
        super().__init__(blocking, threads)
        self.completions = AsyncChatCompletionsResource(blocking.completions, threads)
