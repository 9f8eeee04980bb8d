"""The SDK's low-level package: its types, its client, its environment."""

import julep_local.types as all_types
from julep_local.api.environment import JulepApiEnvironment
from julep_local.api.types import *  # noqa: F403  (as in the SDK, this package exports every type)

__all__ = ["JulepApiEnvironment"]
__all__ += all_types.__all__
