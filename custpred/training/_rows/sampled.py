"""A table larger than the memory: the run reads, and records, a sample of its customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.recipe.keys import resolved
from custpred.results.record import Decision
from custpred.source._typing.typed_table import table_of
from custpred.storage.files import write
from custpred.storage.run_folder import log

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.recipe.keys import Recipe
    from custpred.source.base import Source
    from custpred.table import Table
    from custpred.task import Setting


def read_part(source: Source, share: float, target: str | None) -> Table:
    """Return all rows of a source, or those of a share of its customers, as a typed table."""
    return source.read(target=target) if share == 1 else table_of(source.part(share), source, target)


def kept_share(folder: Path | None, share: float) -> float:
    """Return the share of customers that the run was started with, or keep that of a new run.

    It may depend on the free memory, and a resumed run must read the same sample.
    """
    path = None if folder is None else folder / "trials" / "customers_read"
    if path is None:
        return share
    if path.exists():
        return float(path.read_text())
    write(path, repr(share))
    return share


def drawn_from(table: Table) -> int:
    """Return the number of rows of the table of which this is a sample; 0 if it is none."""
    return int(table.facts.get("drawn_from", 0))


def noted(table: Table, folder: Path) -> tuple[Decision, ...]:
    """Return the decision to read a sample, and log it; nothing if all rows were read."""
    every = drawn_from(table)
    if not every:
        return ()
    log(folder, "sample of customers", rows=len(table), of=every)
    why = "the table is larger than the memory: whole customers are drawn by a hash of their ids"
    return (Decision("customers", f"{len(table):,} of {every:,} rows", why),)


def usual_final(recipe: Recipe, setting: Setting) -> tuple[str, str]:
    """Return how the final model is made where the recipe leaves it open, and the reason."""
    split = resolved(recipe.split)
    if recipe.engine.remote and drawn_from(setting.table):
        return "refit", "the table is larger than the memory: the cluster fits what it can to all rows"
    if split.by_time and split.test:
        return "refit", "the test rows are the newest: a refit after the test also trains on them"
    return "folds", "the measured model; final: refit also trains on the test rows"
