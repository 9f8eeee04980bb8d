"""The text indexes: queries in which no text a person types has a meaning of its own, and what keeps the indexes right.

Triggers (schema.py) write the indexes with the tables. Should one be found wrong all the same, it is made anew.
"""

from collections.abc import Sequence

from julep_local.errors import StoreError
from julep_local.store.database import Database
from julep_local.store.refusals import is_of_the_moment

MOST_WORDS = 64
"""More make a search slow and no better."""


def expression(words: Sequence[str], *, own: Sequence[str], columns: str, beginnings: Sequence[str] = ()) -> str | None:
    """Return the FTS5 expression for rows of these owners with any of the words; None if there is no word.

    Args:
        words: as typed; one with several words in it is looked for as a phrase.
        own: ids that must all stand in the column `own`; none for the rows of all owners.
        columns: where the words are looked for, parted by spaces.
        beginnings: of words that count as well.
    """
    terms = [*map(_quoted, words[:MOST_WORDS]), *(f"{_quoted(each)} *" for each in beginnings[:MOST_WORDS])]
    if not terms:
        return None
    owners = [f"own : {_quoted(owner_id.replace('-', ''))}" for owner_id in own]
    return " AND ".join([*owners, f"{{{columns}}} : ({' OR '.join(terms)})"])


INDEXES = ("chunks_fts", "memories_fts")


def check(db: Database) -> bool:
    """Return whether the text indexes hold exactly what the tables hold. Reads everything."""
    return all(fits(db, index) for index in INDEXES)


def fits(db: Database, index: str) -> bool:
    """Return whether one of the text indexes holds exactly what its table holds. Reads everything."""
    try:
        with db.transaction():
            db.execute(f"insert into {index} ({index}, rank) values ('integrity-check', 1)")  # noqa: S608  (one of two)
    except StoreError as error:  # "database disk image is malformed": an index that differs, too
        if is_of_the_moment(error):
            raise
        return False
    return True


def can_be_opened(db: Database, index: str) -> bool:
    """Return whether SQLite can open one of the text indexes at all."""
    try:
        db.query(f"select rowid from {index} where {index} match 'a' limit 1")  # noqa: S608  (one of two)
    except StoreError as error:
        if is_of_the_moment(error):
            raise
        return False
    return True


def rebuild(db: Database) -> None:
    """Make the text indexes anew from the tables."""
    for index in INDEXES:
        rebuild_one(db, index)


def rebuild_one(db: Database, index: str) -> None:
    """Make one of the text indexes anew from its table."""
    with db.transaction():
        db.execute(f"insert into {index} ({index}) values ('rebuild')")  # noqa: S608  (one of two)


def optimize(db: Database) -> None:
    """Merge the text indexes to their smallest and fastest form, without the words of deleted rows."""
    with db.transaction():
        db.execute("insert into chunks_fts (chunks_fts) values ('optimize')")
        db.execute("insert into memories_fts (memories_fts) values ('optimize')")


def compact(db: Database) -> None:
    """Give back the room that deleted rows have left in the file. It is written anew: others wait meanwhile.

    Raises:
        StoreError: another program has been writing or reading for too long.
        DiskFull: for a while there must be room for the file twice more.
    """
    optimize(db)
    db.vacuum()


def _quoted(word: str) -> str:
    # the expression ends at a NUL; half a surrogate pair has no UTF-8
    plain = word.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")
    return '"' + plain.replace('"', '""') + '"'
