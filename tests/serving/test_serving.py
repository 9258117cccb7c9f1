"""The server gives predict's predictions, refuses invalid requests, and counts them."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import custpred as cp
from custpred.inference.action_list import action_list
from custpred.inference.customer_card import explained
from custpred.inference.incoming import batch
from custpred.serving.app import application
from custpred.serving.customers import CustomerReader
from custpred.storage.plain import finite

Rows = list[dict[str, Any]]


def scored(result: cp.Result, rows: Rows) -> tuple[Rows, list[str]]:
    """Return the output of predict for a table with these rows, and the texts of its notes."""
    table, notes = action_list(batch(result.predictor, pd.DataFrame(rows)), count=0)
    return [finite(row) for row in table.to_dict("records")], [note.text for note in notes]


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two rows have the same columns in order, and numbers to 1e-12."""
    numbers = [key for key, value in one.items() if isinstance(value, float)]
    others = {key: value for key, value in one.items() if key not in numbers}
    near = all(other[key] == pytest.approx(one[key], rel=1e-12, abs=1e-12) for key in numbers)
    return list(one) == list(other) and near and all(other[key] == value for key, value in others.items())


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_single_customers_get_the_numbers_and_notes_of_predict(
    task: str, served: dict[str, Any], calling: Any, as_json: Callable[..., Rows]
) -> None:
    """Customers of several requests are scored together, each like a table with one row."""
    result, frame = served[task]
    rows = as_json(frame.head(10))
    rows[3] = {**rows[3], "more": 1, "and more": "x"}
    for name in CustomerReader(result.predictor).columns:
        rows.append({**rows[5], name: None})
    client = calling(application(result))
    found = client.every([("POST", "/predict", {"json": {"customers": [row]}}) for row in rows])
    assert [each.status_code for each in found] == [200] * len(rows)
    for row, response in zip(rows, found, strict=True):
        wanted, notes = scored(result, [row])
        body = response.json()
        assert same(wanted[0], body["predictions"][0])
        assert [note["text"] for note in body["notes"]] == notes


def test_customers_of_one_request_are_one_round_like_a_file(
    telecom: cp.Result, client: Any, rows: Rows, tmp_path: Path
) -> None:
    """Rank, capacity and notes count the request's customers, as for a file."""
    from custpred.results.scored_file import score_file

    given = rows[:80]
    pd.DataFrame(given).to_csv(tmp_path / "new.csv", index=False)
    score_file(telecom.predictor, tmp_path / "new.csv", tmp_path / "scores.csv", "none", None, {})
    wanted = pd.read_csv(tmp_path / "scores.csv", dtype={"customer_id": str})
    found = pd.DataFrame(client("POST", "/predict", json={"customers": given}).json()["predictions"])
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, check_dtype=False)
    assert (found["decision"] == "yes").sum() <= 40 < (found["expected gain"] > 0).sum()


def test_ids_are_returned_unchanged(client: Any, rows: Rows) -> None:
    """A whole number stays one if another customer's id is missing, as for a single customer."""
    ids = [10**16 + 1, None, 7]
    sent = [{**row, "customer_id": own} for row, own in zip(rows, ids, strict=False)]
    for one in (sent, sent[:1]):
        body = client("POST", "/predict", json={"customers": one}).text
        assert [each["customer_id"] for each in json.loads(body)["predictions"]] == ids[: len(one)]
        assert f"{ids[0]}," in body


def test_values_that_training_did_not_have_are_noted(telecom: cp.Result, client: Any, rows: Rows) -> None:
    """Unknown levels, spellings and numbers get the notes of predict, also when cached."""
    odd = {**rows[0], "contract": "ONE YEAR ", "payment": "cheque", "tenure": 9000.5, "joined": "2020/01/31"}
    wanted, notes = scored(telecom, [odd])
    assert len(notes) >= 3
    for _ in range(2):
        body = client("POST", "/predict", json={"customers": [odd]}).json()
        assert same(wanted[0], body["predictions"][0])
        assert [note["text"] for note in body["notes"]] == notes


def test_reasons_are_those_of_the_command(telecom: cp.Result, client: Any, rows: Rows) -> None:
    """``/explain`` returns ``custpred explain --json``, with a single customer's decision."""
    found = client("POST", "/explain", json={"customers": rows[:2], "top": 3.0}).json()["explanations"]
    for row, own in zip(rows, found, strict=False):
        wanted = finite(explained(telecom.predictor, row["customer_id"], top=3))
        assert own["decision"].pop("of") == 2
        for each in (own, wanted):
            each.pop("decision")
        assert own == wanted
    assert found[0]["start"] + sum(each["part"] for each in found[0]["parts"]) + found[0]["rest"] == pytest.approx(
        found[0]["answer"]
    )


def test_the_customers_of_a_request_are_explained_together(
    telecom: cp.Result, client: Any, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model is called once for each purpose, however many customers are sent."""
    calls, kind = [], type(telecom.predictor)
    for name in ("predict", "reasons"):
        whole = getattr(kind, name)
        counted = lambda own, *given, whole=whole, **more: calls.append(len(given[0])) or whole(own, *given, **more)  # noqa: E731
        monkeypatch.setattr(kind, name, counted)
    assert len(client("POST", "/explain", json={"customers": rows[:12]}).json()["explanations"]) == 12
    assert calls == [12, 12]


@pytest.mark.parametrize("sent", [{"customer_id": None}, {}])
def test_a_missing_id_is_no_text(client: Any, rows: Rows, sent: dict[str, None]) -> None:
    """``/explain`` returns an empty key for an id that is null, as for one that is absent."""
    row = {name: value for name, value in rows[0].items() if name != "customer_id"} | sent
    [found] = client("POST", "/explain", json={"customers": [row]}).json()["explanations"]
    assert found["key"] == ""


def test_the_document_describes_the_contract(telecom: cp.Result, client: Any, rows: Rows) -> None:
    """Its schema accepts the run's customers and requires every column that models read."""
    document = client("GET", "/openapi.json").json()
    own = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate(
        {"customers": rows}, {**own, "properties": {"customers": {**own["properties"]["customers"], "maxItems": 10**6}}}
    )
    one = own["properties"]["customers"]["items"]
    assert set(one["required"]) == {column.name for column in telecom.predictor.columns if column.usable}
    assert one["properties"]["tenure"]["type"] == ["number", "null"]
    assert "month-to-month" in one["properties"]["contract"]["description"]
    given = document["paths"]["/predict"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(client("POST", "/predict", json={"customers": rows[:3]}).json(), given)
    why = document["paths"]["/explain"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(client("POST", "/explain", json={"customers": rows[:1]}).json(), why)


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.dates().map(str), st.sampled_from(["one year", " Two Years", "yes", "1", "-", "NA", ""]),
    st.lists(st.integers(), max_size=1),
)  # fmt: skip


@given(st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_is_scored_like_predict_or_refused(
    telecom: cp.Result, client: Any, rows: Rows, data: st.DataObject
) -> None:
    """200 with the numbers of predict, or 422 with a documented code."""
    names = list(rows[0])
    sent = [{**row, data.draw(st.sampled_from(names)): data.draw(CELLS)} for row in rows[:3]]
    found = client.every([("POST", "/predict", {"json": {"customers": [row]}}) for row in sent])
    for row, response in zip(sent, found, strict=True):
        if response.status_code == 422:
            assert re.fullmatch("CP2(442|102)", response.json()["error"]["code"])
            continue
        assert response.status_code == 200
        wanted, notes = scored(telecom, [row])
        assert same(wanted[0], response.json()["predictions"][0])
        assert [note["text"] for note in response.json()["notes"]] == notes


def test_an_infinite_value_is_null(client: Any, rows: Rows) -> None:
    """An amount whose value overflows is scored; JSON has no infinity."""
    huge = {**rows[0], "monthly_charges": 1e308}
    alone, beside = (client("POST", "/predict", json={"customers": sent}) for sent in ([huge], [huge, rows[1]]))
    assert (alone.status_code, beside.status_code) == (200, 200)
    assert alone.json()["predictions"][0]["value"] is None
    assert beside.json()["predictions"][0]["value"] is None


def test_counters_are_in_the_format_of_prometheus(telecom: cp.Result, calling: Any, rows: Rows) -> None:
    """Each line is a comment or a sample; requests, refusals, customers and scores are counted."""
    client = calling(application(telecom))
    client("POST", "/predict", json={"customers": rows[:5]})
    client("POST", "/predict", json={"customers": [{}]})
    client("GET", "/nowhere")
    text = client("GET", "/metrics")
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    sample = r'[a-z_]+(\{([a-z_]+="([^"\\\n]|\\.)*",?)*\})? [0-9.e+-]+'
    lines = text.text.splitlines()
    assert [line for line in lines if not line.startswith("# ") and not re.fullmatch(sample, line)] == []
    assert 'custpred_requests_total{path="/predict",status="422"} 1' in lines
    assert 'custpred_requests_total{path="other",status="404"} 1' in lines
    assert 'custpred_refused_total{code="CP2102"} 1' in lines
    assert "custpred_customers_total 5" in lines
    assert "custpred_score_count 5" in lines
    assert 'custpred_request_seconds_bucket{path="/predict",le="+Inf"} 2' in lines


@pytest.mark.parametrize("words", [[], ["run", "--champion", "churn"]])
def test_the_command_requires_a_run_or_a_champion(words: list[str]) -> None:
    """Neither, or both, is refused before anything is loaded."""
    from typer.testing import CliRunner

    from custpred.cli import app

    ended = CliRunner().invoke(app, ["serve", *words])
    assert "CP2418" in str(ended.exception)


@pytest.mark.slow
def test_the_command_serves_until_it_is_terminated(telecom: cp.Result, rows: Rows) -> None:
    """It prints its address, responds there, ends with 0 on SIGTERM, and reports a used port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        words = [sys.executable, "-m", "custpred.cli", "serve", str(telecom.folder), "--port", str(port)]
        refused = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (refused.returncode, "CP4121" in refused.stderr) == (2, True)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        time.sleep(1)
        asked = urllib.request.Request(f"{address}/predict", json.dumps({"customers": rows[:1]}).encode())
        with urllib.request.urlopen(asked) as response:
            assert json.load(response)["predictions"][0]["customer_id"] == rows[0]["customer_id"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
