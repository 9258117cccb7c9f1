"""How often a reported 95 % interval contains the score on new rows, after all selection.

    python benchmarks/coverage.py --seeds 0,1,2 --results coverage.jsonl   # resumes
    python benchmarks/coverage.py --seeds "" --results coverage.jsonl     # only the tables

Each run learns from a part of a table with the default split (a fifth are test rows); unseen rows
are *fresh*: 20,000 of a generated table, at most as many of a real one.  Two intervals are
evaluated for every metric: ``cv`` (out of fold) and ``test``.  The score on fresh rows is noisy
too, so two shares are given: *plain* counts the intervals that contain the fresh score, and is too
low; *fair* first widens each side by the fresh score's own 95 % noise, in quadrature: a correct
interval of a normal score then contains it in 95 % of runs.  ``below`` and ``above`` count misses
by side, as gain: below, the reported score was too high.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from printing import markdown
from tables import Case

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence, Measure
    from custpred.results.record import Record
    from custpred.task import Predictions

WORK = 12
"""Trials of a run: two baselines, and ten configurations to choose and blend from."""
BOOSTERS: list[Any] = [
    {"kind": "lightgbm", "learning_rate": 0.15, "rounds": 80, "num_leaves": 8},
    {"kind": "xgboost", "learning_rate": 0.15, "rounds": 80, "max_depth": 3},
]
CASES = (
    *(Case("telecom", rows, "churn") for rows in (500, 1000, 2000, 5000)),
    Case("telecom", 1000, "churn", 0.4),
    *(Case("shop", rows, "buys_again") for rows in (500, 2000)),
    *(Case("shop", rows, "segment") for rows in (800, 3000)),
    *(Case("shop", rows, "spend_next_90d") for rows in (500, 2000)),
    Case("shop", 1500, "spend_next_90d", 1.0),
    *(Case("adult", rows) for rows in (1000, 4000)),
    *(Case("bank_marketing", rows) for rows in (1000, 3000)),
    Case("credit_default", 2000),
    *(Case("online_shoppers", rows) for rows in (1000, 3000)),
    Case("telco_churn", 1500),
    Case("hotel_bookings", 3000),
    Case("customer_segmentation", 1500),
    Case("ibm_clv", 1500),
)
NORMAL = 1.96


def run(case: Case, seed: int, folds: int | None = None) -> dict[str, Any]:
    """Run custpred on one sample of a case, and compare its intervals with scores on new rows.

    Parameters
    ----------
    folds
        Number of folds that are scored; None: all.
    """
    from custpred.recipe.file import from_keys
    from custpred.task import Predictions
    from custpred.training import holdout
    from custpred.training.run import run as run_recipe

    seen, fresh, target = case.draw(seed)
    values = pd.api.types.is_float_dtype(seen[target])
    keys: dict[str, Any] = {
        "models": ["linear" if values else "logistic", *BOOSTERS],
        "search": "random",
        "engine": "inline",
    }
    budget = {"work": WORK, "jobs": 1}
    customers = {"kind": "frame", "data": seen}
    if folds:
        keys["split"] = {"kind": "stratified", "folds": 5, "scored_folds": folds}
    recipe = from_keys({"customers": customers, "target": target, "seed": seed, "budget": budget, **keys})
    setattr(holdout, "measure_all", measured)  # noqa: B010 - mypy does not let a function be replaced
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done = run_recipe(recipe, Path(folder))
        spent = round(time.monotonic() - began, 1)
        task, predictor = done.record.task, done.predictor
        truth = fresh[target] if values else fresh[target].astype(str).map(task.labels.index)
        predictions = Predictions(task, truth.to_numpy(), predictor.predict(predictor.conform(fresh)[0]))
        scores = compared(done.record, predictions)
    about = {"case": case.name, "rows": case.rows, "seed": seed, "task": task.kind, "optimised": done.record.metric}
    return {**about, "members": len(predictor.members), "seconds": spent, "scores": scores}


def measured(evidence: Evidence, beside: object) -> dict[str, Measure]:
    """Compute only the scores: other measures take seconds and are not used here."""
    from custpred.evaluate.scores import Scores

    return {"scores": Scores().measure(evidence)}


def compared(record: Record, fresh: Predictions) -> list[dict[str, Any]]:
    """Return each reported interval with the score on new rows and its standard error."""
    from custpred.metrics._bootstrap import interval
    from custpred.metrics.base import Metric

    rows = []
    for kind, about in record.metrics.items():
        metric = Metric.parse(kind)
        low, high = interval(metric, fresh, draws=50)
        noise = (high - low) / 2 / NORMAL
        truth = {"metric": kind, "better": about["better"], "fresh": metric.score(fresh), "noise": noise}
        for of, scores in (("cv", record.cv), ("test", record.test)):
            if kind in scores:
                rows.append({**truth, "of": of, **vars(scores[kind])})
    return rows


def judged(results: Path) -> pd.DataFrame:
    """Return a row per interval: whether it contains the score, or the score's side."""
    runs = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    table = pd.DataFrame([{**run, **score} for run in runs for score in run.pop("scores")])
    noise = NORMAL * table["noise"]
    low = table["value"] - np.hypot(table["value"] - table["low"], noise)
    high = table["value"] + np.hypot(table["high"] - table["value"], noise)
    under, over = table["fresh"] < low, table["fresh"] > high
    worse = under.where(table["better"] == "higher", over)
    plain = table["fresh"].between(table["low"], table["high"])
    return table.assign(plain=plain, fair=~(under | over), below=worse, above=(under | over) & ~worse)


def described(table: pd.DataFrame, by: list[str]) -> str:
    """Return shares in percent as a Markdown table."""
    shares = table.groupby(by, sort=False)[["plain", "fair", "below", "above"]].mean().mul(100).round(1)
    shares.insert(0, "intervals", table.groupby(by, sort=False).size())
    return markdown(shares)


def main() -> None:
    """Run what is missing; print shares for the optimised metric, every metric, every table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--cases", default="", help="names or starts of names, with commas; all where left out")
    parser.add_argument("--scored-folds", type=int, help="folds of five to score; all of the usual ones where left out")
    parser.add_argument("--results", type=Path, default=Path("coverage.jsonl"))
    given = parser.parse_args()
    lines = given.results.read_text("utf-8").splitlines() if given.results.exists() else []
    done = {(row["case"], row["seed"]) for row in map(json.loads, lines)}
    cases = [case for case in CASES if case.name.startswith(tuple(given.cases.split(",")))]
    for seed in map(int, filter(None, given.seeds.split(","))):
        for case in cases:
            if (case.name, seed) not in done:
                row = run(case, seed, given.scored_folds)
                with given.results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                print(case.name, seed, row["seconds"], flush=True)
    table = judged(given.results)
    first = table[table["metric"] == table["optimised"]]
    for part, by in ((first, ["of"]), (first, ["of", "task"]), (table, ["of", "metric"]), (first, ["of", "case"])):
        print(described(part, by))


if __name__ == "__main__":
    main()
