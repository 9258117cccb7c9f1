"""Network diagnostics: sequence networks compared, learning curves, and one's gates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.sequence import FIRST, is_coded, parsed, step_name
from custpred.errors import DataError
from custpred.explain.gates import events, gates, present
from custpred.metrics._bootstrap import interval
from custpred.metrics.accuracy import Accuracy
from custpred.models._networks.recurrent_cells import GATES
from custpred.preparation import transform
from custpred.storage.files import load_state
from custpred.task import Fit
from custpred.training._figures.network_gates import outside
from custpred.training.blend import alone
from custpred.training.fold import handed_over

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.columns.fitted_step import FittedStep
    from custpred.inference.predictor import Member, Predictor
    from custpred.metrics.base import Metric
    from custpred.search._trial import Trial
    from custpred.storage.plain import JSON
    from custpred.task import Predictions
    from custpred.training.scorer import FoldScorer

MAX_TEST_ROWS = 5_000
"""Approximate maximum number of test customers that each network scores."""
N_WORDS, CANDIDATE_WORDS = 12, 400
"""Number of words of a synthetic text, and of the common words they are chosen from."""
MIN_CUSTOMERS = 10
"""Minimum number of customers with a level that may be shown."""


def diagnose(scorer: FoldScorer, trials: Sequence[Trial]) -> tuple[JSON, ...]:
    """Return each kind of network's best trial: scores, size, speed, learning curve, gradients."""
    found = []
    kinds = {type(trial.model) for trial in trials if trial.model.studied is not None}
    for kind in sorted(kinds, key=lambda kind: kind.studied or 0.0):
        own = [trial for trial in trials if trial.scored and type(trial.model) is kind]
        if own:
            found.append(_diagnosed(scorer, max(own, key=lambda trial: trial.gain)))
    return tuple(found)


def _diagnosed(scorer: FoldScorer, trial: Trial) -> JSON:
    predictions, _ = scorer.predictions(scorer.raw(trial.number))
    first, *_ = handed_over(len(scorer.held))
    history = load_state(scorer.trials / str(trial.number), f"fold{first}")["story"]
    scores = {"score": _measured(scorer.metric, predictions)}
    if scorer.task.kind != "regression":
        scores[Accuracy.kind()] = _measured(Accuracy(), predictions)
    # the first one also traces
    seconds = float(np.median([epoch["seconds"] for epoch in history["epochs"]]))
    own = {"name": trial.name, "kind": trial.model.kind(), "options": trial.model.model_dump(mode="json")}
    return {**own, **scores, **history, "seconds_per_epoch": seconds}


def tested(
    scorer: FoldScorer, networks: Sequence[JSON], trials: Sequence[Trial], frame: pd.DataFrame, scored: Predictions
) -> list[JSON]:
    """Return ``diagnose``'s results with ``test``: each network's accuracy or first metric.

    Parameters
    ----------
    frame
        The raw columns of the test customers, subsampled if many; nothing is chosen by the scores.
    scored
        Their true labels, in the same order.
    """
    metric = scorer.metric if scorer.task.kind == "regression" else Accuracy()
    chosen = np.arange(0, len(frame), max(1, len(frame) // MAX_TEST_ROWS))
    known, rows = scored.take(chosen), frame.iloc[chosen]
    named = {trial.name: trial for trial in trials}
    found = []
    for each in networks:
        predictor = alone(scorer.plan, scorer, named[each["name"]])
        measured = _measured(metric, replace(known, predicted=predictor.predict(rows)))
        found.append({**each, "test": measured, "test_rows": len(rows)})
    return found


def _measured(metric: Metric, predictions: Predictions) -> list[float]:
    return [metric.score(predictions), *interval(metric, predictions, draws=100)]


def strip(predictor: Predictor, frame: pd.DataFrame, *, made_up: bool = False) -> JSON:
    """Return the gates of the heaviest LSTM or GRU, averaged over units, by step of the first row.

    Parameters
    ----------
    frame
        Conforming rows.
    made_up
        Whether the row is synthetic: if it has no words, informative ones are used.

    Raises
    ------
    DataError
        If the blend has no recurrent network, or the row has no steps.
    """
    member = _recurrent(predictor)
    steps = predictor.preparations[member.preparation][0]
    fitted, X = member.fitted[0], transform(steps, frame.iloc[:1])
    human, words = _names(steps)
    X = _with_words(member, X, human, words, predictor) if made_up else X
    there = present(fitted, X)[0]
    if not there.any():
        raise DataError("This customer has no sequence steps for the network to read.", code="CP2406")
    labels, inside = events(fitted, X, human, words), gates(fitted, X)
    # Gates lie between 0 and 1; states of both signs would cancel out in a mean.
    rows = {
        name: np.abs(values[0]).mean(axis=1, dtype=float)[there].round(4).tolist() for name, values in inside.items()
    }
    shown = [label for label, step in zip(labels, there, strict=True) if step]
    return {"model": member.name, "cell": fitted.net.cell, "steps": shown, "rows": rows, "made_up": made_up}


def typical(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a synthetic row: medians of numbers and dates, most common levels of categories."""
    row: JSON = {}
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            counts = column.value_counts()
            level = counts.index[0] if len(counts) and counts.iloc[0] >= MIN_CUSTOMERS else None
            row[name] = pd.Categorical([level], dtype=column.dtype)
        elif column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
            row[name] = pd.Series([None], dtype=object)
        else:
            row[name] = [column.median()]
    return pd.DataFrame(row)


def diagnostics(
    scorer: FoldScorer,
    trials: Sequence[Trial],
    networks: Sequence[JSON],
    blend: Predictor,
    frames: tuple[pd.DataFrame, tuple[pd.DataFrame, Predictions] | None],
) -> JSON:
    """Return the networks with their test scores, and the gates for a synthetic customer.

    Parameters
    ----------
    networks
        As returned by ``diagnose``.
    frames
        The raw columns of training customers, and of test customers with labels; None: not scored.
    """
    train, test = frames
    found = list(networks) if test is None else tested(scorer, networks, trials, *test)
    own = [each for each in (blend, *outside(scorer, networks, trials, blend)) if _gated(each)]
    own = sorted(own, key=lambda each: (each is not blend, -len(GATES[_recurrent(each).model.kind()])))
    try:
        return {"networks": found, "strip": strip(own[0], typical(train), made_up=True) if own else {}}
    except DataError:  # the synthetic customer has no steps
        return {"networks": found, "strip": {}}


def _gated(predictor: Predictor) -> bool:
    return any(member.model.kind() in GATES for member in predictor.members)


def _recurrent(predictor: Predictor) -> Member:
    """Return the member with the largest weight that has gates, or else states."""
    known = [member for member in predictor.members if member.model.kind() in GATES]
    if not known:
        raise DataError(
            f"The final model has no {', '.join(GATES)} in it, so there are no gates to show.",
            code="CP2405",
            remedy="Run a recipe with models: [lstm].",
        )
    return max(known, key=lambda member: (len(GATES[member.model.kind()]) > 1, member.weight))


def _names(steps: Sequence[FittedStep]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the displayed name of each internal stem, and the meaning of their codes."""
    words: dict[str, list[str]] = {}
    for step in steps:
        if hasattr(step.spec, "words"):
            words |= step.spec.words(step.state)
    pairs = [(parsed(new), parsed(old)) for new, old in steps[-1].state.get("human", {}).items()]
    return {new[0]: old[0] for new, old in pairs if new and old}, words


def _with_words(
    member: Member, X: pd.DataFrame, human: Mapping[str, str], words: Mapping[str, Sequence[str]], predictor: Predictor
) -> pd.DataFrame:
    """Insert the words with the largest effects, in both directions, if the row has none."""
    X, layout = X.copy(), member.fitted[0].channels.layout
    for stem in layout.stems:
        known = len(words.get(human.get(stem, stem), ()))
        columns = [name for name in layout.names(stem) if name in layout.columns]
        if not is_coded(stem) or not known or X[columns].to_numpy().any():
            continue
        tried = np.arange(FIRST, FIRST + min(known, CANDIDATE_WORDS))
        alone = X.iloc[np.zeros(len(tried), int)].reset_index(drop=True)
        alone[step_name(stem, 0)] = tried.astype(np.float32)
        raw = member.model.raw(member.fitted[0], alone, Fit(predictor.task))
        order = tried[np.argsort(raw if raw.ndim == 1 else raw[:, -1], kind="stable")]
        half = min(N_WORDS, len(columns), len(order)) // 2
        chosen = np.ravel(np.column_stack([order[:half], order[::-1][:half]]))
        for back, code in enumerate(chosen):
            X[step_name(stem, back)] = np.float32(code)
    return X
