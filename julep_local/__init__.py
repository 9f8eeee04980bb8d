"""The Julep SDK with the service inside: agents, sessions, docs and memories in one SQLite file, on a local model.

The names are imported when the first of them is asked for: the command line shows its help in a third of that time.
"""

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what _names.py has, once more: mypy follows no `__all__` through a second module
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
        "__version__",
        "doctor",
    ]
    __all__ += types.__all__

__version__ = "0.1.0"

# quiet unless the program asks: without a handler Python prints a library's warnings to stderr
logging.getLogger(__name__).addHandler(logging.NullHandler())


if not TYPE_CHECKING:  # a checker that saw this would take any name for one of ours

    def __getattr__(name: str) -> Any:
        if name == "__all__":
            return [*_offered(), "__version__"]
        if name.startswith("__"):  # what inspect and others ask of any module
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name.islower() and name.isidentifier():  # most likely a module, as `julep_local.client`
            try:
                return importlib.import_module(f"{__name__}.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"{__name__}.{name}":
                    raise
        try:
            value = globals()[name] = _offered()[name]
        except KeyError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_offered()})


def _offered() -> dict[str, Any]:
    names = vars(importlib.import_module(f"{__name__}._names"))
    return {name: names[name] for name in names["__all__"]}
