"""The OpenAPI document says what is so: whatever is sent, the answer is one that it describes, and never a failure."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from julep_local.server.openapi import document
from julep_local.server.routes import OPERATIONS


def test_whatever_is_sent_is_answered_as_described(address: str, tmp_path: Path) -> None:
    """Requests that the document allows and others, each route by itself and one after the other.

    What the document allows may still be refused: it does not say that a doc's text must not be blank. The bounds of
    every value make 2,500 requests by themselves; the drawn ones, the same in every run, are three for each operation.
    """
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{address}/openapi.json", "--no-color"]
    options = ["--generation-deterministic", "--max-examples=3", "--exclude-checks=positive_data_acceptance"]

    # in a folder of its own: it leaves notes behind, and what it found in another run has no place in this one
    ended = subprocess.run([*command, *options], capture_output=True, text=True, timeout=110, check=False, cwd=tmp_path)

    assert ended.returncode == 0, ended.stdout[-5000:]
    generated = re.search(r"(\d+) generated, (\d+) passed", ended.stdout)
    assert generated is not None
    assert int(generated[1]) == int(generated[2]) > 1000


def test_every_route_is_described(http: httpx.Client) -> None:
    paths = http.get("/openapi.json").json()["paths"]

    described = {(method.upper(), path) for path, calls in paths.items() for method in calls}
    openai = {("POST", "/v1/chat/completions"), ("POST", "/v1/completions"), ("GET", "/v1/models")}
    assert described == {
        *((each.http_method, f"/api{each.path}") for each in OPERATIONS),
        *openai,
        ("GET", "/v1/models/{model}"),
    }


def test_parameters_are_described_as_the_methods_are() -> None:
    chat = document()["paths"]["/api/sessions/{session_id}/chat"]["post"]
    body = chat["requestBody"]["content"]["application/json"]["schema"]

    assert body["required"] == ["messages"]
    assert body["properties"]["seed"]["description"].startswith("the same seed and conversation")
    assert body["properties"]["top_p"]["anyOf"][0] == {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    assert "text/event-stream" in chat["responses"]["200"]["content"]


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_page_needs_nothing_from_elsewhere(http: httpx.Client, path: str) -> None:
    response = http.get(path)

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert not re.search(r"<script|<link|<img|src=|https?://", response.text)
    for operation in OPERATIONS:
        assert f"/api{operation.path}" in response.text
