"""The OpenAPI document, made of what is there already: routes, signatures, types and docstrings.

It decides nothing and repeats nothing: a parameter is described by the docstring of the method that takes it.
"""

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from typing import Any

import pydantic
from pydantic.json_schema import JsonSchemaMode

import julep_local
from julep_local.chat_settings import RANGES
from julep_local.managers.openai import ChatCompletionsResource, CompletionsResource
from julep_local.server.routes import OPERATIONS, PREFIX, Operation
from julep_local.types import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatDelta,
    Completion,
    ResourceDeletedResponse,
    ServedModel,
    ServedModels,
)

Schema = dict[str, Any]
_ID: Schema = {
    "type": "string",
    "format": "uuid",
    "pattern": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$",
}
"""A UUID of version 4."""
_REF = "#/components/schemas/{model}"
_NOT_SENT = {"extra_headers", "extra_query", "extra_body", "timeout", "further"}
"""Parameters of `create` that are Python's alone."""

_ERRORS: dict[str, Schema] = {
    "Detail": {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]},
    "InvalidInput": {
        "type": "object",
        "properties": {"status_code": {"const": 422}, "message": {"type": "string"}, "data": {"type": "null"}},
        "required": ["status_code", "message", "data"],
    },
    "Failure": {
        "type": "object",
        "properties": {
            "error": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
        },
        "required": ["error"],
    },
}
_STATUSES = {
    "400": ("It cannot be served as it stands.", "Detail"),
    "403": ("The API key, the Host or the Origin is not acceptable.", "Detail"),
    "404": ("There is no such resource.", "Detail"),
    "422": ("A value is not acceptable; the message begins with its name.", "InvalidInput"),
}


class _Types:
    """The schemas of types, collected so that each type is described once."""

    def __init__(self) -> None:
        self._wanted: dict[tuple[str, JsonSchemaMode], pydantic.TypeAdapter[Any]] = {}

    def schema(self, kind: Any, mode: JsonSchemaMode) -> Schema:
        """Return a place holder, which `filled` replaces."""
        key = f"{len(self._wanted)}"
        self._wanted[key, mode] = pydantic.TypeAdapter(kind)
        return {"$wanted": (key, mode)}

    def filled(self, document: Schema) -> Schema:
        """Return the document with all schemas in their places."""
        inputs: list[tuple[str, JsonSchemaMode, pydantic.TypeAdapter[Any]]]
        inputs = [(key, mode, adapter) for (key, mode), adapter in self._wanted.items()]
        schemas, shared = pydantic.TypeAdapter.json_schemas(inputs, ref_template=_REF)
        components = {**shared.get("$defs", {}), **_ERRORS}
        return {**_put_in(document, schemas), "components": {"schemas": components, "securitySchemes": _SECURITY}}


_SECURITY = {"key": {"type": "http", "scheme": "bearer"}}


def document() -> Schema:
    """Return the document as it goes into JSON."""
    types = _Types()
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        paths.setdefault(PREFIX + operation.path, {})[operation.http_method.lower()] = _sdk_call(operation, types)
    paths.update(_openai_paths(types))
    return types.filled(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "julep_local",
                "version": julep_local.__version__,
                "description": "The routes of the Julep SDK 0.3.4 under /api, those of the OpenAI library under /v1.",
            },
            "security": [{}, {"key": []}],
            "paths": paths,
        }
    )


def _sdk_call(operation: Operation, types: _Types) -> Schema:
    method = getattr(julep_local.JulepApi, operation.name)
    described = _described(method)
    parameters = [_in_path(name, described) for name in operation.in_path]
    parameters += [_in_query(each, described, types) for each in operation.in_query.values()]
    call: Schema = {**_summary(method), "operationId": operation.name, "tags": [operation.path.split("/")[1]]}
    if parameters:
        call["parameters"] = parameters
    if operation.is_body is not None:
        call["requestBody"] = _body(types.schema(operation.parameters[operation.is_body].annotation, "validation"))
    elif operation.has_body:
        call["requestBody"] = _body(_named(operation.in_body, operation.required, described, types))
    results = typing.get_args(operation.result) or (operation.result,)
    content = {"application/json": {"schema": types.schema(_answered(operation, results[0]), "serialization")}}
    if operation.name == "chat":
        content |= _events(
            "deltas of the answer, then the whole response in an event named `response`", ChatDelta, types
        )
    call["responses"] = {str(operation.status): {"description": "Done.", "content": content}, **_refusals()}
    return call


def _answered(operation: Operation, result: Any) -> Any:
    return ResourceDeletedResponse if operation.deletes else result


def _openai_paths(types: _Types) -> dict[str, Schema]:
    chat = _generation("create_chat_completion", ChatCompletionsResource.create, "messages", types)
    chat["responses"]["200"] = _generated(ChatCompletion, ChatCompletionChunk, types)
    text = _generation("create_completion", CompletionsResource.create, "prompt", types)
    text["responses"]["200"] = _generated(Completion, Completion, types)
    models = _read("list_models", "Return the models that can be named.", ServedModels, types)
    one = _read("get_model", "Return one of the models.", ServedModel, types)
    one["parameters"] = [{"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "/v1/chat/completions": {"post": chat},
        "/v1/completions": {"post": text},
        "/v1/models": {"get": models},
        "/v1/models/{model}": {"get": one},
    }


def _generation(name: str, method: Callable[..., Any], input_name: str, types: _Types) -> Schema:
    parameters = {
        each.name: each
        for each in inspect.signature(method).parameters.values()
        if each.name not in _NOT_SENT and each.name != "self"
    }
    hints = typing.get_type_hints(method)
    resolved = {name: each.replace(annotation=hints[name]) for name, each in parameters.items()}
    body = _named(resolved, (input_name,), _described(method), types)
    return {
        **_summary(method),
        "operationId": name,
        "tags": ["openai"],
        "requestBody": _body(body),
        "responses": _openai_refusals(),
    }


def _generated(whole: Any, piece: Any, types: _Types) -> Schema:
    content = {"application/json": {"schema": types.schema(whole, "validation")}}
    return {"description": "Done.", "content": content | _events("pieces of the answer", piece, types)}


def _read(name: str, summary: str, result: Any, types: _Types) -> Schema:
    content = {"application/json": {"schema": types.schema(result, "validation")}}
    done = {"200": {"description": "Done.", "content": content}}
    return {"summary": summary, "operationId": name, "tags": ["openai"], "responses": done | _openai_refusals()}


def _events(what: str, piece: Any, types: _Types) -> Schema:
    about = f"With `stream`: {what}, then `[DONE]`."
    # 3.1 has no word for the type of an event's data; tools may read it from here
    return {"text/event-stream": {"schema": {"type": "string", "description": about}, "x-data": _data(piece, types)}}


def _data(piece: Any, types: _Types) -> Schema:
    return types.schema(piece, "validation")


def _refusals() -> Schema:
    known = {status: _refusal(about, {"$ref": _REF.format(model=name)}) for status, (about, name) in _STATUSES.items()}
    every = {"anyOf": [{"$ref": _REF.format(model=name)} for name in _ERRORS]}
    return {**known, "default": _refusal("Something else is in the way; the text says what.", every)}


def _openai_refusals() -> Schema:
    schema = {"$ref": _REF.format(model="Failure")}
    return {"default": _refusal("It cannot be answered; the text says why.", schema)}


def _refusal(about: str, schema: Schema) -> Schema:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


# -- parameters


def _in_path(name: str, described: Mapping[str, str]) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": _ID, **_about(name, described)}


def _in_query(parameter: inspect.Parameter, described: Mapping[str, str], types: _Types) -> Schema:
    # what is not there is left out of a query: null cannot be written in one
    kinds = [kind for kind in typing.get_args(parameter.annotation) if kind is not type(None)]
    kind = kinds[0] if kinds else parameter.annotation
    schema = _schema(parameter.name, types.schema(kind, "validation"))
    if kind is int:
        schema["minimum"] = 0
    required = parameter.default is inspect.Parameter.empty
    return {
        "name": parameter.name,
        "in": "query",
        "required": required,
        "schema": schema,
        **_about(parameter.name, described),
    }


def _named(
    parameters: Mapping[str, inspect.Parameter],
    required: typing.Sequence[str],
    described: Mapping[str, str],
    types: _Types,
) -> Schema:
    properties = {
        name: {**_schema(name, types.schema(each.annotation, "validation")), **_about(name, described)}
        for name, each in parameters.items()
    }
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _schema(name: str, schema: Schema) -> Schema:
    """Return a parameter's schema, with what its type does not say: that it is an id, or the range of a setting."""
    if name.endswith("_id"):
        return {"anyOf": [_ID, {"type": "null"}]} if name == "user_id" else dict(_ID)
    if name == "messages":
        return {**schema, "minItems": 1}
    allowed = RANGES.get(name)
    if allowed is None:
        return schema
    low = {"exclusiveMinimum" if allowed.above_low else "minimum": allowed.low}
    high = {"exclusiveMaximum" if allowed.below_high else "maximum": allowed.high}
    return {"anyOf": [{"type": "number", **low, **high}, {"type": "null"}]}


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _put_in(value: Any, schemas: Mapping[Any, Schema]) -> Any:
    if isinstance(value, dict):
        if "$wanted" in value:
            rest = {name: each for name, each in value.items() if name != "$wanted"}
            return {**schemas[value["$wanted"]], **rest}
        return {name: _put_in(each, schemas) for name, each in value.items()}
    return [_put_in(each, schemas) for each in value] if isinstance(value, list) else value


# -- docstrings


def _summary(method: Callable[..., Any]) -> Schema:
    text = inspect.getdoc(method) or ""
    summary, _, rest = text.split("\n\nArgs:")[0].split("\n\nRaises:")[0].partition("\n\n")
    return {"summary": " ".join(summary.split()), **({"description": " ".join(rest.split())} if rest else {})}


_ARGUMENT = re.compile(r"^    (\w+): (.*(?:\n      .*)*)", re.MULTILINE)


def _described(method: Callable[..., Any]) -> dict[str, str]:
    """Return what the docstring says of each parameter."""
    _, found, rest = (inspect.getdoc(method) or "").partition("\n\nArgs:\n")
    section = rest.split("\n\n")[0] if found else ""
    return {name: " ".join(text.split()) for name, text in _ARGUMENT.findall(section)}


def _about(name: str, described: Mapping[str, str]) -> Schema:
    return {"description": described[name]} if name in described else {}
