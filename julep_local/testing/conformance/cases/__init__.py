"""All cases, one file per resource. A case knows no client: it calls through a `World`."""

from julep_local.testing.conformance.case import Case
from julep_local.testing.conformance.cases import agents, chat, chat_settings, docs, memories, sessions, tools, users

CASES: tuple[Case, ...] = tuple(
    case
    for cases in (
        agents.case,
        users.case,
        sessions.case,
        docs.case,
        tools.case,
        memories.case,
        chat.case,
        chat_settings.case,
    )
    for case in cases.all
)
