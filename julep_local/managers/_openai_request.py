"""What a caller says in `chat.completions.create` and `completions.create`, checked.

The body of the call: its parameters, over them `extra_body`, over that every further keyword. It knows no model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pydantic

from julep_local import chat_settings, check
from julep_local.api._chat_request import asked_tool_choice, checked_message, offered_tools, some_messages
from julep_local.api._tools import checked_function
from julep_local.api.agents import checked_model
from julep_local.chat import settled_tool_choice, tool_spec
from julep_local.completion import AskedChat, AskedText
from julep_local.errors import InvalidInput
from julep_local.llm.base import PromptMessage, ToolCall, ToolChoice, ToolSpec
from julep_local.prompt import layout
from julep_local.settings import Settings
from julep_local.types import ChatCompletionMessageToolCall, FunctionCall, FunctionCallOption

Body = Mapping[str, Any]

MOST_ANSWERS = 128

_SAMPLING = {*chat_settings.RANGES, "logit_bias", "max_tokens", "preset", "response_format", "seed", "stop", "top_k"}
_COMMON = {*_SAMPLING, "max_completion_tokens", "model", "n", "stream", "stream_options", "user"}
_CHAT = {*_COMMON, "messages", "tools", "tool_choice", "functions", "function_call"}
_TEXT = {*_COMMON, "prompt", "echo"}

_NOT_HONOURED: Mapping[str, tuple[Any, str]] = {
    "logprobs": (False, "a local model's log probabilities are not kept"),
    "top_logprobs": (0, "a local model's log probabilities are not kept"),
    "best_of": (1, "answers are not ranked: ask for several with n"),
    "use_beam_search": (False, "there is no beam search: temperature 0 takes the likeliest token each time"),
    "suffix": ("", "a text can be carried on, not filled in before a suffix"),
    "stop_token_ids": ([], "give stop texts instead"),
    "ignore_eos": (False, "an answer ends where the model ends it"),
    "skip_special_tokens": (True, "control tokens are never part of an answer"),
    "spaces_between_special_tokens": (True, "control tokens are never part of an answer"),
    "include_stop_str_in_output": (False, "an answer ends before its stop text"),
    "parallel_tool_calls": (True, "the model decides how many tools it calls at once"),
}
"""What cannot be had: the value that does not ask for it, and why."""


def request_body(parameters: Mapping[str, Any], extra_body: Any, further: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given of a call.

    Raises:
        InvalidInput: `extra_body` is no dict.
    """
    if check.given(extra_body) and not isinstance(extra_body, Mapping):
        raise InvalidInput(f"must be a dict, not {type(extra_body).__name__}", field="extra_body")
    merged = {**parameters, **check.or_default(extra_body, {}), **further}
    return {name: value for name, value in merged.items() if check.given(value)}


def asked_chat(body: Body, settings: Settings) -> AskedChat:
    """Return a call of `chat.completions`.

    Raises:
        InvalidInput: a value is not acceptable or cannot be honoured; `field` says which.
        BadRequest: the client insists on models of the catalog, and this is none.
    """
    _check_names(body, _CHAT)
    messages = [_as_dict(each, f"messages[{i}]") for i, each in enumerate(some_messages(body.get("messages")))]
    tools = _tools(body)
    choice = settled_tool_choice(_tool_choice(body), tools)
    _check_strict(body, forced=choice not in ("none", "auto"))
    return AskedChat(
        **_common(body, settings),
        messages=_messages(messages),
        continues=bool(messages[-1].get("continue")),
        tools=tools,
        tool_choice=choice,
        by_function_call="functions" in body,
    )


def asked_text(body: Body, settings: Settings) -> AskedText:
    """Return a call of `completions`.

    Raises:
        InvalidInput: a value is not acceptable or cannot be honoured; `field` says which.
        BadRequest: the client insists on models of the catalog, and this is none.
    """
    _check_names(body, _TEXT)
    return AskedText(
        **_common(body, settings),
        texts=_texts(body.get("prompt")),
        echo=check.flag(body.get("echo"), "echo", False),
    )


def _check_names(body: Body, known: set[str]) -> None:
    for name, value in body.items():
        if name in _NOT_HONOURED:
            nothing, reason = _NOT_HONOURED[name]
            if type(value) is not type(nothing) or value != nothing:
                raise InvalidInput(f"{value!r} cannot be honoured: {reason}", field=name)
        elif name not in known:
            raise InvalidInput("is no setting of this call: leave it out", field=name)


def _common(body: Body, settings: Settings) -> dict[str, Any]:
    given = {name: body[name] for name in _SAMPLING & body.keys()}
    if "max_completion_tokens" in body:
        if "max_tokens" in given:
            raise InvalidInput("is another name of max_tokens: give one of them", field="max_completion_tokens")
        given["max_tokens"] = body["max_completion_tokens"]
    if "response_format" in given:
        given["response_format"] = _response_format(given["response_format"])
    request = chat_settings.request_settings(given)
    return {
        "model": checked_model(settings, body.get("model")),
        "sampling": chat_settings.sampling(request, {}, seed=settings.stamps.seed),
        "n": chat_settings.whole(body.get("n", 1), "n", 1, MOST_ANSWERS),
        "least_answer_tokens": request.get("max_tokens", 1),
        "streams_usage": _streams_usage(body.get("stream_options")),
    }


def _streams_usage(options: Any) -> bool:
    given = _as_dict(check.or_default(options, {}), "stream_options")
    for name in given.keys() - {"include_usage"}:
        raise InvalidInput("is no option of a stream: leave it out", field=f"stream_options.{name}")
    return check.flag(given.get("include_usage"), "stream_options.include_usage", False)


def _response_format(value: Any) -> Any:
    """Return OpenAI's `json_schema` form in ours, every other as it is."""
    if not isinstance(value, Mapping) or value.get("type") != "json_schema":
        return value
    named = _as_dict(value.get("json_schema"), "response_format.json_schema")
    if not isinstance(named.get("schema"), Mapping):
        raise InvalidInput("must be a JSON schema, a dict", field="response_format.json_schema.schema")
    return {"type": "json_object", "schema": named["schema"]}


def _texts(prompt: Any) -> list[str]:
    """Return the prompts, one or several."""
    if isinstance(prompt, str):
        return [_some_text(prompt, "prompt")]
    if not check.given(prompt):
        raise InvalidInput("is missing", field="prompt")
    texts = check.listed(prompt, "prompt")
    if not texts:
        raise InvalidInput("is empty: give at least one text", field="prompt")
    return [_some_text(text, f"prompt[{i}]") for i, text in enumerate(texts)]


def _some_text(value: Any, field: str) -> str:
    text = check.text(value, field)
    if not text:
        raise InvalidInput("is empty: there is nothing to carry on", field=field)
    return text


# -- messages


def _messages(listed: Sequence[Mapping[str, Any]]) -> list[PromptMessage]:
    """Return the messages as the model is to see them; results of tools in the order of the calls."""
    shown: list[tuple[tuple[int, int], PromptMessage]] = []
    begins, calls, n_results = 0, tuple[ToolCall, ...](), 0
    for i, each in enumerate(listed):
        message = _message(each, i, last=i == len(listed) - 1)
        if message.role != "tool":
            begins, calls, n_results = i, message.tool_calls, 0
            shown.append(((i, -1), message))
            continue
        place = n_results
        if check.given(each.get("tool_call_id")):
            place = _place(each["tool_call_id"], calls, f"messages[{i}].tool_call_id")
            message = replace(message, name=calls[place].name)
        shown.append(((begins, place), message))
        n_results += 1
    # chat templates know no ids: they match results and calls by their order
    return [message for _, message in sorted(shown, key=lambda each: each[0])]


def _place(call_id: Any, calls: Sequence[ToolCall], field: str) -> int:
    for place, call in enumerate(calls):
        if call.id == call_id:
            return place
    known = ", ".join(call.id for call in calls) or "none"
    raise InvalidInput(f"{call_id!r} is no call of the assistant's message before it; these are: {known}", field=field)


_ROLES = ("system", "user", "assistant", "function_call", "function", "tool")


def _message(given: Mapping[str, Any], i: int, *, last: bool) -> PromptMessage:
    field = f"messages[{i}]"
    role = check.choice(given.get("role") or "", _ROLES, f"{field}.role", "")
    calls = _calls(given, field) if role == "assistant" else ()
    content = given.get("content")
    wanted = {
        "role": "function" if role == "tool" else role,
        "content": "" if content is None and calls else content,
        "name": given.get("name"),
        "continue": given.get("continue"),
    }
    checked = checked_message(wanted, i, last=last)
    shown = layout.message(checked.role.value, checked.content, checked.name, "input")
    shown = replace(shown, tool_calls=calls) if calls else shown
    if checked.continue_ and shown.tool_calls:
        raise InvalidInput("a whole call cannot be carried on", field=f"{field}.continue")
    return shown


def _calls(given: Mapping[str, Any], field: str) -> tuple[ToolCall, ...]:
    """Return what a message of the assistant asked for."""
    if check.given(given.get("function_call")):
        return (_call(check.record(FunctionCall, given["function_call"], f"{field}.function_call"), field),)
    listed = check.listed(check.or_default(given.get("tool_calls"), []), f"{field}.tool_calls")
    calls = [
        check.record(ChatCompletionMessageToolCall, each, f"{field}.tool_calls[{i}]") for i, each in enumerate(listed)
    ]
    return tuple(_call(call.function, f"{field}.tool_calls[{i}]", call.id) for i, call in enumerate(calls))


def _call(function: FunctionCall, field: str, call_id: str = "") -> ToolCall:
    name = check.text(function.name, f"{field}.name")
    return ToolCall(name, check.text(function.arguments, f"{field}.arguments"), call_id)


# -- tools


def _tools(body: Body) -> list[ToolSpec]:
    if "functions" not in body:
        return offered_tools([_complete_tool(tool) for tool in check.listed(body.get("tools", []), "tools")])
    if "tools" in body:
        raise InvalidInput("is the old name of tools: give one of them", field="functions")
    functions = enumerate(check.listed(body["functions"], "functions"))
    checked = [checked_function(_complete(each), f"functions[{i}]") for i, each in functions]
    return [tool_spec(each.name, each.description, each.parameters) for each in checked]


def _complete_tool(tool: Any) -> Any:
    return (
        {**tool, "function": _complete(tool["function"])} if isinstance(tool, Mapping) and "function" in tool else tool
    )


def _complete(function: Any) -> Any:
    """Return the function with its parameters, which may be left out where it takes none."""
    if isinstance(function, Mapping) and not check.given(function.get("parameters")):
        return {**function, "parameters": {"type": "object", "properties": {}}}
    return function


def _check_strict(body: Body, *, forced: bool) -> None:
    for i, tool in enumerate(body.get("tools", ())):
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if not forced and isinstance(function, Mapping) and function.get("strict"):
            raise InvalidInput(
                "arguments are held to their schema only where tool_choice demands a call: leave strict out, "
                "or set tool_choice to required or to this function",
                field=f"tools[{i}].function.strict",
            )


def _tool_choice(body: Body) -> ToolChoice | None:
    if "functions" not in body:
        if "function_call" in body:
            raise InvalidInput("belongs to functions, and there are none", field="function_call")
        return asked_tool_choice(body.get("tool_choice"))
    if "tool_choice" in body:
        raise InvalidInput("belongs to tools; functions come with function_call", field="tool_choice")
    value = body.get("function_call")
    if value is None or value == "none" or value == "auto":
        choice: ToolChoice | None = value
        return choice
    return ("named", check.record(FunctionCallOption, value, "function_call").name)


def _as_dict(value: Any, field: str) -> Mapping[str, Any]:
    if isinstance(value, pydantic.BaseModel):
        value = value.model_dump(mode="json", by_alias=True)
    if not isinstance(value, Mapping):
        raise InvalidInput(f"must be a dict, not {type(value).__name__}", field=field)
    return value
