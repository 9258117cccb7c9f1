"""Export of a model as SQL that scores a table: steps, members, calibration and decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import DataError, NotApplicable
from custpred.inference.sql_decision import outputs
from custpred.inference.sql_reading import raw_rows
from custpred.sql.dialect import dialect_of
from custpred.sql.rows import SqlMatrix, SqlRows
from custpred.sql.statement import Statement
from custpred.task import Fit
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.columns.fitted_step import FittedStep
    from custpred.inference.predictor import FoldGroup, Member, Predictor


@dataclass(frozen=True)
class Exported:
    """The statements of an export, and the omitted members with the reasons.

    Parameters
    ----------
    statements
        One SELECT, or statements that create the table ``custpred_scores``.
    without
        Reasons by member; empty where the whole model is exported.
    """

    statements: tuple[str, ...]
    without: dict[str, str]

    def script(self) -> str:
        """Return the statements as one text."""
        return ";\n\n".join(self.statements) + ";\n"


def sql_of(predictor: Predictor, sql: str, *, table: str = "customers", members: str = "all") -> Exported:
    """Return a model as SQL.

    Parameters
    ----------
    sql
        The engine: ``duckdb``, ``postgres``, ``spark``, ``snowflake`` or ``bigquery``.
    table
        Name of the table in the statement.
    members
        ``all``, or ``sql``: omit members without a formula and rescale the other weights.

    Raises
    ------
    DataError
        CP2421 for an unknown engine, CP2422 if a member or the model has no formula, with reasons.
    """
    made = Statement(dialect_of(sql))
    predicted, reasons = predictions(predictor, made, members, lambda: raw_rows(predictor, made))
    names = outputs(predictor, predicted, made)
    text = made.text(names, table)
    most = made.dialect.most_bytes
    if most and len(text.encode()) > most:
        return Exported(tuple(made.tables(names, table, "custpred_scores")), reasons)
    return Exported((text,), reasons)


def predictions(
    predictor: Predictor, made: Statement, members: str, rows: Callable[[], SqlRows]
) -> tuple[list[str], dict[str, str]]:
    """Return the calibrated predictions as expressions, and the reasons of omitted members.

    Parameters
    ----------
    members
        ``all``; any other value omits members without a formula.
    rows
        Returns the columns of a table.

    Raises
    ------
    DataError
        CP2422 if a member, or the whole model, has no formula, with reasons.
    """
    if predictor.intake.events:
        raise _refused({"the model": "its customers are gathered from events, which the table does not contain"}, made)
    found, reasons = _members(predictor, rows())
    if reasons and (members == "all" or not found):
        raise _refused(reasons, made, whole=not found)
    if reasons:
        negative = {member.name for member, _, _ in found if member.weight < 0}
        reasons |= dict.fromkeys(sorted(negative), "its negative weight corrects members that are left out")
        found = [each for each in found if each[0].name not in negative]
    raw = _blended(found, made)
    try:
        return predictor.calibrate.sql(made, raw, predictor.calibration, predictor.task), reasons
    except NotApplicable as cause:
        raise _refused({"the model": cause.message}, made) from cause


def _members(predictor: Predictor, rows: SqlRows) -> tuple[list[tuple[Member, int, list[str]]], dict[str, str]]:
    """Return raw scores by member and fold, and the reasons of omitted members."""
    found: list[tuple[Member, int, list[str]]] = []
    reasons: dict[str, str] = {}
    for group in predictor.fold_groups:
        try:
            X = _prepared(predictor.preparations[group.key][group.folds[0]], rows)
        except NotApplicable as cause:
            reasons |= {member.name: cause.message for member, _ in group.members}
            continue
        for member, scorer in group.members:
            try:
                found += _folds(member, scorer, group, X, Fit(predictor.task))
            except NotApplicable as cause:
                reasons[member.name] = f"{member.model.kind()}: {cause.message}"
    return [each for each in found if each[0].name not in reasons], reasons


def _prepared(steps: Sequence[FittedStep], raw: SqlRows) -> SqlMatrix:
    """Return prepared rows; without steps they have no columns."""
    if not steps:
        return SqlMatrix(raw.statement, ())
    rows = SqlRows(raw.statement, {name: raw[name] for name in steps[0].names_in})
    for step in steps:
        step.spec.sql(step.state, rows)
    return SqlMatrix(raw.statement, tuple(cell.sql for cell in rows.columns.values()))


def _folds(
    member: Member, scorer: object, group: FoldGroup, X: SqlMatrix, fit: Fit
) -> list[tuple[Member, int, list[str]]]:
    ask = getattr(scorer, "starts", None)
    starts = (ask and ask(fit, len(X.columns))) or [None] * len(group.folds)
    return [
        (member, fold, member.model.sql(member.fitted[fold], X, fit, start))
        for fold, start in zip(group.folds, starts, strict=True)
    ]


def _blended(found: Sequence[tuple[Member, int, list[str]]], made: Statement) -> list[str]:
    """Return the weighted sum of raw scores and shifts; the remaining weights sum to 1."""
    write = made.dialect.literal
    total = sum({member.name: member.weight for member, _, _ in found}.values())
    terms: list[list[str]] = [[] for _ in found[0][2]]
    for member, fold, raw in found:
        share = member.weight / len(member.fitted) / total
        shifts = np.broadcast_to(np.asarray(member.shifts[fold], dtype=float), len(raw)).tolist()
        for own, score, shift in zip(terms, raw, shifts, strict=True):
            own.append(f"{write(share)} * ({score} + {write(shift)})" if shift else f"{write(share)} * {score}")
    return [made.name(made.total(own)) for own in terms]


def _refused(reasons: dict[str, str], made: Statement, *, whole: bool = True) -> DataError:
    listed_reasons = "; ".join(f"{plain(name, 60)}: {plain(reason, 200)}" for name, reason in reasons.items())
    language, option = ("ONNX", "onnx") if made.dialect.name == "onnx" else ("SQL", "sql")
    less = f"Omit these members with --members {option}, or score with predict."
    return DataError(
        f"The model cannot be exported to {language}: {listed_reasons}.",
        code="CP2422",
        remedy="Score with predict." if whole else less,
    )
