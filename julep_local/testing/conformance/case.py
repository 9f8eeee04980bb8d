"""A case: calls of a client, what has to come of them, and which parameters that says something about."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from julep_local.testing.conformance.world import World


class Mismatch(Exception):
    """What came of a call is not what has to."""


@dataclass(frozen=True)
class Case:
    """A sentence about a method that must hold."""

    name: str
    method: str
    """Of `JulepApi`."""
    parameters: tuple[str, ...]
    """Which of the method's the case exercises; a case that holds shows that they are honoured."""
    check: Callable[["World"], None]
    needs_model: bool = False
    """Only a `Parrot` behind the client can answer as it has to."""
    beyond_sdk: bool = False
    """The released SDK's client has no way to ask for it, or refuses the answer."""

    @property
    def id(self) -> str:
        """The name in one word, for files and test ids."""
        return f"{self.method}: {self.name}"


Check = Callable[["World"], None]


class Cases:
    """Collects cases; each file of them has one."""

    def __init__(self) -> None:
        self.all: list[Case] = []

    def __call__(
        self, method: str, name: str, *parameters: str, needs_model: bool = False, beyond_sdk: bool = False
    ) -> Callable[[Check], Check]:
        """Make the function below a case."""

        def add(check: Check) -> Check:
            self.all.append(Case(name, method, parameters, check, needs_model or method == "chat", beyond_sdk))
            return check

        return add
