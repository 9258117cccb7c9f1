"""Shared by all tests: paths of real data, a clean process state, and one small search."""

from __future__ import annotations

import contextvars
import csv
import gc
import importlib.util
import logging
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from custpred.ensemble._library import Library
from custpred.ensemble.base import Ensemble

if TYPE_CHECKING:
    from types import ModuleType

    from custpred.search._trial import Trial
    from custpred.split.base import Folds
    from custpred.target.base import Labelled
    from custpred.training.blend import Blend
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

SECRET = "s3cr:t@pa/ss"
"""Password of the tests' own database server."""
DATA = Path(os.environ.get("CUSTPRED_DATA", Path(__file__).parents[2] / "shared" / "data"))
SHARED = (
    ("tests/dashboard/",),
    ("tests/house/",),
    ("tests/monitoring/",),
    ("tests/serving/",),
    tuple(f"tests/journey/test_journey_{name}.py" for name in ("cli", "json_output", "run")),  # a command's run
    tuple(f"tests/models/test_models_{name}.py" for name in ("sequential", "layers", "next_word")),  # TensorFlow
    tuple(f"tests/features/test_features_{name}.py" for name in ("texts", "whole_words")),  # Kiwi
)
"""Folders and files where each process would first fit, parse or load what all their tests read."""
LONGEST = (
    "tests/house/",
    "tests/monitoring/",
    "tests/models/test_models_sequential.py",
    "tests/contract/test_models.py",
    "tests/dashboard/",
    "tests/journey/test_journey_cli.py",
    "tests/journey/test_journey_python.py",
    "tests/journey/test_journey_stops.py",
    "tests/journey/test_journey_verdict.py",
    "tests/test_estimators.py",
    "tests/test_extending.py",
)
"""What takes longest, computing or waiting: files, or the first names of ``SHARED``."""
ENVIRONMENT = {name for name in os.environ if not name.startswith("PYTEST_")}
ENVIRONMENT |= {"CUSTPRED_DATA", "OMP_NUM_THREADS", "PYTHONHASHSEED", "PYTHONPATH", "TMPDIR"}
"""Variables that no test may leave changed; libraries set others when they are loaded."""
RAN: Counter[str] = Counter()
"""How many tests of each file this process has run."""
SMALL = (
    {"kind": "logistic", "transform": "quantile"},
    {"kind": "lightgbm", "rounds": 12},
    {"kind": "xgboost", "rounds": 12},
    {"kind": "extra_trees", "trees": 8},
    {"kind": "catboost", "rounds": 12},
    {"kind": "mlp", "epochs": 2, "width": 8},
)
"""A model of every family, as small as it can be."""


def together(nodeid: str) -> str:
    """Return what tests run in one process: those of a file, or of files that share runs."""
    file = nodeid.partition("::")[0]
    return next((names[0] for names in SHARED if file.startswith(names)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let one process run what belongs together, in the order of the tests.

    Names of tests decide: with pytest 9.2, xdist 3.8 does not see the groups that marks name.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    config.option.loadscopereorder = False  # it would begin with many short tests
    return Together(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is alone with it at the end."""
    assert [name for name in LONGEST if not (Path(__file__).parents[1] / name).exists()] == []
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(together(item.nodeid), len(rank)))


def kept() -> dict[str, Any]:
    """Return what a test file must leave as it found it: later files of its process see it."""
    optuna = sys.modules.get("optuna")
    ours = (var for module in ours_loaded() for var in vars(module).values())
    known = {var for var in ours if isinstance(var, contextvars.ContextVar)}
    return {
        **{f"variable {name}": os.environ.get(name) for name in ENVIRONMENT},
        "context": {var.name: value for var, value in contextvars.copy_context().items() if var in known},
        "current folder": os.getcwd(),  # noqa: PTH109 (a text, as it was)
        "sys.path": list(sys.path),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "logging": (logging.root.level, logging.root.manager.disable),
        "csv.field_size_limit": csv.field_size_limit(),
        "numpy.geterr": np.geterr(),
        "Optuna's verbosity": optuna.logging.get_verbosity() if optuna else logging.INFO,
    }


def ours_loaded() -> list[ModuleType]:
    """Return the loaded modules of the package."""
    return [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "custpred"]


def pytest_runtest_logstart(nodeid: str) -> None:
    """Count the tests of each file that this process runs or skips."""
    RAN[nodeid.partition("::")[0]] += 1


@pytest.fixture(scope="module", autouse=True)
def _apart(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a file's tests are spread over processes, or leave something in theirs."""
    before, session = kept(), request.session
    yield
    assert [name for name, value in kept().items() if value != before[name]] == [], "left changed for later tests"
    if getattr(session.config.option, "loadgroup", False) and not (session.shouldstop or session.shouldfail):
        own = f"{request.node.nodeid}::"
        assert RAN[own[:-2]] == sum(item.nodeid.startswith(own) for item in session.items), "other processes run it too"


def pytest_configure() -> None:
    """Do not ignore Ctrl-C, as shells do for background processes and their children.

    Hypothesis does not judge speed either, which depends on other work on the machine.
    """
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any machine")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Collect garbage rarely, and not among loaded modules: it took a tenth of the suite's time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """Return a function that gives the path of a real data file, or skips with a reason."""

    def path(name: str) -> Path:
        found = DATA / name
        if not found.exists():
            pytest.skip(f"real data set {name} is not on this machine; set CUSTPRED_DATA to its folder")
        return found

    return path


@pytest.fixture(scope="session")
def dask_cluster() -> Callable[..., Any]:
    """Return a context: a Dask cluster of processes on this machine; or skip with a reason."""
    dask = pytest.importorskip("dask", reason="Dask is not installed (extra: dask)")
    distributed = pytest.importorskip("distributed", reason="Dask is not installed (extra: dask)")

    @contextmanager
    def started(workers: int, *, daemon: bool = False) -> Iterator[Any]:
        own = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "memory_limit": 0, "silence_logs": 50}
        with (
            patch.dict(os.environ),  # Dask sets there the threads and the hash seed of its workers
            dask.config.set({"distributed.worker.daemon": daemon}),  # also for workers that a nanny starts again
            distributed.LocalCluster(n_workers=workers, **own) as made,
        ):
            yield made

    return started


@pytest.fixture(scope="module")
def cluster(dask_cluster: Callable[..., Any]) -> Iterator[Any]:
    """Return a Dask cluster of two processes, which may have children and cost time if idle."""
    with dask_cluster(2) as made:
        yield made


class Uneven(Ensemble):
    """Weights of every member, all different: no two can be exchanged unnoticed."""

    def weigh(self, library: Library, seed: int = 0) -> np.ndarray:
        """Return weights that decrease from the best member to the last, such as 3, 2, 1."""
        falling = np.arange(len(library), 0, -1.0)
        return falling / falling.sum()


@dataclass(frozen=True)
class World:
    """A small search from its table to its blend, with all that stands between them."""

    labelled: Labelled
    folds: Folds
    plan: Plan
    scorer: FoldScorer
    trials: tuple[Trial, ...]
    blend: Blend


def customers(rows: int = 360, seed: int = 0) -> pd.DataFrame:
    """Return customers with all kinds of columns, missing values, and a dependent label."""
    draw = np.random.default_rng(seed)
    income = draw.lognormal(8, 1, rows).round(2)
    plan = draw.choice(["basic", "plus", "pro"], rows, p=[0.5, 0.3, 0.2]).astype(object)
    city = np.array([f"city {n:02d}" for n in np.minimum(draw.geometric(0.12, rows), 30)], dtype=object)
    logit = 0.8 * np.log(income / 3000) + 1.5 * (plan == "basic") - 1.3
    left = draw.random(rows) < 1 / (1 + np.exp(-logit))
    income[draw.random(rows) < 0.1] = np.nan
    plan[:4] = "rare plan 7731"
    return pd.DataFrame(
        {
            "customer": [f"secret-id-{n:05d}" for n in draw.permutation(rows)],
            "remark": [f"private note {n} of a customer who wrote {n * 7919} words" for n in range(rows)],
            "income": income,
            "visits": draw.poisson(1.5, rows),
            "plan": plan,
            "city": city,
            "joined": pd.Timestamp("2021-03-01") + pd.to_timedelta(draw.integers(0, 900, rows), "D"),
            "left": np.where(left, "yes", "no"),
        }
    )


@pytest.fixture(scope="session")
def people() -> Callable[..., pd.DataFrame]:
    """Return the function that makes customers."""
    return customers


def searched(folder: Path, **keys: Any) -> World:
    """Search in this process, without the report's parts."""
    from custpred.budget import Budget, Clock
    from custpred.engine.inline import Inline
    from custpred.recipe.file import from_keys
    from custpred.training.blend import combine
    from custpred.training.plan import resolve, resolve_split
    from custpred.training.scorer import scorer_on_disk
    from custpred.training.search_session import warmed_up

    small = {"engine": "inline", "search": "none", "split": {"kind": "stratified", "folds": 2}, "budget": {"jobs": 1}}
    source = {"kind": "frame", "data": keys.pop("data", None), "key": keys.pop("key", None)}
    recipe = from_keys({"customers": source, **small, **keys})
    labelled = recipe.target.label(recipe.customers.read(target=recipe.target.name()))
    recipe, _ = resolve_split(recipe, labelled.table)
    folds = recipe.split.split(labelled.table, labelled.truth, labelled.task, recipe.seed)
    plan = resolve(recipe, labelled.table.take(folds.train), labelled.task)
    (folder / "scratch").mkdir(parents=True)
    clock = Clock(Budget())
    scorer = scorer_on_disk(plan, labelled.take(folds.train), folds, folder / "scratch", folder / "trials", clock)
    with Inline().open(1) as beside, warmed_up(scorer, clock, beside) as session:
        trials = session.search(len(folds.test), lambda event, what: None).trials
    return World(labelled, folds, plan, scorer, trials, combine(plan, scorer, trials))


@pytest.fixture(scope="session")
def search(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """Return a function that searches customers with the given recipe keys."""
    return lambda **keys: searched(tmp_path_factory.mktemp("world"), **keys)


@pytest.fixture(scope="session")
def uneven() -> Ensemble:
    """Return an ensemble that gives every member a weight."""
    return Uneven()


@pytest.fixture(scope="session")
def world(search: Callable[..., World]) -> World:
    """Search customers once, with a model of every installed family; the blend has all."""
    from custpred.lazy import installed

    models = [each for each in SMALL if each["kind"] != "catboost" or installed("catboost")]
    return search(data=customers(), target="left", key="customer", models=models, ensemble=Uneven())


def _benchmark(name: str) -> Any:
    """Return a module of the benchmarks, which are not a package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


local_postgres = _benchmark("postgres")
free_port = local_postgres.free_port


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start a local PostgreSQL server; return its address, the password is in SHOP_PASSWORD."""
    if local_postgres.programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    pytest.importorskip("psycopg", reason="psycopg is not installed (extra: postgres)")
    with local_postgres.started(SECRET) as port:
        yield f"postgresql://{local_postgres.USER}:${{ENV:SHOP_PASSWORD}}@127.0.0.1:{port}/postgres"


@pytest.fixture
def postgres(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the server's address, with its password in the environment."""
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    return server
