"""The Julep SDK with the service inside: agents, sessions, docs and memories in one SQLite file, on a local model."""

import logging

from julep_local import types
from julep_local.api.client import OMIT, AsyncJulepApi, JulepApi
from julep_local.api.environment import JulepApiEnvironment
from julep_local.client import AsyncClient, Client, doctor
from julep_local.errors import ApiError
from julep_local.streams import AsyncChatStream, ChatStream
from julep_local.types import *  # noqa: F403  (every type of the SDK can be imported from here)

__version__ = "0.1.0"

# quiet unless the program asks: without a handler Python prints a library's warnings to stderr
logging.getLogger(__name__).addHandler(logging.NullHandler())

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
    "__version__",
    "doctor",
]
__all__ += types.__all__
