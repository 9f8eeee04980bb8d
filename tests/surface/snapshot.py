"""Write down what the released SDK offers: names, signatures, fields and enum values.

The facts come from introspecting the installed package, never from its source. To repeat it, in an environment of its
own because the SDK needs old releases of its dependencies:

    python3.11 -m venv /tmp/julep
    /tmp/julep/bin/pip install julep==0.3.4 'beartype<0.19' 'marshmallow<4'
    /tmp/julep/bin/python tests/surface/snapshot.py

`tests/test_surface.py` describes `julep_local` with the same functions and compares.
"""

import collections.abc
import importlib
import inspect
import json
import pkgutil
import types
import typing
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("julep-0.3.4.json")
MANAGERS = ("agents", "users", "sessions", "docs", "memories", "tools")


def main() -> None:
    """Describe the installed SDK and write the file."""
    import julep
    import julep.api.client

    low = {name: getattr(julep.api.client, name) for name in ("JulepApi", "AsyncJulepApi")}
    clients = {name: getattr(julep, name)(api_key="none") for name in ("Client", "AsyncClient")}
    snapshot = {
        "package": "julep",
        "version": metadata.version("julep"),
        "modules": modules(julep),
        "exports": {
            name: sorted(importlib.import_module(name).__all__)
            for name in ("julep", "julep.api", "julep.api.types", "julep.client")
        },
        "types": {name: described(getattr(julep.api.types, name)) for name in sorted(julep.api.types.__all__)},
        "low_level": {
            name: {"constructor": signature(api.__init__), "methods": methods(api)} for name, api in low.items()
        },
        "clients": {
            name: {
                "constructor": signature(type(client).__init__),
                "attributes": sorted(attribute for attribute in vars(client) if not attribute.startswith("_")),
                "managers": {
                    manager: {
                        "class": type(getattr(client, manager)).__name__,
                        "methods": methods(type(getattr(client, manager))),
                    }
                    for manager in MANAGERS
                },
            }
            for name, client in clients.items()
        },
    }
    PATH.write_text(json.dumps(snapshot, indent=1, sort_keys=False) + "\n")


def modules(package: types.ModuleType) -> list[str]:
    """Return the paths of all modules of the package that can be imported, without the package's own name."""
    paths = []
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
        paths.append(module.name.partition(".")[2])
    return sorted(paths)


def described(kind: Any) -> dict[str, Any]:
    """Return what a type is: a model with its fields, an enum with its values, or the annotation it stands for."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {
            "kind": "enum",
            "members": {member.name: member.value for member in kind},
            "visit": list(inspect.signature(kind.visit).parameters)[1:],
            "is_str": issubclass(kind, str),
        }
    if hasattr(kind, "model_fields") or hasattr(kind, "__fields__"):
        hints = typing.get_type_hints(kind)
        return {
            "kind": "model",
            "fields": {
                name: {"required": required, "alias": alias, "annotation": text(hints[name])}
                for name, required, alias in fields(kind)
            },
        }
    return {"kind": "union" if typing.get_origin(kind) is typing.Union else "alias", "annotation": text(kind)}


def fields(model: Any) -> list[tuple[str, bool, str]]:
    """Return name, whether it is required, and name in JSON of every field; for both generations of pydantic."""
    if hasattr(model, "model_fields"):
        return [(n, f.is_required(), f.serialization_alias or n) for n, f in model.model_fields.items()]
    return [(name, bool(field.required), field.alias) for name, field in model.__fields__.items()]


def methods(owner: type) -> dict[str, Any]:
    """Return the signature of every public method of a class."""
    found = inspect.getmembers(owner, inspect.isfunction)
    return {
        name: signature(method, getattr(owner, "_" + name, None)) for name, method in found if not name.startswith("_")
    }


def signature(method: Any, behind: Any = None) -> dict[str, Any]:
    """Return a method's parameters and result.

    A method that takes any keywords and passes them on is described by the private one behind it, which has the names.
    """
    own = _unwrapped(method)
    found = inspect.signature(own, eval_str=True)
    parameters = [_parameter(parameter) for parameter in list(found.parameters.values())[1:]]
    if behind is not None and any(parameter["kind"] == "VAR_KEYWORD" for parameter in parameters):
        passed_on = list(inspect.signature(_unwrapped(behind)).parameters.values())[1:]
        parameters = [{**_parameter(parameter), "kind": "KEYWORD_ONLY"} for parameter in passed_on]
    return {
        "parameters": parameters,
        "returns": "not said" if found.return_annotation is found.empty else text(found.return_annotation),
        "is_coroutine": inspect.iscoroutinefunction(own),
    }


def _unwrapped(method: Any) -> Any:
    """Return the function itself, under run-time type checks and the SDK's wrapper, which has no `__wrapped__`."""
    own = inspect.unwrap(method)
    for cell in own.__closure__ or ():
        if inspect.isfunction(cell.cell_contents) and cell.cell_contents.__qualname__.startswith(own.__qualname__):
            return _unwrapped(cell.cell_contents)
        if inspect.isfunction(cell.cell_contents) and "wrapper" in own.__name__:
            return _unwrapped(cell.cell_contents)
    return own


def _parameter(parameter: inspect.Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "kind": parameter.kind.name,
        "default": _default(parameter.default),
        "annotation": "not said" if parameter.annotation is parameter.empty else text(parameter.annotation),
    }


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return "required"
    if value is ...:
        return "OMIT"
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if type(value).__module__ != "builtins":
        return type(value).__name__
    return repr(value)


def text(annotation: Any) -> str:
    """Return an annotation as text, however it was spelt: `Optional[List[str]]` is `list[str] | None`."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is None or annotation is type(None):
        return "None"
    if annotation is ...:
        return "..."
    if origin is typing.Annotated:
        return text(arguments[0])
    if origin is typing.Union or origin is types.UnionType:
        return " | ".join(sorted({text(argument) for argument in arguments}, key=lambda name: (name == "None", name)))
    if origin is typing.Literal:
        return "Literal[" + ", ".join(repr(argument) for argument in arguments) + "]"
    if origin is collections.abc.Callable:
        return "Callable"
    if origin is not None:
        return f"{origin.__name__}[{', '.join(text(argument) for argument in arguments)}]"
    return getattr(annotation, "__name__", None) or str(annotation)


if __name__ == "__main__":
    main()
