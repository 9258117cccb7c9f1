"""A copy of the finished trials in SQLite, for people who look at studies with Optuna's own tools.

The truth is the trials' own files: the search never reads the copy.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from custpred.search._studies import placed, quiet, space
from custpred.search._trial import owner
from custpred.storage import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from custpred.search._trial import Entry, Trial


def copy(folder: Path, entries: Sequence[Entry], trials: Sequence[Trial]) -> None:
    """Write ``study.sqlite`` anew, whole or not at all: a study per family with all its trials.

    It is made in memory: a commit per trial waits for no disk, and who is stopped meanwhile leaves nothing behind.
    """
    with quiet():
        storage = optuna.storages.RDBStorage("sqlite://")
        for i, name in enumerate(_names([entry.model.kind() for entry in entries])):
            study = optuna.create_study(storage=storage, study_name=name, direction="maximize")
            own = [trial for trial in trials if owner(entries, trial.model) == i]
            study.add_trials([_frozen(entries[i], trial) for trial in own])
        made: Any = storage.engine.raw_connection().driver_connection
        write(folder / "study.sqlite", made.serialize())
        storage.remove_session()
        storage.engine.dispose()


def _frozen(entry: Entry, trial: Trial) -> FrozenTrial:
    params = placed(entry, trial.model) or {}
    return optuna.trial.create_trial(
        state=TrialState.COMPLETE if trial.scored else TrialState.FAIL,
        value=trial.gain if trial.scored else None,
        params=params,
        distributions=space(entry) if params else {},
        user_attrs={"number": trial.number, "status": trial.status, "reason": trial.reason},
    )


def _names(kinds: Sequence[str]) -> list[str]:
    """Name the studies after their families; a family that comes twice is numbered."""
    seen: Counter[str] = Counter()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(kind if seen[kind] == 1 else f"{kind}-{seen[kind]}")
    return names
