"""The network and the row whose gates are shown, by ``custpred gates`` and the report."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import pandas as pd

from custpred.errors import DataError
from custpred.inference.action_list import customer, customers_of
from custpred.inference.model_folder import load, save
from custpred.models._networks.recurrent_cells import GATES
from custpred.models.base import Model
from custpred.text import plain
from custpred.training.blend import alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from custpred.columns.contract import Intake
    from custpred.inference.predictor import Predictor
    from custpred.search._trial import Trial
    from custpred.storage.plain import JSON
    from custpred.training.scorer import FoldScorer

FOLDER = "networks"
"""Subfolder with networks that have gates but no weight in the blend, as model folders."""
WIDTH = 9


def outside(scorer: FoldScorer, networks: Sequence[JSON], trials: Sequence[Trial], blend: Predictor) -> list[Predictor]:
    """Return the networks with gates whose kind is not in the blend, as predictors."""
    there = {member.model.kind() for member in blend.members}
    named = {trial.name: trial for trial in trials}
    return [
        replace(alone(scorer.plan, scorer, named[each["name"]]), intake=blend.intake, missing=blend.missing)
        for each in networks
        if each["kind"] in GATES and each["kind"] not in there
    ]


def keep(others: Sequence[Predictor], folder: Path, versions: dict[str, str]) -> None:
    """Write the networks outside the blend into the run folder, replacing earlier ones."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    for each in others:
        (folder / FOLDER).mkdir(exist_ok=True)
        save(each, folder / FOLDER / each.members[0].model.kind(), versions)


def reader(predictor: Predictor, folder: Path, kind: str | None = None) -> Predictor:
    """Return a predictor whose members have gates: the blend, or else a saved network.

    Raises
    ------
    DataError
        CP2405 if there is none, or none of this kind; the message lists the available kinds.
    """
    own = tuple(each for each in predictor.members if each.model.kind() in GATES and kind in {None, each.model.kind()})
    if own:
        return replace(predictor, members=own)
    kept = [each for each in GATES if (folder / FOLDER / each / "manifest.json").exists()]
    chosen = kind if kind in kept else kept[0] if kept and kind is None else None
    if chosen is not None:
        return load(folder / FOLDER / chosen, threads=predictor.threads)
    known = sorted({*kept, *(each.model.kind() for each in predictor.members)} & set(GATES))
    wanted = kind if kind in GATES else next(iter(GATES))
    lack = Model.parse(wanted).unavailable()  # a run leaves it out
    missing = f"{lack.message} {lack.remedy} " if lack else ""
    other = f"It has {', '.join(known)}: choose one with --model." if known else ""
    raise DataError(
        f"The run has no {kind or ', '.join(GATES)} whose gates could be shown.",
        code="CP2405",
        remedy=other or f"{missing}Run a recipe with models: [{wanted}].",
    )


def requested_row(
    predictor: Predictor,
    whom: tuple[str | None, int | None, str | None],
    data: Path | None = None,
    as_of: str | None = None,
) -> pd.DataFrame:
    """Return the requested row, conformed to the contract.

    Parameters
    ----------
    whom
        A customer's id, a row number counted from 1, and a text, exactly one of which is not None.

    Raises
    ------
    DataError
        CP2431 if not exactly one is passed, or there is not exactly one text column; CP2432 for a
        row that does not exist.
    """
    key, row, text = whom
    if sum(each is not None for each in whom) != 1:
        raise DataError("Expected one of --key, --row and --text.", code="CP2431", remedy="Pass exactly one of them.")
    if key is not None:
        found = customer(predictor.intake, key, data, as_of)
    elif row is not None:
        found = _row(predictor.intake, row, data, as_of)
    else:
        found = _texted(predictor, str(text))
    return predictor.conform(found)[0]


def _row(intake: Intake, row: int, data: Path | None, as_of: str | None) -> pd.DataFrame:
    table = customers_of(intake, data, as_of)
    if not 1 <= row <= len(table):
        raise DataError(
            f"There is no row {row:,}.", code="CP2432", remedy=f"Rows are counted from 1 to {len(table):,}."
        )
    return table.iloc[[row - 1]]


def _texted(predictor: Predictor, text: str) -> pd.DataFrame:
    """Return a row with a text and nothing else."""
    names = [column.name for column in predictor.columns if column.kind == "text"]
    if len(names) != 1:
        raise DataError(
            f"--text requires a run with one text column; this one has {len(names)}.",
            code="CP2431",
            remedy="Give --key or --row.",
        )
    return pd.DataFrame({column.name: [text if column.name == names[0] else None] for column in predictor.columns})


def lines(found: JSON, say: Callable[..., str] = str.format) -> Iterator[str]:
    """Yield a strip as a table in plain text, a line per step; ``say`` translates words."""
    names = list(found["rows"])
    text = "{name}: means over the units; candidate, cell and hidden state without their sign"
    yield say(text, name=found["model"])
    yield "  ".join([*(_right(say(name)) for name in names), say("step")])
    for place, label in enumerate(found["steps"]):
        yield "  ".join([*(f"{found['rows'][name][place]:{WIDTH}.3f}" for name in names), plain(label, 200)])


def _right(text: str) -> str:
    """Right-align a word; wide characters take two columns."""
    return " " * (WIDTH - sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)) + text
