"""The command: `python -m julep_local.testing.conformance module:factory`."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from julep_local.testing.conformance.run import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases on the client that is named; return 1 if one does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m julep_local.testing.conformance", description="Does a client behave as julep_local does?"
    )
    parser.add_argument("factory", help="module:function, or a path in a module, that returns the client")
    parser.add_argument("--without-model", action="store_true", help="the model behind it is no Parrot")
    parser.add_argument("--sdk-only", action="store_true", help="leave out what the released SDK cannot ask for")
    given = parser.parse_args(arguments)
    report = run(_factory(given.factory), with_model=not given.without_model, beyond_sdk=not given.sdk_only)
    print(report)
    return 1 if report.failures else 0


def _factory(name: str) -> Callable[[], Any]:
    module, colon, path = name.partition(":")
    if not colon or not path:
        raise SystemExit(f"{name!r}: give it as module:function, such as my_package.clients:make_client")
    sys.path.insert(0, "")  # as `python -m` does, whoever starts it
    try:
        found: Any = importlib.import_module(module)
        for step in path.split("."):
            found = getattr(found, step)
    except (ImportError, AttributeError) as error:
        raise SystemExit(f"{name!r} cannot be found: {error}") from error
    factory: Callable[[], Any] = found
    return factory


if __name__ == "__main__":
    raise SystemExit(main())
