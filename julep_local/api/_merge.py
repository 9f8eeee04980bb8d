"""How stored values change: JSON Merge Patch, and a clock that never shows an update before its creation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pydantic

from julep_local.stamps import Stamps


def merge_patch(stored: pydantic.BaseModel | None, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored object with the patch applied: objects merge, None removes the key, arrays replace.

    Source: RFC 7396, https://www.rfc-editor.org/rfc/rfc7396
    """
    return _merged(stored.model_dump(mode="json") if stored is not None else {}, patch)


def _merged(target: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            merged[key] = _merged(merged.get(key), value)
        else:
            merged[key] = value
    return merged


def now_after(stamps: Stamps, created_at: datetime | None) -> datetime:
    """Return the time now, but never before the creation: a clock may have been set back."""
    now = stamps.now()
    return max(now, created_at) if created_at is not None else now
