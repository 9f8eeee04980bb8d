"""A time as the SDK wrote it."""

from datetime import datetime


def serialize_datetime(v: datetime) -> str:
    """Return the ISO 8601 text, with `Z` for UTC; a time without an offset is taken as local time."""
    text = (v if v.tzinfo else v.astimezone()).isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
