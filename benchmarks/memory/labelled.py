"""Sentences labelled as worth remembering or not, each where it was said: what the judge of sentences learns from.

Those of the dev dialogues, whose labels are what scoring says of a memory that is this sentence; the whole messages
of messages/; the single sentences of sentences.txt and few_words/. What may be kept as well as left is not among
them, and nothing that is held out.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks.memory import corpus
from benchmarks.memory.corpus import Dialogue
from benchmarks.memory.scoring import Produced, judge
from julep_local.memory.features import Remark
from julep_local.memory.fiction import outside_fiction
from julep_local.memory.judge import remarks
from julep_local.memory.languages import spoken
from julep_local.memory.prose import own_sentences

MESSAGES = Path(__file__).parent / "messages"
SENTENCES = Path(__file__).parent / "sentences.txt"
FEW_WORDS = Path(__file__).parent / "few_words"
TOGETHER = 20
"""Lines of a file in a group: near each other they are of one kind of talk."""


@dataclass(frozen=True)
class Labelled:
    """A remark that is worth remembering, or is not."""

    remark: Remark
    worth: bool
    source: str
    """"dialogues", "messages", "sentences" or "few words"."""
    group: str
    """What was written together: never one part to learn from and one to judge by."""


def everything() -> list[Labelled]:
    """Return all labelled remarks, in order."""
    few_words = [each for file in sorted(FEW_WORDS.glob("*.txt")) for each in of_lines(file, "few words")]
    return [*of_dialogues(corpus.load(["dev"])), *of_messages(), *of_lines(SENTENCES, "sentences"), *few_words]


def digest(labelled: list[Labelled]) -> str:
    """Return the SHA-256 of labelled remarks."""
    told = [(*astuple(each.remark), each.worth, each.source, each.group) for each in labelled]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def of_dialogues(dialogues: list[Dialogue]) -> Iterator[Labelled]:
    """Yield the sentences that the user means in dialogues, in order."""
    for dialogue in dialogues:
        found = list(_remarks(dialogue))
        optional = {item.id for item in dialogue.expected if item.optional}
        produced = [Produced(_told(remark), "current", dialogue.date_of(place), (place,)) for remark, place in found]
        for (remark, _), judged in zip(found, judge(dialogue, produced), strict=True):
            worth = bool(judged.items) and not judged.forbidden and judged.verdict != "junk"
            if not worth or not optional.issuperset(judged.items):
                yield Labelled(remark, worth, "dialogues", dialogue.id)


def of_messages(folder: Path = MESSAGES) -> Iterator[Labelled]:
    """Yield the sentences of whole messages, file by file, in order."""
    for file in sorted(folder.glob("*.txt")):
        yield from _of_file(file)


def _of_file(file: Path) -> Iterator[Labelled]:
    for n, block in enumerate(file.read_text(encoding="utf-8").split("\n\n")):
        before, message = "", list[tuple[str, str]]()
        for line in [*block.splitlines(), "> "]:
            if line.startswith(">"):
                said = remarks([text for _, text in message], before)
                for (sign, _), remark in zip(message, said, strict=True):
                    if sign != "~":
                        yield Labelled(remark, sign == "+", "messages", f"{file.stem} {n}")
                before, message = line[2:], []
            elif line[:1] in ("+", "-", "~"):
                message.append((line[0], line[2:]))


def of_lines(file: Path, source: str) -> Iterator[Labelled]:
    """Yield the single sentences of a file, in order."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line[:2] in ("+ ", "- ")]
    for n, line in enumerate(lines):
        text = line[2:].replace("\\n", "\n")
        meant = outside_fiction(text)
        own = own_sentences(meant) if meant else []
        if len(own) == 1:  # of several it is not said which one is meant
            yield Labelled(remarks(own)[0], line[0] == "+", source, f"{source} {file.stem} {n // TOGETHER}")


def _remarks(dialogue: Dialogue) -> Iterator[tuple[Remark, int]]:
    """Yield what the user says and means, each with the place of its message."""
    talk: list[tuple[str, str]] = []
    before = ""
    for message in dialogue.messages:
        if message.role == "user":
            meant = outside_fiction(message.content, talk)
            for remark in remarks(own_sentences(meant) if meant else [], before):
                yield remark, message.place
        before = message.content if message.role == "assistant" else ""
        talk.append((message.role, message.content))


def _told(remark: Remark) -> str:
    """Return the remark as a memory: an answer with its question."""
    if not remark.question:
        return remark.text
    return spoken(remark.question).answered.format(question=remark.question, answer=remark.text)
