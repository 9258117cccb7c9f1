"""Scoring at a later cutoff: customers are gathered in the same way as for training."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.events.plausible import stale
from custpred.events.spans import midnight
from custpred.recipe.file import read
from custpred.recipe.question import gathered, opened, window_of
from custpred.source.base import Source
from custpred.table import Finding
from custpred.text import listed, plural

if TYPE_CHECKING:
    from custpred.events.database import Log
    from custpred.recipe.keys import Recipe
    from custpred.storage.plain import JSON
    from custpred.table import Severity, Table

CUSTOMERS = "customers"
OF_ANY_KIND = frozenset({"key", "types", "missing", "drop"})
"""Options of a source that hold for new rows in another kind of file."""
WHERE = frozenset({"path", "url", "query", "table", "origin"})
"""Options of a source that say where its rows are."""
_PART = 2
"""Events are partial if they cover fewer than half of the customers at the last cutoff."""


def customers_at(recipe: Recipe, data: object = None, as_of: str | None = None, trained: JSON | None = None) -> Table:
    """Return the eligible customers at one cutoff, with all columns that the model may need.

    Parameters
    ----------
    recipe
        The run's recipe without ``auto``.
    data
        New events: a file or frame for one table; otherwise a folder with one file per table, or a
        dict of files or frames by name, optionally with ``customers``.  None: the recipe's own.
    as_of
        The cutoff date.  None: the day after the last event (of the run, if events are partial).
    trained
        The run's record of its events (``record.data.events``), to detect partial events.

    Raises
    ------
    DataError
        If a table is missing or unreadable, or no customer is eligible; CP2233 if partial events
        end after the run's own and no cutoff is given.
    """
    if data is not None:
        recipe = with_events(recipe, data)
    moment = day(as_of) if as_of else None
    window = window_of(recipe)
    with opened(recipe) as base:
        logs = {name: base.load(name, table, needed=name == window.table) for name, table in recipe.events.items()}
        log = logs[window.table]
        part = trained if trained and data is not None and _is_part(log, trained) else None
        cutoff = moment or (_of_the_run(log, part) if part else _after(log.last))
        table = gathered(base, recipe, [cutoff])
    findings = [finding for each in logs.values() for finding in each.findings]
    why = "as requested" if moment else _why(log, part) if part else "the day after the last event"
    severity: Severity = "warning" if part and not moment else "info"
    facts: dict[str, float | int | str] = {"cutoff": f"{cutoff:%Y-%m-%d}", "days": max(0, (cutoff - log.last).days)}
    note = Finding("D156", severity, f"The cutoff is {cutoff:%Y-%m-%d}, {why}.", None, facts)
    silent = [
        each
        for log in logs.values()
        if not part
        for each in stale(log, cutoff, window, usual=_usual_silence(trained, log.name))
    ]
    return table.with_findings(*findings, note, *silent)


def _after(last: datetime) -> datetime:
    return datetime.combine(last.date(), datetime.min.time()) + timedelta(days=1)


def _is_part(log: Log, trained: JSON) -> bool:
    """Return whether events cover fewer than half of the customers at the last cutoff."""
    cutoffs = trained.get("cutoffs") or []
    return bool(cutoffs) and _PART * log.customers < cutoffs[-1]["customers"]


def _last_of_the_run(known: JSON) -> datetime:
    return datetime.fromisoformat(next(each["last"] for each in known["tables"] if each["name"] == known["table"]))


def _of_the_run(log: Log, trained: JSON) -> datetime:
    """Return the day after the run's last event; partial events end with their customers' last."""
    last = _last_of_the_run(trained)
    if log.last.date() <= last.date():
        return _after(last)
    raise DataError(
        f"Cannot infer the cutoff: the events cover only {plural(log.customers, 'customer')} and end on"
        f" {log.last:%Y-%m-%d}, after the run's last event on {last:%Y-%m-%d}.",
        code="CP2233",
        found=plural(log.customers, "customer"),
        remedy=f"Pass the day up to which these events are complete: --as-of {_after(log.last):%Y-%m-%d} on the command"
        f" line, as_of='{_after(log.last):%Y-%m-%d}' in Python.",
    )


def _why(log: Log, known: JSON) -> str:
    included = known["cutoffs"][-1]["customers"]
    return (
        f"the day after the run's last event: these events cover {plural(log.customers, 'customer')}, fewer than half"
        f" of the {included:,} at the run's last cutoff. Use --as-of (as_of) for another day"
    )


def _usual_silence(trained: JSON | None, name: str) -> int:
    """Return how many days before the target's events those of another table ended in training."""
    ends = {each["name"]: datetime.fromisoformat(each["last"]) for each in (trained or {}).get("tables", [])}
    return max(0, (ends[str((trained or {})["table"])] - ends[name]).days) if name in ends else 0


def day(as_of: str) -> datetime:
    """Return a cutoff that was passed as text.

    Raises
    ------
    DataError
        CP2230 if it is not a day.
    """
    try:
        return datetime.fromisoformat(midnight(as_of))
    except ValueError as wrong:
        raise DataError(
            f"Invalid cutoff: {wrong}.", code="CP2230", found=as_of, remedy="Write --as-of 2024-06-30."
        ) from wrong


def with_events(recipe: Recipe, data: object) -> Recipe:
    """Return the recipe with new events in place of its own."""
    given = _by_name(recipe, data)
    lost = [name for name in recipe.events if name not in given]
    if lost:
        raise DataError(
            f"Expected new events for {listed(recipe.events)}, found none for {listed(lost)}.",
            code="CP2229",
            remedy=f"Pass a folder that contains {lost[0]}.csv or {lost[0]}.parquet, or a file if there is one table.",
        )
    events = {
        name: table.model_copy(update={"source": like(table.source, given[name])})
        for name, table in recipe.events.items()
    }
    changes: JSON = {"events": events}
    if recipe.customers is not None and CUSTOMERS in given:
        changes[CUSTOMERS] = like(recipe.customers, given[CUSTOMERS])
    return recipe.model_copy(update=changes)


def _by_name(recipe: Recipe, data: object) -> JSON:
    """Return files or frames by the name of their table."""
    if isinstance(data, dict):
        return data
    if isinstance(data, str | Path) and Path(data).suffix in {".yaml", ".yml"}:
        other = read(Path(data))
        sources = {name: table.source for name, table in other.events.items()}
        return sources | ({CUSTOMERS: other.customers} if other.customers else {})
    if isinstance(data, str | Path) and Path(data).is_dir():
        known = {*recipe.events, CUSTOMERS}
        found: dict[str, list[Path]] = {}
        for each in sorted(Path(data).iterdir()):
            found.setdefault(each.name.partition(".")[0], []).append(each)
        if known & set(found) or not _in_parts(Path(data)):
            return {name: _only(name, paths) for name, paths in found.items() if name in known}
    if recipe.customers is not None and isinstance(data, str | Path) and Path(data).stem == CUSTOMERS:
        return {CUSTOMERS: data}  # without events, which the caller then asks for
    return {next(iter(recipe.events)): data} if len(recipe.events) == 1 else {}


def _in_parts(folder: Path) -> bool:
    """Return whether a folder may be one table in parts: Parquet files, also in folders below."""
    return any(each.is_dir() or each.suffix in {".parquet", ".parq", ".pq"} for each in folder.iterdir())


def _only(name: str, paths: list[Path]) -> Path:
    """Return the only file of a table: which of several is the new one cannot be known."""
    if len(paths) == 1:
        return paths[0]
    raise DataError(
        f"Expected one file with new rows of {name!r}, found {listed(each.name for each in paths)}.",
        code="CP2229",
        found=plural(len(paths), "file"),
        remedy="Keep one of them in the folder, or pass a map of files by table in Python.",
    )


def like(source: Source, new: object) -> Source:
    """Return a source of new rows with the options of the old: key, types, separator, marks."""
    if isinstance(new, Source):
        return new
    own = {"key": getattr(source, "own_key", source.key)}  # a sample's key need not be in the recipe
    if not isinstance(new, str | Path):
        same = {name: getattr(source, name) for name in ("types", "drop", "missing")}
        return _fitting(Source.parse({"data": new, **same, **own}))
    return _fitting(at_path(source.dump() | own, new))


def at_path(options: JSON, path: str | Path) -> Source:
    """Return a source with these options at another path, maybe another kind of file."""
    where = {"path": str(path)}
    kind = Source.parse(where).kind()
    kept = options.keys() & OF_ANY_KIND if options.get("kind") != kind else options.keys() - WHERE
    return Source.parse({**{key: options[key] for key in options if key in kept}, "kind": kind, **where})


def _fitting(source: Source) -> Source:
    """Return the source without dropped columns that new rows lack, such as outcomes."""
    header = source.header() if source.drop else None
    if header is None:
        return source
    gone = set(source.drop).difference(header)
    types = {name: kind for name, kind in source.types.items() if name not in gone}
    return source.with_(types=types, drop=[name for name in source.drop if name not in gone])
