"""Tables of the harness's results: custpred compared with its peers.

    python benchmarks/table.py [--results results.jsonl] [--budget 60]

Reads lines of JSON ($BENCH_RESULTS) and, at 60 s, the peers' printed figures of seed 0 in the
harness's ``peers_60s.md`` for missing ones.  Prints scores (mean over seeds; ``=`` beside a peer's
score: the paired bootstrap of the kept predictions finds no difference, in every seed), mean ranks
overall and by seed, and what custpred's runs cost: wall, share of wall x cores inside fits, memory,
size of the model, time for one row.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from printing import markdown
from tables import HOME

if TYPE_CHECKING:
    from custpred.task import Predictions

OWN = "custpred"
PEERS = ("autogluon_best", "autogluon_medium", "flaml", "h2o", "mljar")
"""The ranked frameworks; others are only shown."""
METRICS = {"auc": "roc_auc", "logloss": "log_loss", "rmse": "rmse"}
KEY = ["framework", "dataset", "seed"]
DEFAULT = Path.home() / ".cache" / "custpred-bench" / "results.jsonl"


def measured(path: Path, budget: float) -> pd.DataFrame:
    """Return the last line of each framework, table and seed; failed runs have no score."""
    rows = pd.DataFrame([json.loads(line) for line in path.read_text("utf-8").splitlines()])
    rows = rows[rows["budget_s"] == budget].drop_duplicates(KEY, keep="last")
    if "score" not in rows or not (rows["framework"] == OWN).any():
        raise SystemExit(f"{path} holds no run of {OWN} at {budget:g} s; run benchmarks/peers.py first.")
    return rows


def printed(path: Path) -> pd.DataFrame:
    """Return peers' scores and wall seconds of a Markdown page's first table: ``.8603 (80)``."""
    lines = [line.strip("| \n").split("|") for line in path.read_text("utf-8").splitlines() if line.startswith("|")]
    names = [name.strip() for name in lines[0]]
    rows = []
    for line in lines[2:]:
        found = [re.fullmatch(r"([\d.]+) \((\d+)\)", cell.strip()) for cell in line[1:]]
        if not all(found):
            break
        pairs = zip(names[1:], filter(None, found), strict=True)
        rows += [(name, line[0].strip(), 0, float(each[1]), float(each[2])) for name, each in pairs]
    return pd.DataFrame(rows, columns=[*KEY, "score", "wall_s"])


def together(path: Path, budget: float) -> pd.DataFrame:
    """Return measured lines and, where a table and seed has none of a peer, printed ones."""
    rows = measured(path, budget)
    page = HOME / "peers_60s.md"
    if budget == 60 and page.exists():
        rows = pd.concat([rows, printed(page)]).drop_duplicates(KEY)
    metric = rows.dropna(subset=["metric"]).groupby("dataset")["metric"].first()
    rows = rows[rows["dataset"].isin(rows.loc[rows["framework"] == OWN, "dataset"])]
    rows = rows.assign(metric=rows["dataset"].map(metric))
    return rows.assign(gain=rows["score"].where(rows["metric"] == "auc", -rows["score"]))


def scores(rows: pd.DataFrame, kept: Path) -> pd.DataFrame:
    """Return mean scores over custpred's seeds by table and framework, ties marked."""
    own = rows.loc[rows["framework"] == OWN, ["dataset", "seed"]]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for (dataset, framework), group in rows.merge(own).groupby(["dataset", "framework"], sort=False):
        metric = group["metric"].iloc[0]
        ties = framework != OWN and all(tied(kept, framework, dataset, seed, metric) for seed in group["seed"])
        found.setdefault((dataset, metric), {})[framework] = f"{group['score'].mean():.5g}" + " =" * ties
    table = pd.DataFrame.from_dict(found, orient="index").rename_axis(["table", "metric"])
    order = [OWN, *(name for name in PEERS if name in table)]
    return table[[*order, *table.columns.difference(order)]]


def tied(kept: Path, framework: str, dataset: str, seed: int, metric: str) -> bool:
    """Return whether the paired bootstrap finds no difference from custpred."""
    from custpred.metrics._bootstrap import paired
    from custpred.metrics.base import Metric

    files = [kept / f"{name}-{dataset}-{seed}.csv" for name in (OWN, framework)]
    if not all(file.exists() for file in files):
        return False
    first, second = (kept_predictions(file, dataset, seed) for file in files)
    _, low, high = paired(Metric.parse(METRICS[metric]), first, second)
    return low <= 0 <= high


@cache
def kept_predictions(file: Path, dataset: str, seed: int) -> Predictions:
    """Return kept predictions beside the truth of the harness's test rows."""
    from custpred.task import Predictions, Task

    sys.path.insert(0, str(HOME))
    import datasets
    import held_out
    import run_one

    held_out.add(datasets)
    found = datasets.load(dataset)
    _, test = run_one.split(found.frame, found.target, found.task, seed)
    truth, kept = found.frame[found.target].iloc[test], pd.read_csv(file)
    if found.task == "regression":
        return Predictions(Task("regression", found.target), truth.to_numpy(float), kept["prediction"].to_numpy(float))
    labels = sorted(kept.columns, key=lambda label: (label == found.positive, label))
    codes = truth.astype(str).map(labels.index).to_numpy()
    return Predictions(Task(found.task, found.target, tuple(labels)), codes, kept[labels].to_numpy(float))


def ranks(rows: pd.DataFrame) -> pd.DataFrame:
    """Return mean ranks, overall and by seed, and how often custpred is better."""
    rows = rows[rows["framework"].isin([OWN, *PEERS])]
    rows = rows.merge(rows.loc[rows["framework"] == OWN, ["dataset", "seed", "gain"]], on=["dataset", "seed"])
    count = rows.groupby(["dataset", "seed"])["framework"].transform("nunique")
    rows = rows[count == count.groupby(rows["seed"]).transform("max")]
    rank = rows.groupby(["dataset", "seed"])["gain_x"].rank(ascending=False, na_option="bottom")
    beaten = (rows["gain_y"] > rows["gain_x"].fillna(float("-inf"))).groupby(rows["framework"]).sum()
    by = rows.assign(rank=rank).groupby("framework")["rank"]
    per_seed = rows.assign(rank=rank).pivot_table(index="framework", columns="seed", values="rank").round(2)
    found = pd.DataFrame({"runs": by.size(), "mean rank": by.mean().round(2), "custpred is better in": beaten})
    return found.join(per_seed.add_prefix("seed ")).sort_values("mean rank")


def costs(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the cost of custpred's runs, means over seeds; the overrun is the maximum.

    ``blend ahead`` is the minimum lead of a blend over its best member, out of fold, in gain;
    ``beaten`` counts the seeds in which a member was significantly better than the blend.
    """
    own = rows[rows["framework"] == OWN].copy()
    infos = [each if isinstance(each, dict) else {} for each in own["info"]]
    info = pd.DataFrame(infos, index=own.index).reindex(columns=["fits", "cores", "trials"]).astype(float)
    ahead = [each.get("ahead") or (float("nan"),) * 3 for each in infos]
    own["blend ahead"], own["beaten"] = [each[0] for each in ahead], [each[2] < 0 for each in ahead]
    own["fits"] = 100 * info["fits"] / (info["cores"] * own["fit_s"])
    own["trials"], own["rows"] = info["trials"], own["rows_train"]
    own["GB"], own["model MB"] = own["peak_rss_mb"] / 1024, own["model_bytes"] / 1e6
    own["ms a row"], own["ms 1,000 rows"] = own["single_row_ms"], 1000 * own["predict_s_per_1000"]
    names = ["rows", "wall_s", "fit_s", "fits", "trials", "GB", "model MB", "ms a row", "ms 1,000 rows"]
    table = own.groupby("dataset", sort=False)[names].mean().astype(float)
    table["worst over s"] = own.groupby("dataset")["over_budget_s"].max()
    table["blend ahead"] = own.groupby("dataset")["blend ahead"].min().map("{:.2g}".format)
    table["beaten"] = own.groupby("dataset")["beaten"].sum()
    return (
        table.round(2).rename(columns={"wall_s": "wall s", "fit_s": "fit s", "fits": "in fits %"}).rename_axis("table")
    )


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path(os.environ.get("BENCH_RESULTS", DEFAULT)))
    parser.add_argument("--budget", type=float, default=60)
    given = parser.parse_args()
    rows = together(given.results, given.budget)
    kept = given.results.with_suffix(".predictions") / f"{given.budget:g}"
    own = rows["framework"] == OWN
    failed = rows[own & rows["score"].isna()].reindex(columns=["dataset", "seed", "error"])  # no error, no column
    for part in (scores(rows, kept), ranks(rows), costs(rows), failed.set_index("dataset")):
        if len(part):
            print(markdown(part))


if __name__ == "__main__":
    main()
