"""Checks of tools, shared by the methods that take one."""

from typing import Any

from julep_local import check
from julep_local.errors import InvalidInput
from julep_local.stamps import Stamps
from julep_local.types import CreateToolRequest, FunctionDef, Tool, ToolType


def checked_tool(stamps: Stamps, request: Any, field: str) -> Tool:
    """Return a new tool with an id of its own.

    Raises:
        InvalidInput: the request is no tool.
    """
    wanted = check.record(CreateToolRequest, request, field)
    return Tool(
        id=stamps.new_id(),
        type=ToolType(wanted.type.value),
        function=checked_function(wanted.function, f"{field}.function"),
    )


def checked_function(function: Any, field: str) -> FunctionDef:
    """Return a function that a model can be offered.

    Raises:
        InvalidInput: it has no name, or parameters that are no JSON object.
    """
    wanted = check.record(FunctionDef, function, field)
    if not check.text(wanted.name, f"{field}.name"):
        raise InvalidInput("is empty: a model asks for a function by its name", field=f"{field}.name")
    return FunctionDef(
        name=wanted.name,
        description=None if wanted.description is None else check.text(wanted.description, f"{field}.description"),
        parameters=check.json_object(wanted.parameters, f"{field}.parameters"),
    )
