"""What options with a structure are written like: `--metadata place=harbour`, `--setting temperature=0.2`, `@file`."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from julep_local.cli.command import Usage


def pairs(given: Sequence[str] | None, option: str) -> dict[str, Any]:
    """Return an object of `key=value`, where a value that reads as JSON is that, or of a whole JSON object.

    Raises:
        Usage: one is neither.
    """
    found: dict[str, Any] = {}
    for each in given or ():
        if each.lstrip().startswith("{"):
            found.update(json_object(each, option))
            continue
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise Usage(f"{option} {each!r}: write it as key=value, or as a JSON object")
        try:
            found[name.strip()] = json.loads(value)
        except ValueError:
            found[name.strip()] = value
    return found


def pairs_text(record: Any) -> str:
    """Return an object as it is typed."""
    values = record.model_dump(mode="json", exclude_none=True) if hasattr(record, "model_dump") else record or {}
    return ", ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in values.items()
    )


def json_object(text: str, what: str) -> dict[str, Any]:
    """Return the JSON object that a text is.

    Raises:
        Usage: it is none.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Usage(f"{what}: no JSON: {error}") from None
    if not isinstance(value, dict):
        raise Usage(f"{what}: must be a JSON object, not {type(value).__name__}")
    return value


def text_of(given: str) -> str:
    """Return a text that is given as it is, as `@FILE`, or as `-` for standard input.

    Raises:
        Usage: the file is no text.
        OSError: the file cannot be read.
    """
    try:
        if given == "-":
            return sys.stdin.read()
        if not given.startswith("@"):
            return given
        # not pathlib's own, which fails for a user there is not
        return Path(os.path.expanduser(given[1:])).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Usage(f"{given}: is no text in UTF-8") from None


def given_only(**values: Any) -> dict[str, Any]:
    """Return the arguments that were given: those that are not None or empty."""
    return {name: value for name, value in values.items() if value is not None and value != [] and value != {}}
