"""From resources to the messages a model is to see, laid out stable to volatile.

What changes every turn never stands before what does not, because a model re-reads everything behind the first
difference: situation, about the agent, about the user, instructions, summary; history; then what was recalled for
this turn; then the new input. It knows nothing of tokens (see window.py) and nothing of chat templates (see llm/).
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from julep_local.llm.base import Part, PromptMessage, Role, ToolCall
from julep_local.types import Agent, Session, User

ABOUT_AGENT, ABOUT_USER = "About me", "About the user"
INSTRUCTIONS = "Instructions:"
SUMMARY = "Summary of the conversation so far:"
MEMORIES = "Remembered from earlier conversations:"
RESULT = "Result of "

Render = Callable[[str, str], str]
"""Renders the template given first, which stands in the field named second; without templates returns it unchanged."""


def system_blocks(session: Session, agent: Agent, user: User | None, render: Render) -> list[PromptMessage]:
    """Return the blocks that stay the same from turn to turn. Empty ones are left out."""
    blocks: list[tuple[str, Part, str]] = [
        ("situation", "situation", render(session.situation or "", "situation")),
        ("information", "about_agent", _about(ABOUT_AGENT, agent.name, render(agent.about or "", "about"))),
    ]
    if user is not None:
        # what a user is called and says of themselves is no template: it may come from a sign-up form
        blocks.append(("information", "about_user", _about(ABOUT_USER, user.name or "", user.about or "")))
    instructions = [render(text, f"instructions[{i}]") for i, text in enumerate(_as_list(agent.instructions))]
    if instructions:
        blocks.append(("information", "instructions", "\n\n".join([INSTRUCTIONS, *instructions])))
    return [_system(name, part, text) for name, part, text in blocks if text.strip()]


def summary_block(summary: str | None) -> list[PromptMessage]:
    """Return the block that stands for the turns which are no longer shown."""
    if not summary:
        return []
    return [_system("information", "summary", f"{SUMMARY}\n{summary}")]


def recalled_doc(title: str, text: str) -> PromptMessage:
    """Return the block that shows a piece of a doc."""
    return _system("information", "docs", f"{title}:\n{text}")


def recalled_memories(lines: Sequence[str]) -> list[PromptMessage]:
    """Return the block that shows memories, one a line; none without memories."""
    if not lines:
        return []
    return [_system("information", "memories", "\n".join([MEMORIES, *lines]))]


def without_wording(shown: PromptMessage) -> str:
    """Return what a message says without the words that this library puts around what others wrote."""
    if shown.role != "system":
        return shown.content
    text = shown.content
    for heading in (ABOUT_AGENT, ABOUT_USER, INSTRUCTIONS, SUMMARY, MEMORIES, RESULT):
        if text.startswith(heading):
            text = text.removeprefix(heading).lstrip()
            break
    return _DAY.sub("- ", text) if shown.part == "memories" else text


_DAY = re.compile(r"^- \d{4}-\d\d-\d\d, ", re.MULTILINE)
"""When a memory was formed: another day in each run."""


def message(role: str, content: object, name: str | None, part: Part) -> PromptMessage:
    """Return a stored or new message as the model is to see it.

    A `function_call` becomes an assistant message with a tool call, a `function` message a tool result, `auto` a
    user's.
    """
    text = plain_text(content)
    if role == "function_call":
        call = _tool_call(text)
        if call is not None:
            return PromptMessage("assistant", "", name, part, (call,))
    roles: dict[str, Role] = {"user": "user", "auto": "user", "system": "system", "function": "tool"}
    return PromptMessage(roles.get(role, "assistant"), text, name, part)


def result_without_call(content: object, name: str | None, part: Part) -> PromptMessage:
    """Return a tool's result whose call is not shown: chat templates would refuse it as a result."""
    return PromptMessage("system", f"{RESULT}{name or 'a tool'}:\n{plain_text(content)}", "information", part)


def plain_text(content: object) -> str:
    """Return the text of a message's content: itself, or its text parts a line each."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, Iterable):
        return "\n".join(text for text in map(_part_text, content) if text)
    return str(content)


def has_image(content: object) -> bool:
    """Whether a content list holds an image."""
    return isinstance(content, list) and any(_field(part, "type") == "image_url" for part in content)


def _part_text(part: Any) -> str:
    return str(_field(part, "text") or "")


def _field(part: Any, name: str) -> Any:
    return part.get(name) if isinstance(part, dict) else getattr(part, name, None)


def _tool_call(text: str) -> ToolCall | None:
    try:
        call = json.loads(text)
        arguments = call["arguments"]
        name = str(call["name"])
    except (ValueError, TypeError, KeyError):
        return None
    return ToolCall(name, arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False))


def _about(heading: str, name: str, about: str) -> str:
    if not name and not about:
        return ""
    return f"{heading} ({name}) {about}".rstrip() if name else f"{heading} {about}"


def _as_list(instructions: str | Sequence[str] | None) -> list[str]:
    if instructions is None:
        return []
    return [instructions] if isinstance(instructions, str) else list(instructions)


def _system(name: str, part: Part, text: str) -> PromptMessage:
    return PromptMessage("system", text, name, part)
