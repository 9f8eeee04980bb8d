"""Which of three ways forms an agent's memories: rules, a small chat model beside them, or a capable one.

What the agent says counts before what the client says; `auto` takes what is there. Rules are always there, and what
they
find no model can lose.
"""

from collections.abc import Callable
from typing import Literal

from julep_local.errors import ModelError
from julep_local.llm.base import ChatModel
from julep_local.memory.finding import by_rules
from julep_local.memory.gates import Candidate
from julep_local.memory.turn import Turn
from julep_local.settings import Settings
from julep_local.store import agents
from julep_local.store.database import Database
from julep_local.types import Agent

Tier = Literal["off", "rules", "small", "capable"]
TIERS: tuple[Tier, ...] = ("off", "rules", "small", "capable")

GetModel = Callable[[], ChatModel]


def tier_of(db: Database, settings: Settings, agent: Agent, model: GetModel) -> Tier:
    """Return what forms this agent's memories.

    Args:
        db: the store, where the agent's own choice stands.
        settings: of the client.
        agent: whose memories.
        model: its chat model, asked for only if nobody has chosen.
    """
    chosen = agents.memory_tier(db, agent.id) or settings.memory_tier
    for tier in TIERS:
        if chosen == tier:
            return tier
    try:
        offered = getattr(model(), "memory_tier", "rules")
    except ModelError:  # none is installed
        return "rules"
    return offered if offered in TIERS else "rules"


def candidates(db: Database, tier: Tier, turn: Turn, model: GetModel) -> list[Candidate]:
    """Return what is worth remembering of a turn, before the gates.

    Raises:
        ModelError: the tier needs a chat model, and it cannot be used.
        Preempted: a chat arrived.
    """
    if tier == "off":
        return []
    if tier == "rules":
        return by_rules(turn)
    from julep_local.memory import extraction

    if tier == "small":
        return extraction.chosen(model(), turn)
    return extraction.worded(db, model(), turn)
