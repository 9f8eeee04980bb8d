"""Which memories is a turn shown, and which in vain?

One that answers and is not shown is missed; one that has nothing to do with a turn costs some 30 tokens and may lead a
small model astray. Measured with the library's own recall, as a chat does it, five memories at most, for thresholds
from 0.15 to 0.40 (`Embedder.relevance_threshold`, of all-MiniLM-L6-v2 0.25):

- statements: 40 short ones of a user, each with the assistant's message before it, and a question of the user's that
  it answers (below, written for this). kept: of the questions, how many are shown the statement; beside: how many
  others with it; talk and other: of 22 pleasantries and of 20 questions that have nothing to do with the user, how many
  are shown any.
- dialogues, with DATA_FOLDER (see benchmarks/README.md): every turn of a conversation remembered, some 500. kept: the
  share of the evidence that is shown; of the same questions asked of another conversation, how many are shown any.

    python -m benchmarks.memory_threshold [DATA_FOLDER]

Nothing is timed, and there is no target; the figures repeat.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.memory_quality import EachOnce, Store
from benchmarks.recall_threshold import SMALL_TALK
from julep_local import Client
from julep_local.recall.embeddings import find_embedder
from julep_local.recall.memory_recall import recall_memories
from julep_local.store.database import Database
from julep_local.testing import ScriptedModel

THRESHOLDS = [0.15, 0.20, 0.25, 0.30, 0.35, 0.40]
SHOWN = 5

STATEMENTS = [  # what the assistant said before, what the user said, and what they ask later
    ("Hi Bo! How can I help you today?", "My dog is called Biscuit.", "What is my dog called?"),
    ("Got it. Anything else I should know?", "I'm allergic to peanuts.", "can I eat this satay sauce?"),
    ("That sounds like a busy week.", "My sister Clara lives in Lisbon.", "Where does my sister live?"),
    ("Nice to meet you.", "I work as a nurse at the children's hospital.", "what do I do for a living"),
    (
        "Great question! The Great Wall is about 21,000 km long.",
        "I'm going to Japan in October with my wife.",
        "When is my trip?",
    ),
    (
        "Here is a recipe for lentil soup: fry onions, add stock, simmer for 30 minutes.",
        "I don't eat meat, by the way.",
        "what should I cook tonight",
    ),
    ("You're welcome!", "My birthday is on 14 March.", "when is my birthday again?"),
    ("The capital of Australia is Canberra.", "I grew up in Melbourne.", "Where did I grow up?"),
    ("What kind of music do you like?", "Mostly jazz, Coltrane and Miles Davis.", "recommend me a record"),
    (
        "Python is a good first language for that.",
        "I started learning Rust last month.",
        "Which programming language am I learning?",
    ),
    (
        "Sure, I can help with your CV. What was your last job?",
        "I was head of logistics at a furniture maker for six years.",
        "What was my last job?",
    ),
    ("How did the interview go?", "It went well, they offered me the job!", "did I get the job?"),
    (
        "A Monstera likes bright indirect light.",
        "My Monstera has brown spots on its leaves.",
        "what's wrong with my plant?",
    ),
    (
        "Is there anything you are worried about?",
        "My mother is having knee surgery next Tuesday.",
        "When is mum's operation?",
    ),
    ("I see. Which bank are you with?", "I'm with Nordea.", "Which bank do I use?"),
    ("I can set a reminder if you like.", "I take 50 mg of levothyroxine every morning.", "What medication am I on?"),
    ("The train leaves at 9:15.", "I hate flying, I always take the train.", "how do I prefer to travel?"),
    ("Ok, noted.", "We moved to Hamburg in 2019.", "What city do I live in?"),
    ("Would you like a short or a long answer?", "I prefer short answers.", "how should you answer me?"),
    ("A half marathon is 21.1 km.", "I'm training for the Berlin half marathon in April.", "what am I training for?"),
    ("Congratulations!", "Our daughter Mia was born on 3 May.", "How old is my daughter?"),
    ("What's your favourite food?", "Ramen, definitely.", "what's my favourite dish"),
    ("Do you have any pets?", "Yes, two cats, Miso and Tofu.", "What are my cats' names?"),
    ("Good morning!", "I slept badly, the neighbours had a party.", "why am I so tired today?"),
    (
        "The Overstory is a novel by Richard Powers.",
        "I finished The Overstory, I loved it.",
        "which book did I just finish?",
    ),
    ("Let me know how it goes.", "My landlord raised the rent to 940 euros.", "How much rent do I pay?"),
    ("I recommend a waterproof jacket.", "I bought a red Patagonia jacket.", "what colour is my new jacket?"),
    ("Interesting. What do you study?", "I study marine biology in Kiel.", "what's my major?"),
    (
        "A mortgage has a fixed or a variable rate.",
        "We want to buy a house next year.",
        "are we planning to buy property?",
    ),
    ("Which car do you drive?", "An old Volvo 240.", "What car do I have?"),
    ("OK!", "I play the cello in an orchestra on Thursdays.", "am I free on Thursday evening?"),
    (
        "Dr. Osei is a good choice.",
        "Dr. Osei told me to rest my knee for three weeks.",
        "what did the doctor say about my knee",
    ),
    ("That is a tough situation.", "I broke up with Jonas in June.", "who is Jonas?"),
    ("The museum is closed on Mondays.", "I teach maths at a secondary school.", "what subject do I teach?"),
    ("Here are three names: Luna, Bella, Coco.", "We called the puppy Luna.", "What did we name the puppy?"),
    ("Anything else?", "My wifi password is on the fridge.", "where is the wifi password?"),
    ("It is 22 degrees in Rome.", "I'm left-handed.", "which hand do I write with?"),
    ("Sure.", "I'm reading about stoicism these days.", "what philosophy am I into?"),
    ("What budget do you have in mind?", "About 500 euros.", "what was my budget?"),
    ("Where shall we meet?", "At the cafe by the harbour.", "where did I want to meet?"),
]

OTHER = [  # no statement of a user has anything to do with these
    "What is the capital of Mongolia?",
    "Write a poem about the sea",
    "How do I reverse a list in Python?",
    "Explain photosynthesis",
    "translate 'good night' into Italian",
    "what's 17 times 23",
    "Who wrote War and Peace?",
    "convert 5 miles to km",
    "How tall is the Eiffel Tower?",
    "summarise the French revolution",
    "what is a monad",
    "give me ten names for a startup",
    "How does a heat pump work?",
    "fix the grammar: he go to school yesterday",
    "what's the boiling point of ethanol",
    "how do vaccines work",
    "What's the plot of Hamlet?",
    "list the planets",
    "why is the sky blue?",
    "how many bytes in a megabyte",
]


def shown(db: Database, embedder: EachOnce, agent_id: str, query: str) -> list[str]:
    """Return the ids of the memories that a turn is shown."""
    found = recall_memories(
        db, lambda: embedder, query, agent_id=agent_id, user_id=None, limit=SHOWN, only_relevant=True
    )
    return [each.memory.id for each in found]


def statements(client: Client, embedder: EachOnce, db: Database) -> dict[str, float]:
    """Return shares for the threshold that the embedder has."""
    agent_id, user_id = client.agents.create(name="Ada").id, client.users.create(name="Bo", about="").id
    said = [
        {"content": text, "speaker": speaker, "timestamp": f"2024-01-01T{i // 60:02}:{i % 60:02}:00Z"}
        for i, (before, answer, _) in enumerate(STATEMENTS)
        for speaker, text in (("Ada", before), ("Bo", answer))
    ]
    added = client.memories.add_all(agent_id=agent_id, user_id=user_id, memories=said)
    for memory in added[::2]:  # the assistant's are no memories of the user's, only what was said before
        with db.transaction():
            db.execute("update memories set state = 'retracted' where id = :id", {"id": memory.id})
    found = [shown(db, embedder, agent_id, question) for _, _, question in STATEMENTS]
    own = [memory.id in each for memory, each in zip(added[1::2], found, strict=True)]
    return {
        "kept": float(np.mean(own)),
        "beside": float(np.mean([len(each) - is_shown for each, is_shown in zip(found, own, strict=True)])),
        "talk": float(np.mean([bool(shown(db, embedder, agent_id, text)) for text in SMALL_TALK])),
        "other": float(np.mean([bool(shown(db, embedder, agent_id, text)) for text in OTHER])),
    }


def dialogues(stores: Sequence[Store], embedder: EachOnce, db: Database) -> dict[str, float]:
    """Return shares for the threshold that the embedder has."""
    kept, foreign, talk = [], [], []
    for i, store in enumerate(stores):
        other = stores[(i + 1) % len(stores)]
        for question, _, evidence in store.asked[::2]:
            kept.append(len(evidence & set(shown(db, embedder, store.agent_id, question))) / len(evidence))
            foreign.append(bool(shown(db, embedder, other.agent_id, question)))
        talk += [bool(shown(db, embedder, store.agent_id, text)) for text in [*SMALL_TALK, *OTHER]]
    return {"kept": float(np.mean(kept)), "another": float(np.mean(foreign)), "talk": float(np.mean(talk))}


def main(folder: Path | None) -> None:
    embedder = EachOnce(find_embedder(None))
    files = sorted(folder.glob("locomo*.json")) if folder is not None else []
    conversations: list[Any] = [each for file in files for each in json.loads(file.read_text("utf-8"))]
    result: dict[str, dict[str, float]] = {}
    with Client(path=":memory:", model=ScriptedModel([]), embedder=embedder) as client:
        db = client.memories._runtime.db
        stores = [Store(client, [conversation]) for conversation in conversations]
        for threshold in THRESHOLDS:
            embedder.relevance_threshold = threshold
            found = {f"statements, {name}": share for name, share in statements(client, embedder, db).items()}
            if len(stores) > 1:
                found |= {f"dialogues, {name}": share for name, share in dialogues(stores, embedder, db).items()}
            result[f"{threshold:.2f}"] = {name: round(share, 3) for name, share in found.items()}
    print(f"{'share at threshold':28}" + "".join(f"{threshold:7.2f}" for threshold in THRESHOLDS))
    for name in next(iter(result.values())):
        print(f"{name:28}" + "".join(f"{found[name]:7.2f}" for found in result.values()))
    print(json.dumps({"question": "memory threshold", "thresholds": THRESHOLDS, "found": result}))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
