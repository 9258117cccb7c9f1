"""What a search is given, and what it leaves: families, limits and trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from custpred.models.base import Model

Ended = Literal["ok", "failed", "timeout", "memory", "crash", "pruned", "skipped"]


@dataclass(frozen=True)
class Trial:
    """One configuration's result; ``gain`` is the first metric turned so that higher is better, nan if it failed."""

    number: int
    model: Model
    status: Ended
    gain: float = float("nan")
    folds: tuple[float, ...] = ()
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True)
class Entry:
    """A family that takes part: what is tried first, and the options that the recipe fixed."""

    model: Model
    starts: tuple[Model, ...]
    fixed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Limits:
    """When to stop: ``left()`` gives the seconds left (None: no limit); ``trials`` counts every finished trial."""

    left: Callable[[], float | None]
    trials: int | None = None
    done: tuple[Trial, ...] = ()
    """Trials of an earlier run of the same folder: told to the search, never repeated."""
    seed: int = 0
    store: Path | None = None
    """Folder for the search's own database; in memory where None."""
