"""Out-of-fold scores of a blend's members, to blend some of them again without the others."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from custpred.ensemble._library import Library
from custpred.ensemble.base import Ensemble
from custpred.metrics.base import Metric
from custpred.policy import Policy
from custpred.storage.files import load_arrays, save_arrays
from custpred.task import Predictions
from custpred.text import plural, score_text

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from pathlib import Path

    from custpred.inference.predictor import Predictor
    from custpred.storage.plain import State

    Scores: TypeAlias = tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray | None]

FILE = "out_of_fold.npz"
MAX_ROWS = 200_000
"""Maximum number of rows that are stored, evenly spaced."""


@dataclass(frozen=True)
class OutOfFold:
    """Raw scores of the members by models that did not see the row, and how they were blended.

    Parameters
    ----------
    names
        The members, best first.
    raws : ndarray of shape (n_members, n) or (n_members, n, n_classes), float32
        Logits, log-probabilities or values.
    truth : ndarray of shape (n,)
        Class codes or values.
    weight : ndarray of shape (n,), optional
        Weight of each row; None if all are equal.
    """

    names: tuple[str, ...]
    raws: np.ndarray
    truth: np.ndarray
    weight: np.ndarray | None
    ensemble: Ensemble
    metric: Metric
    seed: int

    @classmethod
    def of(
        cls, names: Sequence[str], raws: Sequence[np.ndarray], held: Predictions, how: tuple[Ensemble, Metric, int]
    ) -> Self:
        """Return the scores of a blend's members; ``how``: its ensemble, metric and seed."""
        step = max(1, -(-len(held) // MAX_ROWS))
        weight = None if held.weight is None else held.weight[::step]
        kept = np.stack([raw[::step] for raw in raws]).astype(np.float32)
        return cls(tuple(names), kept, held.truth[::step], weight, *how)

    def blended(self, predictor: Predictor, without: Set[str]) -> Predictor:
        """Return the predictor without some members: weights, calibration, policy learned again."""
        places = [place for place, name in enumerate(self.names) if name not in without]
        raws = [self.raws[place].astype(float) for place in places]
        known = {each.name: each.model.kind() for each in predictor.members}
        kinds = [known.get(self.names[place], "") for place in places]
        library = Library(raws, self.truth, predictor.task, self.metric, self.weight, kinds)
        weights = self.ensemble.weigh(library, self.seed)
        rows = {} if self.weight is None else {"weight": self.weight}
        shares = {self.names[place]: share for place, share in zip(places, weights.tolist(), strict=True)}
        members = [replace(each, weight=shares[each.name]) for each in predictor.members if shares.get(each.name)]
        new = replace(predictor, members=tuple(members))
        state = new.calibrate.learn(self._raw(new), self.truth, new.task, **rows)
        new = replace(new, calibration=state)
        return replace(new, policy=Policy.learn(new.policy.business, self.metric, self._predictions(new)))

    def compared(self, before: Predictor, after: Predictor) -> str:
        """Return a sentence with the scores of the blend and of the blend of fewer members."""
        scores = [score_text(self.metric.score(self._predictions(each))) for each in (before, after)]
        return (
            f"The other members were blended again: out of fold, {self.metric.name()} is {scores[1]} on "
            f"{plural(len(self.truth), 'row')}; that of all members is {scores[0]}."
        )

    def _raw(self, predictor: Predictor) -> np.ndarray:
        weights = {each.name: each.weight for each in predictor.members}
        return np.asarray(np.tensordot([weights.get(name, 0.0) for name in self.names], self.raws, axes=1))

    def _predictions(self, predictor: Predictor) -> Predictions:
        predicted = predictor.calibrated(self._raw(predictor))
        return Predictions(predictor.task, self.truth, predicted, self.weight)

    def save(self, folder: Path) -> None:
        """Write one NumPy file."""
        how = {"ensemble": self.ensemble.dump(), "metric": self.metric.dump(), "seed": self.seed}
        arrays: State = {"raws": self.raws, "truth": self.truth, "how": json.dumps({"names": self.names, **how})}
        if self.weight is not None:
            arrays["weight"] = self.weight
        save_arrays(folder / FILE, arrays, packed=True)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Load the file of ``save``; None if there is none, as in folders of older versions.

        Raises
        ------
        ModelFileError
            CP5202 if the file is damaged.
        """

        def parts(kept: State) -> tuple[State, Scores]:
            how = json.loads(str(kept["how"]))
            return how, (tuple(how["names"]), kept["raws"], kept["truth"], kept.get("weight"))

        found = load_arrays(folder, FILE, parts)
        if found is None:
            return None
        how, own = found
        return cls(*own, Ensemble.parse(how["ensemble"]), Metric.parse(how["metric"]), how["seed"])
