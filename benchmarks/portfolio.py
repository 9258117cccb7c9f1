"""Which initial configurations improve the blend most per second, and in which order.

    python benchmarks/portfolio.py collect --folder portfolio [--part 0/2]    # resumes
    python benchmarks/portfolio.py orders --folder portfolio                  # the tables

*collect* runs every initial configuration of every family on every case: three folds, no search,
one thread.  It keeps out-of-fold raw scores and CPU seconds, which do not depend on other
processes. *orders* finds for each case the order in which configurations add most to the blend per
second, and simulates runs that try them in turn, by an order learned on the other cases, by the
votes of the most similar cases, and by the case's own order.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from portfolio_cases import CASES, load
from printing import markdown

if TYPE_CHECKING:
    from portfolio_cases import Source

    from custpred.metrics.base import Metric
    from custpred.search._trial import Trial
    from custpred.task import Task, TaskKind

FOLDS = 3
SCORED_FOLDS = 2
DRAWN = {
    "logistic": 6, "linear": 6, "lightgbm": 34, "xgboost": 26, "catboost": 5, "extra_trees": 16, "forest": 12,
    "two_part": 6, "mlp": 14, "knn": 4,
}  # fmt: skip
"""Configurations drawn from each family's search space besides the initial ones: about 120."""
LEAST_SECONDS = 0.3
"""Seconds that any configuration is counted with: preparation and a process are not free."""
TURN = ("logistic", "linear", "lightgbm", "extra_trees", "two_part", "xgboost", "catboost", "mlp", "forest", "knn")
"""Families in the order in which a run takes them for classes."""
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


@dataclass(frozen=True)
class Shelf:
    """A case's configurations, by name, with their out-of-fold raw scores and CPU seconds."""

    task: Task
    metric: Metric
    truth: np.ndarray
    raws: dict[str, np.ndarray]
    seconds: dict[str, float]

    def gain(self, names: list[str]) -> float:
        """Return the gain of the default ensemble of some configurations."""
        from custpred.ensemble._library import Library
        from custpred.ensemble.greedy import Greedy

        parts = [self.raws[name] for name in names]
        kinds = [name.rsplit(" ", 1)[0] for name in names]
        weights = Greedy(bags=4).weigh(Library(parts, self.truth, self.task, self.metric, kinds=kinds))
        return self._gain_of(np.tensordot(weights, np.stack(parts), axes=1))

    def _gain_of(self, raw: np.ndarray) -> float:
        from custpred.task import Predictions

        return self.metric.gain(Predictions(self.task, self.truth, self.task.inverse_link(raw)))

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Return the gain of the constant prediction and that of the best configuration."""
        gains = {name: self._gain_of(raw) for name, raw in self.raws.items()}
        return gains["dummy"], max(gains.values())

    def scaled(self, raw: np.ndarray) -> float:
        """Return a gain on a scale from the constant prediction (0) to the best one (1)."""
        floor, top = self._ends
        return (self._gain_of(raw) - floor) / (top - floor)

    @cached_property
    def alone(self) -> dict[str, float]:
        """Return each configuration's scaled gain."""
        return {name: self.scaled(raw) for name, raw in self.raws.items() if name != "dummy"}

    def worth(self, names: list[str]) -> float:
        """Return the scaled gain of the blend of some configurations; 0 without any."""
        floor, top = self._ends
        return (self.gain(names) - floor) / (top - floor) if names else 0.0

    def cost(self, name: str) -> float:
        """Return the seconds that a configuration is counted with."""
        return max(LEAST_SECONDS, self.seconds[name])


def configurations(kind: TaskKind, rows: int, columns: int) -> dict[str, Any]:
    """Return every family's initial configurations, then its drawn ones, by family and place.

    The initial ones depend on the shape of the table; the drawn ones are the same for all.
    """
    from custpred.models.base import Model
    from custpred.search._random_sampler import RandomSampler
    from custpred.search._trial import Entry
    from custpred.task import Task

    task = Task(kind, "target", ("a", "b", "c")[: {"binary": 2, "multiclass": 3}.get(kind, 0)])
    families = [each for each in map(Model.find, Model.kinds()) if kind in each.tasks and not each.baseline]
    found = {"dummy": Model.parse("dummy")}
    for each in families:
        if "steps" not in each.accepts:
            sampler = RandomSampler([Entry(each(), ())], seed=0)
            draws = [asked[0] for _ in range(DRAWN.get(each.kind(), 0)) if (asked := sampler.ask(0))]
            made = [*each.initial_configurations(task, rows, columns), *draws]
            found |= {f"{each.kind()} {place}": start for place, start in enumerate(made, 1)}
    return found


def run(source: Source, folder: Path) -> None:
    """Run all configurations on one case, and keep what is needed of it in one file."""
    from custpred.recipe.file import from_keys
    from custpred.results.progress import Progress
    from custpred.search._finished import finished
    from custpred.training.run import read_labelled, split_rows
    from custpred.training.run import run as run_recipe

    seen, target = load(source)
    values = pd.api.types.is_float_dtype(seen[target])
    kind: TaskKind = "regression" if values else "binary" if seen[target].nunique() == 2 else "multiclass"
    models = configurations(kind, len(seen), seen.shape[1] - 1)
    whole = [name for name, column in seen.items() if pd.api.types.is_integer_dtype(column) and column.is_unique]
    recipe = from_keys(
        {
            "customers": {"kind": "frame", "data": seen, "types": dict.fromkeys(whole, "number")},
            "target": target,
            "models": [{**model.dump(), "kind": model.kind()} for name, model in models.items() if name != "dummy"],
            "metrics": [METRICS[kind]],
            "split": {"kind": "stratified", "test": 0, "folds": FOLDS, "scored_folds": SCORED_FOLDS},
            "search": "none",
            "engine": "inline",
            "budget": {"jobs": 1, "work": len(models)},
        }
    )
    own = folder / source.name
    times = Times(own / "seconds.jsonl")
    run_recipe(recipe, own, progress=Progress(times))
    labelled = read_labelled(recipe)
    folds = split_rows(recipe, labelled)
    scored = folds.held[:SCORED_FOLDS]
    rows = folds.train[np.concatenate([held for _, held in scored])]
    trials = {trial.model: trial for trial in finished(own / "trials")[0] if trial.status == "ok"}
    done = {name: trials[model].number for name, model in models.items() if model in trials}
    raws = {
        name: np.concatenate([np.load(own / "trials" / str(n) / f"held{k}.npy") for k in range(len(scored))])
        for name, n in done.items()
    }
    task, seconds = labelled.task, {name: times.known[number] for name, number in done.items()}
    about = json.dumps({"task": [task.kind, task.target, list(task.labels)], "seconds": seconds})
    kept: dict[str, Any] = {**raws, "truth": labelled.truth[rows], "about": np.array(about)}
    np.savez_compressed(folder / f"{source.name}.npz", **kept)


def read(path: Path) -> Shelf:
    """Return what ``run`` kept."""
    from custpred.metrics.base import Metric
    from custpred.task import Task

    with np.load(path) as kept:
        about = json.loads(str(kept["about"]))
        raws = {name: kept[name] for name in kept.files if name not in {"truth", "about"}}
        kind, target, labels = about["task"]
        task = Task(kind, target, tuple(labels))
        return Shelf(task, Metric.parse(METRICS[kind]), kept["truth"], raws, about["seconds"])


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


def collect(folder: Path, part: str) -> None:
    """Run the cases that are missing, or every n-th of them from the k-th on for ``k/n``."""
    first, step = map(int, part.split("/"))
    for source in CASES[first::step]:
        if (folder / f"{source.name}.npz").exists():
            continue
        began = time.process_time()
        try:
            run(source, folder)
        except Exception as fault:
            print(f"{source.name}: {type(fault).__name__}: {fault}", flush=True)
        else:
            print(f"{source.name}: {time.process_time() - began:.0f} CPU s", flush=True)


def orders(folder: Path) -> None:
    """Print each case's order, and the gain of each policy, by kind of task."""
    from portfolio_order import compared, order

    shelves: dict[str, dict[str, Shelf]] = {}
    for path in sorted(folder.glob("*.npz")):
        found = read(path)
        shelves.setdefault(found.task.kind, {})[path.stem] = found
    for kind, each in shelves.items():
        made = {name: order(shelf) for name, shelf in each.items()}
        rows = {name: [len(each[name].truth), ", ".join(found)] for name, found in made.items()}
        print(f"## {kind}: {len(each)} tables\n")
        print(markdown(pd.DataFrame.from_dict(rows, orient="index", columns=["rows", "order"])))
        print(markdown(compared(each, made, TURN)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("act", choices=("collect", "orders"))
    parser.add_argument("--folder", type=Path, default=Path("portfolio"))
    parser.add_argument("--part", default="0/1")
    given = parser.parse_args()
    if given.act == "collect":
        collect(given.folder, given.part)
    else:
        orders(given.folder)
