import pytest

from julep_local.memory.formation import remember
from julep_local.memory.turn import Said
from julep_local.store import agents, memories, memory_rights, messages, users
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder
from julep_local.types import Memory
from tests.store.making import NOW, new_id

from .talking import MONDAY, Talk, candidate


def only(talk: Talk) -> Memory:
    (memory,) = talk.memories()
    return memory


def test_a_memory_has_its_fields_and_its_reasons(talk: Talk) -> None:
    (said,) = talk.recorded("I moved to Oslo with Maria yesterday.")

    talk.hear(said)

    memory = only(talk)
    assert memory.content == "Grace: I moved to Oslo with Maria yesterday."
    assert memory.timestamp is not None
    assert memory.timestamp.isoformat() == "2024-05-12T12:00:00+00:00"
    assert memory.sources == [said.id]
    assert [each.model_dump()["name"] for each in memory.entities] == ["Oslo", "Maria"]
    assert (memory.tier, memory.model, memory.state, memory.valid_until) == ("rules", None, "current", None)
    known = memories.stored(talk.db, memory.id)
    assert known is not None
    assert [verdict["gate"] for verdict in known.verdicts] == [
        "kind",
        "secret",
        "instruction",
        "echo",
        "support",
        "judge",
        "duplicate",
    ]
    assert all(verdict["passed"] for verdict in known.verdicts)


def test_what_is_said_again_is_refreshed(talk: Talk) -> None:
    first, second = talk.recorded("I live in Oslo."), talk.recorded("i live in oslo!")

    talk.hear(*first)
    outcome = talk.hear(*second, day=3)

    assert str(outcome) == "0 new, 1 known already"
    assert sorted(only(talk).sources) == sorted(str(each.id) for each in (*first, *second))
    known = memories.stored(talk.db, only(talk).id)
    assert known is not None
    assert known.said_at is not None
    assert (known.said_at - MONDAY).days == 3


def test_a_newer_home_ends_the_older_and_both_can_be_read(talk: Talk) -> None:
    talk.hear("I live in Oslo.")
    talk.hear("I live in Bergen.", day=9)

    (old,) = talk.memories("superseded")
    assert talk.contents() == ["Grace: I live in Bergen."]
    assert old.content == "Grace: I live in Oslo."
    assert old.superseded_by == only(talk).id
    assert old.valid_until is not None
    assert (old.valid_until - MONDAY).days == 9


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param("I live in Bergen.", "I lived in Oslo as a child.", id="once"),
        pytest.param("I live in Bergen.", "I used to live in Oslo.", id="used to"),
        pytest.param("I live in Bergen.", "In 2009 I moved to Oslo.", id="long ago"),
        pytest.param("I live in Rome.", "My brother moved to Oslo.", id="somebody else"),
        pytest.param("My brother lives in Rome.", "My sister lives in Oslo.", id="two persons"),
        pytest.param("My dog is called Rex.", "My cat is called Minka.", id="two animals"),
        pytest.param("I have a dog called Rex.", "I have another dog called Bo.", id="two dogs"),
        pytest.param("My dentist appointment is on Monday.", "My job interview is on Tuesday.", id="two dates"),
        pytest.param("I love Italian food.", "I hate spiders.", id="two likings"),
        pytest.param("I play the piano.", "I play chess.", id="two hobbies"),
        pytest.param("Ich wohne in Bonn.", "Mein Bruder wohnt in Köln.", id="German"),
        pytest.param("Vivo en Madrid.", "Mi hermana vive en Sevilla.", id="Spanish"),
    ],
)
def test_what_does_not_contradict_ends_nothing(talk: Talk, known: str, said: str) -> None:
    talk.hear(known)
    talk.hear(said, day=1)

    assert talk.contents("superseded") == []
    assert f"Grace: {known}" in talk.contents()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param("I smoke ten cigarettes a day.", "I haven't smoked since Easter.", id="over"),
        pytest.param("I have a Pixel 6.", "I switched from the Pixel to an iPhone yesterday.", id="exchanged"),
        pytest.param("I work Mondays and Tuesdays.", "I work Wednesdays and Thursdays now.", id="other days"),
        pytest.param("I can't stand olives.", "I've come round to olives.", id="changed mind"),
        pytest.param("Ich arbeite als Köchin.", "Ich bin jetzt Küchenchefin in Binz.", id="German"),
        pytest.param("Soy camarero en Cádiz.", "Ahora soy repartidor.", id="Spanish"),
    ],
)
def test_what_is_over_or_otherwise_now_ends_what_was_known_of_it(talk: Talk, known: str, said: str) -> None:
    talk.hear(known)
    talk.hear(said, day=1)

    assert talk.contents("superseded") == [f"Grace: {known}"]
    assert talk.contents() == [f"Grace: {said}"]


def test_what_says_less_than_is_known_is_no_news(talk: Talk) -> None:
    talk.hear("I work as a vet in an animal shelter in Murcia.")
    talk.hear("I work in an animal shelter.", day=1)

    assert talk.contents() == ["Grace: I work as a vet in an animal shelter in Murcia."]


def test_what_a_turn_said_earlier_does_not_end_what_was_said_later(talk: Talk) -> None:
    """A job that failed is done again after those of later turns."""
    talk.hear("I live in Bergen.", day=5)
    talk.hear("I live in Oslo.", day=0)

    (old,) = talk.memories("superseded")
    assert talk.contents() == ["Grace: I live in Bergen."]
    assert old.content == "Grace: I live in Oslo."
    assert old.superseded_by == only(talk).id
    assert old.valid_until is not None
    assert (old.valid_until - MONDAY).days == 5


def test_what_was_told_later_of_long_ago_does_not_end_what_was_said_before(talk: Talk) -> None:
    talk.hear("In 2009 I moved to Oslo.", day=5)
    talk.hear("I live in Bergen.", day=0)

    assert sorted(talk.contents()) == ["Grace: I live in Bergen.", "Grace: In 2009 I moved to Oslo."]


def test_two_speakers_live_where_each_of_them_says(talk: Talk) -> None:
    talk.hear(*talk.recorded("I live in Oslo.", name="Anna"))
    talk.hear(*talk.recorded("I live in Rome.", name="Ben"), day=1)
    talk.hear(*talk.recorded("I live in Oslo.", name="Ben"), day=2)

    assert talk.contents() == ["Anna: I live in Oslo.", "Ben: I live in Oslo."]


def test_two_who_say_the_same_in_one_turn_that_is_not_recorded_have_a_memory_each(talk: Talk) -> None:
    talk.hear(Said("I live in Oslo.", name="Anna"))
    talk.hear(Said("I live in Oslo.", name="Ben"))

    assert talk.contents() == ["Anna: I live in Oslo.", "Ben: I live in Oslo."]


def test_a_user_who_gets_a_name_is_the_same_user(talk: Talk) -> None:
    talk.hear("I live in Oslo.", speaker="The user")
    talk.hear("I live in Rome.", day=1, speaker="Grace")

    assert talk.contents() == ["Grace: I live in Rome."]


@pytest.mark.parametrize("recorded", [True, False])
def test_a_job_done_twice_forms_nothing_twice(talk: Talk, recorded: bool) -> None:
    text = "I live in Oslo. Actually, I live in Bergen now. My dog is called Rex."
    turn = talk.turn(text if recorded else Said(text))
    talk.hear(*turn.said)
    before = [(each.content, each.state) for each in talk.memories(None)]

    talk.hear(*turn.said)

    assert [(each.content, each.state) for each in talk.memories(None)] == before


def test_nothing_is_formed_of_a_message_that_was_taken_back(talk: Talk, db: Database) -> None:
    (said,) = talk.recorded("I live in Oslo.")
    with db.transaction():
        memories.retract_message(db, str(said.id), at=NOW)

    outcome = talk.hear(said)

    assert str(outcome) == "0 new, 1 kept out (retracted)"
    assert talk.memories(None) == []


def test_of_two_messages_of_which_one_was_taken_back_a_model_forms_nothing(talk: Talk, db: Database) -> None:
    first, second = talk.recorded("I live in Oslo.", "I like tea.")
    with db.transaction():
        memories.retract_message(db, str(first.id), at=NOW)
    worded = candidate("Grace lives in Oslo.", ["I live in Oslo.", "Grace"], sources=(str(first.id), str(second.id)))

    remember(db, lambda: None, talk.turn(first, second), [worded])

    assert talk.memories(None) == []


@pytest.mark.parametrize("deleted", ["agent", "user"])
def test_nothing_is_formed_for_who_is_gone(talk: Talk, db: Database, deleted: str) -> None:
    turn = talk.turn(Said("I live in Oslo."))
    with db.transaction():
        if deleted == "agent":
            agents.delete(db, talk.agent_id)
        else:
            users.delete(db, talk.user_id)

    outcome = talk.hear(*turn.said)

    assert outcome.new == []
    assert talk.memories(None) == []


def test_memories_outlive_a_deleted_history(talk: Talk, db: Database) -> None:
    (said,) = talk.recorded("I live in Oslo.")
    with db.transaction():
        messages.delete_all(db, talk.session_id)

    talk.hear(said)

    assert talk.contents() == ["Grace: I live in Oslo."]


def test_a_copy_of_what_was_said_before_is_not_made_of_what_is_deleted_or_taken_back(talk: Talk, db: Database) -> None:
    (kept,) = talk.recorded("Tell me about yourself.", role="assistant")
    (back,) = talk.recorded("Where is your home?", role="assistant")
    with db.transaction():
        memories.retract_message(db, str(back.id), at=NOW)
    gone = Said("What do you like?", new_id())
    for said, before in (("I love sailing.", kept), ("I live in Oslo.", back), ("I have a dog called Rex.", gone)):
        talk.hear(said, before=before)

    known = [memories.stored(db, each.id) for each in talk.memories()]
    assert [each.said_before for each in known if each] == ["Tell me about yourself.", "", ""]


def test_what_nobody_wants_any_more_is_not_written(talk: Talk, db: Database) -> None:
    def unwanted() -> None:
        raise RuntimeError

    turn = talk.turn("I live in Oslo.")

    with pytest.raises(RuntimeError):
        remember(
            db,
            lambda: None,
            turn,
            [candidate("Grace lives in Oslo.", ["I live in Oslo. Grace"])],
            still_wanted=unwanted,
        )

    assert talk.memories(None) == []


def test_what_a_person_asks_to_forget_is_deleted(talk: Talk) -> None:
    talk.hear("I live in Oslo.")
    talk.hear("My dog is called Rex.")

    outcome = talk.hear("Please forget that I live in Oslo.", day=1)

    assert len(outcome.forgotten) == 1
    assert talk.contents(None) == ["Grace: My dog is called Rex."]


def test_the_name_in_front_is_no_reason_to_forget(talk: Talk) -> None:
    talk.hear("I live in Oslo.")

    talk.hear("Forget about Grace.", day=1)

    assert talk.contents() == ["Grace: I live in Oslo."]


def test_equal_meaning_in_other_words_is_refreshed_if_the_embedder_says_so(talk: Talk, db: Database) -> None:
    embedder = HashEmbedder()
    for day, text in enumerate(("I have a red boat in Oslo.", "In Oslo I have a red boat.")):
        turn = talk.turn(text)
        remember(db, lambda: embedder, turn, [candidate(text, [text], sources=(str(turn.said[0].id),))])
        assert len(talk.memories()) == 1, day


def test_a_correction_is_not_undone_by_forming_the_same_message_again(talk: Talk, db: Database) -> None:
    (said,) = talk.recorded("I live in Oslo.")
    talk.hear(said)
    known = memories.stored(db, only(talk).id)
    assert known is not None
    with db.transaction():
        memory_rights.edit(
            db,
            known.memory.id,
            content="Grace: I live in Bergen.",
            speaker="Grace",
            slot=known.slot,
            values=known.memory,
            verdict={"gate": "edited", "passed": True, "reason": "a person changed it"},
        )

    talk.hear(said)
    talk.hear(said, replay_id=new_id())

    assert talk.contents(None) == ["Grace: I live in Bergen."]
    assert db.query("select count(*) from memories")[0][0] == 1


@pytest.mark.parametrize(
    ("before", "since"),
    [
        pytest.param("I'm a waitress at a hotel in Graz.", "I quit the hotel!", id="work"),
        pytest.param("I cycle to work every day.", "I sold my bike, now I take the bus to work.", id="the way to work"),
        pytest.param("I'm single.", "I have a girlfriend now, her name is Ada.", id="whom one is with"),
        pytest.param("My daughter is six.", "My daughter turned seven yesterday.", id="age"),
        pytest.param("I have two cats.", "I have three cats now.", id="how many"),
        pytest.param("My puppy is called Max.", "We renamed the puppy, he's called Moritz now.", id="a name"),
        pytest.param("I got engaged on Sunday!", "Tomasz and I called off the engagement on Monday.", id="an end"),
        pytest.param(
            "Ich wohne bei meinen Eltern in Trier.", "Ich hab jetzt eine eigene Wohnung in Bonn.", id="German"
        ),
        pytest.param("Estoy soltero.", "Ahora tengo novia, se llama Ada.", id="Spanish"),
    ],
)
def test_there_is_one_of_what_there_can_be_only_one_of(talk: Talk, before: str, since: str) -> None:
    talk.hear(before)

    talk.hear(since, day=20)

    assert talk.contents("superseded") == [f"Grace: {before}"]
    assert len(talk.contents()) == 1
