"""Answers that have to have a form, on the real SmolLM2: what ends with `stop` has it, and what cannot be held to is
refused before a token is generated.
"""

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from julep_local import ChatResponse, Client
from julep_local.errors import InvalidInput
from julep_local.llm import answer as answering
from julep_local.llm.base import Constraint
from julep_local.llm.constrain import Matcher, grammar_of
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.sampler import Sampler
from julep_local.testing import HashEmbedder
from tests.talk import answer, new_session, say, stored

AT_ONCE_S = 4.0
"""Within so many seconds a form is refused. Most take 0.05, the largest 1; the rest is for a machine that is busy."""


@pytest.fixture
def client(tmp_path: Path, model: LlamaCppModel) -> Iterator[Client]:
    with Client(path=tmp_path / "julep.db", model=model, embedder=HashEmbedder()) as client:
        yield client


def chat(client: Client, response_format: Any, **settings: Any) -> ChatResponse:
    settings = {"max_tokens": 40, "remember": False, "record": False, **settings}
    response = client.sessions.chat(
        session_id=new_session(client),
        messages=say("Describe a fish as data."),
        response_format=response_format,
        **settings,
    )
    assert isinstance(response, ChatResponse)
    return response


def of_schema(schema: Any) -> dict[str, Any]:
    return {"type": "json_object", "schema": schema}


def of_pattern(pattern: Any) -> dict[str, Any]:
    return {"type": "regex", "pattern": pattern}


def complaints(schema: Any, text: str) -> list[str]:
    """Return what is wrong with a text, as the reference implementation of JSON Schema sees it."""
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    return [error.message for error in kind(schema).iter_errors(json.loads(text))]


def a_object(properties: Any, **more: Any) -> dict[str, Any]:
    """Return a schema of an object that must have all of these and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}
BOUNDED = {
    "nested": a_object({"at": a_object({"x": DIGIT, "deep": a_object({"y": {"type": "boolean"}})})}),
    "recursive": {
        "$defs": {"node": a_object({"v": DIGIT, "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]}})},
        "$ref": "#/$defs/node",
    },
    "enum": {"enum": ['say "hi"', "back\\slash", "new\nline", "ü", 1, 1.5, None, True, [1, "a"], {"a": "b"}]},
    "const": {"const": {"a": [1, 'x"y']}},
    "anyOf": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "array", "items": DIGIT, "maxItems": 3}]},
    "oneOf": {"oneOf": [a_object({"k": {"const": "x"}, "v": DIGIT}), a_object({"k": {"const": "y"}})]},
    "allOf": {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 5}]},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"},
    "pattern and length": {"type": "string", "pattern": "^[ab]+$", "minLength": 3, "maxLength": 5},
    "lengths": {"type": "string", "minLength": 2, "maxLength": 4},
    "bounds": {"type": "integer", "exclusiveMinimum": -12, "maximum": 34},
    "steps": {"type": "integer", "multipleOf": 7, "minimum": 10, "maximum": 60},
    "array": {"type": "array", "items": {"enum": ["cod", "eel"]}, "minItems": 2, "maxItems": 3},
    "tuple": {"type": "array", "prefixItems": [DIGIT, {"type": "null"}], "items": False, "minItems": 2},
    "unicode": a_object({"größe": DIGIT, "魚": {"const": "鯉"}, 'a "b"': {"type": "boolean"}, "": {"type": "null"}}),
    "optional": {**a_object({"a": DIGIT, "b": DIGIT, "c": DIGIT}), "required": ["b"]},
    "types": {"type": ["integer", "null"], "minimum": 0, "maximum": 99},
    "date": {"type": "string", "format": "date"},
    "draft 7": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {"n": DIGIT},
        "type": "array",
        "items": [{"$ref": "#/definitions/n"}, {"type": "boolean"}],
        "additionalItems": False,
        "minItems": 2,
    },
    "names like keywords": a_object({"not": DIGIT, "minProperties": {"type": "null"}, "$ref": {"type": "boolean"}}),
}
"""Schemas whose answers are short whatever is drawn."""
OPEN = {
    "no schema": None,
    "anything": {"description": "is no condition"},
    "open object": {"type": "object", "properties": {"a": DIGIT}, "required": ["a", "b"]},
    "others": {
        "type": "object",
        "properties": {"é": DIGIT},
        "additionalProperties": {"type": "string", "maxLength": 2},
    },
    "names": {"type": "object", "patternProperties": {"^x_": DIGIT}, "additionalProperties": False},
    "count": {"type": "object", "maxProperties": 1, "minProperties": 1, "additionalProperties": DIGIT},
    "tree": {
        "$defs": {"n": {"type": "object", "properties": {"c": {"type": "array", "items": {"$ref": "#/$defs/n"}}}}},
        "$ref": "#/$defs/n",
    },
    "number": {"type": "number", "exclusiveMinimum": -1.5, "maximum": 2.25},
    "text": {"type": "string", "pattern": "b.d"},
}
ALL = BOUNDED | OPEN


@pytest.mark.parametrize("temperature", [0, 1.2])
@pytest.mark.parametrize("name", list(ALL))
def test_an_answer_that_ends_with_stop_fits_its_schema(client: Client, name: str, temperature: float) -> None:
    schema = ALL[name]
    response_format = {"type": "json_object"} if schema is None else of_schema(schema)

    response = chat(client, response_format, temperature=temperature, seed=3)

    if response.finish_reason == "stop":
        assert complaints(schema or {"type": "object"}, answer(response)) == []
    else:
        assert response.finish_reason == "length"
        assert name in OPEN or name in ("recursive",)
        assert response.usage.completion_tokens == 40


@pytest.mark.parametrize("name", list(ALL))
def test_whatever_is_drawn_fits_the_schema(model: LlamaCppModel, name: str) -> None:
    """Tokens at random instead of a model's: they find what no sensible answer tries, such as a name written twice."""
    schema = ALL[name] or {"type": "object"}
    texts = [random_answer(model, Constraint("json_schema", schema), random.Random(seed)) for seed in range(8)]

    complete = [text for text in texts if text is not None]
    assert len(complete) > 3 or name in OPEN
    assert [complaints(schema, text) for text in complete] == [[]] * len(complete), complete


def random_answer(model: LlamaCppModel, constraint: Constraint, rng: random.Random) -> str | None:
    """Return a complete text of random tokens; None if it found no end."""
    tokens: list[int] = []
    with model._inside() as loaded:
        native = loaded.native
        matcher = Matcher(native.grammar_tokenizer, grammar_of(constraint), n_vocab=native.n_vocab, field="f")
        for _ in range(rng.choice((2, 6, 15))):
            allowed = matcher.allowed()
            is_random = rng.random() < 0.6
            token = int(rng.choice(allowed) if is_random else allowed[native.closing_ranks[allowed].argmin()])
            if native.ends(token):
                return b"".join(map(native.piece, tokens)).decode()
            tokens.append(token)
            matcher.accept(token)
            if matcher.finished:
                return b"".join(map(native.piece, tokens)).decode()
        closing = matcher.closing(60, native.closing_ranks)
        return None if closing is None else b"".join(map(native.piece, tokens + closing)).decode()


PATTERNS = [
    r"[A-Z]{3}-\d{4}",
    r"^(yes|no|maybe)$",
    r"(?i)fish|chips",
    r"[^\W\d_]{3,6}",
    r"(?P<day>[0-3][0-9])\.(?P<month>[01][0-9])\.",
    r"([a-z]{2,5} ){2}[a-z]{2,5}\.",
    r"🐟{2}[äöü]",
    r"a\"b\\c/[\]]",
    r"(?s)x.y",
    r"(ab??){1,3}c",
    r'\{"n": [0-9]{1,3}\}',
]


@pytest.mark.parametrize("temperature", [0, 1.2])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_answer_matches_its_pattern_from_end_to_end(client: Client, pattern: str, temperature: float) -> None:
    response = chat(client, of_pattern(pattern), temperature=temperature, seed=5)

    assert response.finish_reason == "stop"
    assert re.fullmatch(pattern, answer(response))


@pytest.mark.parametrize(
    "response_format",
    [
        pytest.param(of_pattern("(long ){50}"), id="pattern"),
        pytest.param(of_schema({"type": "string", "minLength": 100}), id="schema"),
        pytest.param({"type": "json_object", "schema": {"type": "object", "required": ["a", "b"]}}, id="object"),
    ],
)
@pytest.mark.parametrize("max_tokens", [1, 4])
def test_an_answer_that_is_cut_off_says_length(client: Client, response_format: Any, max_tokens: int) -> None:
    response = chat(client, response_format, temperature=0, max_tokens=max_tokens)

    assert response.finish_reason == "length"
    assert response.usage.completion_tokens == max_tokens


def test_an_answer_that_is_complete_with_its_last_token_says_stop(client: Client) -> None:
    pattern = of_pattern("fish and chips")
    n = chat(client, pattern).usage.completion_tokens

    responses = [chat(client, pattern, max_tokens=each) for each in (n, n - 1)]

    assert [response.finish_reason for response in responses] == ["stop", "length"]


@pytest.mark.parametrize(
    ("response_format", "is_whole"),
    [
        pytest.param(of_pattern("[a-z]{2} fish,[0-9]{2}"), lambda text: len(text) == 10, id="pattern"),
        pytest.param(
            of_schema(a_object({"fish": {"const": "a fish, 12"}})),
            lambda text: json.loads(text) == {"fish": "a fish, 12"},
            id="schema",
        ),
    ],
)
def test_a_stop_text_never_cuts_a_form(client: Client, response_format: Any, is_whole: Callable[[str], bool]) -> None:
    for stop in ("fish", ["h", ",", '"'], ["sh,"]):
        response = chat(client, response_format, temperature=1, seed=1, stop=stop)

        assert response.finish_reason == "stop"
        assert is_whole(answer(response))


def test_a_form_wins_over_bias_and_penalties(client: Client) -> None:
    bias = {str(token): -100 for token in range(1000, 40000)} | {"3": 100}
    penalties = {"repetition_penalty": 2, "presence_penalty": 2, "frequency_penalty": 2, "length_penalty": 2}

    response = chat(client, of_pattern("fish fish fish fish"), temperature=1, logit_bias=bias, **penalties)

    assert (answer(response), response.finish_reason) == ("fish fish fish fish", "stop")


def test_a_streamed_form_is_the_same(client: Client) -> None:
    schema = of_schema(BOUNDED["nested"])
    session = new_session(client)
    asked = {"messages": say("A place?"), "response_format": schema, "temperature": 1, "seed": 2, "remember": False}

    whole = client.sessions.chat(session_id=session, record=False, **asked)
    stream = client.sessions.chat(session_id=session, record=False, stream=True, **asked)

    assert isinstance(whole, ChatResponse)
    assert "".join(str(delta.content) for delta in stream) == answer(whole)


# -- what is refused


def deep(n: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(n):
        schema = {"type": "array", "items": schema}
    return schema


def many(n: int) -> dict[str, Any]:
    return {"type": "object", "properties": {f"key{i}": {"type": "integer"} for i in range(n)}}


REFUSED_SCHEMAS = [
    pytest.param({"type": "array", "uniqueItems": True}, "uniqueItems", id="uniqueItems"),
    pytest.param(a_object({"a": {"not": {"type": "string"}}}), "not", id="not"),
    pytest.param({"if": {"type": "string"}, "then": {"minLength": 2}}, "if, then", id="if and then"),
    pytest.param({"else": False}, "else", id="else"),
    pytest.param({"contains": DIGIT}, "contains", id="contains"),
    pytest.param({"dependentRequired": {"a": ["b"]}}, "dependentRequired", id="dependentRequired"),
    pytest.param({"propertyNames": {"maxLength": 2}}, "propertyNames", id="propertyNames"),
    pytest.param({"unevaluatedProperties": False}, "unevaluatedProperties", id="unevaluatedProperties"),
    pytest.param({"type": "object", "minProperties": 2}, "minProperties", id="minProperties"),
    pytest.param({"x-guidance": {"lenient": True}, "not": {}}, "not", id="not, with leave to ignore it"),
    pytest.param({"oneOf": [{"type": "number"}, {"type": "integer"}]}, "oneOf", id="oneOf that overlaps"),
    pytest.param({"$ref": "https://example.com/fish.json"}, "$ref", id="remote ref"),
    pytest.param({"items": {"$ref": "http://example.com/f#/x"}}, "$ref", id="remote ref with a fragment"),
    pytest.param({"$ref": "#/$defs/none"}, "$ref", id="ref to nothing"),
    pytest.param({"type": "text"}, "type", id="unknown type"),
    pytest.param({"type": 5}, "type", id="number as type"),
    pytest.param({"properties": 5}, "properties", id="number as properties"),
    pytest.param({"required": "a"}, "required", id="text as required"),
    pytest.param({"enum": "a"}, "enum", id="text as enum"),
    pytest.param({"type": "string", "format": "colour"}, "format", id="unknown format"),
    pytest.param({"type": "string", "pattern": "(?=a)b"}, "pattern", id="look-ahead in a schema"),
    pytest.param({"type": "string", "pattern": r"\bfoo"}, r"\b", id="word boundary in a schema"),
    pytest.param({"type": "string", "pattern": "^(x{1,500}){1,500}$"}, "pattern", id="complex pattern in a schema"),
    pytest.param({"type": "integer", "minimum": 5, "maximum": 4}, "minimum", id="crossed bounds"),
    pytest.param({"type": "array", "minItems": 3, "maxItems": 2}, "minItems", id="crossed counts"),
    pytest.param(a_object({"a": False}), "unsatisfiable", id="false"),
    pytest.param({"allOf": [{"type": "string"}, {"type": "integer"}]}, "Unsatisfiable", id="two types at once"),
    pytest.param({"type": "string", "pattern": "^a$", "minLength": 3}, "pattern", id="pattern against length"),
    pytest.param({"enum": []}, "Unsatisfiable", id="empty enum"),
    pytest.param({"$ref": "#"}, "unsatisfiable", id="itself"),
    pytest.param({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "in a row", id="endless"),
    pytest.param({"const": "x" * 20_000}, "in a row", id="long const"),
    pytest.param(many(600), "optional", id="600 optional properties"),
    pytest.param(many(5000), "too many parts", id="5000 properties"),
    pytest.param({"enum": [f"value number {i}" for i in range(200_000)]}, "too large", id="200,000 values"),
    pytest.param(deep(2000), "nested deeper", id="2000 levels"),
    pytest.param(False, "dictionary", id="false as schema"),
    pytest.param([1], "dictionary", id="list as schema"),
    pytest.param({"type": b"x"}, "bytes", id="bytes"),
    pytest.param({"minimum": float("nan")}, "nan", id="NaN"),
    pytest.param({1: 2}, "strings", id="number as key"),
]
REFUSED_PATTERNS = [
    pytest.param("(?=a)b", "look-around", id="look-ahead"),
    pytest.param("(?<!a)b", "look-around", id="look-behind"),
    pytest.param(r"(a)\1", "backreferences", id="back-reference"),
    pytest.param(r"\bfoo\b", r"\b", id="word boundary"),
    pytest.param(r"foo\B", r"\B", id="no word boundary"),
    pytest.param("a$b", "$", id="end in the middle"),
    pytest.param("(", "unclosed group", id="unclosed group"),
    pytest.param("[a", "unclosed character class", id="unclosed class"),
    pytest.param("a{2,1}", "repetition", id="crossed counts"),
    pytest.param("*", "repetition", id="nothing to repeat"),
    pytest.param(r"\p{Fish}", "property", id="unknown property"),
    pytest.param("(x{1,500}){1,500}", "too complex", id="complex"),
    pytest.param("((a{1,100}){1,100}){1,100}", "too complex", id="more complex"),
    pytest.param(r"(\w{1,200}){1,200}", "too complex", id="complex and wide"),
    pytest.param("(a?){2000}a{2000}", "too complex", id="many ways"),
    pytest.param("(x{500}){500}", "in a row", id="250,000 letters"),
    pytest.param("x" * 100_000, "in a row", id="long"),
    pytest.param("(" * 2000 + ")" * 2000, "nested", id="2000 groups"),
    pytest.param(r"[^\s\S]", "unsatisfiable", id="nothing"),
    pytest.param("", "pattern", id="empty"),
    pytest.param(None, "pattern", id="None"),
    pytest.param(5, "string", id="number"),
    pytest.param("a\0", "NUL", id="NUL"),
]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tokens that are generated."""
    tokens: list[int] = []

    class NotingSampler(Sampler):
        def draw(self, *args: Any) -> int:
            tokens.append(super().draw(*args))
            return tokens[-1]

    monkeypatch.setattr(answering, "Sampler", NotingSampler)
    return tokens


def refuses(client: Client, response_format: Any, field: str, named: str, drawn: list[int]) -> None:
    session = new_session(client)
    before = stored(client)
    for stream in (False, True):
        began = time.perf_counter()
        with pytest.raises(InvalidInput) as raised:
            list(
                client.sessions.chat(
                    session_id=session, messages=say("A fish?"), response_format=response_format, stream=stream
                )
            )
        took = time.perf_counter() - began

        assert raised.value.status_code == 422
        assert (raised.value.field or "").startswith(field)
        assert named in raised.value.message, raised.value.message
        assert len(raised.value.message) < 800
        assert took < AT_ONCE_S
    assert drawn == []
    assert stored(client) == before


@pytest.mark.parametrize(("schema", "named"), REFUSED_SCHEMAS)
def test_a_schema_that_cannot_be_held_to_is_refused_by_name(
    client: Client, model: LlamaCppModel, drawn: list[int], schema: Any, named: str
) -> None:
    assert model.context_tokens, "it is loaded"

    refuses(client, of_schema(schema), "response_format.schema", named, drawn)


@pytest.mark.parametrize(("pattern", "named"), REFUSED_PATTERNS)
def test_a_pattern_that_cannot_be_held_to_is_refused_by_name(
    client: Client, model: LlamaCppModel, drawn: list[int], pattern: Any, named: str
) -> None:
    assert model.context_tokens, "it is loaded"

    refuses(client, of_pattern(pattern), "response_format.pattern", named, drawn)


@pytest.mark.parametrize(
    "pattern",
    [
        r"([^\n]{1,80}\n){1,50}",
        r"(\w{1,20} ){1,300}",
        r"(([a-z]{1,20} ){1,20}\n){1,20}",
        "(a|b)*a(a|b){20}",
        ".{10000}",
        "(.*a){10}",
        "|".join(f"word{i}" for i in range(5000)),
    ],
    ids=lambda pattern: pattern[:30],
)
def test_large_patterns_that_can_be_followed_are_not_refused(client: Client, pattern: str) -> None:
    began = time.perf_counter()
    response = chat(client, of_pattern(pattern), temperature=1.2, seed=1, max_tokens=8)

    assert response.finish_reason in ("stop", "length")
    assert time.perf_counter() - began < AT_ONCE_S


def test_text_is_the_form_of_every_answer(client: Client) -> None:
    texts = {answer(chat(client, form, temperature=0, max_tokens=8)) for form in (None, {"type": "text"}, {})}

    assert len(texts) == 1
    with pytest.raises(InvalidInput, match="json_object") as raised:
        chat(client, {"type": "xml"})
    assert raised.value.field == "response_format.type"
