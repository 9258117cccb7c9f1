"""Check that five recipes give the same numbers before and after a change.

    python benchmarks/identity.py --save before.json      # on the code before
    python benchmarks/identity.py --against before.json   # on the changed code: exit 1 if not

Each recipe runs with a budget counted in trials, in one process.  Digests of all bits are compared:
scores of all trials, out-of-fold predictions, and predictions of new customers (with missing values
and unseen levels), together and one at a time.  Digests depend on machine and packages.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

import custpred as cp
from custpred.source.base import Source

if TYPE_CHECKING:
    import pandas as pd

COMMON = """
recipe: 1
engine: inline
split: {kind: stratified, folds: 3}
seed: 5
"""
TELECOM = """
customers: {sample: telecom, rows: 900}
target: {column: churn, positive: "yes"}
missing: {kind: median, indicator: true, columns: {total_charges: {kind: constant, value: 0}}}
outliers: iqr
features:
  - dates
  - {kind: frequency, min_levels: 3}
  - {kind: target_mean, min_levels: 3, pairs: 2}
  - {kind: ratios, of: [[total_charges, tenure]], found: 2}
  - {kind: tiers, of: monthly_charges, grades: [bronze, silver, gold]}
  - {kind: bins, of: tenure, count: 4, give: categories}
  - {kind: transforms, threshold: 0.5}
  - select
resample: {kind: smote, ratio: 0.8}
models: [logistic, lightgbm, catboost]
budget: {work: 6, jobs: 1}
"""
EVENTS = """
events: {orders: {sample: shop, rows: 500}}
target: {kind: no_event, table: orders, horizon: 90d, eligible: {events_in: 180d}}
cutoffs: {every: 1mo, count: 5, last: auto}
split: auto
features: [rfm, {kind: windows, of: orders, spans: [30d, 90d]}, {kind: steps, of: orders, last: 8}]
models: [logistic, lightgbm, {kind: gru, units: 4, epochs: 2}]
budget: {work: 5, jobs: 1}
"""
AMOUNTS = """
customers: {sample: shop, rows: 700}
target: spend_next_90d
split: {kind: plain, folds: 3}
missing: knn
outliers: {kind: zscore, action: flag}
features: [dates, {kind: bins, count: 5}, {kind: transforms, by: yeo_johnson, threshold: 0.5}]
models: [linear, forest, xgboost]
budget: {work: 5, jobs: 1}
"""
SEGMENTS = """
customers: {sample: shop, rows: 700}
target: segment
missing: regression
outliers: {kind: isolation, trees: 20}
features: [dates, {kind: target_mean, of: [channel, favourite_category], min_rows: 5}]
resample: weights
models: [logistic, extra_trees, mlp]
budget: {work: 5, jobs: 1}
"""
REVIEWS = """
customers: {sample: reviews, rows: 400}
target: {column: sentiment}
models: [logistic, lightgbm]
budget: {work: 4, jobs: 1}
"""
RECIPES = {"telecom": TELECOM, "events": EVENTS, "amounts": AMOUNTS, "segments": SEGMENTS, "reviews": REVIEWS}
NEW, SINGLE = 150, 20
"""New customers, and how many of them are scored one at a time."""


@dataclass(frozen=True)
class Digest:
    """Collects numbers by name, as digests of their bits."""

    found: dict[str, str]

    def add(self, name: str, values: object) -> None:
        """Keep the digest of one array."""
        array = np.ascontiguousarray(values)
        text = f"{array.dtype}{array.shape}".encode() + array.tobytes()
        self.found[name] = hashlib.sha256(text).hexdigest()[:16]


def strange(frame: pd.DataFrame) -> pd.DataFrame:
    """Return customers, some with missing values or levels that training did not have."""
    out, draw = frame.copy(), np.random.default_rng(1)
    for name in out.columns:
        if not name.endswith("_id"):
            out.loc[draw.random(len(out)) < 0.08, name] = None
    for name in out.select_dtypes(["object", "string", "category"]).columns.difference(["joined"]):
        out[name] = out[name].astype(object)
        out.loc[draw.random(len(out)) < 0.03, name] = "never seen"
    return out


def digests(name: str, text: str, folder: Path) -> dict[str, str]:
    """Run one recipe; return the digest of each number that has to stay."""
    keys = yaml.safe_load(COMMON) | yaml.safe_load(text) | {"name": name}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(keys, sort_keys=False), "utf-8")
    result = cp.run(path, out=folder / name)
    found = Digest({})
    board = result.leaderboard()
    found.add("score", result.score)
    found.add("leaderboard", board["score"].to_numpy(dtype=float))
    for path in sorted((folder / name / "trials").glob("*/result.json")):
        trial, scored = path.parent, json.loads(path.read_text("utf-8"))
        found.add(f"trial {trial.name} folds", [*scored["folds"], scored["gain"]])
        for held in sorted(trial.glob("held*.npy")):
            found.add(f"trial {trial.name} {held.stem}", np.load(held))
    if "customers" in keys:
        new = strange(Source.parse(keys["customers"] | {"rows": NEW, "seed": 99}).raw().frame)
        predictor = result.predictor
        rows, _ = predictor.conform(new)
        found.add("new together", predictor.raw(rows))
        found.add("new one by one", np.concatenate([predictor.raw(rows.iloc[[i]]) for i in range(SINGLE)]))
        found.add("reasons", predictor.reasons(rows.iloc[:SINGLE]).values)
    return found.found


def main() -> int:
    """Save the digests, or compare them with saved ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--only", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    given = parser.parse_args()
    before = json.loads(given.against.read_text("utf-8")) if given.against else {}
    found: dict[str, dict[str, str]] = {}
    differ = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in given.only:
            found[name] = digests(name, RECIPES[name], Path(folder))
            known = before.get(name, {})
            other = [each for each in {**known, **found[name]} if known.get(each) != found[name].get(each)]
            differ += len(other) if given.against else 0
            verdict = (", ".join(other) or "the same") if given.against else "done"
            sys.stdout.write(f"{name:10} {len(found[name]):>3} numbers: {verdict}\n")
            sys.stdout.flush()
    if given.save:
        given.save.write_text(json.dumps(found, indent=1), "utf-8")
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
