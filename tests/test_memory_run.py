"""A dialogue of benchmarks/memory held with the library: what is said, when, and what comes out."""

from datetime import datetime, timedelta

import pytest

from benchmarks.memory import corpus
from benchmarks.memory.corpus import Dialogue
from benchmarks.memory.run import SpokenFor, produce, turns, verbatim
from benchmarks.memory.scoring import Produced, score
from julep_local.llm.base import Delta, PromptMessage, Purpose, Sampling
from julep_local.testing import HashEmbedder, ScriptedModel

BY_ID = {dialogue.id: dialogue for dialogue in corpus.load(["dev"])}


def formed(dialogue: Dialogue) -> list[Produced]:
    return produce(dialogue, embedder=HashEmbedder())


def test_memories_have_the_day_and_the_message_they_were_formed_from() -> None:
    dialogue = BY_ID["leeds-to-porto"]

    memories = formed(dialogue)

    assert {memory.sources for memory in memories} <= {(message.place,) for message in dialogue.messages}
    leeds = next(memory for memory in memories if "Leeds" in memory.content)
    porto = next(memory for memory in memories if "Porto" in memory.content)
    assert leeds.sources == (0,)
    assert porto.sources == (4,)
    assert leeds.timestamp is not None
    assert timedelta(0) <= leeds.timestamp - dialogue.sessions[0].date < timedelta(hours=1)


@pytest.mark.parametrize(
    "dialogue_id",
    [
        pytest.param("tool-result-whispers", id="a tool call"),
        pytest.param("agent-sees-system", id="a system message"),
        pytest.param("it-broke-again", id="empty answers"),
        pytest.param("summary-please", id="no answer at the end of a session"),
        pytest.param("agent-boasts", id="a doc"),
    ],
)
def test_every_kind_of_dialogue_can_be_held(dialogue_id: str) -> None:
    dialogue = BY_ID[dialogue_id]

    result = score(dialogue, formed(dialogue))

    assert result.n_dialogues == 1


@pytest.mark.parametrize(
    ("purpose", "says"), [("chat", "Given"), ("summary", ""), ("suggestion", ""), ("memory", "Formed")]
)
def test_chats_are_answered_as_given_and_memories_formed_by_the_model(purpose: Purpose, says: str) -> None:
    model = SpokenFor(ScriptedModel(background="Formed"), ["Given"])
    prompt = model.prompt([PromptMessage("user", "Hello", part="input")])

    pieces = list(model.generate(prompt, Sampling(), purpose=purpose))

    assert "".join(piece.text for piece in pieces if isinstance(piece, Delta)) == says


def test_a_turn_ends_with_what_the_agent_says() -> None:
    session = BY_ID["tool-result-whispers"].sessions[0]

    roles = [
        ([message.role for message in turn.sent], turn.answer.role if turn.answer else None) for turn in turns(session)
    ]

    assert roles == [
        (["user"], "function_call"),
        (["function"], "assistant"),
        (["user"], "assistant"),
    ]


def test_keeping_everything_keeps_each_sentence_of_the_user() -> None:
    dialogue = BY_ID["thirty-second-note"]

    assert verbatim(dialogue) == [
        Produced(
            "I'm moving my physio from Tuesdays to Thursdays at 8, starting next week.",
            "current",
            datetime.fromisoformat("2025-08-21T06:58:00+00:00"),
            (0,),
        )
    ]
