"""Chat: what the model is shown, what it answers, what is recorded."""

import json
from typing import Any

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.world import UNKNOWN, World, each, holds, same

case = Cases()

WEATHER = {
    "type": "function",
    "function": {"name": "weather", "description": "tells the weather", "parameters": {"type": "object"}},
}
RAIN = {"type": "function", "function": {**WEATHER["function"], "name": "rain"}}  # type: ignore[dict-item]


@case("chat", "the answer is one message of the agent, with usage", "session_id", "messages")
def _(world: World) -> None:
    response = world.say(world.session(), "say Hello there.")
    ((message,),) = response["response"]
    same((message["role"], message["name"], message["content"]), ("assistant", "Ada", "Hello there."))
    same(response["finish_reason"], "stop")
    usage = response["usage"]
    same(usage["total_tokens"], usage["prompt_tokens"] + usage["completion_tokens"])
    holds(usage["prompt_tokens"] > 0 and usage["completion_tokens"] > 0, f"there is no usage: {usage}")
    same(response["doc_ids"], {"agent_doc_ids": [], "user_doc_ids": []})


@case("chat", "the model is shown situation, agent, user, instructions and history", "messages")
def _(world: World) -> None:
    agent_id = world.agent(about="a pilot", instructions=["Be brief.", "Be kind."])
    session_id = world.session(agent_id, user_id=world.user(about="likes maps"), situation="At the harbour.")
    world.say(session_id, "say one")
    lines = world.prompt(session_id)
    shown = "\n".join(lines)
    for text in ("At the harbour.", "a pilot", "likes maps", "Be brief.", "Be kind.", "user||say one"):
        holds(text in shown, f"{text!r} is not in the prompt:\n{shown}")
    holds(shown.index("say one") < shown.index("show prompt"), "the history stands behind the question")


@case("chat", "several messages are one turn", "messages")
def _(world: World) -> None:
    session_id = world.session()
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "It is late."},
        {"role": "assistant", "content": "Hm?"},
        {"role": "user", "name": "Bo", "content": "say good night"},
    ]
    same(world.call("chat", session_id, messages=messages)["response"][0][0]["content"], "good night")
    recorded = each(world.call("get_history", session_id)["items"], "role", "content")
    same(recorded, [*((each["role"], each["content"]) for each in messages), ("assistant", "good night")])


@case("chat", "the role auto is a user", "messages")
def _(world: World) -> None:
    session_id = world.session()
    world.call("chat", session_id, messages=[{"role": "auto", "content": "say x"}])
    same(each(world.call("get_history", session_id)["items"], "role"), ["user", "assistant"])


@case("chat", "text parts are a text", "messages")
def _(world: World) -> None:
    session_id = world.session()
    messages = [{"role": "user", "content": [{"type": "text", "text": "say parts"}]}]
    same(world.call("chat", session_id, messages=messages)["response"][0][0]["content"], "parts")


@case("chat", "the last message can be carried on", "messages")
def _(world: World) -> None:
    session_id = world.session()
    messages = [{"role": "user", "content": "Count."}, {"role": "assistant", "content": "say ", "continue": True}]
    world.call("chat", session_id, messages=messages)
    same(each(world.call("get_history", session_id)["items"], "role"), ["user", "assistant"])


@case("chat", "an unknown session is a 404, and what is no id a 422", "session_id")
def _(world: World) -> None:
    messages = [{"role": "user", "content": "say x"}]
    world.fails(404, "chat", UNKNOWN, messages=messages)
    world.fails(422, "chat", "x", messages=messages)


BAD: dict[str, Any] = {
    "no message": [],
    "another role": [{"role": "judge", "content": "x"}],
    "a message without content": [{"role": "user"}],
    "a message without role": [{"content": "x"}],
    "continue before the last": [
        {"role": "assistant", "content": "x", "continue": True},
        {"role": "user", "content": "y"},
    ],
}
for name, messages in BAD.items():

    @case("chat", f"{name} is refused, and nothing is recorded", "messages")
    def _(world: World, messages: Any = messages) -> None:
        session_id = world.session()
        world.fails(422, "chat", session_id, messages=messages)
        same(world.call("get_history", session_id)["items"] or [], [])


# ---- templates -------------------------------------------------------------------------------------------------------


@case("chat", "templates of the author are rendered where the session says so", "messages")
def _(world: World) -> None:
    agent_id = world.agent(instructions=["Call them {{ user.name }}."])
    session_id = world.session(
        agent_id, user_id=world.user(), situation="{{ agent.name }}'s {{ session.metadata.place }}",
        metadata={"place": "boat"}, render_templates=True,
    )  # fmt: skip
    shown = "\n".join(world.prompt(session_id))
    holds("Ada's boat" in shown and "Call them Bo." in shown, f"a template is not rendered:\n{shown}")


@case("chat", "what users say is no template", "messages")
def _(world: World) -> None:
    session_id = world.session(situation="{{ 1 + 1 }}")
    same(world.answer(session_id, "say {{ 1 + 1 }}"), "{{ 1 + 1 }}")
    holds("{{ 1 + 1 }}" in world.prompt(session_id)[0], "a template is rendered where the session does not say so")


@case("chat", "a template that fails is a 422", "messages")
def _(world: World) -> None:
    session_id = world.session(situation="{{ nobody.name.first }}", render_templates=True)
    world.fails(422, "chat", session_id, messages=[{"role": "user", "content": "say x"}])


# ---- record, remember, recall ----------------------------------------------------------------------------------------

FLAGS: list[tuple[dict[str, Any], bool, bool]] = [
    ({}, True, True),
    ({"remember": False}, False, False),
    ({"record": False}, False, True),
    ({"record": True, "remember": False}, True, False),
    ({"record": False, "remember": False}, False, False),
]
"""Flags, whether history is written, whether memories are formed."""
for flags, records, remembers in FLAGS:

    @case("chat", f"history and memories with {flags or 'no flags'}", *(flags or ("record", "remember")))
    def _(world: World, flags: Any = flags, records: bool = records, remembers: bool = remembers) -> None:
        agent_id = world.agent()
        session_id = world.session(agent_id, user_id=world.user())
        world.finish(world.say(session_id, "My dog is called Biscuit.", **flags)["jobs"])
        same(bool(world.call("get_history", session_id)["items"]), records, "history")
        same(bool(world.call("get_agent_memories", agent_id, query="dog")["items"]), remembers, "memories")


@case("chat", "memories are used iff recall", "recall")
def _(world: World) -> None:
    agent_id, user_id = world.agent(), world.user()
    world.finish(world.say(world.session(agent_id, user_id=user_id), "My dog is called Biscuit.")["jobs"])
    session_id = world.session(agent_id, user_id=user_id)
    for recall in (True, False, None):
        options = {} if recall is None else {"recall": recall}
        messages = [{"role": "user", "content": "What is my dog called?"}, {"role": "user", "content": "show prompt"}]
        response = world.call("chat", session_id, messages=messages, max_tokens=4000, record=False, **options)
        same("Biscuit" in response["response"][0][0]["content"], recall is not False, f"recall={recall}")


@case("chat", "docs of agent and user are found and named", "messages")
def _(world: World) -> None:
    ferry, maps = {"title": "Ferry", "content": "The ferry leaves at nine."}, {"title": "Maps", "content": "Old maps."}
    agent = world.call("create_agent", name="Ada", docs=[ferry])
    user = world.call("create_user", name="Bo", docs=[maps])
    world.finish([*agent["jobs"], *user["jobs"]])
    ids = [world.call(read, id)["items"][0]["id"] for read, id in (("get_agent_docs", agent["id"]), ("get_user_docs", user["id"]))]  # noqa: E501  # fmt: skip
    session_id = world.session(agent["id"], user_id=user["id"])
    same(world.say(session_id, "When does the ferry leave?")["doc_ids"]["agent_doc_ids"], ids[:1])
    same(world.say(session_id, "Where are the old maps?")["doc_ids"]["user_doc_ids"], ids[1:])


@case("chat", "others' docs are not found", "messages")
def _(world: World) -> None:
    created = world.call("create_agent", name="Eve", docs=[{"title": "Ferry", "content": "The ferry leaves at nine."}])
    world.finish(created["jobs"])
    response = world.say(world.session(), "When does the ferry leave?")
    same(response["doc_ids"], {"agent_doc_ids": [], "user_doc_ids": []})


# ---- tools -----------------------------------------------------------------------------------------------------------


def _tools(world: World, session_id: str, **options: Any) -> Any:
    return json.loads(world.answer(session_id, "show tools", max_tokens=2000, **options))


@case("chat", "the agent's tools are on offer, and a request adds to them", "tools")
def _(world: World) -> None:
    session_id = world.session(world.agent(tools=[WEATHER]))
    same(_tools(world, session_id), {"tools": ["weather"], "choice": "auto"})
    same(_tools(world, session_id, tools=[RAIN, WEATHER])["tools"], ["weather", "rain"])


CHOICES: list[tuple[Any, list[str], Any]] = [
    ("none", [], "none"),
    ("auto", ["weather"], "auto"),
    ({"type": "function", "function": {"name": "weather"}}, ["weather"], ["named", "weather"]),
]
for choice, shown, settled in CHOICES:

    @case("chat", f"tool_choice={choice!r} arrives", "tool_choice")
    def _(world: World, choice: Any = choice, shown: list[str] = shown, settled: Any = settled) -> None:
        session_id = world.session(world.agent(tools=[WEATHER]))
        same(_tools(world, session_id, tool_choice=choice), {"tools": shown, "choice": settled})


@case("chat", "a tool that is not there cannot be chosen", "tool_choice")
def _(world: World) -> None:
    choice = {"type": "function", "function": {"name": "rain"}}
    messages = [{"role": "user", "content": "say x"}]
    world.fails(422, "chat", world.session(world.agent(tools=[WEATHER])), messages=messages, tool_choice=choice)
    world.fails(422, "chat", world.session(), messages=messages, tool_choice="maybe")


@case("chat", "a tool call is a message of its own, and its result can be said", "tools", "messages")
def _(world: World) -> None:
    session_id = world.session(world.agent(tools=[WEATHER]))
    response = world.say(session_id, 'call weather {"city": "Oslo"}')
    ((message,),) = response["response"]
    same((message["role"], response["finish_reason"]), ("function_call", "tool_calls"))
    call = json.loads(message["content"])
    same((call["name"], json.loads(call["arguments"])), ("weather", {"city": "Oslo"}))
    result = {"role": "function", "name": "weather", "content": "rain"}
    messages = [result, {"role": "user", "content": "show prompt"}]
    shown = world.call("chat", session_id, messages=messages, max_tokens=4000)["response"][0][0]["content"]
    holds("rain" in shown, f"the model does not see the result:\n{shown}")
    roles = each(world.call("get_history", session_id)["items"], "role")
    same(roles, ["user", "function_call", "function", "user", "assistant"])


@case("chat", "a tool that is none is refused", "tools")
def _(world: World) -> None:
    messages = [{"role": "user", "content": "say x"}]
    world.fails(422, "chat", world.session(), messages=messages, tools=[{"type": "function"}])


# ---- streams ---------------------------------------------------------------------------------------------------------


@case("chat", "a stream brings the answer piece by piece, and it is recorded", "stream", beyond_sdk=True)
def _(world: World) -> None:
    session_id = world.session()
    deltas = world.stream(session_id, messages=[{"role": "user", "content": "say one two three"}])
    same("".join(delta["content"] for delta in deltas), "one two three")
    holds(len(deltas) > 1, "it came in one piece")
    same(each(world.call("get_history", session_id)["items"], "content"), ["say one two three", "one two three"])


@case("chat", "stream=False is no stream", "stream")
def _(world: World) -> None:
    same(world.answer(world.session(), "say x", stream=False), "x")
