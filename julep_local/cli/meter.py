"""How a context window is filled, drawn in plain characters: a screen reader says the numbers before the bars."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from julep_local.types import ContextReport

FULL, EMPTY = "#", "."


def bar(n: int, of: int, width: int) -> str:
    """Return a bar of so many characters; what is more than nothing shows."""
    filled = min(width, max(1 if n else 0, round(n / of * width))) if of else 0
    return FULL * filled + EMPTY * (width - filled)


def drawn(context: "ContextReport", width: int) -> list[str]:
    """Return lines that show what the prompt of a turn was made of.

    Args:
        context: of the turn's response.
        width: columns of the terminal.
    """
    used, room = context.prompt_tokens, context.context_tokens
    lines = [
        f"{used:,} of {room:,} tokens, {used / room:.0%} of the window",
        f"[{bar(used, room, max(10, min(width - 2, 60)))}]",
        f"{context.cached_tokens:,} of them had been read in an earlier turn",
    ]
    longest = max((len(name) for name in context.parts), default=0)
    for name, n in context.parts.items():
        if n:
            space = max(0, min(width - longest - 10, 40))
            lines.append(f"{name:<{longest}} {n:>6,}  {bar(n, used, space).rstrip(EMPTY)}".rstrip())
    lines += [
        f"left out: {each.n_messages} messages"
        + (f" of {each.n_tokens:,} tokens" if each.n_tokens else "")
        + f": {each.reason}"
        for each in context.dropped
    ]
    return lines
