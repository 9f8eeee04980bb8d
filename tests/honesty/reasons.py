"""What does not hold for a client, and why. All of it is in the clients: over bare HTTP the same requests are answered.

A test holds these lists against what comes of a run, so that none of them can be too long or too short.
"""

from dataclasses import dataclass

from honesty.doors import OURS, SDK

OUR_CLIENT = "`Client`"
SDK_CLIENTS = tuple(door for door in SDK if "`Client`" in door)
SDK_APIS = tuple(door for door in SDK if door not in SDK_CLIENTS)
ALL_DOORS = (*OURS, *SDK)


@dataclass(frozen=True)
class Reason:
    """Why some cases do not hold for some clients."""

    text: str
    doors: tuple[str, ...]
    cases: tuple[str, ...]


LISTS = ("list_agents", "list_users", "list_sessions", "get_agent_docs", "get_user_docs")
_DOC_LISTS = ("get_agent_docs", "get_user_docs")
_BY_METADATA = (
    "the newest come first",
    "limit and offset cut a page out",
    "a hundred come if nobody says how many",
    "a filter finds equal values, all of them",
    "a filter finds text values as JSON compares them",
    "a filter finds list values as JSON compares them",
    "a filter finds deep values as JSON compares them",
    "a filter finds none values as JSON compares them",
)
_PRESETS = (
    "problem_solving",
    "conversational",
    "fun",
    "prose",
    "creative",
    "business",
    "deterministic",
    "code",
    "multilingual",
)

REASONS = (
    Reason(
        "The SDK's types have no fields for metadata: it loses them when it reads an answer.",
        tuple(SDK),
        (
            "create_agent: what is given comes back",
            "update_agent: what is given is replaced as a whole",
            "patch_agent: metadata merge: objects by key, lists are replaced, None removes",
            "create_user: what is given comes back",
            "update_user: metadata that are given replace the old ones",
            "patch_user: metadata merge: objects by key, lists are replaced, None removes",
            "create_session: what is given comes back",
            "update_session: metadata that are not given stay, and so do templates",
            "update_session: metadata that are given replace the old ones",
            "patch_session: what is given changes, and the rest stays",
            "create_agent_doc: it comes back as it was given, with its job",
            "create_user_doc: it comes back as it was given, with its job",
        ),
    ),
    Reason(
        "The SDK reads `.value` of a preset, and fails by itself when it is None.",
        SDK_APIS,
        ("chat: without settings the defaults count",),
    ),
    Reason(
        "Managers sort by nothing but the time of creation, newest first, and take a filter as a dict.",
        (OUR_CLIENT, *SDK_CLIENTS),
        tuple(
            f"{method}: {case}"
            for method in LISTS
            for case in (
                "a filter that is no JSON, or no object, is refused",
                "ascending order begins with the oldest",
                "another order or another field is refused",
                "it is sorted by the time of creation or of the last change",
            )
        ),
    ),
    Reason(
        "Managers refuse None for a list.",
        (OUR_CLIENT, *SDK_CLIENTS),
        (
            "create_agent: None is the same as not given",
            "create_user: nothing is needed, and all has defaults",
        ),
    ),
    Reason(
        "The SDK's manager sends a doc without its metadata, so that no filter finds it.",
        SDK_CLIENTS,
        tuple(f"{method}: {case}" for method in _DOC_LISTS for case in _BY_METADATA),
    ),
    Reason(
        "The SDK's manager makes a text of a number before it sends the doc.",
        SDK_CLIENTS,
        (
            "create_agent_doc: content that is no text is refused",
            "create_user_doc: content that is no text is refused",
        ),
    ),
    Reason(
        "The SDK's manager wants the whole function where a part would do.",
        SDK_CLIENTS,
        (
            "patch_agent_tool: what is given changes, and the rest stays",
            "patch_agent_tool: an unknown one is a 404",
        ),
    ),
    Reason(
        "The SDK's manager takes the name of a choice, and no function.",
        SDK_CLIENTS,
        ("chat: tool_choice={'type': 'function', 'function': {'name': 'weather'}} arrives",),
    ),
    Reason(
        "The SDK's manager of chats knows neither min_p nor preset nor record.",
        SDK_CLIENTS,
        (
            "chat: without settings the defaults count",
            "chat: the model is shown situation, agent, user, instructions and history",
            "chat: templates of the author are rendered where the session says so",
            "chat: what users say is no template",
            "chat: history and memories with {'record': False}",
            "chat: history and memories with {'record': True, 'remember': False}",
            "chat: history and memories with {'record': False, 'remember': False}",
            "chat: memories are used iff recall",
            "chat: record out of range is refused, and nothing is recorded",
            "delete_session_history: the session goes on without it",
            "chat: min_p reaches the model",
            "chat: min_p out of range is refused, and nothing is recorded",
            "chat: another preset is refused",
            "chat: the request wins over its preset, that over the agent, that over its preset",
            *(f"chat: the preset {preset} reaches the model" for preset in _PRESETS),
        ),
    ),
    Reason(
        "The SDK's manager of memories cannot delete one.",
        SDK_CLIENTS,
        (
            "delete_agent_memory: it is gone, and a second time a 404",
            "delete_agent_memory: an unknown one is a 404",
        ),
    ),
)


def reasons_for(door: str) -> dict[str, int]:
    """Return by case the number of the reason why it does not hold for a client, from 1."""
    return {case: n for n, reason in enumerate(REASONS, 1) if door in reason.doors for case in reason.cases}
