"""The Parzen estimator search, and its files."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

import optuna
from _search_toys import Hill, Plain, Pretend, Toys, Valley
from pydantic import Field

from custpred.search._lazy_studies import LazyStudies
from custpred.search._studies import Studies, quiet
from custpred.search._trial import Entry, Limits, Trial
from custpred.search.base import Search
from custpred.spec import Choices

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FAMILIES = [Entry(Valley(), (Valley(), Valley(x=-4))), Entry(Hill(), (Hill(),))]


def run(entries: list[Entry], limits: Limits) -> tuple[Trial, ...]:
    return Search.parse("tpe").run(entries, Toys(), Pretend(), limits)


def test_better_than_chance() -> None:
    """With as many trials it is nearer to the optimum than random search."""
    best = {}
    for kind in ("random", "tpe"):
        runs = [
            Search.parse(kind).run(FAMILIES[:1], Toys(), Pretend(), Limits(lambda: None, trials=40, seed=seed))
            for seed in range(5)
        ]
        best[kind] = sum(max(trial.gain for trial in trials) for trials in runs) / len(runs)
    assert best["tpe"] > best["random"]
    assert best["tpe"] > -1


def test_better_family_first() -> None:
    """The better family is searched more often, but not exclusively."""
    trials = run(FAMILIES, Limits(lambda: None, trials=60))
    valleys = sum(type(trial.model) is Valley for trial in trials)
    assert 33 < valleys < 60


def test_initial_configurations_are_in_the_study() -> None:
    """They are clipped to the range."""
    studies = Studies(FAMILIES, 0)
    handle = studies.adopt(0, Valley(x=-70, depth=3))
    studies.tell(0, handle, Trial(0, Valley(), "ok", -9.0))
    (trial,) = studies._studies[0].get_trials()
    assert trial.params == {"x": -10, "depth": 3, "shape": "flat"}
    assert trial.value == -9.0


def test_early_results_are_used_later() -> None:
    """Results from before the first proposal count: the better family is chosen more often."""
    late = LazyStudies(FAMILIES, Limits(lambda: None))
    for family, gain in ((0, -9.0), (1, 9.0), (0, -8.0)):
        handle = late.adopt(family, FAMILIES[family].model)
        late.tell(family, handle, Trial(family, FAMILIES[family].model, "ok", gain))
    chosen = [late.choose([0, 1]) for _ in range(200)]
    assert 0 < chosen.count(0) < chosen.count(1)
    assert late.ask(1) is not None


def test_configurations_outside_the_choices_are_not_in_the_study() -> None:
    """A start that no range can express is left out of the study."""

    class Odd(Valley):
        shape: Annotated[str, Field(description="Neither."), Choices("flat", "round")] = "steep"

    assert Studies([Entry(Odd(), (Odd(),))], 0).adopt(0, Odd()) is None


def test_failures_count_as_the_worst() -> None:
    """A failed trial counts as worse than all others; a stopped one does not count."""
    studies = Studies(FAMILIES, 0)
    for trial in (Trial(0, Valley(), "crash"), None):
        studies.tell(0, studies.adopt(0, Valley()), trial)
    states = [trial.state.name for trial in studies._studies[0].get_trials()]
    assert states == ["PRUNED", "FAIL"]


def test_a_family_without_ranges_is_tried_once() -> None:
    """A family without ranges is tried once."""
    assert len(run([Entry(Plain(), (Plain(),))], Limits(lambda: None, trials=9))) == 1


def test_optuna_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """The user's own verbosity is restored."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.INFO)
    try:
        run(FAMILIES, Limits(lambda: None, trials=12))
        assert optuna.logging.get_verbosity() == logging.INFO
    finally:
        optuna.logging.set_verbosity(before)
    assert capfd.readouterr() == ("", "")


def _stored(folder: Path, name: str) -> list[optuna.trial.FrozenTrial]:
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "study.journal"))
    with quiet():
        return optuna.load_study(study_name=name, storage=optuna.storages.JournalStorage(backend)).get_trials()


def test_copy_on_disk(tmp_path: Path) -> None:
    """Optuna reads the trials' numbers and gains, each once, also after resuming."""
    done = run(FAMILIES, Limits(lambda: None, trials=5))
    trials = run(FAMILIES, Limits(lambda: None, trials=8, done=done))
    for each in (done, trials):
        Search.parse("tpe").keep(tmp_path, FAMILIES, each)
        assert [path.name for path in tmp_path.iterdir()] == ["study.journal"]
    names = [Valley.kind(), f"{Hill.kind()}-2"]
    stored = {trial.user_attrs["number"]: trial.value for name in names for trial in _stored(tmp_path, name)}
    assert stored == {trial.number: trial.gain for trial in trials}


def test_a_damaged_copy_is_rewritten(tmp_path: Path) -> None:
    """A damaged copy does no harm: it is written again."""
    (tmp_path / "study.journal").write_bytes(b'{"op_code":0,"wor')
    trials = run(FAMILIES[:1], Limits(lambda: None, trials=3))
    Search.parse("tpe").keep(tmp_path, FAMILIES[:1], trials)
    assert [trial.value for trial in _stored(tmp_path, Valley.kind())] == [trial.gain for trial in trials]


def test_failed_trial_in_the_copy(tmp_path: Path) -> None:
    """A failed trial has no value, but its reason."""
    Search.parse("tpe").keep(tmp_path, FAMILIES[:1], [Trial(0, Valley(), "crash", reason="it broke")])
    (trial,) = _stored(tmp_path, Valley.kind())
    assert (trial.state.name, trial.value, trial.user_attrs["reason"]) == ("FAIL", None, "it broke")
