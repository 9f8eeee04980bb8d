"""For tests in the style of `unittest`: a mixin that gives each test a client and a scripted model."""

import unittest
from collections.abc import Callable
from typing import TYPE_CHECKING

from julep_local.client import Client
from julep_local.testing.scripted import ScriptedModel
from julep_local.testing.template import Template, fresh_client

if TYPE_CHECKING:
    Base = unittest.TestCase
else:
    Base = object


class JulepTestMixin(Base):
    """Gives a `TestCase` `self.client`, fresh for each test, and `self.model`, whose replies must all be used.

    Put it in front: `class TestShop(JulepTestMixin, unittest.TestCase)`.
    """

    template: Template | None = None
    """What the database begins with; to be set on the class."""
    model: ScriptedModel
    client: Client

    def setUp(self) -> None:
        """Open the client."""
        super().setUp()
        self.model = ScriptedModel()
        self.client = fresh_client(self.template, model=self.model)
        self.addCleanup(self.client.close)

    def _callTestMethod(self, method: Callable[[], object]) -> None:  # noqa: N802  (unittest's name)
        """Check the script behind the test, as a part of it: of one that has failed the failure says more."""
        super()._callTestMethod(method)  # type: ignore[misc]  # pyright: ignore
        self.model.verify()
