"""What the pages show, without Streamlit: look-ups, similar customers, campaigns, the list."""

from __future__ import annotations

import ast
import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.business import Business
from custpred.dashboard import _words
from custpred.dashboard._campaign import planned, with_costs
from custpred.dashboard._card import explained, facts, similar
from custpred.dashboard._html import piece, style
from custpred.dashboard._listing import chosen, filtered, table
from custpred.dashboard._names import safe_name
from custpred.dashboard._prepare import prepared
from custpred.dashboard._similar import nearest
from custpred.dashboard._store import Store
from custpred.dashboard._upload import event_tables, score_upload
from custpred.dashboard._what_if import alike, changed, choices
from custpred.errors import DataError, MissingDependency, RecipeError
from custpred.inference.action_list import csv_text
from custpred.policy import Policy
from custpred.recipe.file import from_keys
from custpred.report._blocks import Prose
from custpred.report._text import catalogue
from custpred.results.terminal import WORDS
from custpred.source.base import Source
from custpred.task import Task

say = _words.Words("en", "USD")
BINARY = Task("binary", "churn", ("no", "yes"))


@pytest.fixture(scope="module")
def store(opened: Callable[..., Any], telecom: cp.Result) -> Store:
    """Return the prepared customers of the telecom run."""
    made: Store = opened(telecom).store
    return made


def test_ids_are_found_in_other_spellings(store: Store) -> None:
    """Case, blanks and leading zeros may differ; the id's own spelling comes back."""
    key = str(store.ids[0])
    spelled = [key, f"  {key.lower()} ", key[0] + key[1:].lstrip("0"), f"{key[0]}000{key[1:]}"]
    assert {(store.find(each).place, store.find(each).id) for each in spelled} == {(0, key)}


def test_unknown_ids_get_suggestions(store: Store) -> None:
    """The nearest ids by edit distance come first, also for a wrong beginning."""
    key = str(store.ids[0])
    for typed in (key[:-1] + "x", "x" + key[1:]):
        found = store.find(typed)
        assert found.place is None and key in found.near and len(found.near) == 5


def test_the_store_is_reused_and_renewed_for_another_model(
    telecom: cp.Result, tmp_path: Path, opened: Callable[..., Any]
) -> None:
    """A second start reads the files; another model or other data renew them."""
    opened(telecom)
    copy = cp.load(telecom.save(tmp_path / "copy"))
    told: list[str] = []
    first = prepared(copy, copy.folder, None, None, told.append)
    assert told == []  # the session's fixture had prepared it, and a copy is as good
    manifest = copy.folder / "model" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8") + " ", "utf-8")
    assert len(prepared(copy, copy.folder, None, None, told.append)) == len(first) == 600
    assert [line.split(": ")[1].split()[0] for line in told] == ["scoring", "reading"]  # no events, no third step
    one = tmp_path / "one.csv"
    Source.parse({"sample": "telecom", "rows": 30}).read().frame.to_csv(one, index=False)
    assert len(prepared(copy, copy.folder, one, None, told.append)) == 30


def test_the_store_is_renewed_if_the_runs_own_table_changes(tmp_path: Path) -> None:
    """A changed file is read at the next start; a missing one keeps its customers."""
    table, path = Source.parse({"sample": "telecom", "rows": 200}).raw().frame, tmp_path / "own.csv"
    table.to_csv(path, index=False)
    keys = {"engine": "inline", "budget": {"work": 1}, "split": {"kind": "stratified", "folds": 2}}
    keys |= {"customers": {"path": str(path)}, "target": "churn", "models": ["logistic"]}
    run = cp.run(from_keys(keys), out=tmp_path / "run")
    told: list[str] = []
    assert len(prepared(run, tmp_path, None, None, told.append)) == 200
    table.head(150).to_csv(path, index=False)
    assert [len(prepared(run, tmp_path, None, None, told.append)) for _ in range(2)] == [150, 150]
    assert len(told) == 4
    path.unlink()
    assert len(prepared(run, tmp_path, None, None, told.append)) == 150


def test_an_upload_of_one_table_of_events_may_have_customers(orders: cp.Result, tmp_path: Path) -> None:
    """A run of events and customers lists both files, and scores with the uploaded customers."""
    events = Source.parse({"sample": "orders", "rows": 60, "seed": 3}).raw().frame
    who = pd.DataFrame({"customer_id": events["customer_id"].unique()}).assign(city="A")
    recipe = orders.record.recipe | {"customers": {"path": str(tmp_path / "who.csv")}}
    assert event_tables(recipe) == ["orders", "customers"]
    assert event_tables({"customers": recipe["customers"]}) == []
    found = {name: frame.to_csv(index=False).encode() for name, frame in (("orders", events), ("customers", who))}
    predictor = orders.predictor
    alone = score_upload(predictor, {"any name.csv": found["orders"]})
    both = score_upload(predictor, {f"{name}.csv": content for name, content in found.items()})
    assert len(alone.table) == len(both.table)


@pytest.mark.slow
def test_a_million_ids_are_searched_quickly(telecom: cp.Result, tmp_path: Path) -> None:
    """Of a million, one customer is found, explained and compared in 300 ms."""
    few = Source.parse({"sample": "telecom", "rows": 1000}).read().frame
    many = pd.concat([few] * 1000, ignore_index=True).assign(customer_id=[f"K{n:07d}" for n in range(1_000_000)])
    many.to_parquet(tmp_path / "many.parquet")
    store = prepared(telecom, tmp_path, tmp_path / "many.parquet", None, lambda line: None)
    plan = planned(telecom.predictor.policy, BINARY, store.predicted, store.amounts)
    assert len(store) == 1_000_000

    def answer(typed: str) -> float:
        begun = time.perf_counter()
        found = store.find(typed)
        assert found.place is not None
        facts(store, found.place, plan.decisions, telecom.record, say)
        explained(telecom.predictor, store.rows([found.place]))
        similar(store, found.place, telecom.record, say)
        return time.perf_counter() - begun

    places = np.random.default_rng(0).integers(0, 1_000_000, 21)
    taken = [answer(f"k{place}") for place in places][1:]
    assert np.median(taken) < 0.3
    begun = time.perf_counter()
    assert len(store.find("K12345678").near) == 5
    assert time.perf_counter() - begun < 0.3


def test_a_store_outlives_its_source(
    telecom: cp.Result, tmp_path: Path, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the run's customers, stored ones are shown; a passed file must exist."""
    opened(telecom)
    copy = cp.load(telecom.save(tmp_path / "copy"))
    told: list[str] = []
    with pytest.raises(DataError):
        prepared(copy, copy.folder, tmp_path / "gone.csv", None, told.append)

    def gone(*given: object) -> None:
        raise DataError("It is gone.", code="CP2122")

    monkeypatch.setattr("custpred.dashboard._prepare.everyone", gone)
    assert len(prepared(copy, copy.folder, None, "another day", told.append)) == 600
    assert told[-1] == "the customers cannot be read now: showing the previous ones"


def test_parts_add_up_to_what_is_shown(store: Store, telecom: cp.Result) -> None:
    """Start, parts and rest give the probability that the store holds."""
    for place in (0, 1, 2):
        found, _ = explained(telecom.predictor, store.rows([place]))
        total = found["start"] + found["rest"] + sum(each["part"] for each in found["parts"])
        assert total == pytest.approx(100 * store.predicted[place, 1], abs=0.05)


def test_facts_of_the_riskiest_customer(store: Store, telecom: cp.Result) -> None:
    """The customer with the highest probability is riskier than all others."""
    place = int(np.argmax(store.predicted[:, 1]))
    plan = planned(telecom.predictor.policy, BINARY, store.predicted, store.amounts)
    told = {
        label: (value, note) for label, value, note in facts(store, place, plan.decisions, telecom.record, say).items
    }
    rank = "Rank by expected gain" if plan.decisions.gain is not None else "Rank"
    assert told[rank][1] == f"riskier than {say.percent(1 - 1 / 600)} of customers"
    assert told["Probability of 'yes'"][0] == f"{100 * store.predicted[place, 1]:.1f}%"


def test_similar_customers_exclude_the_customer(store: Store, telecom: cp.Result) -> None:
    """The sentence counts the outcomes of the rows in the table, without the customer's own row."""
    text, grid = similar(store, 4, telecom.record, say) or pytest.fail("no outcomes")
    known = grid.rows[1:]
    assert text.startswith(f"Of the {len(known)} most similar")
    assert f"{sum(r[1] == 'yes' for r in known)} had the outcome" in text
    assert str(store.ids[4]) not in {row[0] for row in known}


def test_distance_weighs_columns() -> None:
    """A column with a large weight decides; missing values are far from present ones."""
    known = pd.DataFrame({"plan": pd.Categorical(["a", "b", "b"]), "age": [30.0, 70.0, np.nan]})
    row = pd.DataFrame({"plan": pd.Categorical(["b"]), "age": [30.0]})
    assert nearest(known, row, {"plan": 1.0, "age": 0.1}).tolist()[0] == 1
    assert nearest(known, row, {"plan": 0.1, "age": 1.0}).tolist()[0] == 0
    assert nearest(known, row, {"plan": 1.0, "age": 1.0}, skip=np.array([True, False, False])).tolist() == [1, 2]


def test_what_if_respects_the_rules(store: Store, telecom: cp.Result) -> None:
    """Fixed and sensitive columns are not offered; ranges and directions limit the others."""
    ages = store.rows(range(len(store)))["age"].to_numpy()
    row = store.rows([int(np.flatnonzero(ages < 50)[0])])
    offered = {each.column: each for each in choices(telecom.predictor.intake, row)}
    assert "tenure" not in offered and "city" not in offered
    assert (offered["monthly_charges"].low, offered["monthly_charges"].high) == (20.0, 100.0)
    assert offered["age"].low == row["age"].iloc[0] and set(offered["contract"].levels) >= {"one year"}


def test_unchanged_values_give_the_same_prediction(store: Store, telecom: cp.Result) -> None:
    """The same values give the same probability; rare combinations are counted."""
    row = store.rows([0])
    same = changed(row, {"contract": str(row["contract"].iloc[0])})
    assert telecom.predictor.predict(same)[0, 1] == pytest.approx(store.predicted[0, 1], abs=1e-12)
    frame, _, _ = store.history or pytest.fail("no history")
    by_hand = int((frame["contract"].astype(str) == "one year").sum())
    assert alike(frame, {"contract": "one year"}, telecom.predictor.intake) == by_hand


def test_a_rule_names_a_column(telecom: cp.Result) -> None:
    """A range must rise, and a rule must be one of four."""
    from custpred.recipe.file import from_keys

    base = {"customers": {"sample": "telecom"}, "target": "churn"}
    for rule in ({"range": [9, 3]}, "sometimes"):
        with pytest.raises(RecipeError):
            from_keys({**base, "what_if": {"age": rule}})


def test_the_campaign_applies_the_policy() -> None:
    """Capacity and costs change who is chosen and the profit, as ``Policy`` decides."""
    rng = np.random.default_rng(0)
    chance = rng.random(500)
    predicted = np.column_stack([1 - chance, chance])
    policy = Policy(Business(value=100, contact_cost=2, offer_cost=10, success_rate=0.3, capacity=50))
    plan = planned(policy, BINARY, predicted, None)
    gains = np.sort(policy.business.profit(chance, 100.0))[::-1]
    assert plan.chosen == 50 and plan.earned == pytest.approx(gains[:50].sum())
    assert plan.profit[-1] == pytest.approx(gains.sum()) and plan.sizes[-1] == 500
    dear = planned(with_costs(policy, {"contact_cost": 20.0, "capacity": 500}), BINARY, predicted, None)
    assert dear.chosen == (policy.business.profit(chance, 100.0) - 18 > 0).sum() and dear.earned < plan.earned


def test_the_list_is_that_of_act(store: Store, telecom: cp.Result) -> None:
    """Rank, probability, value, gain, decision and reasons are those of the scored file."""
    everyone = Source.parse({"sample": "telecom", "rows": 600}).read().frame
    wanted, _ = telecom.act(everyone)
    wanted = wanted[wanted["decision"] == "yes"].sort_values("rank").reset_index(drop=True)
    own = planned(telecom.predictor.policy, BINARY, store.predicted, store.amounts).decisions
    made = table(store, telecom.predictor, own, chosen(own, BINARY, store))
    pd.testing.assert_frame_equal(made, wanted, check_dtype=False)


def test_filters_keep_levels_and_ranges() -> None:
    """All filters must hold; no levels chosen means any level."""
    frame = pd.DataFrame({"plan": pd.Categorical(["a", "b", None]), "age": [20.0, 30.0, np.nan]})
    assert filtered(frame, {"plan": ["a"], "age": (0.0, 25.0)}).tolist() == [True, False, False]
    assert filtered(frame, {"plan": []}).tolist() == [True, True, True]


def test_formulas_are_escaped() -> None:
    """Cells and headings that a spreadsheet would execute become text."""
    text = csv_text(pd.DataFrame({"=id": ["=1+1", "+2", "-3", "@x", "fine"], "n": [-1.5, 2.0, 0.0, 1.0, 3.0]}))
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows] == ["'=id", "'=1+1", "'+2", "'-3", "'@x", "fine"] and rows[1][1] == "-1.5"


def test_uploads_stay_in_their_folder(telecom: cp.Result) -> None:
    """Folders in a file's name are removed; other extensions are refused with a code."""
    assert safe_name("..\\..\\a.csv") == "a.csv" and safe_name("/etc/b.XLSX") == "b.XLSX"
    with pytest.raises(DataError, match="CP2420"):
        safe_name("model.pkl")
    with pytest.raises(DataError) as raised:
        score_upload(telecom.predictor, {"renamed.csv": b"\x00\x01\x02" * 50})
    assert raised.value.code.startswith("CP2")
    with pytest.raises(DataError, match=r"^renamed\.xlsx CP2117"):
        score_upload(telecom.predictor, {"renamed.xlsx": b"no workbook"})


def test_html_escapes_data_and_styles_only_its_elements() -> None:
    """Data is escaped; rules that set colours select our elements; Korean words are not broken."""
    html = piece([Prose("<script>alert(1)</script>")], say, "dark")
    assert "<script>" not in html and 'data-theme="dark"' in html
    assert ":root" not in style() and "\nbody {" not in style() and "\nhtml {" not in style()
    assert "word-break: keep-all" in style()


def spoken() -> set[str]:
    """Return every fixed text of the dashboard's files."""
    found = set(WORDS.values())
    for path in Path(_words.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"say", "say.count"}:
                place = 1 if ast.unparse(node.func) == "say.count" else 0
                given = node.args[place] if len(node.args) > place else None
                found |= {given.value} if isinstance(given, ast.Constant) else set()
    return found


def test_every_text_has_a_translation() -> None:
    """Each text has a translation with the same placeholders, and no translation is unused."""
    own = _words.translations("ko")
    assert spoken() - own.keys() - catalogue("ko").keys() == set()
    assert own.keys() - spoken() == set()
    for english, korean in own.items():
        gaps, filled = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, korean))
        assert gaps == filled - ({"n"} if "{n}" not in english else set()), english


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        (
            str(DataError.missing_columns(["a", "plam"], ["plan"])),
            "CP2102 표에 열 2개가 더 필요합니다: 'a' 열이 없습니다. 'plam' 열이 없습니다. 혹시 'plan'입니까?"
            " 열을 넣거나, 표나 레시피에서 열 이름을 고치세요.",
        ),
        ("a CP1107 unknown\nb CP2230 Invalid cutoff: 1.", "a CP1107 unknown\nb CP2230 기준일이 잘못되었습니다: 1."),
        ("no code. Pass a file with rows.", "no code. 행이 있는 파일을 쓰세요."),
    ],
)  # fmt: skip
def test_each_sentence_of_an_error_is_translated(english: str, korean: str) -> None:
    """Codes and places stay, and sentences without a translation too."""
    assert _words.Words("ko").fault(english) == korean
    assert _words.Words("en").fault(english) == english


def test_without_streamlit_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, telecom: cp.Result
) -> None:
    """The error has the code of missing packages and the exact pip line."""
    from custpred.dashboard.commands import Serving
    from custpred.dashboard.launch import serve

    monkeypatch.setitem(sys.modules, "streamlit", None)
    with pytest.raises(MissingDependency, match=r"CP1107.*pip install 'custpred\[dashboard\]'"):
        serve(telecom.folder, Serving(), lambda line: None)


def test_the_functions_load_no_streamlit() -> None:
    """Everything but the pages works without the extra; ``import custpred`` loads none."""
    names = "_store, _prepare, _card, _similar, _what_if, _campaign, _listing, _upload, _jobs, _html, _words, launch"
    code = f"import sys\nfrom custpred.dashboard import {names}\n"
    code += "print('streamlit' in sys.modules, 'altair' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_server_is_local_and_private() -> None:
    """Loopback only, no usage statistics, protection against cross-site requests."""
    from custpred.dashboard.launch import settings

    own = settings("127.0.0.1", 8501)
    assert own["server_address"] == "127.0.0.1" and own["browser_gatherUsageStats"] is False
    assert own["server_enableXsrfProtection"] and own["server_enableCORS"]


def test_a_job_follows_its_run() -> None:
    """Stages, trials and the best score are stored; a failed trial is never the best."""
    from types import SimpleNamespace

    from custpred.dashboard._jobs import Job

    job = Job(Path("x"), 60.0)
    metric = SimpleNamespace(better="lower", title=lambda: "Log loss")
    for event, what in (("stage", "search"), ("metric", metric), ("left", 3.0)):
        job.hear(event, what)
    for status, gain in (("ok", -0.5), ("failed", 0.0), ("ok", -0.6)):
        job.hear("trial", SimpleNamespace(status=status, gain=gain))
    assert (job.stage, job.trials, job.best) == ("search", 3, "Log loss 0.5000")


@pytest.mark.slow
def test_a_started_run_ends_with_a_report(tmp_path: Path) -> None:
    """A job reports stages and trials; a second one must wait; an invalid target has its code."""
    import time

    from custpred.dashboard._jobs import Jobs
    from custpred.errors import RunError

    jobs = Jobs()
    keys = {"customers": {"sample": "telecom", "rows": 200}, "budget": {"work": 1, "jobs": 1}, "engine": "inline"}
    job = jobs.start({**keys, "target": "churn", "models": ["logistic"], "name": "started"}, tmp_path)
    with pytest.raises(RunError, match="CP4101"):
        jobs.start({**keys, "target": "churn"}, tmp_path)
    while not job.done:
        assert 0 <= job.share < 1
        time.sleep(0.05)
    assert job.fault == "" and job.trials >= 1 and job.share == 1.0
    assert json.loads((job.folder / "report.json").read_text("utf-8"))["name"] == "started"
    job = jobs.start({**keys, "target": "nothing"}, tmp_path)
    while not job.done:
        time.sleep(0.05)
    assert "CP2102" in job.fault
