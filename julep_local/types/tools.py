"""Tools: functions on offer to the model."""

from typing import Any, Literal, Optional, Union

from julep_local.types._base import Record
from julep_local.types._enums import ToolKind

FunctionParameters = dict[str, Any]
"""A JSON schema."""

ToolChoiceOption = str
"""`none` or `auto`."""


class FunctionDef(Record):
    """A function that the model may ask for."""

    description: Optional[str] = None
    name: str
    parameters: FunctionParameters
    """The JSON schema of its arguments, an object."""


class PartialFunctionDef(Record):
    """What is to change in a function."""

    description: Optional[str] = None
    name: Optional[str] = None
    parameters: Optional[FunctionParameters] = None


class FunctionCallOption(Record):
    """The name of a function."""

    name: str


class NamedToolChoiceFunction(Record):
    """The name of a function."""

    name: str


class NamedToolChoice(Record):
    """The one tool that the model must call."""

    type: Literal["function"]
    function: NamedToolChoiceFunction


ChatInputDataToolChoice = Union[ToolChoiceOption, NamedToolChoice]


class ToolType(ToolKind):
    """How a tool is reached."""

    FUNCTION = "function"
    WEBHOOK = "webhook"


class Tool(Record):
    """A function on offer in an agent's sessions."""

    type: ToolType
    function: FunctionDef
    id: str


class CreateToolRequestType(ToolKind):
    """How a tool is reached."""

    FUNCTION = "function"
    WEBHOOK = "webhook"


class CreateToolRequest(Record):
    """A tool to be."""

    type: CreateToolRequestType
    function: FunctionDef


class GetAgentToolsResponse(Record):
    """A page of an agent's tools."""

    items: Optional[list[Tool]] = None
