"""Which ``initial_configurations()`` are worth their time: each alone, then in the order in which a blend gains.

    python benchmarks/portfolio.py --cases telco_churn,adult_4000 --folder portfolio    # goes on where it was stopped
    python benchmarks/portfolio.py --cases "" --folder portfolio                        # only the tables

Each case is one run with every start of every family, five folds and no search; the run's folder keeps all
out-of-fold answers.  Seconds are CPU seconds of one thread, so a busy machine does not bend them.  Tables: for each
start its loss of gain against the best start, and its weight when the ensemble may choose from all; then the order of
merit, by forward selection: the next start is the one that adds most to the blend's gain per second, where the gain
is counted on a scale from the constant answer (0) to the blend of all starts (1), and averaged over cases.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from printing import markdown
from tables import ALL, Case

if TYPE_CHECKING:
    from custpred.metrics.base import Metric
    from custpred.search._trial import Trial
    from custpred.task import Task, TaskKind

CASES = (
    *(Case(table, ALL) for table in ("telco_churn", "german_credit", "online_shoppers", "customer_segmentation")),
    *(Case(table, ALL) for table in ("bank_marketing", "credit_default", "adult", "ibm_clv", "insurance")),
    *(Case(table, ALL) for table in ("ecommerce_churn", "hotel_bookings")),
    *(Case("patterns", rows, target) for rows in (1000, 5000) for target in ("label", "group", "amount")),
    *(Case("telecom", rows, "churn") for rows in (1000, 10_000)),
    *(Case("shop", rows, target) for rows in (1000, 10_000) for target in ("buys_again", "segment", "spend_next_90d")),
)
ROUNDS = 12
"""Starts in the order of merit."""
LEAST_SECONDS = 0.5
"""Seconds that any start is counted with: preparation and a process are not free."""


@dataclass(frozen=True)
class Shelf:
    """A case's starts, by name, with their out-of-fold raw scores and CPU seconds."""

    task: Task
    metric: Metric
    truth: np.ndarray
    raws: dict[str, np.ndarray]
    seconds: dict[str, float]

    def gain(self, names: list[str]) -> float:
        """Return the gain of the ensemble of some starts."""
        from custpred.task import Predictions

        raw = np.tensordot(self.weights(names), np.stack([self.raws[name] for name in names]), axes=1)
        return self.metric.gain(Predictions(self.task, self.truth, self.task.inverse_link(raw)))

    def weights(self, names: list[str]) -> np.ndarray:
        """Return the weights of the default ensemble."""
        from custpred.ensemble.greedy import Greedy

        return Greedy(bags=4).weigh([self.raws[name] for name in names], self.truth, self.task, self.metric)


def starts(kind: TaskKind, rows: int, columns: int) -> dict[str, Any]:
    """Return every family's starts for this shape of table, by family and place."""
    from custpred.models.base import Model
    from custpred.task import Task

    task = Task(kind, "target", ("a", "b", "c")[: {"binary": 2, "multiclass": 3}.get(kind, 0)])
    families = [Model.find(each) for each in Model.kinds() if each not in {"dummy", "rule"}]
    flat = [each for each in families if kind in each.tasks and "steps" not in each.accepts]
    found = {"dummy": Model.parse("dummy")}
    for each in flat:
        found |= {
            f"{each.kind()} {i}": start for i, start in enumerate(each.initial_configurations(task, rows, columns), 1)
        }
    return found


def shelf(case: Case, folder: Path) -> Shelf:
    """Run what is missing of a case and read all of it."""
    from custpred.metrics.base import Metric
    from custpred.progress import Progress
    from custpred.recipe.file import from_keys
    from custpred.search._finished import finished
    from custpred.training.run import read_labelled, split_rows
    from custpred.training.run import run as run_recipe

    seen, _, target = case.draw(0)
    values = pd.api.types.is_float_dtype(seen[target])
    kind: TaskKind = "regression" if values else "binary" if seen[target].nunique() == 2 else "multiclass"
    models = starts(kind, len(seen), seen.shape[1] - 1)
    metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[kind]
    recipe = from_keys(
        {
            "customers": {"kind": "frame", "data": seen},
            "target": target,
            "models": [{**model.dump(), "kind": model.kind()} for name, model in models.items() if name != "dummy"],
            "metrics": [metric],
            "split": {"kind": "stratified", "test": 0},
            "search": "none",
            "engine": "inline",
            "budget": {"jobs": 1},
        }
    )
    times = Times(folder / case.name / "seconds.jsonl")
    if not (folder / case.name / "whole").exists():
        run_recipe(recipe, folder / case.name, progress=Progress(times))
        (folder / case.name / "whole").touch()
    labelled = read_labelled(recipe)
    folds = split_rows(recipe, labelled)
    rows = folds.train[np.concatenate([held for _, held in folds.held])]
    trials = {trial.model: trial for trial in finished(folder / case.name / "trials")[0] if trial.status == "ok"}
    done = {name: trials[model].number for name, model in models.items() if model in trials}
    parts = {
        name: [folder / case.name / "trials" / str(n) / f"held{k}.npy" for k in range(5)] for name, n in done.items()
    }
    raws = {name: np.concatenate([np.load(path) for path in paths]) for name, paths in parts.items()}
    seconds = {name: times.known.get(n, 0.0) for name, n in done.items()}
    return Shelf(labelled.task, Metric.parse(metric), labelled.truth[rows], raws, seconds)


class Times:
    """Listens to a run and keeps the CPU seconds between the ends of trials, in a file too."""

    def __init__(self, path: Path) -> None:
        self._path, self._last = path, time.process_time()
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self.known: dict[int, float] = dict(map(json.loads, lines))

    def __call__(self, event: str, what: Trial) -> None:
        """Take note of a finished trial; a new stage sets the clock."""
        if event not in {"trial", "stage"}:
            return
        now = time.process_time()
        if event == "trial":
            self.known[what.number] = now - self._last
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([what.number, round(now - self._last, 3)]) + "\n")
        self._last = now


def alone(shelves: dict[str, Shelf]) -> pd.DataFrame:
    """Return for each start, over cases: regret against the best start, weight among all, CPU seconds."""
    rows = []
    for name, each in shelves.items():
        names = [start for start in each.raws if start != "dummy"]
        gains = {start: each.gain([start]) for start in names}
        floor, top = each.gain(["dummy"]), max(gains.values())
        weights = dict(zip(names, each.weights(names), strict=True))
        rows += [
            (start, name, (top - gains[start]) / (top - floor), weights[start], each.seconds[start]) for start in names
        ]
    table = pd.DataFrame(rows, columns=["start", "case", "regret %", "weight", "seconds"])
    by = table.groupby("start", sort=False)
    found = by[["regret %", "weight", "seconds"]].mean()
    found["regret %"] *= 100
    return found.assign(
        **{"in blends": by["weight"].agg(lambda each: int((each > 0).sum())), "cases": by.size()}
    ).round(2)


def merit(shelves: dict[str, Shelf]) -> pd.DataFrame:
    """Return starts in the order in which they add most per second to the blend, averaged over cases."""
    names = sorted(set.intersection(*({*each.raws} for each in shelves.values())) - {"dummy"})
    ends = {
        case: (each.gain(["dummy"]), each.gain([n for n in each.raws if n != "dummy"]))
        for case, each in shelves.items()
    }

    def worth(chosen: list[str]) -> float:
        parts = [
            (each.gain(chosen) - ends[case][0]) / (ends[case][1] - ends[case][0]) for case, each in shelves.items()
        ]
        return float(np.mean(parts))

    cost = {
        name: max(LEAST_SECONDS, float(np.mean([each.seconds[name] for each in shelves.values()]))) for name in names
    }
    chosen: list[str] = []
    rows, now, spent = [], 0.0, 0.0
    while names and len(chosen) < ROUNDS:
        gained = {name: (worth([*chosen, name]) - now) / cost[name] for name in names}
        best = max(gained, key=lambda name: gained[name])
        chosen.append(best)
        names.remove(best)
        now, spent = worth(chosen), spent + cost[best]
        rows.append((best, round(100 * now, 2), round(spent, 1)))
    return pd.DataFrame(rows, columns=["start", "of the whole blend %", "CPU s so far"]).rename_axis("order")


def main() -> None:
    """Run what is asked for and missing; print the tables of all cases that are there, by kind of task."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default=",".join(case.name for case in CASES))
    parser.add_argument("--folder", type=Path, default=Path("portfolio"))
    given = parser.parse_args()
    wanted = {*given.cases.split(",")}
    shelves: dict[str, dict[str, Shelf]] = {}
    for case in CASES:
        if case.name in wanted or (given.folder / case.name / "whole").exists():
            found = shelf(case, given.folder)
            shelves.setdefault(found.task.kind, {})[case.name] = found
    for kind, each in shelves.items():
        print(f"## {kind}: {', '.join(each)}\n")
        print(markdown(alone(each)))
        print(markdown(merit(each)))


if __name__ == "__main__":
    main()
