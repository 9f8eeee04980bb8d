"""What every manager holds: the low-level client it works with."""

from typing import TYPE_CHECKING

from julep_local.api._base import runtime_of
from julep_local.api.client import JulepApi

if TYPE_CHECKING:
    from julep_local.runtime import Runtime


class BaseManager:
    """A manager of one kind of resource."""

    def __init__(self, api_client: JulepApi) -> None:
        self.api_client = api_client

    @property
    def _runtime(self) -> "Runtime":
        return runtime_of(self.api_client)
