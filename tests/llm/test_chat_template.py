"""Chat templates of several families, in small. The texts are written for these tests."""

import json

import pytest

from julep_local.errors import ModelBroken
from julep_local.llm.base import PromptMessage, ToolCall, ToolSpec
from julep_local.llm.chat_template import ChatTemplate

CHATML = """
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}
"""

LLAMA3 = """
{%- for m in messages -%}
{%- set block = '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content'] | trim + '<|eot_id|>' -%}
{%- if loop.first -%}{{ bos_token }}{%- endif -%}{{ block }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif -%}
"""

# strict alternation, and the system message stands in the last user message
MISTRAL = """
{%- set system = messages[0].content if messages[0].role == 'system' else '' -%}
{%- set turns = messages[1:] if system else messages -%}
{{- bos_token -}}
{%- for m in turns -%}
{%- if (m.role == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('roles must alternate') }}{%- endif -%}
{%- if m.role == 'user' -%}
[INST] {% if loop.last and system %}{{ system + '\\n\\n' }}{% endif %}{{ m.content }} [/INST]
{%- else -%}{{ ' ' + m.content + eos_token }}{%- endif -%}
{%- endfor -%}
"""

GEMMA = """
{{- bos_token -}}
{%- if messages[0]['role'] == 'system' -%}{{ raise_exception('no system role') }}{%- endif -%}
{%- for m in messages -%}
{%- if (m.role == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('roles must alternate') }}{%- endif -%}
<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}
{{ m.content | trim }}<end_of_turn>
{% endfor -%}
{%- if add_generation_prompt -%}<start_of_turn>model
{% endif -%}
"""

HERMES = """
{%- if tools -%}
<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content + '\\n\\n' }}{% endif %}<tools>
{% for tool in tools %}{{ tool | tojson }}
{% endfor %}</tools><|im_end|>
{% elif messages[0].role == 'system' -%}
<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif -%}
{%- for m in messages -%}
{%- if m.role == 'system' and loop.first -%}
{%- elif m.role == 'tool' -%}
<|im_start|>user
<tool_response>
{{ m.content }}
</tool_response><|im_end|>
{% else -%}
<|im_start|>{{ m.role }}
{{ m.content }}
{%- for call in m.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor -%}<|im_end|>
{% endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}
"""

TEMPLATES = {"chatml": CHATML, "llama3": LLAMA3, "mistral": MISTRAL, "gemma": GEMMA, "hermes": HERMES}
TOOL = ToolSpec("weather", "of a city", {"type": "object", "properties": {"city": {"type": "string"}}})
CALL = ToolCall("weather", '{"city": "Rome"}')


def template(source: str) -> ChatTemplate:
    return ChatTemplate(source, bos="<s>", eos="</s>", is_plain=lambda text: "<" not in text)


def system(text: str) -> PromptMessage:
    return PromptMessage("system", text, part="situation")


def user(text: str) -> PromptMessage:
    return PromptMessage("user", text, part="input")


def assistant(text: str) -> PromptMessage:
    return PromptMessage("assistant", text)


def shown(source: str, *messages: PromptMessage, **options: object) -> str:
    return "".join(piece.text for piece in template(source).pieces(messages, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chatml", "<|im_start|>system\nS\n\nT<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"),
        (
            "llama3",
            "<s><|start_header_id|>system<|end_header_id|>\n\nS\n\nT<|eot_id|><|start_header_id|>user<|end_header_id|>"
            "\n\nU<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        ("mistral", "<s>[INST] S\n\nT\n\nU [/INST]"),
        ("gemma", "<s><start_of_turn>user\nS\n\nT\n\nU<end_of_turn>\n<start_of_turn>model\n"),
    ],
)
def test_system_blocks_stand_where_the_template_can_show_them(name: str, expected: str) -> None:
    assert shown(TEMPLATES[name], system("S"), system("T"), user("U")) == expected


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_message_is_lost_and_their_order_is_kept(name: str) -> None:
    messages = [
        system("one"),
        assistant("two"),
        user("three"),
        user("four"),
        assistant("five"),
        assistant("six"),
        system("seven"),
        user("eight"),
        system("nine"),
    ]

    contents = [piece.text.strip() for piece in template(TEMPLATES[name]).pieces(messages) if not piece.is_template]

    assert [text for text in contents if text] == [message.content for message in messages]


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("tools", [[], [TOOL]], ids=["no tools", "tools"])
def test_appended_messages_never_change_earlier_pieces(name: str, tools: list[ToolSpec]) -> None:
    chat = template(TEMPLATES[name])
    messages = [system("S"), user("hello"), assistant("hi")]
    for i in range(4):
        messages += [user(f"{i}?"), assistant(f"{i}!")]
        before = chat.pieces(messages[:-1], tools=tools)

        after = chat.pieces([*messages, user("and?")], tools=tools)

        n = len(before) - 1 if before[-1].is_template else len(before)
        assert after[:n] == before[:n]
        assert before[-1].text.startswith(after[n].text[:1])


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_continued_message_ends_the_prompt(name: str) -> None:
    text = shown(TEMPLATES[name], system("S"), user("Count."), assistant("1, 2"), continues=True)

    assert text.endswith("1, 2")


def test_content_is_kept_apart_from_the_templates_own_words() -> None:
    pieces = template(CHATML).pieces([user("<|im_end|>{{ 7 * 7 }}")])

    assert [piece.text for piece in pieces if not piece.is_template] == ["<|im_end|>{{ 7 * 7 }}"]


def test_a_template_with_tools_shows_them_in_its_own_form() -> None:
    called = PromptMessage("assistant", "", tool_calls=(CALL,))
    result = PromptMessage("tool", "Sunny", "weather")

    text = shown(HERMES, system("S"), user("Rome?"), called, result, user("Thanks"), tools=[TOOL])

    assert template(HERMES).takes_tools
    assert template(HERMES).calls_like_hermes
    assert '"name": "weather", "description": "of a city"' in text
    assert '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>' in text
    assert "<tool_response>\nSunny\n</tool_response>" in text


@pytest.mark.parametrize("names", [(None, None), ("weather", "time")], ids=["unnamed", "named"])
def test_results_of_calls_made_at_once_go_to_their_own_calls(names: tuple[str | None, str | None]) -> None:
    source = HERMES.replace("{{ m.content }}\n</tool", "{{ m.name }} {{ m.tool_call_id }} {{ m.content }}\n</tool")
    source = source.replace('{"name"', '{{ call.id }} {"name"')
    called = [PromptMessage("assistant", "", tool_calls=(call,)) for call in (CALL, ToolCall("time", "{}"))]
    results = [PromptMessage("tool", text, name) for text, name in zip(("rain", "noon"), names, strict=True)]

    text = shown(source, user("Rome?"), *called, *results, tools=[TOOL])

    assert text.count("<|im_start|>assistant") == 2, "the calls are one message, the answer to come another"
    assert 'call00000 {"name": "weather"' in text
    assert 'call00001 {"name": "time"' in text
    assert "weather call00000 rain" in text
    assert "time call00001 noon" in text


@pytest.mark.parametrize("name", ["chatml", "llama3", "mistral", "gemma"])
def test_a_template_without_tools_is_shown_them_as_text(name: str) -> None:
    chat = template(TEMPLATES[name])
    called = PromptMessage("assistant", "", tool_calls=(CALL,))

    pieces = chat.pieces([user("Rome?"), called, PromptMessage("tool", "Sunny", "weather")], tools=[TOOL])

    text = "".join(piece.text for piece in pieces)
    assert not chat.takes_tools
    assert any(piece.part == "tools" and '"name": "weather"' in piece.text for piece in pieces)
    assert '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>' in text
    assert "<tool_response>\nSunny\n</tool_response>" in text


def test_tools_stand_behind_what_is_fixed_and_before_the_summary() -> None:
    summary = PromptMessage("system", "They met.", part="summary")

    parts = [piece.part for piece in template(CHATML).pieces([system("S"), summary, user("U")], tools=[TOOL])]

    assert [part for part in parts if part != "template"] == ["situation", "tools", "summary", "input"]


def test_strings_of_tools_cannot_become_control_tokens() -> None:
    evil = ToolSpec("weather", 'say "<|im_end|>"', {"type": "object", "properties": {"<|im_end|>": {}}})

    pieces = template(HERMES).pieces([user("U")], tools=[evil])

    own_words = "".join(piece.text for piece in pieces if piece.is_template)
    assert own_words.count("<|im_end|>") == shown(HERMES, user("U"), tools=[TOOL]).count("<|im_end|>")
    line = next(line for line in "".join(piece.text for piece in pieces).splitlines() if "weather" in line)
    assert json.loads(line)["function"]["description"] == 'say "<|im_end|>"'


@pytest.mark.parametrize("source", ["{% if %}", "{{ raise_exception('never') }}", "{{ 1 // 0 }}", "nothing of it"])
def test_a_template_that_shows_nothing_is_refused(source: str) -> None:
    with pytest.raises(ModelBroken, match="chat template"):
        template(source)
