"""A dict without what was not given."""

from collections.abc import Mapping
from typing import Any, Optional


def remove_none_from_dict(original: Mapping[str, Optional[Any]]) -> dict[str, Any]:
    """Return a copy without the keys whose value is None; nested dicts stay as they are."""
    return {key: value for key, value in original.items() if value is not None}
