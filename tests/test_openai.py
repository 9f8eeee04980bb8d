"""`client.chat.completions` and `client.completions`: the OpenAI library's calls, on the local model."""

import asyncio
import inspect
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import BadRequest, Cancelled, ClientClosed, ContextOverflow, InvalidInput, ModelMissing
from julep_local.llm.base import Prompt, ToolCall
from julep_local.llm.catalog import find_chat_model
from julep_local.managers import openai as managers
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import ChatCompletion, ChatCompletionMessage, Completion, InputChatMlMessage

MakeClient = Callable[..., Client]
HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "maxLength": 20}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "clock"}}
ROME = ToolCall("weather", '{"city": "Rome"}')


def model_of(client: Client) -> ScriptedModel:
    model = client._api_client._runtime.chat_model()
    assert isinstance(model, ScriptedModel)
    return model


def sampling_of(client: Client, **given: Any) -> Any:
    client.chat.completions.create(messages=HELLO, **given)
    return model_of(client).samplings[-1]


def shown(client: Client, messages: list[Any], **given: Any) -> list[tuple[str, str]]:
    client.chat.completions.create(messages=messages, **given)
    return [(message.role, message.content) for message in model_of(client).prompts[-1].messages]


def refused(call: Callable[..., Any], field: str, **given: Any) -> str:
    with pytest.raises(InvalidInput) as raised:
        call(**given)
    assert raised.value.field == field
    return raised.value.message


# ---- chat: the result ------------------------------------------------------------------------------------------------


def test_a_chat_is_answered_in_the_openai_librarys_form(make_client: MakeClient) -> None:
    client = make_client(["Hi there."])

    answered = client.chat.completions.create(messages=HELLO)

    assert isinstance(answered, ChatCompletion)
    assert answered.id.startswith("chatcmpl-")
    assert answered.object == "chat.completion"
    assert answered.model == "julep-ai/samantha-1-turbo"
    assert answered.system_fingerprint == "scripted"
    assert abs(answered.created - time.time()) < 60
    (choice,) = answered.choices
    assert (choice.index, choice.finish_reason, choice.logprobs) == (0, "stop", None)
    assert (choice.message.role, choice.message.content) == ("assistant", "Hi there.")
    assert choice.message.tool_calls is None
    assert choice.message.function_call is None
    assert answered.usage is not None
    assert (answered.usage.prompt_tokens, answered.usage.completion_tokens, answered.usage.total_tokens) == (3, 3, 6)


def test_the_json_of_a_result_names_its_kind(client: Client) -> None:
    answered = client.chat.completions.create(messages=HELLO)

    assert json.loads(answered.json())["object"] == "chat.completion"
    assert json.loads(answered.json())["choices"][0]["message"] == {"role": "assistant", "content": "ok"}


def test_a_result_cannot_be_changed(client: Client) -> None:
    answered = client.chat.completions.create(messages=HELLO)

    with pytest.raises(TypeError, match="cannot be changed"):
        answered.model = "another"  # type: ignore[misc]


def test_an_answer_that_is_cut_off_says_so(make_client: MakeClient) -> None:
    answered = make_client(["one two three"]).chat.completions.create(messages=HELLO, max_tokens=2)

    assert answered.choices[0].finish_reason == "length"
    assert answered.choices[0].message.content == "one two"


def test_nothing_is_recorded(client: Client) -> None:
    client.chat.completions.create(messages=HELLO)

    assert client.sessions.list() == []
    assert client.agents.list() == []


def test_several_answers_come_in_order_and_count_the_prompt_once(make_client: MakeClient) -> None:
    client = make_client(["a", "b b", "c"])

    answered = client.chat.completions.create(messages=HELLO, n=3)

    assert [(choice.index, choice.message.content) for choice in answered.choices] == [(0, "a"), (1, "b b"), (2, "c")]
    assert answered.usage is not None
    assert (answered.usage.prompt_tokens, answered.usage.completion_tokens) == (3, 4)


def test_several_answers_have_a_seed_each(client: Client) -> None:
    client.chat.completions.create(messages=HELLO, n=2, seed=2**32 - 1)
    client.chat.completions.create(messages=HELLO, n=2)

    assert [sampling.seed for sampling in model_of(client).samplings] == [2**32 - 1, 0, None, None]


# ---- chat: settings --------------------------------------------------------------------------------------------------


def test_without_settings_the_librarys_defaults_hold(client: Client) -> None:
    agent = client.agents.create(name="Ada")
    session = client.sessions.create(agent_id=agent.id)
    client.sessions.chat(session_id=session.id, messages=HELLO)

    in_a_session = model_of(client).samplings[-1]

    assert sampling_of(client) == in_a_session


def test_named_settings_reach_the_sampler(client: Client) -> None:
    sampling = sampling_of(
        client,
        temperature=0.5,
        top_p=0.9,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        logit_bias={"7": -3},
        max_tokens=9,
        seed=4,
        stop=["x", "y"],
    )

    assert (sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed) == (0.5, 0.9, 9, 4)
    assert (sampling.frequency_penalty, sampling.presence_penalty) == (0.1, 0.2)
    assert sampling.logit_bias == {7: -3}
    assert sampling.stop == ("x", "y")


def test_further_keywords_reach_the_sampler(client: Client) -> None:
    sampling = sampling_of(client, min_p=0.2, repetition_penalty=1.1, length_penalty=0.9, top_k=7)

    assert (sampling.min_p, sampling.repetition_penalty, sampling.length_penalty, sampling.top_k) == (0.2, 1.1, 0.9, 7)


def test_extra_body_wins_over_parameters_and_further_keywords_over_both(client: Client) -> None:
    sampling = sampling_of(client, temperature=1, min_p=0.3, extra_body={"temperature": 0.5, "min_p": 0.2, "top_k": 3})

    assert (sampling.temperature, sampling.min_p, sampling.top_k) == (0.5, 0.3, 3)


def test_an_explicit_setting_wins_over_the_preset(client: Client) -> None:
    sampling = sampling_of(client, preset="creative", temperature=0.3)

    assert (sampling.temperature, sampling.top_k, sampling.repetition_penalty) == (0.3, 10, 1.1)


@pytest.mark.parametrize("top_k", [-1, 0])
def test_top_k_can_be_switched_off(client: Client, top_k: int) -> None:
    assert sampling_of(client, preset="creative", top_k=top_k).top_k == 0


def test_max_completion_tokens_is_max_tokens(client: Client) -> None:
    assert sampling_of(client, max_completion_tokens=7).max_tokens == 7
    refused(sampling_of, "max_completion_tokens", client=client, max_completion_tokens=7, max_tokens=7)


def test_a_json_schema_in_the_openai_form_holds_while_decoding(make_client: Callable[..., Client]) -> None:
    client = make_client(lambda prompt: {"a": 1})
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}

    ours = sampling_of(client, response_format={"type": "json_object", "schema": schema})
    theirs = sampling_of(
        client, response_format={"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": schema}}
    )

    assert theirs.constraint == ours.constraint
    assert theirs.constraint.schema == schema


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"temperature": 3}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"seed": 1.5}, "seed"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"top_k": "many"}, "top_k"),
        ({"preset": "wild"}, "preset"),
        ({"n": 0}, "n"),
        ({"n": True}, "n"),
        ({"stream": "yes"}, "stream"),
        ({"extra_body": "temperature"}, "extra_body"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.schema"),
        ({"stream_options": {"sparkle": True}}, "stream_options.sparkle"),
    ],
)
def test_a_setting_out_of_range_is_refused(client: Client, given: dict[str, Any], field: str) -> None:
    refused(client.chat.completions.create, field, messages=HELLO, **given)


@pytest.mark.parametrize(
    "given",
    [
        {"logprobs": True},
        {"top_logprobs": 2},
        {"best_of": 2},
        {"use_beam_search": True},
        {"stop_token_ids": [2]},
        {"ignore_eos": True},
        {"include_stop_str_in_output": True},
        {"parallel_tool_calls": False},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_cannot_be_honoured_is_refused(client: Client, given: dict[str, Any]) -> None:
    (name,) = given

    assert "cannot be honoured" in refused(client.chat.completions.create, name, messages=HELLO, **given)


def test_what_asks_for_nothing_special_is_accepted(client: Client) -> None:
    client.chat.completions.create(
        messages=HELLO,
        logprobs=False,
        best_of=1,
        use_beam_search=False,
        stop_token_ids=[],
        parallel_tool_calls=True,
        user="me",
        timeout=3,
        extra_headers={"a": "b"},
        extra_query={"c": "d"},
    )


def test_an_unknown_keyword_is_refused(client: Client) -> None:
    refused(client.chat.completions.create, "temprature", messages=HELLO, temprature=1)
    refused(client.chat.completions.create, "echo", messages=HELLO, echo=True)


def test_messages_are_required_and_by_keyword(client: Client) -> None:
    with pytest.raises(TypeError):
        client.chat.completions.create(HELLO)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        client.chat.completions.create()  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        client.completions.create()  # type: ignore[call-overload]


def test_a_strict_client_refuses_models_that_it_does_not_know(make_client: MakeClient) -> None:
    client = make_client(strict_models=True)

    with pytest.raises(BadRequest, match="not in the catalog"):
        client.chat.completions.create(messages=HELLO, model="gpt-4")


def test_a_closed_client_says_so(client: Client) -> None:
    client.close()

    with pytest.raises(ClientClosed):
        client.chat.completions.create(messages=HELLO)


# ---- chat: messages --------------------------------------------------------------------------------------------------


def test_every_role_is_shown_to_the_model(client: Client) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "name": "Ann", "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "there"}]},
        {"role": "assistant", "content": "Hello!"},
        {"role": "function_call", "content": '{"name": "clock", "arguments": "{}"}'},
        {"role": "function", "name": "clock", "content": "noon"},
        {"role": "user", "content": "So?"},
    ]

    assert shown(client, messages) == [
        ("system", "Be brief."),
        ("user", "Hi\nthere"),
        ("assistant", "Hello!"),
        ("assistant", ""),
        ("tool", "noon"),
        ("user", "So?"),
    ]
    assert model_of(client).prompts[-1].messages[3].tool_calls == (ToolCall("clock", "{}"),)
    assert model_of(client).prompts[-1].messages[1].name == "Ann"


def test_messages_may_be_objects(client: Client) -> None:
    messages = [
        InputChatMlMessage(role="user", content="Hi"),
        ChatCompletionMessage(role="assistant", content="Hello!"),
    ]

    assert shown(client, messages) == [("user", "Hi"), ("assistant", "Hello!")]


def test_continue_carries_the_last_message_on(make_client: MakeClient) -> None:
    client = make_client(["and on"])

    answered = client.chat.completions.create(
        messages=[*HELLO, {"role": "assistant", "content": "On ", "continue": True}]
    )

    assert answered.choices[0].message.content == "and on"
    assert model_of(client).prompts[-1].continues


def test_a_thought_may_be_continued_without_content(client: Client) -> None:
    client.chat.completions.create(messages=[*HELLO, {"role": "system", "name": "thought", "continue": True}])

    assert model_of(client).prompts[-1].continues


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "messages"),
        ("Hello", "messages"),
        (["Hello"], "messages[0]"),
        ([{"content": "x"}], "messages[0].role"),
        ([{"role": "robot", "content": "x"}], "messages[0].role"),
        ([{"role": "auto", "content": "x"}], "messages[0].role"),
        ([{"role": "user"}], "messages[0].content"),
        ([*HELLO, {"role": "user", "content": "a\x00b"}], "messages[1].content"),
        ([{"role": "assistant", "content": "x", "continue": True}, *HELLO], "messages[0].continue"),
        ([{"role": "user", "content": "x", "continue": True}], "messages[0].continue"),
        (
            [{"role": "function_call", "content": '{"name": "a", "arguments": "{}"}', "continue": True}],
            "messages[0].continue",
        ),
        ([*HELLO, {"role": "tool", "tool_call_id": "c1", "content": "x"}], "messages[1].tool_call_id"),
    ],
)
def test_messages_that_no_model_can_read_are_refused(client: Client, messages: Any, field: str) -> None:
    refused(client.chat.completions.create, field, messages=messages)


def test_an_image_is_refused_with_a_reason(client: Client) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]

    assert "text only" in refused(client.chat.completions.create, "messages[0].content", messages=messages)


def test_a_prompt_without_room_for_its_answer_overflows_and_nothing_is_generated(make_client: MakeClient) -> None:
    client = make_client(model=ScriptedModel(lambda prompt: "ok", context_tokens=10))

    assert client.chat.completions.create(messages=HELLO, max_tokens=7).choices[0].message.content == "ok"
    with pytest.raises(ContextOverflow) as raised:
        client.chat.completions.create(messages=HELLO, max_tokens=8)
    assert (raised.value.prompt_tokens, raised.value.answer_tokens, raised.value.context_tokens) == (3, 8, 10)
    assert len(model_of(client).prompts) == 1


def test_without_max_tokens_an_answer_takes_what_room_there_is(make_client: MakeClient) -> None:
    client = make_client(model=ScriptedModel(lambda prompt: "word " * 20, context_tokens=10))

    answered = client.chat.completions.create(messages=HELLO)

    assert answered.usage is not None
    assert answered.usage.total_tokens == 10
    with pytest.raises(ContextOverflow):
        client.chat.completions.create(messages=[{"role": "user", "content": "word " * 8}])


# ---- chat: tools -----------------------------------------------------------------------------------------------------


def test_tool_calls_have_the_openai_librarys_form(make_client: MakeClient) -> None:
    client = make_client([[ROME, ToolCall("clock", "{}", id="mine")]])

    answered = client.chat.completions.create(messages=HELLO, tools=[WEATHER, CLOCK])

    (choice,) = answered.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert choice.message.tool_calls is not None
    weather, clock = choice.message.tool_calls
    assert (weather.type, weather.function.name, weather.function.arguments) == ("function", "weather", ROME.arguments)
    assert weather.id.startswith("call_")
    assert clock.id == "mine"
    assert [tool.name for tool in model_of(client).prompts[-1].tools] == ["weather", "clock"]
    assert model_of(client).prompts[-1].tools[1].parameters == {"type": "object", "properties": {}}


def test_an_answer_can_be_sent_back_with_the_results_in_any_order(make_client: MakeClient) -> None:
    client = make_client([[ROME, ToolCall("clock", "{}")], "Sunny at noon."])
    asked = client.chat.completions.create(messages=HELLO, tools=[WEATHER, CLOCK]).choices[0].message
    assert asked.tool_calls is not None
    weather, clock = asked.tool_calls

    answered = client.chat.completions.create(
        messages=[
            *HELLO,
            asked,
            {"role": "tool", "tool_call_id": clock.id, "content": "noon"},
            {"role": "tool", "tool_call_id": weather.id, "content": "sunny"},
            {"role": "user", "content": "And?"},
        ],
        tools=[WEATHER, CLOCK],
    )

    assert answered.choices[0].message.content == "Sunny at noon."
    seen = model_of(client).prompts[-1].messages
    assert [(each.role, each.content, each.name) for each in seen[2:]] == [
        ("tool", "sunny", "weather"),
        ("tool", "noon", "clock"),
        ("user", "And?", None),
    ]
    assert [call.name for call in seen[1].tool_calls] == ["weather", "clock"]


def test_functions_are_answered_with_one_function_call(make_client: MakeClient) -> None:
    client = make_client([ROME])

    answered = client.chat.completions.create(
        messages=HELLO, functions=[WEATHER["function"]], function_call={"name": "weather"}
    )

    (choice,) = answered.choices
    assert choice.finish_reason == "function_call"
    assert choice.message.function_call is not None
    assert (choice.message.function_call.name, choice.message.function_call.arguments) == ("weather", ROME.arguments)
    assert choice.message.tool_calls is None
    assert model_of(client).prompts[-1].tool_choice == ("named", "weather")


def test_a_function_call_can_be_sent_back(client: Client) -> None:
    asked = {"role": "assistant", "content": None, "function_call": {"name": "clock", "arguments": "{}"}}

    shown(client, [*HELLO, asked, {"role": "function", "name": "clock", "content": "noon"}])

    seen = model_of(client).prompts[-1].messages
    assert seen[1].tool_calls == (ToolCall("clock", "{}"),)
    assert (seen[2].role, seen[2].content) == ("tool", "noon")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "auto"),
        ({"tool_choice": "auto"}, "auto"),
        ({"tool_choice": "none"}, "none"),
        ({"tool_choice": "required"}, "required"),
        ({"tool_choice": {"type": "function", "function": {"name": "weather"}}}, ("named", "weather")),
    ],
)
def test_the_tool_choice_reaches_the_model(client: Client, given: dict[str, Any], expected: Any) -> None:
    client.chat.completions.create(messages=HELLO, tools=[WEATHER], **given)

    assert model_of(client).prompts[-1].tool_choice == expected


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": "perhaps"}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "clock"}}}, "tool_choice"),
        ({"tools": [WEATHER], "functions": [WEATHER["function"]]}, "functions"),
        ({"tools": [WEATHER], "function_call": "auto"}, "function_call"),
        ({"functions": [WEATHER["function"]], "tool_choice": "auto"}, "tool_choice"),
        ({"functions": [WEATHER["function"]], "function_call": "perhaps"}, "function_call"),
        ({"functions": [{"description": "nameless"}]}, "functions[0].name"),
        ({"tools": [{"type": "function"}]}, "tools[0]"),
        ({"tools": [{"type": "function", "function": {"name": "a", "strict": True}}]}, "tools[0].function.strict"),
    ],
)
def test_tools_that_cannot_be_offered_are_refused(client: Client, given: dict[str, Any], field: str) -> None:
    refused(client.chat.completions.create, field, messages=HELLO, **given)


# ---- chat: streams ---------------------------------------------------------------------------------------------------


def test_a_stream_gives_the_role_the_text_and_the_end(make_client: MakeClient) -> None:
    client = make_client(["one two"])

    chunks = list(client.chat.completions.create(messages=HELLO, stream=True))

    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert [delta.role for delta in deltas] == ["assistant", None, None, None]
    assert [delta.content for delta in deltas] == ["", "one", " two", None]
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None, None, None, "stop"]
    assert all(chunk.usage is None for chunk in chunks)


def test_a_stream_of_several_answers_says_whose_each_piece_is(make_client: MakeClient) -> None:
    client = make_client(["a a", "b"])

    chunks = list(client.chat.completions.create(messages=HELLO, n=2, stream=True))

    texts = ["", ""]
    for chunk in chunks:
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert texts == ["a a", "b"]


def test_a_stream_brings_its_usage_where_it_was_asked_for(client: Client) -> None:
    chunks = list(client.chat.completions.create(messages=HELLO, stream=True, stream_options={"include_usage": True}))

    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 4


def test_a_stream_brings_tool_calls_whole(make_client: MakeClient) -> None:
    client = make_client([ROME, ROME])

    by_tools = list(client.chat.completions.create(messages=HELLO, tools=[WEATHER], stream=True))
    by_functions = list(client.chat.completions.create(messages=HELLO, functions=[WEATHER["function"]], stream=True))

    (call,) = by_tools[1].choices[0].delta.tool_calls or ()
    assert call.function is not None
    assert (call.index, call.type, call.function.name, call.function.arguments) == (
        0,
        "function",
        "weather",
        ROME.arguments,
    )
    assert by_tools[2].choices[0].finish_reason == "tool_calls"
    called = by_functions[1].choices[0].delta.function_call
    assert called is not None
    assert called.name == "weather"
    assert by_functions[2].choices[0].finish_reason == "function_call"


def test_leaving_a_stream_early_ends_the_generation(make_client: MakeClient) -> None:
    client = make_client(model=SlowModel())

    for chunk in client.chat.completions.create(messages=HELLO, stream=True, max_tokens=3000):
        if chunk.choices[0].delta.content:
            break

    assert model_of(client).n_written < 3000  # type: ignore[attr-defined]
    assert client.chat.completions.create(messages=HELLO, max_tokens=1).choices[0].message.content == "word"


def test_a_stream_left_before_it_began_generates_nothing(client: Client) -> None:
    with client.chat.completions.create(messages=HELLO, stream=True) as stream:
        pass

    with pytest.raises(Cancelled):
        next(stream)
    assert model_of(client).prompts == []


def test_a_wrong_request_is_refused_before_its_stream_is_read(client: Client) -> None:
    refused(client.chat.completions.create, "temperature", messages=HELLO, temperature=9, stream=True)


class SlowModel(ScriptedModel):
    """Writes 3,000 words, one a millisecond, and counts them."""

    def __init__(self) -> None:
        super().__init__(lambda prompt: "word " * 3000)
        self.n_written = 0

    def generate(self, *given: Any, **named: Any) -> Iterator[Any]:
        for piece in super().generate(*given, **named):
            self.n_written += 1
            time.sleep(0.001)
            yield piece


# ---- completions -----------------------------------------------------------------------------------------------------


def test_a_text_is_carried_on_without_a_chat_template(make_client: MakeClient) -> None:
    client = make_client([" upon a time"])

    answered = client.completions.create(prompt="Once")

    assert isinstance(answered, Completion)
    assert answered.id.startswith("cmpl-")
    assert answered.object == "text_completion"
    (choice,) = answered.choices
    assert (choice.index, choice.text, choice.finish_reason, choice.logprobs) == (0, " upon a time", "stop", None)
    assert answered.usage is not None
    assert answered.usage.prompt_tokens == 1
    assert dict(model_of(client).prompts[-1].parts) == {"input": 1}


def test_an_echo_begins_with_the_prompt(make_client: MakeClient) -> None:
    client = make_client([" upon", " more"])

    answered = client.completions.create(prompt="Once", echo=True)
    streamed = client.completions.create(prompt="Once", echo=True, stream=True)

    assert answered.choices[0].text == "Once upon"
    assert "".join(piece.choices[0].text for piece in streamed) == "Once more"


def test_several_prompts_give_their_choices_in_order(make_client: MakeClient) -> None:
    def last_word(prompt: Prompt) -> str:
        return f" {prompt.messages[-1].content}!"

    answered = make_client(last_word).completions.create(prompt=["a", "b c"], n=2)

    assert [(choice.index, choice.text) for choice in answered.choices] == [
        (0, " a!"),
        (1, " a!"),
        (2, " b c!"),
        (3, " b c!"),
    ]
    assert answered.usage is not None
    assert answered.usage.prompt_tokens == 3


def test_a_completion_takes_the_settings_of_a_chat(client: Client) -> None:
    client.completions.create(prompt="Once", temperature=0.5, min_p=0.2, extra_body={"top_k": 4}, preset="fun")

    sampling = model_of(client).samplings[-1]
    assert (sampling.temperature, sampling.min_p, sampling.top_k, sampling.repetition_penalty) == (0.5, 0.2, 4, 1.05)


def test_a_completion_streams_its_pieces(make_client: MakeClient) -> None:
    client = make_client(["one two"])

    pieces = list(client.completions.create(prompt="Once", stream=True, stream_options={"include_usage": True}))

    assert [choice.text for piece in pieces for choice in piece.choices] == ["one", " two", ""]
    assert [choice.finish_reason for piece in pieces for choice in piece.choices] == [None, None, "stop"]
    assert pieces[-1].usage is not None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": ["a", ""]}, "prompt[1]"),
        ({"prompt": [1, 2]}, "prompt[0]"),
        ({"prompt": "a", "logprobs": 0}, "logprobs"),
        ({"prompt": "a", "best_of": 3}, "best_of"),
        ({"prompt": "a", "suffix": "z"}, "suffix"),
        ({"prompt": "a", "echo": 1}, "echo"),
        ({"prompt": "a", "tools": []}, "tools"),
        ({"prompt": "a", "temperature": -1}, "temperature"),
    ],
)
def test_a_completion_that_cannot_be_honoured_is_refused(client: Client, given: dict[str, Any], field: str) -> None:
    refused(client.completions.create, field, **given)


def test_a_text_without_room_for_its_answer_overflows(make_client: MakeClient) -> None:
    client = make_client(model=ScriptedModel(lambda prompt: "ok", context_tokens=10))

    with pytest.raises(ContextOverflow):
        client.completions.create(prompt=["a", "b " * 6], max_tokens=5)
    assert model_of(client).prompts == []


# ---- asyncio ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ChatCompletionsResource", "CompletionsResource"])
def test_the_twin_has_the_signature_of_the_blocking_method(name: str) -> None:
    blocking, twin = getattr(managers, name), getattr(managers, "Async" + name)

    assert inspect.unwrap(vars(twin)["create"]) is vars(blocking)["create"]
    assert inspect.iscoroutinefunction(twin.create)
    assert inspect.signature(twin.create) == inspect.signature(blocking.create)


def test_the_async_client_answers_and_streams() -> None:
    async def talk() -> tuple[Any, ...]:
        model = ScriptedModel(["Hi.", "one two", " upon", " more"])
        async with AsyncClient(path=":memory:", model=model, embedder=HashEmbedder()) as client:
            answered = await client.chat.completions.create(messages=HELLO)
            stream = await client.chat.completions.create(messages=HELLO, stream=True)
            streamed = [chunk.choices[0].delta.content async for chunk in stream]
            completed = await client.completions.create(prompt="Once", echo=True)
            pieces = [piece.choices[0].text async for piece in await client.completions.create(prompt="x", stream=True)]
        return answered.choices[0].message.content, streamed, completed.choices[0].text, pieces

    assert asyncio.run(talk()) == ("Hi.", ["", "one", " two", None], "Once upon", [" more", ""])


def test_leaving_an_async_stream_ends_the_generation() -> None:
    async def talk() -> int:
        model = SlowModel()
        async with AsyncClient(path=":memory:", model=model, embedder=HashEmbedder()) as client:
            stream = await client.chat.completions.create(messages=HELLO, stream=True, max_tokens=3000)
            await anext(stream)  # type: ignore[call-overload]  # an iterator by its `__anext__`
            await stream.close()
            n_written = model.n_written
            await client.chat.completions.create(messages=HELLO, max_tokens=1)
        return n_written

    assert asyncio.run(talk()) < 3000


def test_cancelling_the_awaiting_task_ends_the_generation() -> None:
    async def talk() -> int:
        model = SlowModel()
        async with AsyncClient(path=":memory:", model=model, embedder=HashEmbedder()) as client:
            call = asyncio.create_task(client.chat.completions.create(messages=HELLO, max_tokens=3000))
            while not model.n_written:
                await asyncio.sleep(0.001)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        return model.n_written

    assert asyncio.run(talk()) < 3000


# ---- the module ------------------------------------------------------------------------------------------------------


def test_importing_the_library_does_not_import_this_part() -> None:
    script = (
        "import sys, julep_local; from julep_local import *\n"
        "late = [name for name in sys.modules if name.startswith('julep_local.') and name.endswith('openai')]\n"
        "assert not late, late"
    )

    subprocess.run([sys.executable, "-c", script], check=True)


# ---- on the real SmolLM2 ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Iterator[Client]:
    pytest.importorskip("llama_cpp")
    try:
        path = find_chat_model(None)[1]
    except ModelMissing as error:
        pytest.skip(str(error))
    client = Client(path=":memory:", model=str(path), embedder=HashEmbedder())
    yield client
    client.close()


def test_a_real_model_carries_a_text_on(real: Client) -> None:
    answered = real.completions.create(prompt="The capital of France is", temperature=0, max_tokens=4, echo=True)

    assert answered.choices[0].text.startswith("The capital of France is Paris")


def test_a_raw_prompt_may_hold_control_tokens(real: Client) -> None:
    """The template written by hand is the same prompt as the messages, token for token."""
    model = real._api_client._runtime.chat_model()
    by_hand = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]

    text = real.completions.create(prompt=by_hand, temperature=0, max_tokens=12)
    chat = real.chat.completions.create(messages=messages, temperature=0, max_tokens=12)

    assert text.choices[0].text == chat.choices[0].message.content
    assert text.usage == chat.usage
    prompt = model.text_prompt(by_hand)
    assert dict(prompt.parts) == {"input": len(prompt.tokens)}


def test_a_real_stream_is_the_answer(real: Client) -> None:
    asked = {"messages": HELLO, "temperature": 0, "max_tokens": 12}

    whole = real.chat.completions.create(**asked)
    streamed = real.chat.completions.create(**asked, stream=True)

    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == whole.choices[0].message.content


def test_a_real_model_must_call_the_tool_that_is_demanded(real: Client) -> None:
    answered = real.chat.completions.create(
        messages=[{"role": "user", "content": "What is the weather in Rome?"}],
        tools=[{**WEATHER, "function": {**WEATHER["function"], "strict": True}}],  # type: ignore[dict-item]
        tool_choice={"type": "function", "function": {"name": "weather"}},
        temperature=0,
        max_tokens=60,
    )

    (call,) = answered.choices[0].message.tool_calls or ()
    assert call.function.name == "weather"
    assert isinstance(json.loads(call.function.arguments)["city"], str)


def test_a_real_stream_left_early_frees_the_model(real: Client) -> None:
    with real.chat.completions.create(messages=HELLO, stream=True, max_tokens=2000, temperature=0) as stream:
        next(stream)

    answered = real.chat.completions.create(messages=HELLO, max_tokens=1)

    assert answered.choices[0].finish_reason == "length"
