"""The SDK's home of `ApiError`."""

from julep_local.errors import ApiError

__all__ = ["ApiError"]
