"""Templates render as the SDK's documentation and Hugging Face promise, and can neither escape nor run away."""

import subprocess
import sys
import time
from typing import Any

import jinja2
import jinja2.sandbox
import pytest

from julep_local.errors import InvalidInput
from julep_local.sandbox import MOST_SOURCE, compile_template


def rendered(source: str, /, *, chat: bool = False, **variables: Any) -> str:
    return compile_template(source, what="situation", chat=chat).render(variables)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("Hello {{ user.name }}", "Hello Ada", id="a variable"),
        pytest.param("<b>{{ '<&>' }}</b>", "<b><&></b>", id="nothing is escaped"),
        pytest.param("a{{ nope }}b", "ab", id="undefined is empty"),
        pytest.param("{% if true %}\n  yes\n{% endif %}\nend", "  yes\nend", id="blocks leave no blank lines"),
        pytest.param("  {% if true %}x{% endif %}\n", "x", id="no white space before a block, no newline at the end"),
        pytest.param("{% for x in nope %}{{ x }}{% else %}none{% endfor %}", "none", id="a loop over nothing"),
        pytest.param(
            "{% for x in 'ab' %}{{ loop.index }}/{{ loop.length }} {% endfor %}", "1/2 2/2 ", id="loop counters"
        ),
        pytest.param("{{ 'a' ~ 1 ~ 'b' + 'c' }} {{ '%03d' % 7 }} {{ 2 ** 3 * 2 }}", "a1bc 007 16", id="operators"),
        pytest.param("{{ arrow.get('2020-02-03').format('YYYY') }}", "2020", id="dates with arrow"),
        pytest.param("{{ user.about }}", "{{ 7 * 7 }}", id="markup in a value is not rendered again"),
        pytest.param("{{ user['items'] }}", "3", id="a key that is also a method of dict"),
    ],
)
def test_a_session_template_renders_as_documented(source: str, text: str) -> None:
    assert rendered(source, user={"name": "Ada", "about": "{{ 7 * 7 }}", "items": 3}) == text


def test_variables_are_taken_as_a_mapping_or_as_keywords() -> None:
    template = compile_template("{{ a }}{{ b }}", what="situation")

    assert template.render({"a": 1}, b=2) == "12"
    assert template.render(a=1) == "1"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("a\n\n{% if %}", "not a jinja2 template in line 3", id="syntax"),
        pytest.param("{{ x|sparkle }}", "No filter named 'sparkle'", id="unknown filter"),
        pytest.param("one\n{{ nope.name }}", "line 2: 'nope' is undefined", id="attribute of an undefined variable"),
        pytest.param("one\n{{ 1 / 0 }}", "line 2: ZeroDivisionError", id="any error inside"),
        pytest.param("{% include 'other' %}", "no loader", id="no other templates"),
        pytest.param("x" * (MOST_SOURCE + 1), "at most 65,536", id="too long"),
        pytest.param("{{ ''.__class__ }}", "forbids '__class__'", id="private attributes"),
        pytest.param("{{ values.append(1) }}", "forbids 'append'", id="changing what it was given"),
        pytest.param("{{ arrow.arrow.sys.modules['os'].getcwd() }}", "forbids 'arrow' of a module", id="modules"),
        pytest.param("{{ values|attr('__class__') }}", "forbids", id="private attributes by filter"),
        pytest.param("{{ lipsum(100000) }}", "'lipsum' is undefined", id="no lipsum"),
        pytest.param("{{ " + "(" * 4_900 + "1" + ")" * 4_900 + " }}", "RecursionError", id="too deep to parse"),
        pytest.param("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError", id="endless macro"),
    ],
)
def test_a_bad_template_is_an_invalid_input_that_names_the_field(source: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rendered(source, values=[])

    assert caught.value.field == "situation"
    assert caught.value.status_code == 422
    assert said in str(caught.value)


DOUBLING = "{% set n = namespace(x='12345678') %}{% for i in range(60) %}{% set n.x = STEP %}{% endfor %}{{ n.x }}"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ 'A' * 10**10 }}", id="a long product"),
        pytest.param("{{ [0] * 10**10 }}", id="a long list"),
        pytest.param("{{ 9**(9**9) }}", id="a huge power"),
        pytest.param(
            "{% set n = namespace(x=3) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}", id="squares"
        ),
        pytest.param("{{ '%2000000000d' % 1 }}", id="a wide format"),
        pytest.param("{{ '%*d' % (2000000000, 1) }}", id="a width given as an argument"),
        pytest.param("{{ range(10**9) }}", id="a long range"),
        pytest.param("{% for i in range(99999) %}{{ 'abcdefghijklmnopqrst' }}{% endfor %}", id="a long output"),
        pytest.param(DOUBLING.replace("STEP", "n.x + n.x"), id="doubling with plus"),
        pytest.param(DOUBLING.replace("STEP", "n.x ~ n.x"), id="doubling with tilde"),
        pytest.param(
            DOUBLING.replace("{% set n.x = STEP %}", "{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}"),
            id="doubling in a block",
        ),
    ],
)
def test_a_template_that_would_fill_the_memory_is_stopped_at_once(source: str) -> None:
    start = time.perf_counter()

    with pytest.raises(InvalidInput):
        rendered(source)

    assert time.perf_counter() - start < 10  # some 0.1 s on idle cores


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{% set r = range(99999) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}", id="loops"),
        pytest.param(
            "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(60) }}", id="macros"
        ),
    ],
)
def test_a_template_that_never_ends_is_stopped_after_as_many_steps_each_time(source: str) -> None:
    with pytest.raises(InvalidInput, match="more than 400,000 steps"):
        rendered(source)


def test_a_template_whose_steps_are_slow_is_stopped_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("julep_local.sandbox.budget.MOST_SECONDS", 0.01)

    with pytest.raises(InvalidInput, match=r"more than 0\.01 s"):
        rendered("{% set l = range(20000)|list %}{% for i in l %}{{ '' if -1 in l }}{% endfor %}")


def test_a_stopped_template_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("julep_local.sandbox.budget.MOST_STEPS", 1)
    with pytest.raises(InvalidInput):
        rendered("{% for i in range(300) %}{{ i }}{% endfor %}")
    monkeypatch.undo()

    assert rendered("{% for i in range(300) %}{{ i % 10 }}{% endfor %}") == "0123456789" * 30


def test_a_template_with_a_thousand_messages_stays_within_its_budget() -> None:
    messages = [{"role": "user", "content": f"Message {i}. " * 5} for i in range(1000)]
    source = (
        "{% for m in messages %}{% if m['role'] == 'user' and m['content'] is string %}"
        "{{ '<|im_start|>' + m['role'] + '\\n' + m['content']|trim + '<|im_end|>' }}{% endif %}{% endfor %}"
    )

    assert len(rendered(source, chat=True, messages=messages)) > 70_000


CHAT_TEMPLATE = """
{%- for message in messages %}
    {%- if message.role == 'stop' %}{% break %}{% endif %}
    {%- if message.role == 'skip' %}{% continue %}{% endif %}
    {{- '<|' ~ message.role ~ '|>' + message.content|trim + '\\n' }}
{%- endfor %}
{%- generation %}<|assistant|>{% endgeneration %}"""


def test_a_chat_template_may_leave_loops_and_mark_generations() -> None:
    messages = [{"role": role, "content": f" {role}! "} for role in ("user", "skip", "tool", "stop", "user")]

    assert rendered(CHAT_TEMPLATE, chat=True, messages=messages) == "<|user|>user!\n<|tool|>tool!\n<|assistant|>"


def test_a_chat_template_writes_json_as_the_model_was_trained_on() -> None:
    schema = {"b": "<é> & 'x'", "a": [1]}

    assert rendered("{{ s|tojson }}", chat=True, s=schema) == """{"b": "<é> & 'x'", "a": [1]}"""
    assert rendered("{{ s|tojson(indent=2) }}", chat=True, s={"a": 1}) == '{\n  "a": 1\n}'


def test_a_chat_template_can_refuse_its_input_and_ask_for_the_date() -> None:
    assert rendered("{{ strftime_now('%Y')|int > 2000 }}", chat=True) == "True"

    with pytest.raises(InvalidInput, match="messages: the template refuses this input: roles must alternate"):
        compile_template("{{ raise_exception('roles must alternate') }}", what="messages", chat=True).render()


def test_the_sandbox_imports_jinja2_and_arrow_only_when_they_are_needed() -> None:
    code = """
import sys
from julep_local.sandbox import compile_template
assert "jinja2" not in sys.modules
compile_template("{{ a }}", what="x").render()
assert "jinja2" in sys.modules and "arrow" not in sys.modules
compile_template("{{ arrow.utcnow().year }}", what="x").render()
assert "arrow" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    "source",
    [
        "{{ foo ~ 'x' }}",
        "{{ d.type | upper }}",
        "{{ [foo, 'a'] | join('-') }}",
        "{% if d.name == foo.name %}same{% endif %}",
        "{{ 'a' in foo }}",
        "{{ d.x in ['a', foo] }}",
        "{% macro show(x) %}{{ x.a }}{% endmacro %}{{ show({'a': foo}) }}",
        "{{ (foo | default('none')) ~ (d.type | string | trim | lower) }}",
    ],
)
def test_what_is_not_defined_is_as_empty_as_in_jinja2(source: str) -> None:
    variables: dict[str, Any] = {"d": {}}
    try:
        expected = jinja2.sandbox.ImmutableSandboxedEnvironment().from_string(source).render(**variables)
    except jinja2.UndefinedError:
        with pytest.raises(InvalidInput):
            compile_template(source, what="situation").render(variables)
    else:
        assert compile_template(source, what="situation").render(variables) == expected
