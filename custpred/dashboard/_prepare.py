"""Files of the dashboard, written once per run: scores and columns, outcomes, events."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.dashboard._store import EVENTS, FACTS, IDS, Store, fold
from custpred.errors import CustpredError, DataError
from custpred.events.assembly import CUTOFF
from custpred.events.columns import MICRO
from custpred.inference.action_list import flat_customers
from custpred.inference.at_cutoff import with_events
from custpred.inference.incoming import batch
from custpred.inference.scored import amounts_of
from custpred.recipe.keys import Recipe
from custpred.recipe.question import opened
from custpred.source._reading.path import find_files, remote
from custpred.storage.files import digest, unwritable, write
from custpred.storage.frames import save_frame
from custpred.storage.plain import json_text
from custpred.storage.run_folder import put
from custpred.text import quoted
from custpred.training.run import read_labelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.inference.incoming import Batch
    from custpred.inference.predictor import Predictor
    from custpred.results.result import Result
    from custpred.storage.plain import JSON

FOLDER, FORMAT, MOST = "dashboard", 1, 20_000
"""The folder in the run; its format; maximum of customers with known outcomes."""


def prepared(result: Result, home: Path, data: Path | None, as_of: str | None, notify: Callable[[str], None]) -> Store:
    """Return a run's store in ``home``, rewritten if model, data or cutoff have changed.

    Raises
    ------
    CustpredError
        If there is no store yet, and the customers are unreadable.
    """
    place, stamp = home / FOLDER, _stamp(result, data, as_of)
    known = _known(place)
    if known is not None and known.facts["stamp"] == stamp:
        return known
    notify("preparing the dashboard, once for this run: scoring the customers")
    made = place.with_name(f".{FOLDER}.part")
    try:
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(mode=0o700, parents=True)
        _fill(made, result.predictor, (data, as_of), stamp, notify)
        put(made, place)
    except OSError as cause:
        raise unwritable("A file of the dashboard", cause, place) from cause
    except CustpredError:
        shutil.rmtree(made, ignore_errors=True)
        if data is not None or known is None or known.facts["stamp"][0] != stamp[0]:
            raise
        notify("the customers cannot be read now: showing the previous ones")
        return known
    return Store(place)


def _stamp(result: Result, data: Path | None, as_of: str | None) -> list[str]:
    """Return what a store depends on: the model and the source of the customers."""
    shown = [str(data.resolve()), *_state(data)] if data is not None else _own(_recipe(result.predictor))
    whom = json.dumps([FORMAT, shown, as_of])
    return [digest(result.folder / "model" / "manifest.json"), hashlib.sha256(whom.encode()).hexdigest()]


def _own(recipe: Recipe) -> list[str]:
    """Return the state of the local files that the run's own tables are read from."""
    sources = [recipe.customers, *(table.source for table in recipe.events.values())]
    found: list[str] = []
    for path in (str(getattr(each, "path", None) or "").partition("::")[0] for each in sources):
        if path and not remote(path):
            with suppress(DataError):  # reading it says what is wrong
                files = [Path(path)] if Path(path).is_dir() else find_files(path)
                found += [state for file in files for state in _state(file)]
    return found


def _state(path: Path) -> list[str]:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [f"{each.name} {each.stat().st_size} {each.stat().st_mtime_ns}" for each in files if each.exists()]


def _known(place: Path) -> Store | None:
    try:
        store = Store(place)
        return store if len(store.facts["stamp"]) == 2 else None
    except (OSError, ValueError, KeyError):
        return None


def _fill(
    folder: Path,
    predictor: Predictor,
    source: tuple[Path | None, str | None],
    stamp: list[str],
    notify: Callable[[str], None],
) -> None:
    data, as_of = source
    rows = everyone(predictor, data, as_of)
    ids = _ids(rows)
    np.save(folder / "predicted.npy", predictor.predict(rows.frame))
    amounts, _ = amounts_of(predictor, rows.new, rows.frame)
    if amounts is not None:
        np.save(folder / "amounts.npy", amounts)
    save_frame(folder / "frame", rows.frame.reset_index(drop=True))
    _save_ids(folder, ids)
    cutoff = str(rows.new[CUTOFF].iloc[0]) if predictor.intake.events else ""
    facts: JSON = {"stamp": stamp, "key": predictor.intake.key, "cutoff": cutoff, "rows": len(ids)}
    facts["notes"] = [asdict(each) for each in rows.notes]
    notify("preparing: reading customers with known outcomes")
    facts["history"] = _history(folder / "history", predictor)
    if predictor.intake.events:
        notify("preparing: sorting the events by customer")
        _events(folder / EVENTS, _recipe(predictor), data, cutoff)
    write(folder / FACTS, json_text(facts, None))


def everyone(predictor: Predictor, data: Path | None = None, as_of: str | None = None) -> Batch:
    """Return the customers in ``data``, or those of the run's own table or events."""
    own = data is not None or predictor.intake.events
    return batch(predictor, data if own else flat_customers(predictor.intake), as_of)


def _recipe(predictor: Predictor) -> Recipe:
    return Recipe.model_validate(predictor.intake.recipe)


def _ids(rows: Batch) -> list[str]:
    """Return the customers' ids, or row numbers from 1 if the run has no key."""
    key = rows.predictor.intake.key
    if key is None or key not in getattr(rows.new, "columns", ()):
        return [str(number) for number in range(1, len(rows) + 1)]
    return [_text(value) for value in rows.new[key].tolist()]


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _save_ids(folder: Path, ids: list[str]) -> None:
    import duckdb

    who = pd.DataFrame({"id": pd.Series(ids, dtype=object)})
    save_frame(folder / "who", who)
    with duckdb.connect() as base:
        base.register("customers", who.assign(fold=[fold(each) for each in ids], place=np.arange(len(ids))))
        base.execute(
            f"COPY (SELECT fold, id, place FROM customers ORDER BY fold, place) TO '{_quoted(folder / IDS)}'"
            " (FORMAT parquet, ROW_GROUP_SIZE 20000)"
        )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _history(folder: Path, predictor: Predictor) -> str:
    """Store the customers with known outcomes; if there are none, return the reason."""
    try:
        labelled = read_labelled(_recipe(predictor))
        if len(labelled.table) > MOST:
            chosen = np.random.default_rng(0).choice(len(labelled.table), MOST, replace=False)
            labelled = labelled.take(np.sort(chosen))
        frame, _ = predictor.conform(labelled.table.frame)
    except CustpredError as error:
        return str(error)

    table = labelled.table
    empty = pd.Series([""] * len(table), dtype=object)
    key = predictor.intake.key
    who = {"id": table.frame[key].map(_text).astype(object) if key in table.frame else empty}
    who["cutoff"] = table.frame[CUTOFF].dt.strftime("%Y-%m-%d").astype(object) if predictor.intake.events else empty
    save_frame(folder / "frame", frame.reset_index(drop=True))
    save_frame(folder / "who", pd.DataFrame(who))
    np.save(folder / "truth.npy", labelled.truth)
    return ""


def _events(path: Path, recipe: Recipe, data: Path | None, cutoff: str) -> None:
    """Store the events known before the cutoff, by customer and time."""
    recipe = recipe if data is None else with_events(recipe, data)
    with opened(recipe) as base:
        parts = []
        for name, table in recipe.events.items():
            base.load(name, table, needed=False)
            labels = ", ".join(quoted(f"label {each}") for each in table.labels())
            label = f"concat_ws(' \N{MIDDLE DOT} ', {labels})" if labels else "''"
            parts.append(
                f"SELECT _customer AS id, '{name.replace(chr(39), chr(39) * 2)}' AS \"table\", _at AS moment,"
                f" _micro / {MICRO} AS amount, {label} AS label FROM {quoted(name)}"
                f" WHERE _at < TIMESTAMP '{cutoff}' AND _seen < TIMESTAMP '{cutoff}'"
            )
        body = " UNION ALL ".join(parts)
        base.run(f"COPY ({body} ORDER BY id, moment) TO '{_quoted(path)}' (FORMAT parquet, ROW_GROUP_SIZE 20000)")
