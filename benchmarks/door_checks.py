"""The checks of ``doors.py``, in the order of their topics: each returns a result, or raises."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from starvation import busy, measured

COMMAND = Path(sys.executable).with_name("custpred")
TELCO = "telco_churn/Telco-Customer-Churn.csv"
RETAIL = "online_retail/online_retail.csv.gz"


class SkippedError(Exception):
    """A check that cannot run here."""


@dataclass(frozen=True)
class Place:
    """Folder of the real tables, and how often a check next to busy processes is repeated."""

    data: Path
    runs: int

    def table(self, name: str) -> Path:
        """Return the path of a real table; skip the check where it is absent."""
        if not (path := self.data / name).exists():
            raise SkippedError(f"{name} is not here")
        return path


Check = Callable[[Place], str]
CHECKS: dict[str, Check] = {}


def door(function: Check) -> Check:
    """Add a check under its own name."""
    CHECKS[function.__name__.removeprefix("check_")] = function
    return function


def fit(data: Any, target: Any, **keys: Any) -> Any:
    """Fit with a small budget that is counted in trials."""
    import custpred as cp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cp.fit(data, target=target, **{"budget": {"work": 3}, "models": ["logistic"], **keys})


def command(*words: str, **options: Any) -> tuple[int, str, str]:
    """Run the command line; return exit code, output and errors."""
    done = subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def recipe(**keys: Any) -> str:
    """Write a recipe here and return its path."""
    Path("recipe.yaml").write_text(json.dumps({"recipe": 1, **keys}, ensure_ascii=False), "utf-8")  # JSON is YAML
    return "recipe.yaml"


def colour(page: str) -> str:
    """Return the traffic light of a report in Markdown."""
    found = re.search(r"\b(Green|Amber|Red)\b", page)
    assert found, "the page names no traffic light"
    return found[1]


def telco(place: Place) -> pd.DataFrame:
    """Return the telco table."""
    return pd.read_csv(place.table(TELCO))


def retail(place: Place, customers: int = 400) -> pd.DataFrame:
    """Return the orders of some customers of Online Retail, whole-number ids."""
    orders = pd.read_csv(place.table(RETAIL)).dropna(subset=["CustomerID"])
    orders["CustomerID"] = orders["CustomerID"].astype(int)
    orders["InvoiceDate"] = pd.to_datetime(orders["InvoiceDate"])
    chosen = sorted(orders["CustomerID"].unique())[:: max(1, orders["CustomerID"].nunique() // customers)]
    return orders[orders["CustomerID"].isin(chosen)].reset_index(drop=True)


EVENTS: dict[str, Any] = {
    "target": {"kind": "no_event", "horizon": "60d", "eligible": {"events_in": "180d"}},
    "key": "CustomerID",
    "events": {"orders": {"time": "InvoiceDate", "amount": ["Quantity", "UnitPrice"]}},
    "cutoffs": {"every": "1mo", "count": 4},
}


def events(data: Any) -> Any:
    """Fit who does not order in 60 days."""
    keys = dict(EVENTS)
    return fit(data, keys.pop("target"), **keys)


# 1. Install


@door
def check_plain_install_reads_korean(place: Place) -> str:
    """UTF-8, CP949, UTF-16, SQLite and DuckDB without pyarrow."""
    frame = pd.DataFrame({"지역": ["서울", "부산", "Zürich"] * 60, "방문": range(180), "이탈": ["예", "아니오"] * 90})
    frame.to_csv("utf8.csv", index=False)
    frame.to_csv("utf16.csv", index=False, encoding="utf-16")
    frame.replace("Zürich", "대구").to_csv("cp949.csv", index=False, encoding="cp949")
    with sqlite3.connect("base.sqlite") as base:
        frame.to_sql("customers", base, index=False)
    names = ["utf8.csv", "utf16.csv", "cp949.csv", "base.sqlite"]
    hidden = "import sys; sys.modules['pyarrow'] = None; import custpred as cp; "
    for name in names:
        code = f"{hidden}print(cp.profile({name!r}, target='이탈').data.rows)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "180", f"{name}: {done.stdout}{done.stderr[-300:]}"
    return f"profiled without pyarrow: {', '.join(names)}"


@door
def check_quickstart_needs_no_file(place: Place) -> str:
    """``custpred demo`` from an empty folder."""
    code, said, error = command("demo", "--set", "budget={work: 4}")
    assert code == 0, error
    assert Path(said.splitlines()[-1]).is_file(), said
    return said.splitlines()[-1]


# 2. Verdict


@door
def check_a_constant_is_no_success(place: Place) -> str:
    """Only the constant is requested: red, a warning, exit code 4."""
    path = recipe(
        customers={"path": str(place.table(TELCO)), "key": "customerID"},
        target="Churn",
        models=["dummy"],
        budget={"work": 1},
    )
    code, _, error = command("run", path, "--out", "run")
    light = colour(Path("run/report.md").read_text("utf-8"))
    assert (code, light) == (4, "Red"), f"exit code {code}, {light}: {error[-300:]}"
    return f"exit code {code}, {light}"


@door
def check_next_product_is_compared_on_the_same_rows(place: Place) -> str:
    """The model's test loss is compared with the baseline's on the same rows."""
    orders = retail(place, 600)
    result = fit(
        orders,
        {"kind": "next", "table": "orders", "horizon": "30d", "items": 20, "eligible": {"events_in": "180d"}},
        key="CustomerID",
        events={"orders": {"time": "InvoiceDate", "item": "StockCode"}},
        cutoffs={"every": "1mo", "count": 4},
        features=["rfm"],
        metrics=["log_loss"],
    )
    rows = {(each.rows, each.on) for each in result.record.comparisons}
    assert len(rows) == 1, f"compared on different rows: {rows}"
    return f"{len(result.record.comparisons)} baselines on {rows}"


@door
def check_absent_packages_are_said_before_the_run(place: Place) -> str:
    """``check`` names a tokenizer or model whose package is missing."""
    from custpred.lazy import installed

    if installed("konlpy"):
        raise SkippedError("konlpy is installed")
    path = recipe(
        customers={"sample": "reviews"},
        target="sentiment",
        features=[{"kind": "tfidf", "of": "document", "tokenizer": "okt"}],
    )
    code, said, error = command("check", path)
    assert code == 2, f"exit code {code}: {said}{error}"
    assert "konlpy" in error or "Java" in error, error
    return error.strip().splitlines()[0][:160]


@door
def check_a_leak_is_red(place: Place) -> str:
    """Current totals in a table of customers: an alarm, and red."""
    orders = retail(place)
    totals = orders.groupby("CustomerID").agg(last_order=("InvoiceDate", "max"), lines=("StockCode", "size"))
    keys = dict(EVENTS)
    tables = {"orders": {"kind": "frame", "data": orders, "key": "CustomerID", **keys.pop("events")["orders"]}}
    result = fit(totals.reset_index(), keys.pop("target"), **{**keys, "events": tables})
    light = colour(result.report("page.md").read_text("utf-8"))
    assert light == "Red", f"{light} with {result.record.metric} {result.score:.3f}"
    return f"{light} with {result.record.metric} {result.score:.3f}"


@door
def check_many_texts_have_a_real_model(place: Place) -> str:
    """10,000 short texts of 77 classes: log loss at most 1.0 in 30 s."""
    draw = np.random.default_rng(0)
    label = draw.integers(0, 77, 10_000)
    words = draw.integers(0, 3000, (len(label), 6))
    own = draw.integers(0, 12, (len(label), 4)) + 10_000 + label[:, None] * 12
    texts = [" ".join(f"w{word}" for word in row) for row in np.hstack([words, own])]
    frame = pd.DataFrame({"text": texts, "intent": [f"class {each:02d}" for each in label]})
    began = time.perf_counter()
    result = fit(frame, "intent", models="auto", budget="30s", metrics=["log_loss"])
    wall = time.perf_counter() - began
    said = f"log loss {result.score:.3f} after {wall:.0f} s"
    assert result.score <= 1.0, said
    assert wall <= 1.05 * 30 + 15, said
    return said


@door
def check_ten_busy_neighbours(place: Place) -> str:
    """10 s beside ten busy processes: a real model, AUC at least .80, 26 s at most."""
    path = recipe(
        customers={"path": str(place.table(TELCO)), "key": "customerID"}, target="Churn", budget={"time": "10s"}
    )
    with busy(10):
        rows = [measured(Path(path), 10, Path(f"run{number}")) for number in range(place.runs)]
    bad = [row for row in rows if not row["score"] >= 0.80 or row["wall s"] > 26 or row["exit code"]]
    assert not bad, f"{len(bad)} of {len(rows)}: {bad[0]}"
    return f"{len(rows)} of {len(rows)}: {[(row['score'], row['wall s']) for row in rows]}"


# 3. Scoring


@door
def check_labels_have_the_targets_type(place: Place) -> str:
    """Labels that are numbers, booleans and texts keep their type."""
    frame = telco(place).sample(1500, random_state=0)
    shares = {}
    for name, own in {
        "text": frame["Churn"],
        "number": (frame["Churn"] == "Yes").astype(int),
        "truth": frame["Churn"] == "Yes",
    }.items():
        given = frame.assign(Churn=own)
        result = fit(given, "Churn", key="customerID")
        shares[name] = float((result.predict(given).to_numpy() == own.to_numpy()).mean())
        assert shares[name] > 0.6, f"{name}: {shares}"
    return f"share equal to the truth {shares}"


@door
def check_changed_columns_are_said(place: Place) -> str:
    """Values ten times as large, an unseen level and a missing column each have a note."""
    frame = telco(place).sample(2000, random_state=0)
    result = fit(frame, "Churn", key="customerID")
    assert not result.act(frame, reasons=0)[1], "the training table itself has notes"
    changed = {
        "MonthlyCharges": frame.assign(MonthlyCharges=frame["MonthlyCharges"] * 10),
        "Contract": frame.assign(Contract="Five years"),
        "tenure": frame.assign(tenure=np.nan),
    }
    silent = [
        name for name, new in changed.items() if not any(name in note.text for note in result.act(new, reasons=0)[1])
    ]
    assert silent == [], f"no note names {silent}"
    return f"each of {list(changed)} is named in a note"


@door
def check_spellings_are_matched(place: Place) -> str:
    """Trained on True and False, given 1/0 and yes/no: the same scores."""
    frame = telco(place).sample(2000, random_state=0)
    frame["Partner"] = frame["Partner"] == "Yes"
    result = fit(frame, "Churn", key="customerID")
    right = result.predict_proba(frame).to_numpy()
    for name, yes, no in (("1/0", 1, 0), ("yes/no", "yes", "no")):
        other = result.predict_proba(frame.assign(Partner=np.where(frame["Partner"], yes, no))).to_numpy()
        assert np.allclose(right, other), f"{name}: scores differ by up to {np.abs(right - other).max():.3f}"
    return "True/False, 1/0 and yes/no give the same scores"


@door
def check_the_list_fits_the_capacity(place: Place) -> str:
    """With a capacity of 700, at most 700 of 7,043 get Yes, the same in Python and the file."""
    path = place.table(TELCO)
    business = {
        "value": {"column": "MonthlyCharges", "times": 12, "margin": 0.4},
        "contact_cost": 1,
        "offer_cost": 10,
        "success_rate": 0.3,
        "capacity": 700,
    }
    result = fit(str(path), {"column": "Churn", "positive": "Yes"}, key="customerID", business=business, out="run")
    code, _, error = command("predict", "run", str(path), "--reasons", "none", "--out", "scores.csv")
    assert code == 0, error
    scored = pd.read_csv("scores.csv").set_index("customerID")
    chosen = scored.index[scored["decision"].astype(str) == "Yes"]
    new = pd.read_csv(path)
    own = new["customerID"][result.predict(new).to_numpy() == "Yes"]
    assert 0 < len(chosen) <= 700, f"{len(chosen)} chosen"
    assert set(own) == set(chosen), f"{len(set(own) ^ set(chosen))} customers are decided differently"
    assert "expected gain" in " ".join(scored.columns).replace("_", " "), list(scored.columns)
    return f"{len(chosen)} of {len(scored):,}; columns {list(scored.columns)}"


@door
def check_reasons_cost_little(place: Place) -> str:
    """A list with reasons for chosen customers takes at most 30 times as long as scores."""
    frame = pd.concat([telco(place)] * 3, ignore_index=True)
    frame["customerID"] = [f"c{number}" for number in range(len(frame))]
    result = fit(frame, "Churn", key="customerID", models=["lightgbm"])
    began = time.perf_counter()
    result.act(frame, reasons=0)
    bare = time.perf_counter() - began
    began = time.perf_counter()
    result.act(frame)
    whole = time.perf_counter() - began
    said = f"{len(frame):,} rows: {bare:.1f} s without, {whole:.1f} s with reasons"
    assert whole <= 30 * bare + 5, said
    return said


@door
def check_a_key_of_an_output_name(place: Place) -> str:
    """A key called ``decision`` is kept next to the decision."""
    frame = telco(place).sample(800, random_state=0).rename(columns={"customerID": "decision"})
    result = fit(frame, "Churn", key="decision")
    listed, _ = result.act(frame, reasons=0)
    assert set(frame["decision"]) == set(listed["decision"]), "the key's column holds something else"
    return f"columns {list(listed.columns)}"


@door
def check_predict_takes_a_path(place: Place) -> str:
    """``predict("new.csv")`` equals ``predict(frame)``."""
    frame = telco(place).sample(800, random_state=0)
    frame.to_csv("new.csv", index=False)
    result = fit(frame, "Churn", key="customerID")
    assert (result.predict("new.csv").to_numpy() == result.predict(pd.read_csv("new.csv")).to_numpy()).all()
    return "path and frame agree"


# 4. Dates and events


@door
def check_one_wrong_date_moves_nothing(place: Place) -> str:
    """An order dated 2099 does not affect cutoffs, labels or the test score, and is reported."""
    orders = retail(place)
    slipped = pd.concat([orders, orders.head(1).assign(InvoiceDate=pd.Timestamp("2099-01-01"))], ignore_index=True)
    clean, other = events(orders), events(slipped)
    assert clean.record.data.events["cutoffs"] == other.record.data.events["cutoffs"], "the cutoffs moved"
    assert clean.score == other.score, f"{clean.score} became {other.score}"
    more = {each.text for each in other.record.data.findings} - {each.text for each in clean.record.data.findings}
    assert more, "nothing is said of it"
    return str(min(more))[:200]


@door
def check_scores_name_their_cutoff(place: Place) -> str:
    """One customer's events are scored at a cutoff that the output names."""
    orders = retail(place)
    result = events(orders)
    listed, _ = result.act(orders, reasons=0)
    assert any("cutoff" in str(column) for column in listed.columns), list(listed.columns)
    return f"columns {list(listed.columns)}"


@door
def check_times_of_all_spellings_are_read(place: Place) -> str:
    """Epoch seconds and milliseconds, YYYYMMDDHHMMSS and Korean dates give the same cutoffs."""
    orders = retail(place, 200)
    times = orders["InvoiceDate"]
    seconds = times.astype("datetime64[s]").astype("int64")
    spelled = {
        "seconds": seconds,
        "milliseconds": seconds * 1000,
        "YYYYMMDDHHMMSS": times.dt.strftime("%Y%m%d%H%M%S"),
        "Korean": times.dt.strftime("%Y년 %m월 %d일 %H시 %M분"),
    }
    right = [each["cutoff"][:10] for each in events(orders).record.data.events["cutoffs"]]
    for name, written in spelled.items():
        found = [
            each["cutoff"][:10] for each in events(orders.assign(InvoiceDate=written)).record.data.events["cutoffs"]
        ]
        assert found == right, f"{name}: cutoffs {found}, not {right}"
    return f"{', '.join(spelled)}: cutoffs {right}"


@door
def check_only_exact_repeats_are_dropped(place: Place) -> str:
    """``duplicates: drop`` drops the 1 % of lines of Online Retail that repeat an earlier one."""
    from custpred.source.base import Source

    path = place.table(RETAIL)
    rows = pd.read_csv(path)
    wanted = len(rows) - int(rows.duplicated().sum())
    found = len(Source.parse({"path": str(path), "duplicates": "drop"}).read())
    assert abs(found - wanted) <= 5, f"{found:,} rows are left, {wanted:,} wanted"
    return f"{found:,} of {len(rows):,} rows are left"


# 5. Ordinary columns


@door
def check_codes_reach_linear_models(place: Place) -> str:
    """Logistic regression on credit_default: AUC at least .765."""
    frame = pd.read_csv(place.table("credit_default/UCI_Credit_Card.csv"))
    result = fit(frame, "default.payment.next.month", key="ID", metrics=["roc_auc"])
    assert result.score >= 0.765, f"ROC AUC {result.score:.3f}"
    return f"ROC AUC {result.score:.3f}"


@door
def check_files_without_names(place: Place) -> str:
    """German credit has no header line: ``header: none``."""
    path = place.table("german_credit/german.data")
    result = fit(str(path), {"column": "column_21"}, customers={"header": "none", "separator": " "})
    assert result.score > 0.65, result.score
    return f"{result.record.metric} {result.score:.3f}"


@door
def check_polars_and_weights(place: Place) -> str:
    """``CustomerClassifier`` takes polars frames with texts, and ``sample_weight``."""
    import custpred as cp

    try:
        import polars
    except ImportError:
        raise SkippedError("polars is not installed") from None
    frame = telco(place).sample(1000, random_state=0).drop(columns="customerID")
    X, y = frame.drop(columns="Churn"), frame["Churn"]
    made = cp.CustomerClassifier(budget={"work": 3}, models=["logistic"])
    made.fit(polars.from_pandas(X), y, sample_weight=np.where(y == "Yes", 3.0, 1.0))
    heavy = made.predict_proba(polars.from_pandas(X))[:, 1].mean()
    assert heavy > 0.35, f"three times the weight, and the mean probability is {heavy:.3f}"
    return f"mean probability {heavy:.3f} with three times the weight, share {np.mean(y == 'Yes'):.3f}"


@door
def check_money_as_text(place: Place) -> str:
    """$1,234.50, ₩ and 원 are read as numbers."""
    frame = telco(place).sample(2000, random_state=0)[["tenure", "MonthlyCharges", "Churn"]]
    right = fit(frame, "Churn").score
    forms = {"$": "${:,.2f}", "₩": "₩{:,.2f}", "원": "{:,.2f}원", "€": "{:,.2f} €"}
    for name, form in forms.items():
        score = fit(frame.assign(MonthlyCharges=frame["MonthlyCharges"].map(form.format)), "Churn").score
        assert abs(score - right) < 0.01, f"{name}: {score:.3f} for {right:.3f}"
    return f"{', '.join(forms)}: {right:.3f}"


# 6. The page


@door
def check_importance_is_measured_first_where_it_matters(place: Place) -> str:
    """The page does not call tenure useless."""
    result = fit(telco(place), {"column": "Churn", "positive": "Yes"}, key="customerID")
    page = result.report("page.md").read_text("utf-8")
    useless = [line for line in page.splitlines() if "no visible use" in line and "tenure" in line]
    assert not useless, useless[0]
    assert "tenure" in page
    return "tenure is named, and not as useless"


@door
def check_no_green_without_a_paired_interval(place: Place) -> str:
    """A random target is never green, and never better."""
    frame = telco(place).assign(Churn=np.random.default_rng(0).integers(0, 2, len(telco(place))))
    result = fit(frame, "Churn", key="customerID")
    light = colour(result.report("page.md").read_text("utf-8"))
    assert light == "Red", f"{light} with {result.record.metric} {result.score:.3f}"
    return f"{light} with {result.record.metric} {result.score:.3f}"


# 7. Edges


@door
def check_the_current_folder_runs_no_code(place: Place) -> str:
    """Files such as numpy.py next to the data are not imported by the command or its workers."""
    place.table(TELCO)
    for name in ("numpy", "random", "pandas", "typing", "sklearn", "lightgbm"):
        Path(f"{name}.py").write_text(f"open({str(Path('ran').resolve())!r}, 'a').write(__name__)\n", "utf-8")
    keys = {"customers": {"path": str(place.table(TELCO)), "key": "customerID"}, "target": "Churn"}
    path = recipe(**keys, models=["lightgbm"], budget={"work": 3})
    for number, words in enumerate(([str(COMMAND)], [sys.executable, "-m", "custpred.cli"])):
        line = [*words, "run", path, "--out", f"run{number}"]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-500:]
    assert not Path("ran").exists(), f"they ran: {Path('ran').read_text()}"
    return "six planted modules, none ran"


@door
def check_a_stopped_run_leaves_no_row(place: Place) -> str:
    """After SIGTERM no e-mail is left in the temporary folder; SIGKILL: after the next command."""
    frame = telco(place).assign(email=[f"planted{number}@example.org" for number in range(7043)])
    frame.to_csv("mails.csv", index=False)
    path = recipe(customers={"path": "mails.csv", "key": "email"}, target="Churn", budget={"time": "60s"})
    own = Path("own").resolve()
    own.mkdir()
    for number, how in enumerate((signal.SIGTERM, signal.SIGKILL)):
        words = [str(COMMAND), "run", path, "--out", f"run{number}"]
        made = subprocess.Popen(words, env={**os.environ, "TMPDIR": str(own)}, stderr=subprocess.DEVNULL)
        time.sleep(25)
        assert made.poll() is None, f"the run ended by itself with {made.returncode}"
        made.send_signal(how)
        made.wait(60)
    time.sleep(3)
    command("check", path, env={**os.environ, "TMPDIR": str(own)})
    left = [each for each in own.rglob("*") if each.is_file() and b"planted" in each.read_bytes()]
    assert left == [], f"rows are left in {[str(each.relative_to(own)) for each in left]}"
    return "no planted e-mail is left"


@door
def check_texts_keep_their_budget(place: Place) -> str:
    """NSMC with 10 s ends within 1.05 x budget + 10 s, or at once with a code."""
    path = recipe(
        customers={"path": str(place.table("nsmc/ratings_train.txt")), "key": "id"},
        target="label",
        budget={"time": "10s"},
    )
    began = time.perf_counter()
    code, _, error = command("run", path, "--out", "run")
    wall = time.perf_counter() - began
    assert wall <= 20.5, f"{wall:.0f} s, exit code {code}"
    return f"{wall:.0f} s, exit code {code} {error.strip().splitlines()[-1][:120] if code else ''}"


@door
def check_resume_after_another_host(place: Place) -> str:
    """A lock of another host or of a reused process id does not block a run forever."""
    frame = telco(place).sample(800, random_state=0)
    frame.to_csv("c.csv", index=False)
    path = recipe(customers={"path": "c.csv", "key": "customerID"}, target="Churn", budget={"time": "30s"})
    made = subprocess.Popen([str(COMMAND), "run", path, "--out", "run"], stderr=subprocess.DEVNULL)
    time.sleep(15)
    made.send_signal(signal.SIGKILL)
    made.wait(60)
    lock = Path("run/run.lock")
    if lock.exists():
        lock.write_text(json.dumps({"pid": 1, "host": "another-host"}), "utf-8")
    code, _, error = command("resume", "run")
    assert code == 0, f"exit code {code}: {error[-300:]}"
    return "resumed"


@door
def check_out_that_is_a_file(place: Place) -> str:
    """``--out`` that names a file ends with 2 and a code, not with a bug."""
    Path("taken").write_text("", "utf-8")
    code, _, error = command("demo", "--out", "taken", "--set", "budget={work: 2}")
    assert code == 2, f"exit code {code}: {error[-300:]}"
    assert "CP9000" not in error, error
    return error.strip().splitlines()[-1][:160]
