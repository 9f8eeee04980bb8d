"""All names that `julep_local` offers, imported. It is imported when the first of them is asked for."""

from julep_local import types
from julep_local.api.client import OMIT, AsyncJulepApi, JulepApi
from julep_local.api.environment import JulepApiEnvironment
from julep_local.client import AsyncClient, Client, doctor
from julep_local.errors import ApiError
from julep_local.streams import AsyncChatStream, ChatStream
from julep_local.types import *  # noqa: F403  (every type of the SDK can be imported from here)

__all__ = [
    "OMIT",
    "ApiError",
    "AsyncChatStream",
    "AsyncClient",
    "AsyncJulepApi",
    "ChatStream",
    "Client",
    "JulepApi",
    "JulepApiEnvironment",
    "doctor",
]
__all__ += types.__all__
