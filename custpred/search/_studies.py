"""One in-memory Optuna study per family, used only in the main process."""

from __future__ import annotations

import warnings
from collections import Counter
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

from custpred.search._space import Axis, axes, build
from custpred.spec import Choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import optuna

    from custpred.models.base import Model
    from custpred.search._trial import Entry, Trial
    from custpred.storage.plain import JSON

_STARTUP = 8  # random draws before a density
_INVALID = 50  # invalid combinations of options before a family is abandoned


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Optuna's logs and warnings, and restore the user's settings afterwards."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # experimental options since 2020
            yield
    finally:
        optuna.logging.set_verbosity(before)


def distribution(axis: Axis) -> optuna.distributions.BaseDistribution:
    """Return the Optuna distribution of a searched option."""
    import optuna

    mark = axis.mark
    if isinstance(mark, Choices):
        return optuna.distributions.CategoricalDistribution(mark.values)
    if axis.whole:
        return optuna.distributions.IntDistribution(int(mark.low), int(mark.high), log=mark.log and mark.low >= 1)
    return optuna.distributions.FloatDistribution(mark.low, mark.high, log=mark.log)


def space(entry: Entry) -> dict[str, optuna.distributions.BaseDistribution]:
    """Return the Optuna search space of a family."""
    with quiet():
        return {name: distribution(axis) for name, axis in axes(entry).items()}


def placed(entry: Entry, model: Model) -> JSON | None:
    """Return a model's searched options, clipped to the ranges; None if one cannot be."""
    found = {name: _inside(axis, getattr(model, name)) for name, axis in axes(entry).items()}
    return None if None in found.values() else found


class Studies:
    """Proposes configurations by TPE within families, chosen by the rank of their best trial."""

    def __init__(self, entries: Sequence[Entry], seed: int) -> None:
        self._entries = entries
        self._chance = Random(seed)
        self._best: dict[int, float] = {}
        self._tried: Counter[int] = Counter()
        self._scored: Counter[int] = Counter()
        self._spaces = [space(entry) for entry in entries]
        with quiet():
            self._studies = [_study(seed + family) for family in range(len(entries))]

    def choose(self, families: Sequence[int]) -> int:
        """Return a family; rank r (1 is best) has a probability proportional to s / r**1.5.

        s is the share of its trials that were not stopped early: a family whose trials fall behind
        at their first folds is tried less often, however good its first one was.
        """
        order = sorted(families, key=lambda family: -self._best.get(family, float("-inf")))
        shares = [(1 + self._scored[family]) / (1 + self._tried[family]) for family in order]
        return self._chance.choices(order, [share * rank**-1.5 for rank, share in enumerate(shares, 1)])[0]

    def ask(self, family: int) -> tuple[Model, object] | None:
        """Return a proposal and its Optuna trial; None if the family has nothing to search."""
        own = self._spaces[family]
        for _ in range(_INVALID if own else 0):
            with quiet():
                trial = self._studies[family].ask(own)
            model = build(self._entries[family], trial.params)
            if model is not None:
                return model, trial
            self._close(family, trial, None)
        return None

    def adopt(self, family: int, model: Model) -> object:
        """Add a configuration to the study as a running trial, clipped to the ranges."""
        params = placed(self._entries[family], model)
        if not params:
            return None
        with quiet():
            self._studies[family].enqueue_trial(params)
            return self._studies[family].ask(self._spaces[family])

    def tell(self, family: int, handle: object, trial: Trial | None) -> None:
        """Report a gain to the study, or a failure, which is worse than all others."""
        self._tried[family] += trial is not None
        if trial is not None and trial.scored:
            self._scored[family] += 1
            self._best[family] = max(self._best.get(family, trial.gain), trial.gain)
        if handle is not None:
            self._close(family, handle, trial)

    def _close(self, family: int, handle: optuna.Trial, trial: Trial | None) -> None:
        from optuna.trial import TrialState

        with quiet():
            if trial is None:
                self._studies[family].tell(handle, state=TrialState.FAIL)
            elif trial.scored:
                self._studies[family].tell(handle, trial.gain)
            else:  # TPE counts a pruned trial without a value as worse than all others
                self._studies[family].tell(handle, state=TrialState.PRUNED)


def _study(seed: int) -> optuna.Study:
    import optuna

    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True, n_startup_trials=_STARTUP)
    return optuna.create_study(direction="maximize", sampler=sampler)


def _inside(axis: Axis, value: Any) -> object:
    """Return the nearest value of the range; None if there is none."""
    if isinstance(axis.mark, Choices):
        return value if value in axis.mark.values else None
    return None if value is None else min(max(value, axis.mark.low), axis.mark.high)
