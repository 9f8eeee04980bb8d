"""The settings of a chat: what reaches the model, who has the first say, what is refused."""

from typing import Any

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.world import Word, World, same

case = Cases()

GIVEN: dict[str, list[Any]] = {
    "temperature": [0, 0.3, 2],
    "top_p": [0.2, 1],
    "min_p": [0, 0.5],
    "frequency_penalty": [-2, 0.5, 2],
    "presence_penalty": [-2, 2],
    "repetition_penalty": [0.5, 1.2, 2],
    "length_penalty": [0, 1.5, 2],
    "seed": [0, 7, 9999],
    "max_tokens": [2000, 3000],
}
REFUSED: dict[str, list[Any]] = {
    "temperature": [-0.1, 2.1, "hot"],
    "top_p": [0, 1.1],
    "min_p": [-0.1, 1],
    "frequency_penalty": [-2.1, 2.1],
    "presence_penalty": [-2.1, 2.1],
    "repetition_penalty": [0, 2.1],
    "length_penalty": [-0.1, 2.1],
    "seed": [-2, "x"],
    "max_tokens": [0, "many"],
    "stop": [["a", "b", "c", "d", "e"], "", 5],
    "logit_bias": [{"x": 1}, {"5": 101}, 5],
    "response_format": [{"type": "xml"}, {"type": "regex"}],
    "recall": ["x"],
    "record": ["x"],
    "remember": ["x"],
}
HELLO = [{"role": "user", "content": "say Hello"}]

for name, values in GIVEN.items():

    @case("chat", f"{name} reaches the model", name)
    def _(world: World, name: str = name, values: list[Any] = values) -> None:
        session_id = world.session()
        for value in values:
            same(world.settings(session_id, **{name: value})[name], value)


for name, values in REFUSED.items():

    @case("chat", f"{name} out of range is refused, and nothing is recorded", name)
    def _(world: World, name: str = name, values: list[Any] = values) -> None:
        session_id = world.session()
        for value in values:
            world.fails(422, "chat", session_id, messages=HELLO, **{name: value})
        same(world.call("get_history", session_id)["items"] or [], [])


@case("chat", "without settings the defaults count", "temperature", "top_p", "min_p", "max_tokens", "seed")
def _(world: World) -> None:
    # 200 tokens are too few to show the settings, so that the answer is cut off
    session_id = world.session()
    shown = world.settings(session_id, temperature=None, top_p=None, min_p=None, seed=None, stop=None, preset=None)
    wanted = {"temperature": 0.75, "top_p": 1, "min_p": 0.01, "frequency_penalty": 0, "presence_penalty": 0}
    same({name: shown[name] for name in wanted}, wanted)
    same((shown["repetition_penalty"], shown["length_penalty"]), (1, 1))
    response = world.say(session_id, "say " + "word " * 300)
    same((response["finish_reason"], response["usage"]["completion_tokens"]), ("length", 200))


@case("chat", "an answer is cut off after max_tokens", "max_tokens")
def _(world: World) -> None:
    response = world.say(world.session(), "say one two three", max_tokens=2)
    same((response["response"][0][0]["content"], response["finish_reason"]), ("one two", "length"))


@case("chat", "an answer ends before a stop text, one or several", "stop")
def _(world: World) -> None:
    session_id = world.session()
    for stop in ("three", ["three"], ["five", "three"]):
        response = world.say(session_id, "say one two three four", stop=stop)
        same((response["response"][0][0]["content"].rstrip(), response["finish_reason"]), ("one two", "stop"))


@case("chat", "logit_bias reaches the model", "logit_bias")
def _(world: World) -> None:
    same(world.settings(world.session(), logit_bias={"5": -100, "7": 3})["logit_bias"], {"5": -100, "7": 3})


FORMATS: list[tuple[str, Any, Any]] = [
    ("text", {"type": "text"}, None),
    ("any JSON object", {"type": "json_object"}, {"kind": "json_schema", "schema": {"type": "object"}, "pattern": ""}),
    (
        "a JSON schema",
        {"type": "json_object", "schema": {"type": "object", "properties": {"seed": {}}}},
        {"kind": "json_schema", "schema": {"type": "object", "properties": {"seed": {}}}, "pattern": ""},
    ),
    ("a pattern", {"type": "regex", "pattern": "[ -~\\n]*"}, {"kind": "regex", "schema": {}, "pattern": "[ -~\\n]*"}),
]
for name, format_, constraint in FORMATS:

    @case("chat", f"a response_format of {name} reaches the model", "response_format")
    def _(world: World, format_: Any = format_, constraint: Any = constraint) -> None:
        same(world.settings(world.session(), response_format=format_)["constraint"], constraint)


PRESETS: dict[str, dict[str, Any]] = {
    "problem_solving": {"temperature": 0},
    "conversational": {"temperature": 0.7, "top_p": 0.99, "repetition_penalty": 1.02},
    "fun": {"temperature": 1.2, "min_p": 0.015, "repetition_penalty": 1.05},
    "prose": {"temperature": 0.9, "top_k": 50},
    "creative": {"temperature": 1.2, "repetition_penalty": 1.1, "top_k": 10},
    "business": {"temperature": 0.5, "top_p": 0.98, "frequency_penalty": 0.1},
    "deterministic": {"temperature": 0},
    "code": {"temperature": 0},
    "multilingual": {"presence_penalty": 0},
}
for name, wanted in PRESETS.items():

    @case("chat", f"the preset {name} reaches the model", "preset")
    def _(world: World, name: str = name, wanted: dict[str, Any] = wanted) -> None:
        shown = world.settings(world.session(), preset=Word(name))
        same({name: shown[name] for name in wanted}, wanted)


@case("chat", "another preset is refused", "preset")
def _(world: World) -> None:
    world.fails(422, "chat", world.session(), messages=HELLO, preset=Word("wild"))


@case("chat", "the request wins over its preset, that over the agent, that over its preset", "preset", "temperature")
def _(world: World) -> None:
    session_id = world.session(world.agent(default_settings={"preset": "creative", "temperature": 0.1}))
    same(world.settings(session_id)["temperature"], 0.1)
    same(world.settings(session_id)["repetition_penalty"], 1.1)
    same(world.settings(session_id, preset=Word("business"))["temperature"], 0.5)
    same(world.settings(session_id, preset=Word("business"), temperature=1)["temperature"], 1)
