"""A copy of the finished trials in SQLite, for people who look at studies with Optuna's own tools.

The truth is the trials' own files: the search never reads the copy, so a torn one costs nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import TrialState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from custpred.search._trial import Entry, Trial


class Copy:
    """One database with a study per family; written by the driver alone, opened when the first trial ends."""

    def __init__(self, folder: Path, entries: Sequence[Entry]) -> None:
        self._path = folder / "study.sqlite"
        self._names = _names([entry.model.kind() for entry in entries])
        self._storage: Any = None
        self._studies: list[optuna.Study] = []
        self._held: set[tuple[int, int]] = set()

    def add(self, family: int, trial: Trial, params: dict[str, Any], space: dict[str, Any]) -> None:
        """Add a finished trial, unless an earlier run has."""
        if self._storage is None:
            self._open()
        if (family, trial.number) in self._held:
            return
        self._held.add((family, trial.number))
        frozen = optuna.trial.create_trial(
            state=TrialState.COMPLETE if trial.scored else TrialState.FAIL,
            value=trial.gain if trial.scored else None,
            params=params,
            distributions=space if params else {},
            user_attrs={"number": trial.number, "status": trial.status, "reason": trial.reason},
        )
        self._studies[family].add_trial(frozen)

    def close(self) -> None:
        """Close the database."""
        if self._storage is not None:
            self._storage.remove_session()
            self._storage.engine.dispose()

    def _open(self) -> None:
        from sqlalchemy.exc import DatabaseError

        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connect()
        except (DatabaseError, optuna.exceptions.StorageInternalError):
            self._path.replace(self._path.with_suffix(".damaged"))
            self._connect()

    def _connect(self) -> None:
        self._storage = optuna.storages.RDBStorage(f"sqlite:///{self._path}")
        self._studies = [
            optuna.create_study(storage=self._storage, study_name=name, direction="maximize", load_if_exists=True)
            for name in self._names
        ]
        for family, study in enumerate(self._studies):
            for each in study.get_trials(deepcopy=False):
                if each.state == TrialState.RUNNING:  # left by a program that was killed
                    study.tell(each.number, state=TrialState.FAIL)
                self._held.add((family, each.user_attrs.get("number", -1)))


def _names(kinds: Sequence[str]) -> list[str]:
    """Name the studies after their families; a family that comes twice is numbered."""
    seen: Counter[str] = Counter()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(kind if seen[kind] == 1 else f"{kind}-{seen[kind]}")
    return names
