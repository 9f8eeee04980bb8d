"""Whatever was said before and however small the window: what must be shown is shown, and the rest is accounted for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import TOOL, history, say

from julep_local import Client
from julep_local.errors import ContextOverflow
from julep_local.llm.base import PromptMessage
from julep_local.testing import HashEmbedder, ScriptedModel, ToolCall

CALL = ToolCall("weather", '{"city": "Oslo"}')

n_words = st.integers(1, 60)
new_input = st.one_of(
    st.tuples(st.just("user"), n_words),
    st.tuples(st.just("result"), n_words),
    st.tuples(st.just("system"), n_words),
    st.tuples(st.just("thought"), n_words),
)
turns = st.lists(
    st.tuples(st.lists(new_input, min_size=1, max_size=3), st.sampled_from(["text", "call", "calls"])), max_size=12
)


@contextmanager
def _opened(**values: Any) -> Iterator[tuple[Client, ScriptedModel, str]]:
    model = ScriptedModel(**values)
    with Client(path=":memory:", model=model, embedder=HashEmbedder()) as client:
        agent = client.agents.create(name="Ada", about="A tutor.", instructions=["Be brief"], tools=[TOOL])
        session = client.sessions.create(agent_id=agent.id, situation="A lesson.")
        yield client, model, session.id


def _messages(inputs: list[tuple[str, int]], n_open: int, turn: int) -> list[dict[str, Any]]:
    """Return input that a program could send: a tool's result only where a call waits for it, results first."""
    results = [words for kind, words in inputs if kind == "result"][:n_open]
    said = [
        *(say(f"result {turn}.{i} " + "word " * n, role="function")[0] for i, n in enumerate(results)),
        *(
            say(
                f"{kind} {turn}.{i} " + "word " * n,
                role="user" if kind == "user" else "system",
                name="thought" if kind == "thought" else None,
            )[0]
            for i, (kind, n) in enumerate(inputs)
            if kind != "result"
        ),
    ]
    return said or say(f"user {turn}")


def _assert_legal(messages: tuple[PromptMessage, ...]) -> None:
    """Assert that every tool result has a call before it that no other result answers."""
    n_open = 0
    for message in messages:
        n_open += len(message.tool_calls) - (message.role == "tool")
        assert n_open >= 0, "a tool's result without its call"


@settings(max_examples=25, deadline=None)
@given(turns=turns, context_tokens=st.integers(60, 600))
def test_any_conversation_stays_within_the_window_and_legal(turns: Any, context_tokens: int) -> None:
    replies: dict[str, Any] = {"text": "noted", "call": CALL, "calls": [CALL, CALL]}
    next_reply = ""
    with _opened(replies=lambda prompt: replies[next_reply], context_tokens=context_tokens) as (
        client,
        model,
        session_id,
    ):
        n_open = 0
        for i, (inputs, next_reply) in enumerate(turns):  # noqa: B007  (the model reads it)
            sent = _messages(inputs, n_open, i)
            recorded = [text for _, text in history(client, session_id)]
            overflow: ContextOverflow | None = None
            try:
                response = client.sessions.chat(session_id=session_id, messages=sent, max_tokens=20)
            except ContextOverflow as error:
                overflow = error
            if overflow is not None:
                assert overflow.prompt_tokens > context_tokens - max(20, context_tokens // 4)
                assert [text for _, text in history(client, session_id)] == recorded
                continue
            n_open = {"text": 0, "call": 1, "calls": 2}[next_reply] + max(
                n_open - sum(each["role"] == "function" for each in sent), 0
            )
            prompt = model.prompts[-1]

            _assert_legal(prompt.messages)
            assert len(prompt.tokens) <= context_tokens - min(20, context_tokens // 4)
            shown = [message.content for message in prompt.messages]
            assert shown[:3] == ["A lesson.", "About me (Ada) A tutor.", "Instructions:\n\nBe brief"]
            assert shown[len(shown) - len(sent) :] == [each["content"] for each in sent]
            assert prompt.tools
            n_shown = len(shown) - 3 - len(sent)
            n_dropped = sum(dropped.n_messages for dropped in response.context.dropped)
            assert n_shown + n_dropped == len(recorded), "history left out and not reported"


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(["call", "user", "answer", "result", "user 2", "answer 2"]), n_words=st.integers(0, 30))
def test_a_result_that_comes_late_stays_with_its_call(order: list[str], n_words: int) -> None:
    """Programs record what they like: also talk between a tool's call and its result."""
    roles = {"call": "function_call", "answer": "assistant", "answer 2": "assistant", "result": "function"}
    if order.index("result") < order.index("call"):
        order.remove("result")
    with _opened(replies=lambda prompt: "ok", context_tokens=260) as (client, model, session_id):
        for step in order:
            content = '{"name": "weather", "arguments": "{}"}' if step == "call" else f"{step} " + "word " * n_words
            message = say(content, role=roles.get(step, "user"))
            client.sessions.chat(session_id=session_id, messages=message, max_tokens=5)
            _assert_legal(model.prompts[-1].messages)
        for _ in range(8):
            client.sessions.chat(session_id=session_id, messages=say("more " + "word " * n_words), max_tokens=5)
            _assert_legal(model.prompts[-1].messages)


def test_what_no_prompt_could_hold_is_reported_too() -> None:
    """More history than is ever read back, in words that are single tokens however long they are."""
    with _opened(replies=lambda prompt: "ok", context_tokens=2000) as (client, model, session_id):
        for i in range(6):
            said = say(*(f"m{i}_{n}_" + "x" * 500 for n in range(60)))
            response = client.sessions.chat(session_id=session_id, messages=said, remember=True)

    n_dropped = sum(dropped.n_messages for dropped in response.context.dropped)
    shown = [message for message in model.prompts[-1].messages if message.part == "history"]
    assert len(shown) + n_dropped == 5 * 61


@pytest.mark.parametrize("remember", [True, False])
def test_dropped_messages_stay_in_the_history(remember: bool) -> None:
    with _opened(replies=lambda prompt: "ok", context_tokens=150) as (client, _, session_id):
        for i in range(10):
            client.sessions.chat(
                session_id=session_id, messages=say(f"{i} " + "word " * 20), remember=remember, record=True
            )

        assert [text.split()[0] for role, text in history(client, session_id) if role == "user"] == [*"0123456789"]
