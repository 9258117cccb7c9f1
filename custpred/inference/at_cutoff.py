"""The same question at a later cutoff: the customers to be scored, gathered as the training customers were."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from custpred.errors import DataError
from custpred.events.spans import midnight
from custpred.recipe.question import gathered, opened, window_of
from custpred.source.base import Source
from custpred.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custpred.recipe.keys import Recipe
    from custpred.table import Table

CUSTOMERS = "customers"


def customers_at(recipe: Recipe, data: Any = None, as_of: str | None = None) -> Table:
    """Return the eligible customers at one cutoff, with every column that the model may ask for.

    Parameters
    ----------
    recipe
        The run's recipe without ``auto``.
    data
        New events: a file or frame where the recipe has one table; else a folder with a file for each table, or a map
        from names to files or frames.  ``customers`` may be among them.  None: those of the recipe.
    as_of
        The cutoff, a day; the end of the events where None.

    Raises
    ------
    DataError
        If a table is missing or cannot be read, or no customer is eligible.
    """
    if data is not None:
        recipe = _replaced(recipe, data)
    moment = _day(as_of) if as_of else None
    with opened(recipe) as base:
        logs = {name: base.load(name, table) for name, table in recipe.events.items()}
        last = logs[window_of(recipe).table].last
        cutoff = moment or datetime.combine(last.date(), datetime.min.time()) + timedelta(days=1)
        table = gathered(base, recipe, [cutoff])
    findings = tuple(finding for log in logs.values() for finding in log.findings)
    return table.with_findings(*findings)


def _day(as_of: str) -> datetime:
    try:
        return datetime.fromisoformat(midnight(as_of))
    except ValueError as wrong:
        raise DataError(
            f"The cutoff to score at: {wrong}.", code="CP2230", found=as_of, remedy="Write --as-of 2024-06-30."
        ) from wrong


def _replaced(recipe: Recipe, data: Any) -> Recipe:
    """Return the recipe with new events in place of its own."""
    given = _by_name(recipe, data)
    lost = [name for name in recipe.events if name not in given]
    if lost:
        raise DataError(
            f"Wanted new events for {listed(recipe.events)}, found none for {listed(lost)}.",
            code="CP2229",
            remedy=f"Give a folder with {lost[0]}.csv or {lost[0]}.parquet in it, or a file where there is one table.",
        )
    events = {
        name: table.model_copy(update={"source": _like(table.source, given[name])})
        for name, table in recipe.events.items()
    }
    changes: dict[str, Any] = {"events": events}
    if recipe.customers is not None and CUSTOMERS in given:
        changes[CUSTOMERS] = _like(recipe.customers, given[CUSTOMERS])
    return recipe.model_copy(update=changes)


def _by_name(recipe: Recipe, data: Any) -> Mapping[str, Any]:
    """Return files or frames by the name of their table."""
    if isinstance(data, dict):
        return data
    if isinstance(data, str | Path) and Path(data).suffix in {".yaml", ".yml"}:
        from custpred.recipe.file import read

        other = read(Path(data))
        sources = {name: table.source for name, table in other.events.items()}
        return sources | ({CUSTOMERS: other.customers} if other.customers else {})
    if isinstance(data, str | Path) and Path(data).is_dir():
        known = {*recipe.events, CUSTOMERS}
        found = {each.name.partition(".")[0]: each for each in sorted(Path(data).iterdir())}
        if known & set(found):
            return {name: path for name, path in found.items() if name in known}
    return {next(iter(recipe.events)): data} if len(recipe.events) == 1 else {}


def _like(source: Source, new: Any) -> Source:
    """Return a source for new rows that is read as the old one was: same key, types, separator and marks."""
    if isinstance(new, Source):
        return new
    if not isinstance(new, str | Path):
        return Source.parse({"kind": "frame", "data": new, "key": source.key, "types": source.types})
    where = {"path": str(new)}
    guessed = Source.parse(where)
    was = {key: value for key, value in source.dump().items() if key not in {"path", "url", "query"}}
    if guessed.kind() != source.kind():
        was = {key: value for key, value in was.items() if key in {"key", "types", "missing"}}
        was["kind"] = guessed.kind()
    return Source.parse({**was, **where})
