"""What must be in a file, going by what its writers wrote down, held against what is."""

from collections.abc import Iterable
from math import inf
from pathlib import Path

from julep_local.store import doctor
from julep_local.store.database import Database


class Expected:
    """Committed is there and whole; what was under way is there and whole, or not at all; nothing else is there."""

    def __init__(self) -> None:
        self._there: dict[str, str] = {}
        """By name: `there`, `gone`, or `open` for what was under way."""
        self._kinds: dict[str, str] = {}
        self._read: dict[Path, int] = {}
        self.n_committed = 0
        self.n_open = 0

    def read(self, ledgers: Iterable[Path], *, until: float = inf) -> None:
        """Take note of what has come to the ledgers since the last time, up to a time on the monotonic clock."""
        for path in ledgers:
            lines = path.read_bytes().split(b"\n")[:-1]  # the last one may be half
            for line in lines[self._read.get(path, 0) :]:
                mark, kind, name, at = line.decode().split(" ")
                if kind != "gone":
                    self._kinds[name] = kind
                if mark == "A" and float(at) > until:
                    continue  # nobody can have learned of it
                if mark == "B":
                    self._there[name] = "open" if kind != "gone" else "going"
                else:
                    self._there[name] = "gone" if kind == "gone" else "there"
                    self.n_committed += 1
            self._read[path] = len(lines)

    def wrong_in(self, db: Database) -> list[str]:
        """Return what is lost, torn, doubled or of nobody; what was under way counts from now on as it was found."""
        found = _found(db)
        wrong = [f"ghost: {name}" for name in found if name not in self._there]
        for name, state in self._there.items():
            n_parts = found.get(name, 0)
            is_whole, is_gone = n_parts == _WHOLE[self._kinds[name]], n_parts == 0
            if state == "there" and not is_whole:
                wrong.append(f"{'lost' if is_gone else 'torn'}: {self._kinds[name]} {name} ({n_parts} parts)")
            elif state == "gone" and not is_gone:
                wrong.append(f"came back: {name}")
            elif state in ("open", "going"):
                self.n_open += 1
                if not (is_whole or is_gone):
                    wrong.append(f"torn: {self._kinds[name]} {name} ({n_parts} parts)")
                self._there[name] = "there" if is_whole else "gone"
        return wrong

    def lost_in(self, db: Database) -> list[str]:
        """Return what was committed and is not there: of a power cut in background mode, all else must hold."""
        return [each for each in self.wrong_in(db) if each.startswith(("lost", "came back"))]


# a row, its parts, its vectors and its job: counted together, each in a place of its own
_WHOLE = {"turn": 2 + 10, "doc": 3 + 100 * 3 + 10, "memory": 1 + 100 + 10}


def _found(db: Database) -> dict[str, int]:
    """Return how many parts there are, by name."""
    parts: dict[str, int] = {}

    def count(weight: int, sql: str) -> None:
        for name, n in db.query(sql):
            parts[name] = parts.get(name, 0) + weight * n

    with db.snapshot():
        count(1, "select turn_id, count(*) from messages group by turn_id")
        count(1, "select docs.id, count(*) from docs join chunks on doc_seq = docs.seq group by docs.seq")
        count(
            100,
            """
            select docs.id, sum(n_chunks)
            from chunk_vectors
            join chunks on chunks.id = chunk_id
            join docs on docs.seq = doc_seq
            group by docs.seq
            """,
        )
        count(1, "select id, 1 from memories")
        count(100, "select memory_id, count(*) from memory_vectors group by memory_id")
        # a job stays when its doc is deleted
        count(10, "select name, 1 from jobs where name in (select turn_id from messages)")
        count(10, "select name, 1 from jobs where name in (select id from docs union all select id from memories)")
    return parts


def unsound(db: Database) -> list[str]:
    """Return what the doctor finds, notes included."""
    return [f"{each.kind} {each.table}: {each.meaning}" for each in doctor.examine(db).findings]
