"""Which messages call which tool: requests with the real embedding model, and odd tools and messages."""

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from julep_local.errors import ModelMissing
from julep_local.llm.base import PromptMessage, ToolCall, ToolSpec
from julep_local.recall.asking import Form, core, form, is_follow_up
from julep_local.recall.embeddings import find_embedder
from julep_local.recall.tool_router import TEXT_CHARS, VECTORS, EmbeddingRouter, ToolRouter
from julep_local.testing.embedder import HashEmbedder

DATA = json.loads((Path(__file__).parent / "tool_requests.json").read_text(encoding="utf-8"))
(HELD_OUT,) = DATA["held_out"]

WEATHER = ToolSpec(
    "get_weather",
    "Get the weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
MUSIC = ToolSpec(
    "play_music",
    "Play a song or an album.",
    {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]},
)


class CountingEmbedder(HashEmbedder):
    """Knows which texts it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Any:
        self.texts += texts
        return super().embed(texts)


def user(text: str) -> PromptMessage:
    return PromptMessage("user", text)


def specs(group: Any) -> list[ToolSpec]:
    return [ToolSpec(**tool) for tool in group["tools"]]


def chosen(router: ToolRouter, group: Any) -> list[tuple[str, str | None, str | None]]:
    """Message, the tool it needs, the tool it gets."""
    return [(text, needs, router.choose([user(text)], specs(group))) for text, needs in group["messages"]]


@pytest.fixture(scope="session")
def router() -> Iterator[EmbeddingRouter]:
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    try:
        embedder = find_embedder(None, threads=1)
    except ModelMissing as error:
        pytest.skip(str(error))
    yield EmbeddingRouter(embedder)
    embedder.close()


# -- with the real model --------------------------------------------------------------------------------------------


def test_whether_a_tool_is_needed_is_told_for_nine_messages_of_ten(router: EmbeddingRouter) -> None:
    found = chosen(router, HELD_OUT)

    assert sum(got is not None for _, needs, got in found if needs) >= 18
    assert sum(got is None for _, needs, got in found if not needs) >= 18


def test_nine_requests_of_ten_get_the_right_tool(router: EmbeddingRouter) -> None:
    found = chosen(router, HELD_OUT)

    assert sum(got == needs for _, needs, got in found if needs) >= 18


def test_messages_that_the_weights_were_fitted_to_are_told_apart(router: EmbeddingRouter) -> None:
    """Two groups: all of them, and with weights fitted to others, are a benchmark."""
    found = [each for group in DATA["dev"][::4] for each in chosen(router, group)]
    needed, others = [each for each in found if each[1]], [each for each in found if not each[1]]

    assert sum(got == needs for _, needs, got in needed) >= 0.85 * len(needed)
    assert sum(got is None for _, _, got in others) >= 0.9 * len(others)


@pytest.mark.parametrize("text", ["And in Paris?", "what about tomorrow?", "and the day after?"])
def test_a_follow_up_inherits_the_tool_of_the_last_answer(router: EmbeddingRouter, text: str) -> None:
    asked = [
        user("What's the weather in Rome?"),
        PromptMessage("assistant", "", tool_calls=(ToolCall("get_weather", '{"city": "Rome"}'),)),
        PromptMessage("tool", "21 degrees"),
        PromptMessage("assistant", "It is 21 degrees in Rome."),
    ]

    assert router.choose([*asked, user(text)], [MUSIC, WEATHER]) == "get_weather"
    assert router.choose([*asked, user("And thanks for that!")], [MUSIC, WEATHER]) is None
    assert router.choose([*asked, user("Thanks!"), PromptMessage("assistant", "Sure."), user(text)], [MUSIC]) is None


# -- who spoke last -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last",
    [
        pytest.param([PromptMessage("tool", "Play a song: play music")], id="tool result"),
        pytest.param([PromptMessage("assistant", "Play a song?")], id="assistant"),
        pytest.param([user("  ")], id="nothing said"),
        pytest.param([], id="only what came before"),
    ],
)
def test_only_what_a_user_says_last_is_a_request(last: list[PromptMessage]) -> None:
    before = [PromptMessage("system", "Play music.")]

    assert EmbeddingRouter(HashEmbedder()).choose([*before, *last], [MUSIC]) is None


def test_system_messages_behind_the_request_do_not_count() -> None:
    messages = [user("Play the song Yesterday"), PromptMessage("system", "Docs: none", part="docs")]

    assert EmbeddingRouter(None).choose(messages, [WEATHER, MUSIC]) == "play_music"


def test_the_threshold_decides_how_sure_it_must_be() -> None:
    messages = [user("Play the song Yesterday")]

    assert EmbeddingRouter(None, threshold=0.0).choose(messages, [MUSIC]) == "play_music"
    assert EmbeddingRouter(None, threshold=1.0).choose(messages, [MUSIC]) is None


# -- without an embedder, or one found late -------------------------------------------------------------------------


def test_without_an_embedder_words_decide() -> None:
    router = EmbeddingRouter(lambda: None)

    assert router.choose([user("What's the weather in Rome?")], [MUSIC, WEATHER]) == "get_weather"
    assert router.choose([user("I like the weather in Rome")], [MUSIC, WEATHER]) is None
    assert router.choose([user("Draw a fox")], [MUSIC, WEATHER]) is None


def test_an_embedder_is_asked_for_once_and_not_before_it_is_needed() -> None:
    asked: list[int] = []

    def find() -> HashEmbedder:
        asked.append(1)
        return HashEmbedder()

    router = EmbeddingRouter(find)
    router.choose([PromptMessage("assistant", "Hello")], [MUSIC])
    assert asked == []

    for _ in range(3):
        router.choose([user("Play the song Yesterday")], [MUSIC])
    assert asked == [1]


# -- vectors of tools -----------------------------------------------------------------------------------------------


def test_a_tool_is_embedded_once_and_anew_when_it_changes() -> None:
    embedder = CountingEmbedder()
    router = EmbeddingRouter(embedder)

    router.choose([user("first")], [MUSIC, WEATHER])
    assert len(embedder.texts) == 5

    router.choose([user("second")], [WEATHER, MUSIC])
    assert embedder.texts[5:] == ["second"]

    router.choose([user("third")], [ToolSpec(MUSIC.name, "Stop the music.", MUSIC.parameters)])
    assert len(embedder.texts[6:]) == 3


def test_the_vectors_kept_are_bounded() -> None:
    router = EmbeddingRouter(HashEmbedder(8))

    for batch in range(3):
        router.choose(
            [user("hi")], [ToolSpec(f"tool_{batch}_{i}", f"Does {i} {batch}.", {}) for i in range(VECTORS // 4)]
        )

    assert len(router._vectors) == VECTORS


def test_more_tools_than_vectors_are_kept_get_scores() -> None:
    tools = [ToolSpec(f"tool_{i}", f"Does {i}.", {}) for i in range(VECTORS)]

    assert len(EmbeddingRouter(HashEmbedder(8)).scores("do 7", tools)) == VECTORS


def test_threads_share_a_router() -> None:
    router = EmbeddingRouter(HashEmbedder())
    tools = [ToolSpec(f"tool_{i}", f"Does {i}.", {}) for i in range(200)]
    alone = router.scores("tell me the time", tools)
    found: list[list[float]] = []
    threads = [
        threading.Thread(target=lambda: found.append(router.scores("tell me the time", tools))) for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [alone] * 8


# -- odd tools and messages -----------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SCHEMA = st.fixed_dictionaries({}, optional={"type": JSON, "description": JSON, "enum": JSON, "format": JSON})
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "properties": JSON | st.dictionaries(st.text(), SCHEMA | JSON, max_size=3),
        "required": JSON | st.lists(st.text() | st.sampled_from(["id", "url", "date"]), max_size=3),
    },
)
ODD_TEXT = st.text(st.characters(codec=None)) | st.sampled_from(["", " ", "\ud800", "🌍", "a" * 5_000, "'" * 500])
TOOLS = st.lists(st.builds(ToolSpec, ODD_TEXT, ODD_TEXT, PARAMETERS), max_size=5)


@pytest.mark.parametrize("embedder", [pytest.param(HashEmbedder(), id="hashes"), pytest.param(None, id="words")])
@given(text=ODD_TEXT, tools=TOOLS)
@settings(deadline=None, max_examples=60)
def test_odd_tools_and_messages_get_a_tool_on_offer_or_none(
    embedder: HashEmbedder | None, text: str, tools: list[ToolSpec]
) -> None:
    router = EmbeddingRouter(embedder)

    assert router.choose([user(text)], tools) in {None, *(tool.name for tool in tools)}
    assert all(0 <= score <= 1 for score in router.scores(text, tools))


@given(text=ODD_TEXT, tools=TOOLS)
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_real_model_reads_odd_tools_and_messages_too(router: EmbeddingRouter, text: str, tools: Any) -> None:
    assert router.choose([user(text)], tools) in {None, *(tool.name for tool in tools)}


@given(text=st.sampled_from([text for text, _ in HELD_OUT["messages"]]), seed=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_tools_changes_nothing(text: str, seed: Any) -> None:
    router = EmbeddingRouter(HashEmbedder())
    tools = specs(HELD_OUT)
    shuffled = seed.sample(tools, len(tools))

    assert router.choose([user(text)], shuffled) == router.choose([user(text)], tools)


def test_tools_of_one_name_are_one_choice() -> None:
    again = ToolSpec(MUSIC.name, "", {})

    assert EmbeddingRouter(None).choose([user("Play the song Yesterday")], [again, MUSIC, again]) == "play_music"


@pytest.mark.parametrize(
    "text", ["why " * 100_000, "a" * 400_000, "'a" * 200_000, "is er than " * 40_000, "@" * 400_000]
)
@pytest.mark.timeout(20)
def test_a_message_of_any_length_is_read_in_no_time(text: str) -> None:
    tools = [ToolSpec("x" * 100_000, text, {"properties": {text: {"description": text}}, "required": [text]})]

    EmbeddingRouter(HashEmbedder()).choose([user(text)], tools)

    assert len(core(text)) <= 4_001
    assert TEXT_CHARS < 4_000


# -- how a message asks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Turn it off", "order"),
        ("It's late. Could you please turn it off?", "order"),
        ("I moved, please change my address", "order"),
        ("Throw the ball", "order"),
        ("Is the door open?", "question"),
        ("how far is it to Rome", "question"),
        ("Do birds sleep?", "general"),
        ("Can you explain gravity?", "general"),
        ("Write a poem about rain", "general"),
        ("I like rain", "statement"),
        ("The door is open", "statement"),
        ("ok", "other"),
        ("", "other"),
        ("Wie wird das Wetter", "other"),
    ],
)
def test_a_message_has_the_form_of_the_sentence_that_asks_most(text: str, expected: Form) -> None:
    assert form(text) == expected


def test_of_a_long_message_the_asking_sentences_count() -> None:
    text = "I had a long day at the office. " * 20 + "Please play some jazz. " + "It was a very long day. " * 20

    assert core(text) == "Please play some jazz."


@pytest.mark.parametrize(("text", "expected"), [("And Paris?", True), ("Paris?", False), ("And why is that?", False)])
def test_a_follow_up_begins_with_what_carries_on(text: str, expected: bool) -> None:
    assert is_follow_up(text) is expected
