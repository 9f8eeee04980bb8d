"""The OpenAPI document as a page: plain HTML, no script, nothing fetched from elsewhere."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 58rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; }
details { margin: .4rem 0; }
summary { cursor: pointer; }
code { font: 13px/1.4 ui-monospace, monospace; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
table { border-collapse: collapse; margin: .5rem 0 1rem 1rem; }
td { padding: .15rem .8rem .15rem 0; vertical-align: top; }
"""


def page(document: Mapping[str, Any]) -> str:
    """Return the page."""
    title = html.escape(f"{document['info']['title']} {document['info']['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{html.escape(document['info']['description'])} "
        'The same for tools: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{''.join(_groups(document))}"
        f"<h2>Types</h2>{''.join(_types(document['components']['schemas']))}</body></html>"
    )


def _groups(document: Mapping[str, Any]) -> Iterator[str]:
    tag = None
    for path, calls in sorted(document["paths"].items(), key=lambda each: _tag(each[1])):
        if _tag(calls) != tag:
            tag = _tag(calls)
            yield f"<h2>{html.escape(tag)}</h2>"
        for method, call in calls.items():
            yield _call(path, method, call)


def _tag(calls: Mapping[str, Any]) -> str:
    return str(next(iter(calls.values()))["tags"][0])


def _call(path: str, method: str, call: Mapping[str, Any]) -> str:
    rows = [
        _row(f"{each['name']} ({each['in']})", each["schema"], each["required"], each.get("description", ""))
        for each in call.get("parameters", ())
    ]
    if "requestBody" in call:
        rows += _body_rows(call["requestBody"]["content"]["application/json"]["schema"])
    answers = [_answer(status, each) for status, each in call["responses"].items()]
    return (
        f'<details><summary><code><span class="method">{method.upper()}</span>{html.escape(path)}</code> '
        f"{html.escape(call['summary'])}</summary><p>{html.escape(call.get('description', ''))}</p>"
        f"<table>{''.join(rows)}</table><table>{''.join(answers)}</table></details>"
    )


def _body_rows(schema: Mapping[str, Any]) -> list[str]:
    if "properties" not in schema:
        return [_row("the body", schema, True, "")]
    required = schema.get("required", ())
    return [
        _row(name, each, name in required, each.get("description", "")) for name, each in schema["properties"].items()
    ]


def _row(name: str, schema: Mapping[str, Any], required: bool, about: str) -> str:
    needed = " <b>required</b>" if required else ""
    named = f"<code>{html.escape(name)}</code>{needed}"
    return f"<tr><td>{named}</td><td>{_kind(schema)}</td><td>{html.escape(about)}</td></tr>"


def _answer(status: str, answer: Mapping[str, Any]) -> str:
    kinds = ", ".join(_kind(content["schema"]) for content in answer["content"].values())
    return f"<tr><td><code>{status}</code></td><td>{kinds}</td><td>{html.escape(answer['description'])}</td></tr>"


def _types(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        about = html.escape(schema.get("description", ""))
        values = ", ".join(f"<code>{html.escape(str(each))}</code>" for each in schema.get("enum", ()))
        rows = _body_rows(schema) if "properties" in schema else []
        yield (
            f'<details id="{html.escape(name)}"><summary><code>{html.escape(name)}</code> {about}</summary>'
            f"<p>{values}</p><table>{''.join(rows)}</table></details>"
        )


def _kind(schema: Mapping[str, Any]) -> str:
    """Return a short word for a schema, linked where it is a type of its own."""
    if "$ref" in schema:
        name = html.escape(schema["$ref"].rsplit("/", 1)[1])
        return f'<a href="#{name}">{name}</a>'
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " or ".join(_kind(each) for each in schema[word])
    if "const" in schema:
        return html.escape(repr(schema["const"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return html.escape(str(schema.get("format") or schema.get("type") or "any"))
