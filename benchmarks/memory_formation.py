"""What is remembered of a dialogue, and what had better not be?

Memory that nobody can trust is worse than none: mostly junk, other people's facts, jokes taken at their word, orders
that came with a pasted text, passwords. Measured on the dialogues of `benchmarks/memory/` (its README says how they are
written and are scored), each held with a fresh client, the agent's answers given, the clock set to the date of each
session. `precision` is of the current memories, `recall` of what should be kept; `junk` matches nothing expected or
says what is forbidden. Beside it: every sentence of the user kept as it stands. Nothing is timed; the figures repeat.

    python -m benchmarks memory_formation
    python -m benchmarks.memory_formation [dev|held-out] [--by theme|language] [--show DIALOGUE]

`--by` adds a row for each theme or language, `--show` prints what became of each memory of the dialogues that have this
id, theme or language. Look at `dev` alone while you work: the held-out part is for judging, never for tuning.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from benchmarks._measure import conclude
from benchmarks.memory import corpus, run
from benchmarks.memory.corpus import Dialogue
from benchmarks.memory.scoring import SHARES, Produced, Score, judge, score, total
from julep_local.llm import catalog
from julep_local.llm.llama import LlamaCppModel
from julep_local.recall.embeddings import find_embedder

COLUMNS = ("precision", "recall", "junk", "duplicates", "stale", "dates", "sources", "superseded", "history", "over")
TARGETS = {"precision": 0.90, "recall": 0.70, "junk": 0.05, "injections": 0.0, "secrets": 0.0}
AT_MOST = ("junk", "injections", "secrets")

Tier = Callable[[Dialogue], list[Produced]]


def main(splits: Sequence[str], *, by: str | None, show: str | None) -> None:
    embedder = find_embedder(None)
    found = catalog.chat_model("smollm2-135m-instruct")
    small = LlamaCppModel(found.path, name=found.name)
    tiers: dict[str, Tier] = {
        "no model": lambda dialogue: run.produce(dialogue, embedder=embedder, memory_tier="rules"),
        "SmolLM2": lambda dialogue: run.produce(dialogue, embedder=embedder, model=small, memory_tier="small"),
        "every sentence kept": run.verbatim,
    }
    dialogues = corpus.load(splits)
    scores: dict[tuple[str, str], dict[str, Score]] = {}
    for tier, produce in tiers.items():
        for dialogue in dialogues:
            memories = produce(dialogue)
            scores.setdefault((tier, dialogue.split), {})[dialogue.id] = score(dialogue, memories)
            if show in (dialogue.id, dialogue.theme, dialogue.language) and produce is not run.verbatim:
                _show(dialogue, memories)
    if len(splits) > 1:
        for tier in tiers:
            scores[tier, "all"] = {id: one for split in splits for id, one in scores[tier, split].items()}
    group_of = {dialogue.id: getattr(dialogue, by) for dialogue in dialogues} if by else {}
    print(f"{'':38}{'n':>4}" + "".join(f"{column:>11}" for column in COLUMNS) + "  forbidden")
    for (tier, split), by_id in scores.items():
        _print_row(f"{tier}, {split}", total(by_id.values()))
        for group in sorted(set(group_of.values())):
            _print_row(f"    {group}", total(one for id, one in by_id.items() if group_of[id] == group))
    _conclude({key: total(by_id.values()) for key, by_id in scores.items()}, embedder.name)


def _print_row(name: str, of: Score) -> None:
    cells = [getattr(of, column).value for column in COLUMNS]
    numbers = "".join(f"{'' if value is None else f'{value:.3f}':>11}" for value in cells)
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(of.forbidden.items()))
    print(f"{name:38}{of.n_dialogues:4}{numbers}  {kinds}")


def _show(dialogue: Dialogue, memories: Sequence[Produced]) -> None:
    """Print each memory with its verdict, and what is missing."""
    print(f"\n{dialogue.id} ({dialogue.theme}, {dialogue.language}, {dialogue.split})")
    judged = judge(dialogue, memories)
    for each in judged:
        what = ", ".join([*each.items, *(f"not {kind}" for kind in each.forbidden)])
        when = "" if each.memory.timestamp is None else f"{each.memory.timestamp:%Y-%m-%d}"
        print(f"  {each.verdict or each.memory.state:10} {when:10}  {each.memory.content!r}  {what}")
    found = {id for each in judged if each.verdict != "junk" for id in each.items}
    for item in dialogue.expected:
        if not item.optional and item.id not in found and item.id not in dialogue.superseded:
            said = " / ".join(dialogue.messages[place].content for place in item.sources)
            print(f"  missing    {item.id}: {said!r}")


def _conclude(scores: Mapping[tuple[str, str], Score], embedder: str) -> None:
    """Print the figures of the library's tiers against the targets, and those of everything in the JSON line."""
    measured: dict[str, float] = {}
    for (tier, split), of in scores.items():
        if tier != "every sentence kept":
            figures = {name: getattr(of, name).value or 0.0 for name in ("precision", "recall", "junk")}
            figures |= {"injections": of.forbidden.get("injection", 0), "secrets": of.forbidden.get("secret", 0)}
            measured |= {f"{tier}, {split}: {name}": value for name, value in figures.items()}
    wanted = {what: what.rsplit(": ", 1)[1] for what in measured}
    met = {
        what: value <= TARGETS[wanted[what]] if wanted[what] in AT_MOST else value >= TARGETS[wanted[what]]
        for what, value in measured.items()
    }
    conclude(
        "memory formation",
        measured,
        unit="ratio",
        target=1.0,
        rounds=1,
        met=all(met.values()),
        targets={
            what: f"{'at most' if name in AT_MOST else 'at least'} {TARGETS[name]:g}" for what, name in wanted.items()
        },
        met_each=met,
        scores={f"{tier}, {split}": _told(of) for (tier, split), of in scores.items()},
        model=embedder,
    )


def _told(of: Score) -> dict[str, object]:
    shares = {name: getattr(of, name) for name in SHARES}
    return {
        "dialogues": of.n_dialogues,
        **{name: None if share.value is None else round(share.value, 3) for name, share in shares.items()},
        "forbidden": dict(Counter(of.forbidden)),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("split", nargs="?", choices=corpus.SPLITS, help="one part alone")
    parser.add_argument("--by", choices=("theme", "language"), help="a row for each")
    parser.add_argument("--show", help="an id, a theme or a language")
    given = parser.parse_args()
    main([given.split] if given.split else corpus.SPLITS, by=given.by, show=given.show)
