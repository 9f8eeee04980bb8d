"""How long does a pattern of the memory rules take on the worst text of 400 characters?

A sentence has at most so many. One that tries the same text in all ways takes seconds, and blocks a job for as long as
somebody sends such text. Timed is one search, as CPU time; the least of three counts. The target is 5 ms.

    python -m benchmarks.memory.patterns
"""

import importlib
import json
import pkgutil
import platform
import re
import time
from collections.abc import Iterator
from typing import Any

import julep_local.memory
from julep_local.memory.languages import LANGUAGES

N_CHARS = 400
ROUNDS = 3
BEGINNINGS = ("", "my dog ", "in ", "i'm ", "ich ", "mi ", '"', "remember that ", "the password ")
ENDINGS = ("", "!", "?", '"', " x", "9")
UNITS = (
    *(
        "a ",
        "my my my ",
        "in in in ",
        "1",
        "1,",
        "1 ",
        "1-",
        "a1",
        "a1B!",
        "-",
        "=",
        ", ",
        "\n",
        "  ",
        "\t",
        '"',
        "'a ",
    ),
    *(
        "“a ",
        "A ",
        "A b ",
        "a. ",
        "! ",
        "i ",
        "i have a ",
        "i am ",
        "my sister ",
        "on monday ",
        "last ",
        "seed ",
        "de ",
    ),
    *(
        "the password ",
        "ich habe ",
        "mein ",
        "tengo ",
        "mi ",
        "dear x\n",
        "```\n",
        "> a\n",
        "<|",
        "Of The ",
        "👍",
        "\u2060",
    ),
)


def patterns() -> dict[str, "re.Pattern[str]"]:
    """Return every pattern of the rules, by where it stands."""
    found: dict[str, re.Pattern[str]] = {}
    for found_there in pkgutil.iter_modules(julep_local.memory.__path__):
        module = importlib.import_module(f"julep_local.memory.{found_there.name}")
        for name, value in vars(module).items():
            if name != "LANGUAGES":
                found |= dict(_within(f"{module.__name__}.{name}", value))
    for language in LANGUAGES:
        found |= dict(_within(language.code, language))
    return found


def _within(name: str, value: Any) -> Iterator[tuple[str, "re.Pattern[str]"]]:
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _within(f"{name}[{key}]", each)
    elif isinstance(value, tuple | list):
        for i, each in enumerate(value):
            yield from _within(f"{name}[{i}]", each)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for field in value.__dataclass_fields__:
            yield from _within(f"{name}.{field}", getattr(value, field))


def _took_ms(pattern: "re.Pattern[str]", text: str, worst: float) -> float:
    """Return the least of some searches, or the first that is no longer than the worst known."""
    least = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        pattern.search(text)
        least = min(least, 1000 * (time.process_time() - start))
        if least <= worst:
            break
    return least


def main() -> None:
    """Print the slowest patterns with the text that makes them slow."""
    slowest: dict[str, tuple[float, str]] = {}
    known = patterns()
    for text in ((begin + unit * N_CHARS)[:N_CHARS] + end for unit in UNITS for begin in BEGINNINGS for end in ENDINGS):
        for name, pattern in known.items():
            worst = slowest.get(name, (0.0, ""))[0]
            took = _took_ms(pattern, text, worst)
            if took > worst:
                slowest[name] = (took, text)
    ranked = sorted(slowest.items(), key=lambda pair: -pair[1][0])[:10]
    for name, (took, text) in ranked:
        print(f"{took:8.2f} ms  {name}  {text[:24]!r}")
    print(
        json.dumps(
            {
                "question": "slowest pattern of the memory rules",
                "python": platform.python_version(),
                "n_patterns": len(known),
                "n_chars": N_CHARS,
                "worst_ms": {name: round(took, 2) for name, (took, _) in ranked},
            }
        )
    )


if __name__ == "__main__":
    main()
