"""One Optuna study per family, in memory, asked and told by the driver alone; finished trials are copied to SQLite."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import TrialState

from custpred.search._space import Axis, axes, build
from custpred.spec import Choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.models.base import Model
    from custpred.search._trial import Entry, Limits, Trial

_STARTUP = 8  # scored trials of a family before its density is estimated; until then draws are by chance
_INVALID = 50  # proposals whose options do not go together, before a family is given up


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna from speaking, and leave the user's own settings as they were."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # multivariate and constant_liar are marked experimental since 2020
            yield
    finally:
        optuna.logging.set_verbosity(before)


def distribution(axis: Axis) -> optuna.distributions.BaseDistribution:
    """Return Optuna's form of a searched option."""
    mark = axis.mark
    if isinstance(mark, Choices):
        return optuna.distributions.CategoricalDistribution(mark.values)
    if axis.whole:
        return optuna.distributions.IntDistribution(int(mark.low), int(mark.high), log=mark.log and mark.low >= 1)
    return optuna.distributions.FloatDistribution(mark.low, mark.high, log=mark.log)


class Studies:
    """Proposes by TPE within a family, and chooses families by the rank of their best trial."""

    def __init__(self, entries: Sequence[Entry], limits: Limits) -> None:
        self._entries = entries
        self._chance = Random(limits.seed)
        self._best: dict[int, float] = {}
        self._axes = [axes(entry) for entry in entries]
        with quiet():
            self._spaces = [{name: distribution(axis) for name, axis in each.items()} for each in self._axes]
            self._studies = [_study(limits.seed + family) for family in range(len(entries))]
        self._copy = None
        if limits.store is not None:
            from custpred.search._copy import Copy

            self._copy = Copy(limits.store, entries)

    def choose(self, families: Sequence[int]) -> int:
        """Return a family: the one of rank r (1 is best) with a chance in proportion to 1 / r**1.5."""
        order = sorted(families, key=lambda family: -self._best.get(family, float("-inf")))
        return self._chance.choices(order, [(rank + 1) ** -1.5 for rank in range(len(order))])[0]

    def ask(self, family: int) -> tuple[Model, Any] | None:
        """Return a proposal and its Optuna trial; None where the family has nothing to search."""
        space = self._spaces[family]
        for _ in range(_INVALID if space else 0):
            with quiet():
                trial = self._studies[family].ask(space)
            model = build(self._entries[family], trial.params)
            if model is not None:
                return model, trial
            self._close(family, trial, None)
        return None

    def adopt(self, family: int, model: Model) -> Any:
        """Put a configuration on the study as a running trial, pulled into the ranges where it lies outside."""
        space = self._spaces[family]
        params = {name: _inside(axis, getattr(model, name)) for name, axis in self._axes[family].items()}
        if not space or None in params.values():
            return None
        with quiet():
            self._studies[family].enqueue_trial(params)
            return self._studies[family].ask(space)

    def tell(self, family: int, handle: Any, trial: Trial | None) -> None:
        """Tell the study a gain, or that the configuration is worse than any that has one."""
        if trial is not None and trial.scored:
            self._best[family] = max(self._best.get(family, trial.gain), trial.gain)
        if handle is not None:
            self._close(family, handle, trial)
        if self._copy is not None and trial is not None:
            with quiet():
                self._copy.add(family, trial, handle.params if handle else {}, self._spaces[family])

    def _close(self, family: int, handle: optuna.Trial, trial: Trial | None) -> None:
        with quiet():
            if trial is None:
                self._studies[family].tell(handle, state=TrialState.FAIL)
            elif trial.scored:
                self._studies[family].tell(handle, trial.gain)
            else:  # TPE counts a pruned trial without a value as worse than all others
                self._studies[family].tell(handle, state=TrialState.PRUNED)

    def close(self) -> None:
        """Close the database, if there is one."""
        if self._copy is not None:
            self._copy.close()


def _study(seed: int) -> optuna.Study:
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True, n_startup_trials=_STARTUP)
    return optuna.create_study(direction="maximize", sampler=sampler)


def _inside(axis: Axis, value: Any) -> Any:
    """Return the nearest value of the range; None where there is none."""
    if isinstance(axis.mark, Choices):
        return value if value in axis.mark.values else None
    return None if value is None else min(max(value, axis.mark.low), axis.mark.high)
