"""What the server refuses has a status, a code and a place, and it goes on serving."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

import custpred as cp
from custpred.errors import DataError
from custpred.serving.app import application

Rows = list[dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"tenure": "12"}, "CP2442", "customers[1].tenure"),
        ({"tenure": True}, "CP2442", "customers[1].tenure"),
        ({"tenure": [1]}, "CP2442", "customers[1].tenure"),
        ({"tenure": 10**400}, "CP2442", "customers[1].tenure"),
        ({"contract": {"a": 1}}, "CP2442", "customers[1].contract"),
        ({"joined": "yesterday"}, "CP2442", "customers[1].joined"),
        ({"joined": 3}, "CP2442", "customers[1].joined"),
        ({"tenure": ...}, "CP2102", "customers[1]"),
    ],
)
def test_a_bad_customer_is_refused_with_code_and_place(
    client: Any, rows: Rows, change: dict[str, Any], code: str, place: str
) -> None:
    """422 with customer, column, expected type and remedy."""
    row = {name: value for name, value in {**rows[1], **change}.items() if value is not ...}
    response = client("POST", "/predict", json={"customers": [rows[0], row]})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["place"]) == (422, code, place)
    assert error["remedy"]
    assert "yesterday" not in response.text


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"customers": []}', b'{"customers": [3]}', b'{"customers": [NaN]}', b"[" * 100_000, b"\xff"],
)
@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_a_body_without_customers_is_refused(client: Any, path: str, body: bytes) -> None:
    """Broken JSON and other bodies are not server errors."""
    response = client("POST", path, content=body)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "CP2441")


@pytest.mark.parametrize("half", ["\\ud800", "\\uDC00"])
def test_half_of_a_surrogate_pair_is_refused(client: Any, rows: Rows, half: str) -> None:
    """No response could repeat it; whole pairs are characters."""
    body = json.dumps({"customers": [{**rows[0], "customer_id": "HERE"}]})
    response = client("POST", "/predict", content=body.replace("HERE", half))
    assert (response.status_code, response.json()["error"]["code"]) == (422, "CP2441")
    response = client("POST", "/predict", content=body.replace("HERE", "\\ud83d\\ude00"))
    assert response.json()["predictions"][0]["customer_id"] == "\N{GRINNING FACE}"


def test_a_list_of_a_wrong_length_is_counted(client: Any, rows: Rows) -> None:
    """The error says how many customers came."""
    for sent, told in ([], "a list of 0"), ([rows[0]] * 1001, "a list of 1,001"):
        error = client("POST", "/predict", json={"customers": sent}).json()["error"]
        assert (error["code"], error["found"]) == ("CP2441", told)


def test_requests_beyond_the_limits_are_refused(client: Any, rows: Rows) -> None:
    """Too many customers, too many bytes, too many reasons."""
    assert client("POST", "/predict", json={"customers": rows[:1] * 1001}).status_code == 422
    assert client("POST", "/explain", json={"customers": rows[:21]}).status_code == 422
    assert client("POST", "/explain", json={"customers": rows[:1], "top": -1}).status_code == 422
    large = client("POST", "/predict", content=b" " * 10_000_001)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "CP2446")


@pytest.mark.parametrize(
    ("method", "path", "status", "found", "allowed"),
    [
        ("GET", "/", 404, None, None),
        ("POST", "/predicts", 404, None, None),
        ("GET", "/predict", 405, "GET", "POST"),
        ("DELETE", "/explain", 405, "DELETE", "POST"),
        ("POST", "/health", 405, "POST", "GET"),
    ],
)
def test_an_unknown_path_or_method_is_refused_like_other_errors(
    client: Any, method: str, path: str, status: int, found: str | None, allowed: str | None
) -> None:
    """The coded JSON body names what the server has, and the header Allow stays."""
    response = client(method, path)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["place"], error["found"]) == (status, "CP2451", path, found)
    assert response.headers.get("allow") == allowed
    assert (allowed or "/predict") in error["remedy"]


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_paths_to_read_take_head(client: Any, path: str) -> None:
    """Load balancers that send HEAD see a server that is up."""
    assert client("HEAD", path).status_code == 200
    assert "head" not in client("GET", "/openapi.json").json()["paths"][path]


def test_other_hosts_need_the_token(telecom: cp.Result, calling: Any) -> None:
    """Without it all but /health is refused; with it any host name works."""
    client = calling(application(telecom, "secret"), "http://scores.example")
    key = {"Authorization": "Bearer secret"}
    refused = client("GET", "/metrics")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "CP2444")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert client("GET", "/metrics", headers={"Authorization": "Bearer other"}).status_code == 401
    assert client("GET", "/health").json()["status"] == "ready"
    assert client("GET", "/openapi.json", headers=key).json()["security"] == [{"token": []}]


def test_dns_rebinding_is_refused(telecom: cp.Result, calling: Any) -> None:
    """A foreign name that resolves to 127.0.0.1 is refused; local names are not."""
    refused = calling(application(telecom), "http://evil.example:8000")("GET", "/health")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "CP2445")
    for name in ("http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000"):
        assert calling(application(telecom), name)("GET", "/health").status_code == 200


def test_a_bug_in_scoring_does_not_stop_the_server(
    telecom: cp.Result, client: Any, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its requests end with a coded 500, none waits forever, and later ones are scored."""
    with monkeypatch.context() as broken:
        broken.setattr(type(telecom.predictor), "predict_columns", lambda self, batch: 1 / 0)
        found = client.every([("POST", "/predict", {"json": {"customers": rows[:1]}})] * 3)
    assert [(each.status_code, each.json()["error"]["code"]) for each in found] == [(500, "CP9000")] * 3
    with monkeypatch.context() as broken:
        broken.setattr("custpred.serving.scorer.cards", lambda *more: 1 / 0)
        why = client("POST", "/explain", json={"customers": rows[:1]})
    assert (why.status_code, why.json()["error"]["message"]) == (500, "A bug of custpred: ZeroDivisionError.")
    assert client("POST", "/predict", json={"customers": rows[:1]}).status_code == 200


def test_a_run_of_events_is_not_served(telecom: cp.Result) -> None:
    """Its customers are gathered from events, which a request does not contain."""
    own = telecom.predictor
    gathered = replace(own, intake=replace(own.intake, recipe={**own.intake.recipe, "events": {"orders": {}}}))
    with pytest.raises(DataError, match="CP2443"):
        application(SimpleNamespace(predictor=gathered, record=telecom.record))  # type: ignore[arg-type]
