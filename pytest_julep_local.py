"""The pytest plugin of julep_local: fixtures, and a guard that keeps real models and the network out of tests.

It stands outside the package, because importing that takes a tenth of a second which tests of other things need not
wait for: what a fixture needs is imported when one is first used.

Fixtures: `scripted_model`, `cassette`, `julep_client`, `julep_async_client`; to be overridden: `julep_model`,
`julep_template`. Options: `--julep-cassettes=replay|new|all|live`. Setting: `julep_forbid = fixtures|all|none`.
Markers: `julep_allow_models`, `julep_allow_network`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from julep_local import AsyncClient, Client
    from julep_local.testing import Cassette, ScriptedModel
    from julep_local.testing.template import Template

FIXTURES = {
    "julep_client",
    "julep_async_client",
    "julep_model",
    "julep_template",
    "scripted_model",
    "cassette",
}
REAL_MODEL = "julep_local.real_model"
LOOPBACK = ("::1", "localhost", "0.0.0.0", "::", "", None)

_WHAT_TO_DO = {
    "models": "give the client a ScriptedModel and a HashEmbedder, or a cassette; or mark the test with "
    "@pytest.mark.julep_allow_models",
    "network": "answer from a script, a cassette or a server on 127.0.0.1; or mark the test with "
    "@pytest.mark.julep_allow_network",
}


class Forbidden(AssertionError):
    """A test was about to use a real model, or to leave this machine."""


def _is_here(host: Any) -> bool:
    """Whether the host is this machine."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in LOOPBACK or name.startswith("127."):
        return True
    import socket

    return bool(name == socket.gethostname())


class _Guard:
    """What the test that runs now must not do, and what it has tried all the same."""

    def __init__(self) -> None:
        self.forbidden: frozenset[str] = frozenset()
        self.tried: list[str] = []
        self._is_watching = False

    def forbid(self, what: frozenset[str]) -> None:
        if what and not self._is_watching:
            self._is_watching = True
            sys.addaudithook(self._watch)  # it cannot be taken back, and costs nothing worth measuring
        self.tried.clear()
        self.forbidden = what

    def _watch(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.forbidden:
            return
        if event == REAL_MODEL:
            self._refuse("models", f"the real model {args[0]}")
        elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = args[1]
            if isinstance(address, tuple) and not _is_here(address[0]):
                self._refuse("network", f"the network, {address[0]}")
        elif event == "socket.getaddrinfo" and not _is_here(args[0]):
            self._refuse("network", f"the network, {args[0]}")

    def _refuse(self, kind: str, what: str) -> None:
        if kind in self.forbidden:
            message = f"this test may not use {what}: {_WHAT_TO_DO[kind]}"
            self.tried.append(message)
            raise Forbidden(message)


_guard = _Guard()
_failed = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the setting."""
    parser.getgroup("julep_local").addoption(
        "--julep-cassettes",
        choices=["replay", "new", "all", "live"],
        default="replay",
        help="cassettes: replay them, record what is new, record all anew, or use the real model and record nothing",
    )
    parser.addini(
        "julep_forbid",
        "which tests may use no real model and no network: those with a fixture of julep_local, all, or none",
        default="fixtures",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and check the setting."""
    config.addinivalue_line("markers", "julep_allow_models: the test may load and ask real models of julep_local")
    config.addinivalue_line("markers", "julep_allow_network: the test may leave this machine")
    if config.getini("julep_forbid") not in ("fixtures", "all", "none"):
        raise pytest.UsageError(f"julep_forbid = {config.getini('julep_forbid')}: give fixtures, all or none")


def _forbidden_for(item: pytest.Item) -> frozenset[str]:
    scope = item.config.getini("julep_forbid")
    if scope == "none" or (scope == "fixtures" and not FIXTURES.intersection(getattr(item, "fixturenames", ()))):
        return frozenset()
    allowed = {kind for kind in _WHAT_TO_DO if item.get_closest_marker(f"julep_allow_{kind}")}
    if "cassette" in getattr(item, "fixturenames", ()) and item.config.getoption("--julep-cassettes") != "replay":
        allowed |= {"models", "network"}  # that is what recording is
    return frozenset(_WHAT_TO_DO.keys() - allowed)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Forbid from the first fixture to the last."""
    _guard.forbid(_forbidden_for(item))
    try:
        return (yield)
    finally:
        _guard.forbid(frozenset())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that has tried what it must not, also if it caught the error, or if a thread got it."""
    try:
        result = yield
    except BaseException:
        item.stash[_failed] = True
        raise
    if _guard.tried:
        item.stash[_failed] = True
        raise Forbidden(_guard.tried[0])
    return result


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an `async def` test that uses our fixtures where no other plugin does."""
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function) or not FIXTURES.intersection(pyfuncitem.fixturenames):
        return None
    import asyncio

    parameters = inspect.signature(function).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in parameters if name in pyfuncitem.funcargs}
    asyncio.run(function(**arguments))
    return True


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Show messages and recalled texts by what they say, not by ids and times."""
    if "julep_local" not in sys.modules:
        return None
    from julep_local.testing.explain import explained

    return explained(op, left, right)


# ---- fixtures --------------------------------------------------------------------------------------------------------


@pytest.fixture
def scripted_model(request: pytest.FixtureRequest) -> Iterator[ScriptedModel]:
    """A `ScriptedModel` without replies yet: `scripted_model.add("Hi.")`. At the end all must have been used."""
    from julep_local.testing import ScriptedModel

    model = ScriptedModel()
    yield model
    if not request.node.stash.get(_failed, False):  # else that failure says more
        model.verify()


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """A `Cassette` in `cassettes/`, beside the test's file, named after the test; `--julep-cassettes` is its mode."""
    from julep_local.testing import Cassette

    mode: Any = request.config.getoption("--julep-cassettes")
    with Cassette(_cassette_path(request.node), mode=mode) as recorded:
        yield recorded


def _cassette_path(item: Any) -> Path:
    name = "".join(c if c.isalnum() or c in "-_[]." else "-" for c in item.name)
    folder = Path(item.path).parent / "cassettes" / Path(item.path).stem
    return folder / (f"{item.cls.__name__}.{name}.json" if item.cls else f"{name}.json")


@pytest.fixture
def julep_model(request: pytest.FixtureRequest) -> object:
    """What answers in `julep_client`: the test's cassette if it has one, else `scripted_model`. To be overridden."""
    name = "cassette" if "cassette" in request.fixturenames else "scripted_model"
    return request.getfixturevalue(name)


@pytest.fixture(scope="session")
def julep_template() -> Template | None:
    """What `julep_client` begins with: nothing. Override it to return a `Template`, filled once for all tests."""
    return None


@pytest.fixture
def julep_client(julep_model: object, julep_template: Template | None) -> Iterator[Client]:
    """A `Client` on a fresh database in memory, deterministic, with a `HashEmbedder`."""
    from julep_local.testing.template import fresh_client

    with fresh_client(julep_template, model=julep_model) as client:
        yield client


@pytest.fixture
def julep_async_client(julep_model: object, julep_template: Template | None) -> Iterator[AsyncClient]:
    """As `julep_client`, for asyncio. `async def` tests with it need no further plugin."""
    import asyncio

    from julep_local.testing.template import fresh_async_client

    client = fresh_async_client(julep_template, model=julep_model)
    yield client
    asyncio.run(client.aclose())
