"""Export of a model as SQL that scores a table: steps, members, calibration and decision."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from custpred.errors import DataError, NotApplicable
from custpred.inference.predictor import Predictor
from custpred.inference.sql_decision import outputs
from custpred.inference.sql_reading import raw_rows
from custpred.sql.dialect import dialect_of
from custpred.sql.rows import SqlMatrix, SqlRows
from custpred.sql.statement import Statement
from custpred.task import Fit
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.columns.fitted_step import FittedStep
    from custpred.inference.predictor import FoldGroup, Member

Fewer: TypeAlias = Callable[[Predictor, Set[str]], Predictor]
"""Function from a predictor and names of members to the predictor without these members."""


@dataclass(frozen=True)
class Exported:
    """The statements of an export, and the omitted members with the reasons.

    Parameters
    ----------
    statements
        One SELECT, or statements that create the table ``custpred_scores``.
    without
        Reasons by member; empty where the whole model is exported.
    predictor
        What the statements compute.
    """

    statements: tuple[str, ...]
    without: dict[str, str]
    predictor: Predictor

    def script(self) -> str:
        """Return the statements as one text."""
        return ";\n\n".join(self.statements) + ";\n"


def rescaled(predictor: Predictor, without: Set[str]) -> Predictor:
    """Return the predictor without some members; the other weights are scaled to sum to 1.

    Negative weights correct other members, so these are left out as well.
    """
    kept = [each for each in predictor.members if each.name not in without and each.weight > 0]
    total = sum(each.weight for each in kept)
    return replace(predictor, members=tuple(replace(each, weight=each.weight / total) for each in kept))


def sql_of(predictor: Predictor, sql: str, *, table: str = "customers", fewer: Fewer | None = None) -> Exported:
    """Return a model as SQL.

    Parameters
    ----------
    sql
        The engine: ``duckdb``, ``postgres``, ``spark``, ``snowflake`` or ``bigquery``.
    table
        Name of the table in the statement.
    fewer
        Returns the predictor without the members that have no formula; None: refuse them.

    Raises
    ------
    DataError
        CP2421 for an unknown engine, CP2422 if a member or the model has no formula, with reasons.
    """
    made = Statement(dialect_of(sql))
    own, predicted, reasons = predictions(predictor, made, fewer, lambda: raw_rows(predictor, made))
    names = outputs(own, predicted, made)
    text = made.text(names, table)
    most = made.dialect.most_bytes
    if most and len(text.encode()) > most:
        return Exported(tuple(made.tables(names, table, "custpred_scores")), reasons, own)
    return Exported((text,), reasons, own)


def predictions(
    predictor: Predictor, made: Statement, fewer: Fewer | None, rows: Callable[[], SqlRows]
) -> tuple[Predictor, list[str], dict[str, str]]:
    """Return what is exported, its predictions as expressions, and reasons of omitted members.

    Parameters
    ----------
    fewer
        As for ``sql_of``.
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
    if reasons and (fewer is None or not found):
        raise _refused(reasons, made, whole=not found)
    if reasons and fewer is not None:
        predictor = fewer(predictor, set(reasons))
        kept = {member.name: member for member in predictor.members}
        without = sorted({member.name for member, _, _ in found} - set(kept))
        reasons |= dict.fromkeys(without, "it has no weight in the blend of the others")
        found = [(kept[member.name], fold, raw) for member, fold, raw in found if member.name in kept]
    if not found:
        raise _refused(reasons, made)
    raw = _blended(found, made)
    try:
        return predictor, predictor.calibrate.sql(made, raw, predictor.calibration, predictor.task), reasons
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
    """Return the weighted sum of raw scores and shifts."""
    write = made.dialect.literal
    terms: list[list[str]] = [[] for _ in found[0][2]]
    for member, fold, raw in found:
        share = member.weight / len(member.fitted)
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
