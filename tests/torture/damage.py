"""What a process does with a damaged file: it looks it over, reads and searches it, and says what came of that."""

import contextlib
import hashlib
import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

from julep_local.errors import ApiError
from julep_local.store import docs, doctor, memory_search, row_hashes
from julep_local.store.database import AsItIs, Database
from julep_local.store.digest import digest
from tests.store.making import loaded_vectors
from tests.torture.works import AGENT

WORDS = ("moon", "harbour", "falls", "twice", "tides", "sea")


def content(db: Database) -> dict[str, Any]:
    """What people wrote, and what searches find of it."""
    words = hashlib.sha256()
    for table, columns in row_hashes.HASHED.items():
        if table not in row_hashes.VECTORS:
            for row in db.query(f"select {', '.join(columns)} from {table} order by id"):  # noqa: S608
                words.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
    ids, rows = loaded_vectors(db, 1, AGENT)
    return {
        "words": words.hexdigest(),
        **searches(db),
        "vectors": hashlib.sha256(rows.tobytes() + ids.tobytes()).hexdigest(),
    }


def searches(db: Database) -> dict[str, Any]:
    return {
        "found": [docs.word_scores(db, word, owner_id=AGENT)[0] for word in WORDS],
        "remembered": [
            [hit.memory.id for hit in memory_search.matching(db, [word], agent_id=AGENT, limit=99)]
            for word in ("sails", "grace")
        ],
    }


def look_over(paths: list[str], truth: dict[str, Any]) -> None:
    """Print for each file whether the doctor calls it sound, and what differs from the truth."""
    for path in paths:
        said: dict[str, Any] = {"path": path, "sound": False, "differs": [], "untyped": []}
        try:
            said["sound"] = doctor.examine_file(path).is_sound
        except ApiError:
            pass
        except Exception as error:
            said["untyped"].append(f"doctor: {error!r}")
        for opened in (AsItIs, Database):
            try:
                with contextlib.closing(opened(path)) as db:
                    now = content(db)
                    said["differs"] = sorted(
                        name for name, value in truth.items() if name in now and now[name] != value
                    )
                    if truth.get("digest") and digest(db) != truth["digest"]:
                        said["differs"].append("digest")
            except ApiError:
                said["differs"].append("refused")
            except Exception as error:
                said["untyped"].append(f"{opened.__name__}: {error!r}")
        print(json.dumps(said), flush=True)


def spoil_indexes(path: str, n: int, seed: int) -> None:
    """Damage text indexes and vectors n times, each time in a fresh copy: find it, go on searching, mend it."""
    random = Random(seed)
    for number in range(n):
        copy = f"{path}.{seed}.{number}"
        shutil.copy(path, copy)
        said: dict[str, Any] = {
            "sound": True,
            "harmless": False,
            "mended": False,
            "equal": False,
            "untyped": [],
            "what": "",
        }
        try:
            with contextlib.closing(Database(copy)) as db:
                before = searches(db)
                said["what"] = _spoil(db, random)
            with contextlib.closing(Database(copy)) as db:
                with contextlib.suppress(ApiError):
                    said["harmless"] = searches(db) == before
                    loaded_vectors(db, 1, AGENT)
                said["sound"] = doctor.examine(db).is_sound
                report = doctor.examine(db, repair=True)
                said["mended"] = report.is_sound
                said["equal"] = searches(db) == before
        except Exception as error:
            said["untyped"].append(repr(error))
        print(json.dumps(said), flush=True)
        for left in Path(copy).parent.glob(f"{Path(copy).name}*"):
            left.unlink()


def _spoil(db: Database, random: Random) -> str:
    table, column = random.choice(
        [
            ("chunks_fts_data", "block"),
            ("chunks_fts_docsize", "sz"),
            ("memories_fts_data", "block"),
            ("chunk_vectors", "embeddings"),
            ("memory_vectors", "embedding"),
        ]
    )
    rows = db.query(f"select rowid, {column} from {table} where length({column}) > 0")  # noqa: S608
    rowid, blob = random.choice(rows)
    how = random.choice(["flip", "flip", "flip", "zero", "cut", "delete", "random"])
    spoiled = bytearray(blob)
    place = random.randrange(len(spoiled))
    if how == "flip":
        spoiled[place] ^= 1 << random.randrange(8)
    elif how == "zero":
        spoiled[place:] = bytes(len(spoiled) - place)
    elif how == "cut":
        del spoiled[place:]
    elif how == "random":
        spoiled[place:] = random.randbytes(len(spoiled) - place)
    with db.transaction():
        trigger = f"{table}_changed_by_others"
        kept = db.query("select sql from sqlite_schema where name = :name", {"name": trigger})
        if kept:
            db.execute(f"drop trigger {trigger}")
        if how == "delete":
            db.execute(f"delete from {table} where rowid = :rowid", {"rowid": rowid})  # noqa: S608
        else:
            db.execute(
                f"update {table} set {column} = :spoiled where rowid = :rowid",  # noqa: S608
                {"spoiled": bytes(spoiled), "rowid": rowid},
            )
        for row in kept:
            db.execute(row["sql"])
    return f"{how} {table} {rowid}"
