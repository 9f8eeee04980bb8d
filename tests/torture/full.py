"""What a process does on a disk that is full."""

import os

from julep_local.errors import ApiError
from julep_local.store import docs, users
from julep_local.store.database import Database
from tests.store.making import make_user
from tests.torture.works import AGENT, Ledger, Writer, prepare


def fill_and_go_on(path: str, ballast: str, ledger: str) -> None:
    prepare(path)
    db = Database(path)
    writer = Writer(db, Ledger(ledger), "full")
    try:
        for _ in range(100_000):
            writer.doc()
            with db.transaction():
                users.add(db, make_user(about="x" * 20_000))
    except ApiError as error:
        print("full", type(error).__name__, error)
    docs.page(db, agent_id=AGENT, limit=3, offset=0)
    print("read on")
    second = Database(path)
    docs.page(second, agent_id=AGENT, limit=3, offset=0)
    second.close()
    print("second handle reads")
    os.remove(ballast)
    writer.turn()
    print("written again")
    db.close()
