"""The Python interface: ``fit``, ``run``, ``plan``, ``profile``, ``load`` return a ``Result``."""

from __future__ import annotations  # light: imports inside functions are deliberate

import json
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from custpred.engine._signals import stoppable
from custpred.errors import CustpredWarning, Interrupted, ModelFileError, RecipeError
from custpred.results.packed import Temporary
from custpred.results.record import Record
from custpred.results.result import Profile, Result
from custpred.results.terminal import following
from custpred.spec import Plugins
from custpred.storage.files import write
from custpred.storage.run_folder import claimed, ended, fresh, log, point_to_latest, unread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custpred.recipe.keys import Recipe
    from custpred.results.progress import Progress
    from custpred.storage.plain import JSON
    from custpred.target.base import Labelled
    from custpred.training.plan import Plan


def fit(
    data: object,
    target: object,
    *,
    key: str | None = None,
    sample_weight: object = None,
    out: str | Path | None = None,
    verbose: int = 1,
    **keys: Any,
) -> Result:
    """Learn to predict ``target`` from customers.

    Parameters
    ----------
    data
        A path, or a frame of pandas, polars, Arrow or DuckDB.  With ``events={"orders": {...}}``:
        the events of the table that names no source, else customers, or None.
    target
        The column to predict, a map as in a recipe, or the values: a Series, an array or a list
        with one value for each row of the frame.
    key
        The column with the customer's id.
    sample_weight
        Weights of the rows: a Series, an array or a list; ``weight="column"`` names a column.
    out
        Folder for the files of the run; a temporary one, removed with the result, if None.
    verbose
        0: silent; 1: a bar in a notebook or on a terminal; 2: lines elsewhere as well.
    **keys
        Any recipe key: ``models=["logistic", "lightgbm"]``, ``budget="60s"``,
        ``customers={"types": {"zip": "category"}}``.  ``plugins=True`` allows kinds of your own
        modules.

    Raises
    ------
    RecipeError
        With every mistake in the keys.
    DataError
        If the table cannot be used; it names the column.

    Examples
    --------
    >>> keys = {"target": "churn", "key": "customer_id", "budget": "60s"}
    >>> result = fit("customers.csv", **keys)  # doctest: +SKIP
    >>> result.score  # doctest: +SKIP
    0.8412
    """
    from custpred.engine.local import warm

    if "engine" not in keys:
        warm(10.0)  # the workers' libraries load while the recipe is made
    from custpred.recipe.file import from_keys

    plugins, progress = keys.pop("plugins", False), keys.pop("progress", None)
    with Plugins.may(plugins):
        data, target = _with_target(data, target)
        if sample_weight is not None:
            data, keys["weight"] = _with_weight(data, sample_weight, keys.get("weight"))
        tables = _tables(data, key, keys.pop("events", None))
        tables["customers"] = {**tables.get("customers", {}), **keys.pop("customers", {})}
        recipe = from_keys({**{name: each for name, each in tables.items() if each}, "target": target, **keys})
        with following(progress, verbose) as shown:
            return _run(recipe, Path(out) if out is not None else None, shown)


def run(
    recipe: str | Path | Recipe,
    *,
    set: JSON | None = None,
    out: str | Path | None = None,
    plugins: bool = False,
    progress: Progress | None = None,
    verbose: int = 1,
) -> Result:
    """Run a recipe file and write the folder ``out``, or ``reports/<name>-<when>``.

    ``reports/<name>/latest`` is then a link to it.

    Parameters
    ----------
    recipe
        The path of a recipe file, or ``"quickstart"``, which comes with custpred and needs no file.
    set
        Changes such as ``{"budget.time": "60s"}``, as ``--set`` on the command line.
    verbose
        As in ``fit``.
    """
    from custpred.recipe.given import recipe_of

    with Plugins.may(plugins):
        made = recipe_of(recipe, set)
        with following(progress, verbose) as shown:
            folder = Path(out) if out is not None else fresh(made.name)
            result = _run(made, folder, shown)
    if out is None:
        point_to_latest(folder, made.name)
    return result


def resume(folder: str | Path, *, plugins: bool = False, progress: Progress | None = None, verbose: int = 1) -> Result:
    """Continue a stopped run without repeating finished trials; a finished run is only read."""
    from custpred.recipe.file import read

    home = Path(folder)
    if ended(home):
        return _warned(load(home, plugins=plugins))
    with Plugins.may(plugins), following(progress, verbose) as shown:
        return _run(read(home / "recipe.yaml", {}), home, shown, resume=True)


def plan(recipe: str | Path | Recipe, *, set: Mapping[str, object] | None = None, plugins: bool = False) -> Plan:
    """Resolve every ``auto`` of a recipe with its reason, without a run.

    >>> from custpred.recipe.file import from_keys
    >>> customers = {"sample": "telecom", "rows": 200}
    >>> found = plan(from_keys({"customers": customers, "target": "churn", "models": ["rule"]}))
    >>> found.models[0].kind(), found.metrics[0].kind()
    ('rule', 'roc_auc')
    """
    from custpred.recipe.given import recipe_of
    from custpred.recipe.preflight import budget
    from custpred.training.plan import resolve, resolve_split
    from custpred.training.run import read_labelled, split_rows

    with Plugins.may(plugins):
        made = recipe_of(recipe, set)
    began = time.monotonic()
    labelled = read_labelled(made)
    made, decided = resolve_split(made, labelled.table, labelled.task.classes)
    found = resolve(made, labelled.table.take(split_rows(made, labelled).train), labelled.task)
    budget(time.monotonic() - began, made.budget.time)
    return replace(found, decisions=(*decided, *found.decisions))


def profile(data: object, target: str | None = None, *, key: str | None = None) -> Profile:
    """Profile a table: kinds, missing values, distributions, outliers, leaks, drift.

    Parameters
    ----------
    data
        A path, ADDRESS::TABLE, or a frame of pandas, polars, Arrow or DuckDB; or a recipe's path.
    target
        The column to predict, if any: associations and leaks are checked against it.

    Examples
    --------
    >>> import pandas as pd
    >>> profile(pd.DataFrame({"age": [31, 45, None, 28], "left": ["no", "yes"] * 2}), "left")
    Profile('customers': 4 rows, 1 column, 3 findings)
    """
    from custpred.profile._run import profile as checked
    from custpred.source._reading.addresses import named
    from custpred.source.base import Source
    from custpred.target.base import Target
    from custpred.training.holdout import data_of

    if isinstance(data, str | Path) and Path(data).suffix in {".yaml", ".yml"}:
        from custpred.recipe.file import read
        from custpred.training.run import read_labelled

        known = read_labelled(read(Path(data)))
        labelled: Labelled | None = known
        table = known.table
    else:
        table = Source.parse({**_where(data), "key": key}).read(target=target)
        asked_of = {"column": target, "drop_missing": True}  # missing targets are a finding
        labelled = Target.parse(asked_of).label(table) if target else None
    seen = labelled.table if labelled else table
    task = labelled.task if labelled else None
    results = checked(seen, labelled.truth if labelled else None, task)
    findings = tuple(finding for each in results.values() for finding in each.findings)
    name = named(str(data)) if isinstance(data, str | Path) else "customers"
    facts = {kind: each.facts for kind, each in results.items()}
    return Profile(name, data_of(seen, labelled), facts, findings, task)


def load(folder: str | Path, *, plugins: bool = False) -> Result:
    """Read a finished run without executing code of its files; own modules need ``plugins=True``.

    Raises
    ------
    ModelFileError
        If the folder holds no finished run, or a file was changed.
    """
    home = Path(folder)
    try:
        plain = json.loads((home / "report.json").read_text("utf-8"))
        return Result(Record.load(plain), home, plugins)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        message, remedy = unread(home, cause)
        raise ModelFileError(message, code="CP5200", place=str(home), remedy=remedy) from cause


def _with_target(data: object, target: object) -> tuple[object, object]:
    """Return the table with a separately passed target as a column, and the target's recipe key."""
    from custpred.source._typing.attach import attached, is_values

    return attached(data, target, "target") if is_values(target) else (data, target)


def _with_weight(data: object, sample_weight: object, named: str | None) -> tuple[object, str]:
    """Return the table with the sample weights as a column, and the column's name."""
    from custpred.source._typing.attach import attached

    if named is not None:
        raise RecipeError(["weight CP1114 sample_weight already gives the weights; leave out one of the two."])
    return attached(data, sample_weight, "sample_weight")


def _tables(data: object, key: str | None, events: object) -> JSON:
    """Return the keys that say where customers and events come from."""
    given = {} if data is None else {**_where(data), **({"key": key} if key else {})}
    if not isinstance(events, dict):
        return {"customers": {**_where(data), "key": key}}
    lone = [name for name, table in events.items() if not {"path", "data", "sample", "url", "source"} & set(table)]
    tables = {name: {**given, **table} if name in lone else table for name, table in events.items()}
    return {"events": tables} if lone or not given else {"customers": given, "events": tables}


def _where(data: object) -> JSON:
    return {"path": str(data)} if isinstance(data, str | Path) else {"data": data}


def _run(recipe: Recipe, out: Path | None, progress: Progress, *, resume: bool = False) -> Result:
    if recipe.engine.remote:
        recipe.engine.open(1).close()  # asked before any row is read
    recipe.engine.warm(recipe.budget.time)  # its libraries load while ours do
    from custpred.recipe.file import to_yaml
    from custpred.recipe.paths import absolute
    from custpred.results.outputs import leave
    from custpred.training.run import run as run_recipe
    from custpred.training.run import tidy

    recipe = absolute(recipe)  # it is read again from the run's folder
    keep = Temporary() if out is None else None
    folder = keep.path / "run" if keep else Path(out or "")
    with stoppable(), claimed(folder, resume=resume):
        if not resume:
            write(folder / "recipe.yaml", to_yaml(recipe.dump()))
        log(folder, "resume" if resume else "start", recipe=recipe.name)
        done = run_recipe(recipe, folder, progress=progress)
        with progress.stage("write"):
            done.held_out.save(folder)
            done.out_of_fold.save(folder)
            leave(folder, done.record, done.predictor)
        took = {"wall": done.record.timing["wall"], "write": round(progress.seconds["write"], 3)}
        log(folder, "done" if done.whole else "interrupted", **took)
        if done.whole:
            tidy(folder / "trials", done.members)
    if not done.whole:
        raise Interrupted.run(None if keep else folder)
    return _warned(Result(done.record, folder, Plugins.allowed, keep))


def _warned(result: Result) -> Result:
    """Warn if only a baseline was kept because no model was found: such a run is not a success."""
    from custpred.report._fallback import fallback
    from custpred.report._text import Text

    reason = fallback(result.record, Text())
    if reason:
        warnings.warn(f"CP4114 {reason[:1].upper()}{reason[1:]}.", CustpredWarning, stacklevel=4)
    return result
