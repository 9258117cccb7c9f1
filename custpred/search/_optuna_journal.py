"""A copy of the finished trials in an Optuna journal, for inspection with Optuna's tools.

The trials' own files are authoritative: the search never reads the copy.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import optuna
from optuna.storages.journal import BaseJournalBackend
from optuna.trial import FrozenTrial, TrialState

from custpred.search._studies import placed, quiet, space
from custpred.search._trial import owner
from custpred.storage.files import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from custpred.search._trial import Entry, Trial
    from custpred.storage.plain import JSON


NAME = "study.journal"


class _Lines(BaseJournalBackend):
    """A journal in memory: the file is written once, so that no trial waits for a disk."""

    def __init__(self) -> None:
        self.lines: list[JSON] = []

    def read_logs(self, log_number_from: int) -> Iterable[JSON]:
        return self.lines[log_number_from:]

    def append_logs(self, logs: list[JSON]) -> None:
        self.lines += logs


def copy(folder: Path, entries: Sequence[Entry], trials: Sequence[Trial]) -> None:
    """Rewrite ``study.journal`` atomically, with one study per family."""
    journal = _Lines()
    with quiet():
        storage = optuna.storages.JournalStorage(journal)
        for i, name in enumerate(_names([entry.model.kind() for entry in entries])):
            study = optuna.create_study(storage=storage, study_name=name, direction="maximize")
            own = [trial for trial in trials if owner(entries, trial.model) == i]
            study.add_trials([_frozen(entries[i], trial) for trial in own])
    write(folder / NAME, "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in journal.lines))


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
    """Name the studies after their families; repeated families are numbered."""
    seen: Counter[str] = Counter()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(kind if seen[kind] == 1 else f"{kind}-{seen[kind]}")
    return names
