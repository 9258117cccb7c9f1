"""The scored file's columns as SQL: key, rank, prediction, value, expected gain, decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.inference.scored import OURS
from custpred.inference.sql_reading import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.inference.predictor import Predictor
    from custpred.sql.statement import Statement

    Outputs = list[tuple[str, str]]


def outputs(predictor: Predictor, predicted: Sequence[str], made: Statement) -> Outputs:
    """Return each output column's name and expression.

    Ties are ordered by the key, as SQL tables have no row order.
    """
    task, key = predictor.task, predictor.intake.key
    named = [made.name(each) for each in predicted]
    found: Outputs = [(key, made.name(made.dialect.named(key)))] if key else []
    if task.kind == "multiclass":
        return _with(found, [*_probabilities(predictor, named), ("decision", _likeliest(predictor, named, made))])
    score = named[-1]
    own = _gains(predictor, score, made)
    rank = _rank(own.get("expected gain", score), score, found, made)
    shown = [("prediction", score)] if task.kind == "regression" else _probabilities(predictor, named)
    decided = _decision(predictor, score, rank, own, made)
    return _with(found, [("rank", rank), *shown, *own.items(), *decided])


def decision(predictor: Predictor, predicted: Sequence[str], made: Statement) -> str | None:
    """Return the decision as an expression; None without one, or if it depends on others."""
    policy, task, named = predictor.policy, predictor.task, [made.name(each) for each in predicted]
    if policy.rule(task) == "likeliest":
        return _likeliest(predictor, named, made)
    if policy.rule(task) == "none" or not policy.alone(task):
        return None
    [(_, found)] = _decision(predictor, named[-1], "", _gains(predictor, named[-1], made), made)
    return found


def _with(found: Outputs, more: Outputs) -> Outputs:
    """Add columns under unused names, as in the scored file."""
    for name, expression in more:
        taken = {each for each, _ in found}
        found.append((f"{name} ({OURS})" if name in taken else name, expression))
    return found


def _probabilities(predictor: Predictor, named: Sequence[str]) -> Outputs:
    return [(f"probability of {label}", each) for label, each in zip(predictor.task.labels, named, strict=True)]


def _label(value: object, made: Statement) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return str(value) if isinstance(value, int) else made.dialect.literal(value)
    return made.dialect.quoted(str(value))


def _labels(predictor: Predictor, made: Statement) -> list[str]:
    values = ["no", "yes"] if predictor.task.kind == "regression" else predictor.task.values
    if made.dialect.name == "onnx":  # one type for all outputs
        values = list(predictor.task.labels) or values
    return [_label(value, made) for value in values]


def _likeliest(predictor: Predictor, named: Sequence[str], made: Statement) -> str:
    """Return the label of the highest probability, the first on ties."""
    top = made.name(f"GREATEST({', '.join(named)})")
    labels = _labels(predictor, made)
    whens = [f"WHEN {x} = {top} THEN {label}" for x, label in zip(named, labels, strict=True)]
    return f"CASE {' '.join(whens)} END"


def _gains(predictor: Predictor, score: str, made: Statement) -> dict[str, str]:
    """Return the value and the expected gain, if the policy uses them."""
    policy, task, write = predictor.policy, predictor.task, made.dialect.literal
    if policy.rule(task) != "gain":
        return {}
    money, column = policy.business, policy.column(task)
    factor = 1.0 if money.value is None else money.value.factor
    if task.kind == "regression":
        value, chance = f"{score} * {write(factor)}", write(1)
    elif column is None:
        value, chance = write(float((money.value and money.value.amount) or 0.0) * factor), score
    else:
        # a graph has numbers
        words = {} if made.dialect.name == "onnx" else {"true": 1, "false": 0}
        amount = number_of(column, predictor.missing, words, made)
        value, chance = f"COALESCE({amount}, {write(0)}) * {write(factor)}", score
    value = made.name(value)
    won = f"{write(money.success_rate)} * ({value} - {write(money.offer_cost)})"
    return {"value": value, "expected gain": made.name(f"{chance} * ({won}) - {write(money.contact_cost)}")}


def _rank(first: str, second: str, key: Outputs, made: Statement) -> str:
    order = dict.fromkeys([f"{first} DESC", f"{second} DESC", *(expression for _, expression in key)])
    return made.name(f"ROW_NUMBER() OVER (ORDER BY {', '.join(order)})")


def _decision(predictor: Predictor, score: str, rank: str, own: dict[str, str], made: Statement) -> Outputs:
    policy, write = predictor.policy, made.dialect.literal
    rule = policy.rule(predictor.task)
    if rule == "none":
        return []
    no, yes = _labels(predictor, made)
    chosen = [f"{own['expected gain']} > {write(0)}"] if own else []
    if rule == "threshold":
        chosen = [f"{score} >= {write(policy.threshold)}"]
    elif policy.business.capacity is not None:
        chosen.append(f"{rank} <= {policy.business.capacity}")
    return [("decision", f"CASE WHEN {' AND '.join(chosen)} THEN {yes} ELSE {no} END")]
