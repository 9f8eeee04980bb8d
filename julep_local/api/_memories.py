"""Memories that a caller gives: checked, stored, then embedded before it is told that they are there."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from julep_local import check
from julep_local.errors import InvalidInput, ModelError
from julep_local.types import CreateMemory, Memory

if TYPE_CHECKING:
    from julep_local.recall.memory_adding import Statement
    from julep_local.runtime import Runtime

MOST_CHARS = 10_000
"""Of a memory. An embedder reads a tenth of it; what is longer is a doc."""
MOST_SPEAKER = 100
MOST_AT_ONCE = 10_000
"""Memories that are stored together: nobody else can write meanwhile, for some two seconds."""

_log = logging.getLogger(__name__)


def add_memories(runtime: "Runtime", requests: Sequence[Any], *, agent_id: str, user_id: str) -> list[Memory]:
    """Store what an agent is to know of a user, and return the memories in the order of the requests.

    Where an embedder is installed they have vectors then. If it fails they are stored all the same, found by their
    words, and embedded by a job.

    Raises:
        NotFound: there is no such agent or user.
        InvalidInput: one has no content, or a value is not acceptable.
    """
    statements = [_statement(request, f"memories[{i}]") for i, request in enumerate(check.listed(requests, "memories"))]
    if len(statements) > MOST_AT_ONCE:
        raise InvalidInput(f"has {len(statements):,} memories; at most {MOST_AT_ONCE:,} at once", field="memories")
    from julep_local.indexing import enqueue_embedding, found_embedder
    from julep_local.recall.memory_adding import add_statements, embed_added

    db = runtime.db
    added = add_statements(db, statements, agent_id=agent_id, user_id=user_id, now=db.stamps.now())
    embedder = found_embedder(runtime)
    if embedder is None or not added:
        return added
    try:
        embed_added(db, embedder, added)
    except ModelError as error:
        _log.warning("memories are found by words alone until they are embedded: %s", error)
        enqueue_embedding(db, runtime.embedder_label() or embedder.name)
        runtime.background.notify()
    return added


def _statement(request: Any, field: str) -> "Statement":
    from julep_local.recall.memory_adding import Statement

    new = check.record(CreateMemory, request, field)
    said = check.text(new.content, f"{field}.content", most_chars=MOST_CHARS).strip()
    if not said:
        raise InvalidInput("is empty: give a text", field=f"{field}.content")
    speaker = " ".join(check.text(new.speaker or "", f"{field}.speaker", most_chars=MOST_SPEAKER).split())
    return Statement(said, speaker, new.timestamp, check.number(new.importance, f"{field}.importance", 0, 1))
