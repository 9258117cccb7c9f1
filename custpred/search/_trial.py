"""Input and output of a search: families, limits and trials."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from custpred.models.base import Model

Ended = Literal["ok", "failed", "timeout", "memory", "crash", "pruned", "skipped"]


@dataclass(frozen=True)
class Trial:
    """The result of a configuration; ``gain``: the first metric, negated if lower is better."""

    number: int
    model: Model
    status: Ended
    gain: float = float("nan")
    folds: tuple[float, ...] = ()
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    reason: str = ""

    @property
    def name(self) -> str:
        """Return the displayed name, such as ``lightgbm #3``."""
        return f"{self.model.kind()} #{self.number}"

    @property
    def usable(self) -> bool:
        """Return whether it is a scored model, and no baseline."""
        return self.scored and not self.model.baseline

    @property
    def scored(self) -> bool:
        """Return whether the trial succeeded with a finite gain."""
        return self.status == "ok" and abs(self.gain) < float("inf")  # nan compares as false


@dataclass(frozen=True)
class Entry:
    """A family in the search: its initial configurations, and the options that the recipe fixes."""

    model: Model
    starts: tuple[Model, ...]
    fixed: frozenset[str] = frozenset()
    beside: bool = False
    """Whether it is a baseline, not in the recipe: its trials do not count against a limit."""
    early: bool = True
    """Whether its first trial comes before those of other families if it is cheap."""

    def quick(self, model: Model) -> bool:
        """Return whether a first trial comes early, and may end after the deadline."""
        return model.cheap and self.early

    def owns(self, model: Model) -> bool:
        """Return whether a configuration belongs to this family and has the fixed options."""
        if type(model) is not type(self.model):
            return False
        return all(getattr(model, name) == getattr(self.model, name) for name in self.fixed)


def owner(entries: Sequence[Entry], model: Model) -> int | None:
    """Return the position of the first family that a configuration belongs to, or None."""
    return next((i for i, entry in enumerate(entries) if entry.owns(model)), None)


@dataclass(frozen=True)
class Limits:
    """When to stop: ``left()`` seconds (None: no limit), or ``trials`` of the recipe's models."""

    left: Callable[[], float | None]
    trials: int | None = None
    done: tuple[Trial, ...] = ()
    """Trials of an earlier run of the folder: counted, passed to the search, not repeated."""
    seed: int = 0


def identity(model: Model) -> str:
    """Return a text that is equal for two models only if they are the same configuration."""
    own = type(model)
    return f"{own.__module__}.{own.__qualname__} {json.dumps(model.dump(), sort_keys=True)}"


def has_model(trials: Iterable[Trial]) -> bool:
    """Return whether one of the trials is a scored model; baselines do not count."""
    return any(trial.usable for trial in trials)


def leading(trials: Iterable[Trial], most: int) -> list[Trial]:
    """Return the best scored trial of each kind, up to ``most``: members are seldom alike."""
    found: dict[str, Trial] = {}
    for trial in sorted((each for each in trials if each.usable), key=lambda each: -each.gain):
        found.setdefault(trial.model.kind(), trial)
    return list(found.values())[:most]
