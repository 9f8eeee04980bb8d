"""The SDK's routes: statuses, bodies and error envelopes as the service promised them."""

import json
from typing import Any

import httpx
import pytest
from http_talk import say

from julep_local import Client, JulepApi
from julep_local.server.routes import OPERATIONS

UNKNOWN = "8a1f0f6e-3d0b-4f0a-9d51-0a4c5f3b2c1d"
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
DOC = {"title": "Ferry", "content": "It leaves at 9:15."}


def test_every_method_of_the_sdk_has_a_route() -> None:
    methods = {name for name in vars(JulepApi) | _inherited() if not name.startswith("_")} - {"close"}

    assert {operation.name for operation in OPERATIONS} == methods
    assert len({(each.http_method, each.path) for each in OPERATIONS}) == len(OPERATIONS) == 36


def _inherited() -> dict[str, Any]:
    return {name: value for base in JulepApi.__mro__[1:-1] for name, value in vars(base).items() if callable(value)}


def test_what_is_made_changed_and_deleted_is_answered_with_the_promised_statuses(http: httpx.Client) -> None:
    def ask(method: str, path: str, **body: Any) -> tuple[int, Any]:
        response = http.request(method, "/api" + path, json=body) if body else http.request(method, "/api" + path)
        assert response.headers["content-type"] == "application/json"
        return response.status_code, response.json()

    status, agent = ask("POST", "/agents", name="Ada", metadata={"k": [1, None]})
    assert (status, agent["jobs"]) == (201, [])
    at = f"/agents/{agent['id']}"
    status, user = ask("POST", "/users", name="Bo")
    assert status == 201
    status, session = ask("POST", "/sessions", agent_id=agent["id"], user_id=user["id"])
    assert status == 201
    status, doc = ask("POST", f"{at}/docs", **DOC)
    assert (status, len(doc["jobs"])) == (201, 1)
    status, tool = ask("POST", f"{at}/tools", **TOOL)
    assert status == 201

    assert ask("GET", at)[1]["metadata"] == {"k": [1, None]}
    assert ask("PATCH", at, about="a pilot")[0] == 200
    assert ask("PUT", at, about="a pilot", name="Eve")[0] == 200
    assert ask("PATCH", f"{at}/tools/{tool['id']}", function={"description": "Tells it"})[0] == 200
    assert ask("GET", f"/jobs/{doc['jobs'][0]}")[0] == 200
    assert ask("POST", f"/sessions/{session['id']}/chat", **say("Hi"))[0] == 200
    assert len(ask("GET", f"/sessions/{session['id']}/history")[1]["items"]) == 2
    for path in (f"{at}/docs/{doc['id']}", f"{at}/tools/{tool['id']}", f"/sessions/{session['id']}/history", at):
        status, deleted = ask("DELETE", path)
        assert status == 202
        assert set(deleted) == {"id", "deleted_at", "jobs"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "answer"),
    [
        pytest.param("GET", f"/agents/{UNKNOWN}", None, 404, {"detail": f"agent {UNKNOWN} not found"}, id="unknown"),
        pytest.param("GET", "/agents?metadata_filter=x", None, 400, {"detail": "metadata_filter is not"}, id="filter"),
        pytest.param("GET", "/nothing", None, 404, {"detail": "Not Found"}, id="no such route"),
        pytest.param("GET", "/agents/", None, 404, {"detail": "Not Found"}, id="a slash too much"),
        pytest.param("PATCH", "/agents", b"{}", 405, {"detail": "only POST, GET is answered here"}, id="method"),
        pytest.param("GET", "/agents/x", None, 422, {"message": "agent_id: 'x' is not a UUID"}, id="no id"),
        pytest.param("GET", "/agents?limit=many", None, 422, {"message": "limit: must be a whole"}, id="no number"),
        pytest.param("GET", "/agents?limit=-1", None, 422, {"message": "limit: must be between"}, id="negative"),
        pytest.param("GET", "/agents?limit=", None, 422, {"message": "limit: must be a whole"}, id="blank"),
        pytest.param("GET", "/agents?order=up", None, 422, {"message": "order: must be one of asc"}, id="order"),
        pytest.param("GET", f"/agents/{UNKNOWN}/memories", None, 422, {"message": "query: is missing"}, id="query"),
        pytest.param("POST", "/agents", b"{}", 422, {"message": "name: is missing"}, id="missing"),
        pytest.param("POST", "/agents", b"", 422, {"message": "body: is not JSON"}, id="empty"),
        pytest.param("POST", "/agents", b"[]", 422, {"message": "body: must be a JSON object, not a list"}, id="list"),
        pytest.param("POST", "/agents", b"\xff", 422, {"message": "body: is not JSON"}, id="not UTF-8"),
        pytest.param("POST", "/agents", b"[" * 100_000, 422, {"message": "body: is not JSON: it is nested"}, id="deep"),
        pytest.param("POST", "/agents", b'{"name": NaN}', 422, {"message": "body: is not JSON: NaN"}, id="NaN"),
        pytest.param("POST", "/agents", b'{"name": "\\ud800"}', 422, {"message": "name: holds half"}, id="surrogate"),
        pytest.param("POST", "/agents", b'{"name": "a\\u0000"}', 422, {"message": "name: holds a NUL"}, id="NUL"),
        pytest.param(
            "POST", "/agents", b'{"name": ' + b"1" * 5000 + b"}", 422, {"message": "body: is not JSON"}, id="digits"
        ),
    ],
)
def test_a_failure_has_its_status_and_envelope(
    http: httpx.Client, method: str, path: str, body: bytes | None, status: int, answer: dict[str, str]
) -> None:
    headers = {} if body is None else {"content-type": "application/json"}

    response = http.request(method, "/api" + path, content=body, headers=headers)

    (key, text), *_ = answer.items()
    assert response.status_code == status
    assert response.json()[key].startswith(text)
    if status == 422:
        assert set(response.json()) == {"status_code", "message", "data"}


def test_keys_that_the_sdk_does_not_have_are_ignored(http: httpx.Client, client: Client) -> None:
    response = http.post("/api/agents", json={"name": "Ada", "self": 1, "agent_id": UNKNOWN, "nonsense": {}})

    assert response.status_code == 201
    assert client.agents.get(response.json()["id"]).name == "Ada"


def test_enum_members_are_read_as_the_python_sdk_writes_them(http: httpx.Client, client: Client) -> None:
    """It leaves them to httpx, which asks Python for their text: `ListAgentsRequestOrder.ASC`."""
    ids = [client.agents.create(name=str(i)).id for i in range(2)]

    response = http.get("/api/agents?order=ListAgentsRequestOrder.ASC&sort_by=ListAgentsRequestSortBy.CREATED_AT")

    assert [item["id"] for item in response.json()["items"]] == ids


def test_a_body_that_is_not_declared_as_json_is_refused(http: httpx.Client, client: Client) -> None:
    """A web page may send a form or a plain text to any server, without being asked whether it may."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        headers = {} if kind is None else {"content-type": kind}
        response = http.post("/api/agents", content=b'{"name": "Ada"}', headers=headers)
        assert response.status_code == 415

    assert client.agents.list() == []


def test_no_answer_speaks_of_files_or_of_code(
    http: httpx.Client, client: Client, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with this machine stands in the server's log."""
    api: Any = client.agents.api_client
    secret = "/home/bo/secret.db"
    from julep_local.errors import DiskFull, ModelMissing, StoreError

    for error, status in (
        (StoreError("damaged", path=secret), 500),
        (DiskFull("full", path=secret), 507),
        (ModelMissing(f"no model at {secret}"), 503),
        (RuntimeError(secret), 500),
    ):

        def fail(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr(api._runtime.db, "query", fail)
        response = http.get("/api/agents")
        assert response.status_code == status
        assert secret not in response.text
        assert "Traceback" not in response.text
        assert set(json.loads(response.text)) == {"error"}
