"""Where the SDK found the hosted service. Kept because programs name it; nothing connects to it."""

from enum import Enum


class JulepApiEnvironment(Enum):
    """The address of the service that is gone."""

    DEFAULT = "https://api-alpha.julep.ai/api"
