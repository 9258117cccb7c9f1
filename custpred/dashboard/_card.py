"""One customer: score, rank, value and gain, contributions, similar customers' outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from custpred.dashboard._similar import nearest, weights
from custpred.explain.by_event import of_row
from custpred.inference.explanations import both
from custpred.inference.scored import decision_labels
from custpred.report._blocks import Facts, Grid
from custpred.results.plots import shown
from custpred.text import NOTHING, plain, share_of_100

if TYPE_CHECKING:
    from custpred.dashboard._store import Store
    from custpred.inference.predictor import Predictor
    from custpred.policy import Decisions
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON
    from custpred.task import Task

MOST_SHARE = 0.999
"""Larger shares are written with '>', which does not fit into a sentence."""
SHOWN = 4
"""Number of columns shown for similar customers, the most important ones."""


def written(task: Task, score: float, say: Text) -> str:
    """Return a customer's score as text."""
    return say.number(score) if task.kind == "regression" else share_of_100(100 * score)


def facts(store: Store, place: int, own: Decisions, record: Record, say: Text) -> Facts:
    """Return a customer's score, rank, value, expected gain and decision among all customers."""
    task = record.task
    score = float(task.score(store.predicted[[place]])[0])
    label = _label(task, store.predicted[place])
    head = say("Probability of '{label}'", label=label) if label else say("Prediction")
    items = [(head, written(task, score, say), _cutoff(store, say))]
    if own.rank is not None:
        share = say.percent(min(store.riskier_than(score), MOST_SHARE))
        text = say("higher than {share} of customers", share=share)
        text = say("riskier than {share} of customers", share=share) if _is_risk(record) else text
        rank = say("{rank} of {n}", rank=say.count(int(own.rank[place])), n=say.count(len(store)))
        name = say("Rank") if own.gain is None else say("Rank by expected gain")
        items.append((name, rank, text))
    if own.gain is not None and own.value is not None:
        items.append((say("Value of the customer"), say.money(float(own.value[place])), say("if the customer is won")))
        items.append((say("Expected gain"), say.money(float(own.gain[place])), say("of contacting this customer")))
    if own.code is not None and task.kind != "multiclass":
        chosen = bool(own.code[place])
        shown = plain(str(decision_labels(task, own.code[[place]]).iloc[0]))
        items.append((say("Decision"), shown, say("on the list") if chosen else say("not on the list")))
    return Facts(tuple(items))


def _label(task: Task, predicted: np.ndarray) -> str:
    """Return the label whose probability is shown; empty for amounts."""
    if task.kind == "binary":
        return task.positive
    return task.labels[int(predicted.argmax())] if task.labels else ""


def _is_risk(record: Record) -> bool:
    """Return whether the recipe suggests that the positive label is a loss, such as leaving."""
    target = record.recipe.get("target") or {}
    about = record.recipe.get("about") or {}
    words = f"{target.get('column', '')} {about.get('behaviour', '')} {record.task.target}".casefold()
    signs = ("churn", "leav", "left", "cancel", "default", "attrition", "exit", "no order", "이탈", "해지")
    return record.task.kind == "binary" and (target.get("kind") == "no_event" or any(each in words for each in signs))


def _cutoff(store: Store, say: Text) -> str:
    return say("at {day}", day=store.facts["cutoff"]) if store.facts["cutoff"] else ""


def explained(predictor: Predictor, row: pd.DataFrame) -> tuple[JSON, pd.DataFrame]:
    """Return a customer's waterfall, in which sequences are by event, and the parts of words."""
    by_column, [by_word] = both(predictor, row)
    names, kinds = [str(name) for name in row.columns], {column.name: column.kind for column in predictor.columns}
    values = [_shown(row[name].iloc[0], kinds.get(name, "")) for name in names]
    return of_row(by_column.iloc[0], names, values, predictor.task), by_word


def _shown(value: object, kind: str) -> object:
    """Return a value for a sentence: None if missing, empty for a text."""
    return "" if kind == "text" and not pd.isna(value) else shown(value)


def similar(store: Store, place: int, record: Record, say: Text) -> tuple[str, Grid] | None:
    """Return the outcomes of similar customers as a sentence and a table; None without outcomes."""
    if store.history is None:
        return None
    frame, who, truth = store.history
    row, own = store.rows([place]), str(store.ids[place])
    weight = weights(record, list(frame.columns))
    skip = (who["id"].astype(str) == own).to_numpy() if record_has_key(store) else None
    near = nearest(frame, row, weight, skip=skip)
    if not len(near):
        return None
    columns = sorted(weight, key=lambda name: -weight[name])[:SHOWN]
    heads = (say("Customer"), say("Outcome"), *columns)
    cells = [
        (_named(who, i), _outcome(record.task, truth[i], say), *(shown(frame[name].iloc[i]) for name in columns))
        for i in map(int, near)
    ]
    mine = (say("this customer"), NOTHING, *(shown(row[name].iloc[0]) for name in columns))
    return _became(record.task, truth[near], say), Grid(heads, (mine, *cells), formats=("text", "text"))


def record_has_key(store: Store) -> bool:
    """Return whether ids come from the data, rather than being row numbers."""
    return store.facts["key"] is not None


def _named(who: pd.DataFrame, i: int) -> str:
    cutoff = str(who["cutoff"].iloc[i])
    return f"{who['id'].iloc[i]} ({cutoff})" if cutoff else str(who["id"].iloc[i]) or NOTHING


def _outcome(task: Task, truth: Any, say: Text) -> str:
    return say.number(float(truth)) if task.kind == "regression" else task.labels[int(truth)]


def _became(task: Task, truth: np.ndarray, say: Text) -> str:
    """Return the outcomes of similar customers in one sentence."""
    n = say.count(len(truth))
    if task.kind == "regression":
        low, middle, high = (say.number(float(each)) for each in np.quantile(truth, [0.1, 0.5, 0.9]))
        return say(
            "Of the {n} most similar customers with a known outcome, half had {middle} or less; most had {low} to "
            "{high}.",
            **{"n": n, "low": low, "middle": middle, "high": high},
        )
    place = 1 if task.kind == "binary" else int(np.bincount(truth.astype(int)).argmax())
    k = say.count(int((truth == place).sum()))
    return say(
        "Of the {n} most similar customers with a known outcome, {k} had the outcome '{label}'.",
        n=n,
        k=k,
        label=task.labels[place],
    )
