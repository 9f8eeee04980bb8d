from julep_local.store import suggestions
from julep_local.store.database import Database
from julep_local.types import Suggestion

from .making import NOW, fill, new_id


def test_suggestions_come_back_newest_first(db: Database) -> None:
    _, _, session = fill(db)
    stored = [
        Suggestion(session_id=session.id, message_id=new_id(), target=target, content=content, created_at=NOW)
        for target, content in (("user", "ask on"), ("agent", "offer help"), ("user", "say thanks"))
    ]

    with db.transaction():
        for suggestion in stored:
            suggestions.add(db, suggestion)

    assert suggestions.page(db, session.id, 9, 0) == stored[::-1]
    assert suggestions.page(db, session.id, 1, 1) == [stored[1]]
    assert suggestions.page(db, new_id(), 9, 0) == []
