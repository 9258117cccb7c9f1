"""The files of a run, and the commands for it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.errors import RunError
from custpred.recipe.file import read

FILES = (
    "report.html report.md report.json recipe.yaml recipe.lock.yaml leaderboard.csv held_out.npz out_of_fold.npz "
    "trials model log.jsonl"
)
SECRETS = ("secret-id", "private note", "rare plan 7731")


@pytest.fixture(scope="module")
def result(ran: Any) -> cp.Result:
    """Return the finished run."""
    return cp.load(ran.folder)


@pytest.fixture(scope="module")
def plain(ran: Any) -> dict[str, Any]:
    """Return the content of report.json."""
    return json.loads((ran.folder / "report.json").read_text("utf-8"))


def test_a_run_succeeds(ran: Any) -> None:
    """Exit code 0, the last and only line of stdout is the report's path, no traceback."""
    assert (ran.code, ran.out) == (0, f"{ran.folder}/report.html\n"), ran.err
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.err


def test_the_folder_has_the_documented_files(ran: Any) -> None:
    """Every documented file exists, and no intermediate files."""
    names = {path.name for path in ran.folder.iterdir()}
    assert set(FILES.split()) <= names
    assert names - set(FILES.split()) <= {"study.journal"}
    assert not [path for path in ran.folder.rglob("*") if path.name.endswith(".part")]


def test_report_json_has_the_documented_keys(plain: dict[str, Any]) -> None:
    """Documented keys are there; scores have intervals; time and memory are included."""
    keys = {"recipe", "task", "data", "plan", "leaderboard", "test", "cv", "timing", "memory", "versions"}
    assert keys <= set(plain)
    assert list(plain["test"]) == ["roc_auc", "log_loss", "lift"]
    assert all(each["low"] <= each["value"] <= each["high"] for each in plain["test"].values())
    assert plain["timing"]["wall"] > plain["timing"]["fits"] > 0
    assert plain["memory"]["peak_bytes"] > 10**7
    assert {"python", "numpy", "lightgbm"} <= set(plain["versions"])
    assert plain["data"]["train_rows"] + plain["data"]["test_rows"] == plain["data"]["rows"] == 500


def test_the_model_beats_the_baselines(plain: dict[str, Any]) -> None:
    """The blend beats the baselines out of fold, and its test score is near that."""
    board = plain["leaderboard"]
    best = max(row["score"]["value"] for row in board if not row["baseline"] and row["score"])
    assert best > max(row["score"]["value"] for row in board if row["baseline"]) > 0.45
    assert plain["test"]["roc_auc"]["value"] > 0.6
    assert abs(plain["test"]["roc_auc"]["value"] - plain["cv"]["roc_auc"]["value"]) < 0.12


def test_no_customer_is_in_the_folder(ran: Any) -> None:
    """No file of the run has ids, texts, or levels of few customers."""
    found = {}
    for path in ran.folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            if path.suffix == ".npz":
                with np.load(path) as file:
                    raw += "".join(str(file[k].tolist()) for k in file.files if file[k].dtype.kind == "U").encode()
            found[path.name] = [secret for secret in SECRETS if secret.encode() in raw]
    assert {name: secrets for name, secrets in found.items() if secrets} == {}
    assert [secret for secret in SECRETS if secret in ran.err + ran.out] == []


def test_the_log_has_every_event(ran: Any) -> None:
    """The log has a JSON line per event, with the seconds of the run and of its report."""
    events = [json.loads(line) for line in (ran.folder / "log.jsonl").read_text("utf-8").splitlines()]
    assert (events[0]["event"], events[-1]["event"]) == ("start", "done")
    assert 0 < events[-1]["write"] < events[-1]["wall"]


def test_the_lock_is_a_recipe_without_auto(ran: Any, plain: dict[str, Any]) -> None:
    """The lock file is a recipe without auto, and has the reason for each choice."""
    recipe = read(ran.folder / "recipe.lock.yaml")
    text = (ran.folder / "recipe.lock.yaml").read_text("utf-8")
    assert not re.search(r"^\w+: auto", text, re.MULTILINE)
    assert "# missing: " in text
    assert [m.kind() for m in recipe.models] == ["logistic", "lightgbm"]  # type: ignore[union-attr]
    assert json.loads(json.dumps(recipe.dump())) == plain["plan"]["lock"]


def test_the_leaderboard_file_agrees(ran: Any, plain: dict[str, Any]) -> None:
    """leaderboard.csv has the lines and scores of the leaderboard."""
    with (ran.folder / "leaderboard.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows] == [row["name"] for row in plain["leaderboard"]]
    assert [float(row["score"]) for row in rows] == pytest.approx(
        [row["score"]["value"] for row in plain["leaderboard"]], abs=1e-6
    )


def test_trials_are_kept(ran: Any, plain: dict[str, Any]) -> None:
    """Each trial's result is on disk; as many models as the budget allows, and both baselines."""
    results = [json.loads(path.read_text()) for path in ran.folder.glob("trials/*/result.json")]
    assert sorted(each["number"] for each in results) == list(range(8))
    assert sum(each["model"]["kind"] in {"dummy", "rule"} for each in results) == 2
    assert plain["timing"]["trials"] == 8


def test_predictions_do_not_depend_on_the_columns_order(ran: Any, cli: Any, tmp_path: Path) -> None:
    """Shuffled columns and extra ones give the same list."""
    frame = pd.read_csv(ran.data)
    (frame.iloc[:, ::-1]).assign(surplus=1).to_csv(tmp_path / "other.csv", index=False)
    assert cli("predict", ran.folder, ran.data, "--out", tmp_path / "a.csv").code == 0
    second = cli("predict", ran.folder, tmp_path / "other.csv", "--out", tmp_path / "b.csv")
    assert second.out == f"{tmp_path / 'b.csv'}\n"
    assert "surplus" in second.err
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_the_list_has_decisions_and_reasons(ran: Any, cli: Any, tmp_path: Path, result: cp.Result) -> None:
    """Key, probabilities, decision and three reasons, in the order of the customers."""
    frame = pd.read_csv(ran.data)
    cli("predict", ran.folder, ran.data, "--out", tmp_path / "a.csv")
    made = pd.read_csv(tmp_path / "a.csv")
    assert made["customer"].tolist() == frame["customer"].tolist()
    shares = result.predict_proba(frame)
    np.testing.assert_allclose(made["probability of yes"], shares["yes"], atol=1e-9)
    assert set(made["decision"]) <= {"yes", "no"}
    called = made.loc[made["decision"] == "yes", "probability of yes"].min()
    assert called >= made.loc[made["decision"] == "no", "probability of yes"].max()
    chosen = made["decision"] == "yes"
    assert made.loc[chosen, "reason 1"].str.contains(" is .*points").mean() > 0.95
    assert made.loc[~chosen, "reason 1"].isna().all()
    assert {"reason 1", "reason 2", "reason 3"} <= set(made.columns)
    assert sorted(made["rank"]) == list(range(1, len(made) + 1))
    assert (result.predict(frame).to_numpy() == made["decision"].to_numpy()).all()


def test_reasons_for_all_customers(ran: Any, cli: Any, tmp_path: Path) -> None:
    """``--reasons all`` gives everyone three reasons, ``none`` nobody; other words are errors."""
    cli("predict", ran.folder, ran.data, "--out", tmp_path / "a.csv", "--reasons", "all")
    assert pd.read_csv(tmp_path / "a.csv")["reason 1"].notna().mean() > 0.95
    cli("predict", ran.folder, ran.data, "--out", tmp_path / "b.csv", "--reasons", "none")
    assert "reason 1" not in pd.read_csv(tmp_path / "b.csv")
    done = cli("predict", ran.folder, ran.data, "--out", tmp_path / "c.csv", "--reasons", "some")
    assert (done.code, done.err.startswith("CP2409") or "CP2409" in done.err) == (2, True)


def test_progress_of_many_reasons(ran: Any, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many reasons, stderr shows the progress; stdout has only the path of the file."""
    from custpred.inference import scored

    monkeypatch.setattr(scored, "EXACT", 100)
    done = cli("predict", ran.folder, ran.data, "--out", tmp_path / "a.csv", "--reasons", "all")
    assert "reasons of 100 of 500 customers" in done.err
    assert "reasons of 500 of 500 customers" in done.err
    assert done.out.splitlines() == [str(tmp_path / "a.csv")]


def test_the_list_can_be_parquet(ran: Any, cli: Any, tmp_path: Path) -> None:
    """Without reasons the list has only scores, and Parquet works as input and output."""
    pd.read_csv(ran.data).head(20).to_parquet(tmp_path / "new.parquet")
    done = cli("predict", ran.folder, tmp_path / "new.parquet", "--out", tmp_path / "a.parquet", "--reasons", 0)
    assert done.code == 0, done.err
    assert list(pd.read_parquet(tmp_path / "a.parquet").columns)[-1] == "decision"


def test_a_missing_column_is_named(ran: Any, cli: Any, tmp_path: Path) -> None:
    """Exit code 2, one clear paragraph that names the column, no traceback."""
    pd.read_csv(ran.data).rename(columns={"income": "incme"}).to_csv(tmp_path / "new.csv", index=False)
    done = cli("predict", ran.folder, tmp_path / "new.csv", "--out", tmp_path / "a.csv")
    assert done.code == 2
    assert "'income' is missing. Did you mean 'incme'?" in done.err
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (tmp_path / "a.csv").exists()


def test_formulas_in_ids_are_harmless(ran: Any, cli: Any, tmp_path: Path) -> None:
    """An id that a spreadsheet would execute is written as text."""
    frame = pd.read_csv(ran.data).head(3).assign(customer=["=1+1", "@x", "fine"])
    frame.to_csv(tmp_path / "new.csv", index=False)
    cli("predict", ran.folder, tmp_path / "new.csv", "--out", tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["customer"].tolist() == ["'=1+1", "'@x", "fine"]


def test_reasons_add_up_to_the_shown_probability(ran: Any, cli: Any, result: cp.Result) -> None:
    """The points of all columns and the average customer's share add up to the probability."""
    frame = pd.read_csv(ran.data)
    why = result.explain(frame)
    np.testing.assert_allclose(why["answer"], 100 * result.predict_proba(frame)["yes"], atol=1e-6)
    np.testing.assert_allclose(why.drop(columns="answer").sum(axis=1), why["answer"], atol=1e-6)
    row = 7
    done = cli("explain", ran.folder, "--key", frame["customer"][row])
    assert done.code == 0, done.err
    head, *lines = done.out.splitlines()
    found = re.search(r": ([\d.]+)% \(average customer: ([\d.]+)%\)", head)
    assert found
    written = [re.search(r"([+\u2212]?[\d.,]+) points", line).group(1) for line in lines]  # type: ignore[union-attr]
    points = [float(each.replace("\N{MINUS SIGN}", "-")) for each in written]
    assert float(found[1]) == pytest.approx(why["answer"][row], abs=0.05)
    assert float(found[2]) + sum(points) == pytest.approx(float(found[1]), abs=0.06 * len(points) + 0.02)


def test_an_unknown_customer_is_an_error(ran: Any, cli: Any) -> None:
    """An unknown id ends with exit code 2."""
    done = cli("explain", ran.folder, "--key", "nobody")
    assert done.code == 2
    assert "CP2404 No customer has the id 'nobody'" in done.err


def test_the_leaderboard_prints(ran: Any, cli: Any, result: cp.Result) -> None:
    """As JSON it parses and agrees with Python; as a table it names every model."""
    parsed = json.loads(cli("leaderboard", ran.folder, "--json").out)["result"]["models"]
    assert [row["model"] for row in parsed] == result.leaderboard()["model"].tolist()
    table = cli("leaderboard", ran.folder).out
    assert all(kind in table for kind in ("logistic", "lightgbm", "dummy", "rule", "baseline"))


@pytest.mark.parametrize("ending", [".html", ".md", ".json"])
def test_the_report_can_be_written_again(ran: Any, cli: Any, tmp_path: Path, ending: str) -> None:
    """The report of a finished run is written as page, Markdown or JSON, equal to the run's own."""
    target = tmp_path / f"again{ending}"
    assert cli("report", ran.folder, "--out", target).out == f"{target}\n"
    assert target.read_text("utf-8") == (ran.folder / f"report{ending}").read_text("utf-8")


def test_every_frame_gives_the_same_predictions(ran: Any, result: cp.Result) -> None:
    """pandas, polars, Arrow and DuckDB tables of the same customers give the same probabilities."""
    duckdb, polars, pyarrow = (pytest.importorskip(name) for name in ("duckdb", "polars", "pyarrow"))
    frame = pd.read_csv(ran.data)
    wanted = result.predict_proba(frame).to_numpy()
    with duckdb.connect() as connection:
        for new in (
            polars.read_csv(ran.data),
            pyarrow.Table.from_pandas(frame),
            connection.from_df(frame),
        ):
            np.testing.assert_array_equal(result.predict_proba(new).to_numpy(), wanted)


def test_the_index_is_kept(ran: Any, result: cp.Result) -> None:
    """Pandas in, pandas out, with the same index."""
    frame = pd.read_csv(ran.data).set_index(pd.Index([f"row {n}" for n in range(500)])).iloc[[5, 3]]
    for answer in (result.predict(frame), result.predict_proba(frame), result.explain(frame)):
        assert list(answer.index) == ["row 5", "row 3"]
    assert result.predict(frame).name == "left"
    assert set(result.predict(frame)) <= {"yes", "no"}


def test_a_copy_predicts_the_same(ran: Any, result: cp.Result, tmp_path: Path) -> None:
    """A saved copy predicts the same; neither a folder with files nor a file is overwritten."""
    frame = pd.read_csv(ran.data).iloc[4:24]  # the first four have a rare level, of which scoring warns
    copied = cp.load(result.save(tmp_path / "copy"))
    np.testing.assert_array_equal(copied.predict_proba(frame), result.predict_proba(frame))
    for taken in ("copy", "copy/report.json", "copy/report.json/below"):
        with pytest.raises(RunError, match=r"CP410[12]"):
            result.save(tmp_path / taken)
    (tmp_path / "empty").mkdir()
    assert cp.load(result.save(tmp_path / "empty")).score == result.score


def test_a_result_can_be_pickled(ran: Any, result: cp.Result) -> None:
    """A result pickles with its folder, which is removed from disk with the last reference."""
    import gc
    import pickle

    frame = pd.read_csv(ran.data).iloc[4:24]  # the first four have a rare level, of which scoring warns
    again = pickle.loads(pickle.dumps(result))
    assert again.record == result.record
    np.testing.assert_array_equal(again.predict_proba(frame), result.predict_proba(frame))
    folder = again.folder
    assert folder.exists()
    assert folder != result.folder
    del again
    gc.collect()
    assert not folder.exists()


def test_a_result_has_a_repr(result: cp.Result) -> None:
    """In a notebook a result is a small page, at a prompt a short line."""
    assert "<" in result._repr_html_()
    assert len(repr(result)) < 300


def test_a_folder_without_a_run_is_an_error(cli: Any, tmp_path: Path) -> None:
    """A folder without a finished run ends with exit code 2 and names the remedy."""
    done = cli("leaderboard", tmp_path)
    assert done.code == 2
    assert "CP5200 This folder holds no finished run." in done.err


def test_a_run_is_never_overwritten(ran: Any, cli: Any) -> None:
    """A second run into the same folder is refused, and the first one is unchanged."""
    before = (ran.folder / "report.json").read_bytes()
    done = cli("run", ran.recipe, "--out", ran.folder)
    assert done.code == 2
    assert "CP4101 The folder is not empty." in done.err
    assert (ran.folder / "report.json").read_bytes() == before
    assert not (ran.folder / "run.lock").exists()


def test_a_finished_run_can_be_resumed(ran: Any, tmp_path: Path, cli: Any) -> None:
    """Resuming a finished run repeats no trial and gives the same scores."""
    import shutil

    folder = Path(shutil.copytree(ran.folder, tmp_path / "run"))
    before = {path: path.stat().st_mtime_ns for path in folder.glob("trials/*/result.json")}
    done = cli("resume", folder)
    assert done.code == 0, done.err
    assert {path: path.stat().st_mtime_ns for path in folder.glob("trials/*/result.json")} == before
    first, second = (json.loads((each / "report.json").read_text()) for each in (ran.folder, folder))
    assert second["test"] == first["test"]


def test_people_in_files(people: Callable[..., pd.DataFrame], ran: Any) -> None:
    """The customers of these tests contain the values that must not leak."""
    text = ran.data.read_text()
    assert all(secret in text for secret in SECRETS)
    assert len(people(500)) == 500
