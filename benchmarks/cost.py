"""The cost of a run: minutes and dollars by customers, events, columns and trials.

    python benchmarks/cost.py                           # the table of docs/howto/capacity.md
    python benchmarks/cost.py --cores 16 --price 0.04   # another machine, another price
    python benchmarks/cost.py --measure 200000          # measure the rates on this machine

The model is linear: CPU seconds of reading cells, gathering events, fitting cells and scoring
customers, divided by the busy cores.  Other work on the machine changes the rates little.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.models.base import Model
from custpred.recipe.file import from_keys
from custpred.task import Fit, Rows, Task
from custpred.training.run import read_labelled

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDS = 5
BUSY = 0.8
"""Share of cores x wall time inside fits (docs/benchmarks.md, 'in fits %')."""
SAMPLE = 1_000_000
"""Rows of the sample used by a search if budget or memory do not allow all rows."""
GIGABYTES = 0.11
"""Memory per million cells: 5.1 GB for 1,000,000 rows of 47 columns (docs/benchmarks.md)."""
MEASURED = 1_000_000
"""Customers up to which the parts were measured; larger sizes are computed."""


@dataclass(frozen=True)
class Rates:
    """CPU seconds per million, of 100,000, 300,000 and 1,000,000 customers on 2026-11-29.

    Parameters
    ----------
    read
        Cells of a CSV file, kinds of columns found: .23, .14 and .18.
    gather
        Events x cutoffs, with recency, frequency, amounts and four windows: 2.2, 2.0 and 2.3.
    fit
        Rows x columns of one fit (LightGBM, 200 rounds): 1.4, 1.1 and .9.
    score
        Customers, by five members and five folds (``benchmarks/latency.py``, bank_marketing).
    """

    read: float = 0.2
    gather: float = 2.3
    fit: float = 1.2
    score: float = 85.0


@dataclass(frozen=True)
class Run:
    """The size of a run; ``rows`` are customers x cutoffs."""

    customers: int
    events: int = 0
    columns: int = 50
    cutoffs: int = 1
    trials: int = 30

    @property
    def rows(self) -> int:
        """Return the labelled rows."""
        return self.customers * self.cutoffs

    @property
    def cells(self) -> float:
        """Return the cells of the labelled rows, in millions."""
        return self.rows * self.columns / 1e6

    def seconds(self, rates: Rates) -> dict[str, float]:
        """Return the CPU seconds of each part; a trial fits every fold on the other ones."""
        data = rates.gather * self.events * self.cutoffs / 1e6 if self.events else rates.read * self.cells
        trial = rates.fit * self.cells * (FOLDS - 1)
        part = min(1.0, SAMPLE / self.rows)
        scoring = rates.score * self.customers / 1e6
        return {"data": data, "trial": trial, "search": trial * part * self.trials, "scoring": scoring}


SIZES = (
    Run(10_000),
    Run(100_000),
    Run(1_000_000),
    Run(10_000_000),
    Run(100_000_000),
    Run(100_000, events=1_000_000, cutoffs=6),
    Run(1_000_000, events=20_000_000, cutoffs=6),
    Run(10_000_000, events=200_000_000, cutoffs=6),
    Run(100_000_000, events=2_000_000_000, cutoffs=6),
)


def measured(customers: int) -> Rates:
    """Measure reading, gathering and fitting; ``benchmarks/latency.py`` measures scoring."""
    draw, columns = np.random.default_rng(3), 50
    frame = pd.DataFrame(draw.normal(size=(customers, columns)).round(3)).add_prefix("x")
    label = (frame["x0"] + draw.logistic(size=customers) > 1).astype(int)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        frame.assign(left=label).to_csv(path, index=False)
        keys = {"customers": {"path": str(path)}, "target": {"column": "left", "positive": 1}}
        reading = _processor_seconds(lambda: read_labelled(from_keys(keys)))
        fit = Fit(Task("binary", "left", ("0", "1")), threads=1)
        rows = Rows(frame.astype(np.float32), label.to_numpy())
        model = Model.parse({"kind": "lightgbm", "rounds": 200})
        fitting = _processor_seconds(lambda: model.train(rows, None, fit))
        orders = Path(folder) / "orders.parquet"
        count, cutoffs = 10 * customers, 6
        moment = pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 730 * 86_400, count), unit="s")
        named = {"customer": draw.integers(0, customers, count), "at": moment, "amount": draw.exponential(40, count)}
        pd.DataFrame(named).to_parquet(orders)
        table = {"path": str(orders), "key": "customer", "time": "at", "amount": "amount"}
        events = {
            "events": {"orders": table},
            "target": {"kind": "no_event", "gap": "14d", "horizon": "90d"},
            "cutoffs": {"every": "1mo", "count": cutoffs},
            "features": ["rfm", {"kind": "windows", "spans": ["7d", "30d", "90d", "365d"]}],
        }
        gathering = _processor_seconds(lambda: read_labelled(from_keys(events)))
    million = customers * columns / 1e6
    return Rates(reading / million, gathering / (count * cutoffs / 1e6), fitting / million)


def _processor_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def table(rates: Rates, cores: int, price: float) -> str:
    """Return the sizes with minutes, memory and dollars as a table of Markdown."""
    names = ("customers", "events", "cutoffs", "data", "one trial", "search", "scoring", "GB", "dollars", "how")
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    for each in SIZES:
        own = {name: seconds / 60 / cores for name, seconds in each.seconds(rates).items()}
        own |= {name: own[name] / BUSY for name in ("trial", "search")}
        dollars = (own["data"] + own["search"] + own["scoring"]) / 60 * cores * price
        cells = [f"{each.customers:,}", f"{each.events:,}" if each.events else "none", str(each.cutoffs)]
        cells += [f"{minutes:,.1f}" for minutes in own.values()]
        cells += [f"{GIGABYTES * each.cells:,.1f}", f"{dollars:,.2f}"]
        lines.append(f"| {' | '.join(cells)} | {'from measured parts' if each.customers <= MEASURED else 'computed'} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, or the measured rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=8)
    parser.add_argument("--price", type=float, default=0.05, help="dollars for a core and hour")
    parser.add_argument("--measure", type=int, default=0, help="customers to measure the rates on")
    given = parser.parse_args()
    if given.measure:
        print({name: round(rate, 3) for name, rate in asdict(measured(given.measure)).items()}, os.getloadavg())
    else:
        print(table(Rates(), given.cores, given.price))


if __name__ == "__main__":
    main()
