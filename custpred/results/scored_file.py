"""Scores a file of new rows: rows are checked first, and the output is written atomically."""

from __future__ import annotations

import math
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from custpred.errors import DataError, RequirementError
from custpred.inference.action_list import action_list, check_extension, requested_reasons, write_list
from custpred.inference.incoming import Batch, batch
from custpred.inference.scored import Reporting
from custpred.inference.table_out import place_of, write_table
from custpred.recipe.keys import RULE
from custpred.report._text import Text
from custpred.results.record import Requirement
from custpred.results.terminal import shown
from custpred.source._reading.addresses import redacted
from custpred.storage.files import write
from custpred.storage.plain import json_text
from custpred.storage.run_folder import slug
from custpred.table import Finding
from custpred.text import listed, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.inference.predictor import Predictor
    from custpred.storage.plain import JSON

Required: TypeAlias = dict[str, list[str]]
"""Requirement rules by measure."""
MEASURES = ("psi", "unseen", "out_of_range", "missing", "age_days", "rows")
"""Measures of new rows that requirements can refer to."""
_PARTS = re.compile(r"\s*(\w+)\s*(.*)", re.DOTALL)


def limits(max_drift: float | None, require: Sequence[str], measures: Sequence[str] = MEASURES) -> Required:
    """Return the requirements by measure, by default for the measures of new rows.

    >>> limits(0.2, ["unseen <= 0.01"])
    {'psi': ['<= 0.2'], 'unseen': ['<= 0.01']}

    Raises
    ------
    DataError
        CP2410 if a requirement is not a measure, a comparison and a number; infinity is none.
    """
    found: Required = {}
    for text in [*([] if max_drift is None else [f"psi <= {max_drift!r}"]), *require]:
        parts = _PARTS.fullmatch(text)
        if parts is None or parts.group(1) not in measures or not RULE.fullmatch(parts.group(2)):
            raise DataError(
                f"Expected a measure, a comparison and a number, such as '{measures[1]} <= 0.01', got"
                f" {plain(text, 60)!r}.",
                code="CP2410",
                remedy=f"The measures are {listed(measures, len(measures))}.",
            )
        found.setdefault(parts.group(1), []).append(parts.group(2))
    return found


def check_rules(required: Required, measures: Mapping[str, float | None]) -> tuple[Requirement, ...]:
    """Compare requirements with measures; an unknown measure is nan, which meets no rule."""
    found = {name: math.nan if (value := measures[name]) is None else float(value) for name in required}
    return tuple(Requirement.of(name, rule, found[name]) for name, rules in required.items() for rule in rules)


def score_file(
    predictor: Predictor, data: str | Path, out: str | Path, reasons: str, as_of: str | None, required: Required
) -> list[Finding]:
    """Score a file's customers; write the list and its ``notes_path``; return the notes.

    Reasons are in the language of the run's report; column names are the same in every language.

    Parameters
    ----------
    out
        A file, or ``ADDRESS::TABLE`` of a database; a table on a server has no notes file.
    reasons
        As for ``requested_reasons``.
    required
        As returned by ``limits``.

    Raises
    ------
    DataError
        CP2452 if the scores would be written over the table that is scored.
    RequirementError
        CP2411 if the new rows do not meet a requirement; then nothing is scored or written.
    """
    count, whom = requested_reasons(reasons)
    table, say = place_of(str(out)), Text((predictor.intake.recipe.get("report") or {}).get("language", "en"))
    if table is None:
        check_extension(Path(out))  # before anything is scored in vain
    _check_apart(data, out)
    rows = batch(predictor, data, as_of)
    checked, unchecked = _checked(rows, required)
    if any(not each.met for each in checked):
        raise _missed(rows, checked)
    with shown() as progress:
        listed, notes = action_list(rows, count=count, whom=whom, reporting=Reporting(progress.notify, say))
    if table is None:
        write_list(listed, Path(out))
    else:
        write_table(listed, table)
    notes += unchecked
    kept = {
        **rows.comparison.plain(),
        "age_days": age_of(rows),
        "required": [asdict(each) for each in checked],
        "notes": [asdict(note) for note in notes],
    }
    beside = Path(out) if table is None else table.file
    if beside is not None:
        write(notes_path(beside, table.table if table else ""), json_text(kept))
    return notes


def notes_path(out: Path, table: str = "") -> Path:
    """Return the path of the notes of a scored file, or of a table in a file.

    >>> notes_path(Path("scores.csv")).name, notes_path(Path("scores.parquet")).name
    ('scores.notes.json', 'scores.parquet.notes.json')
    >>> notes_path(Path("scores.duckdb"), '"june"').name
    'scores.duckdb.june.notes.json'
    """
    parts = [out.stem if out.suffix == ".csv" else out.name, *([slug(table)] if table else [])]
    return out.with_name(".".join([*parts, "notes.json"]))


def _check_apart(data: str | Path, out: str | Path) -> None:
    """Refuse to lose the customers: the list holds their ids and scores, not their columns."""
    read, written = Path(data), Path(out)
    if str(data) == str(out) or (read.exists() and written.exists() and read.samefile(written)):
        raise DataError(
            "The scores would be written over the table that is scored.",
            code="CP2452",
            place=redacted(str(out)),
            remedy="Choose another file or table with --out.",
        )


def _checked(rows: Batch, required: Required) -> tuple[tuple[Requirement, ...], list[Finding]]:
    """Compare requirements with measurements; one that lacks rows is reported, but not failed."""
    found: JSON = {**rows.comparison.measures(), "age_days": age_of(rows), "rows": len(rows)}
    known = {name: rules for name, rules in required.items() if found[name] is not None}
    text = "{} of these rows cannot be measured: the stability index needs 200 rows, the age of events needs events."
    notes = [Finding("D168", "info", text.format(name)) for name in required if name not in known]
    return check_rules(known, found), notes


def age_of(rows: Batch) -> int | None:
    """Return the days between the newest event and the cutoff, or None if unknown."""
    ages = [note.numbers["days"] for note in rows.read if note.code == "D156"]
    return int(ages[-1]) if ages else None


def _missed(rows: Batch, checked: Sequence[Requirement]) -> RequirementError:
    missed = "; ".join(f"{each.name} {each.found:.4g}, required {each.wanted}" for each in checked if not each.met)
    notes = "".join(f"\n{note.code} {note.text}" for note in rows.notes if note.severity != "info")
    return RequirementError(
        f"The new rows miss a requirement: {missed}. Nothing was scored or written.",
        code="CP2411",
        found=missed,
        remedy="Correct the rows, train again, or allow more." + notes,
    )
