"""A telecom run and an events run, fitted once, and the dashboard's pages without a browser."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import custpred as cp
from custpred.lazy import installed

SMALL = {"engine": "inline", "budget": {"work": 2, "jobs": 1}, "models": [{"kind": "lightgbm", "rounds": 12}]}
MONEY = {"contact_cost": 1, "offer_cost": 10, "success_rate": 0.3, "capacity": 40, "currency": "USD"}
WHAT_IF = {"tenure": "fixed", "age": "can_increase", "monthly_charges": {"range": [20, 100]}}


def _ran(folder: Path, **keys: Any) -> cp.Result:
    from custpred.recipe.file import from_keys

    return cp.run(from_keys(keys), out=folder)


@pytest.fixture(scope="session")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> cp.Result:
    """Return a run on synthetic customers, with costs and rules for what-if."""
    value = {"column": "monthly_charges", "times": 12, "margin": 0.4}
    return _ran(
        tmp_path_factory.mktemp("telecom") / "run",
        target={"column": "churn", "positive": "yes"},
        customers={"sample": "telecom", "rows": 600, "key": "customer_id"},
        split={"kind": "stratified", "folds": 2},
        business={"value": value, **MONEY},
        what_if=WHAT_IF,
        privacy={"sensitive": ["city"]},
        **SMALL,
    )


@pytest.fixture(scope="session")
def orders(tmp_path_factory: pytest.TempPathFactory) -> cp.Result:
    """Return a run on synthetic orders."""
    return _ran(
        tmp_path_factory.mktemp("orders") / "run",
        target={"kind": "no_event", "gap": "7d", "horizon": "60d", "eligible": {"events_in": "180d"}},
        events={"orders": {"sample": "shop", "rows": 200}},
        cutoffs={"every": "2mo", "count": 4},
        features=["rfm"],
        **SMALL,
    )


@pytest.fixture(scope="session")
def opened() -> Callable[[cp.Result], Any]:
    """Return the function that opens a run once, as the command does."""
    from custpred.dashboard.launch import opening

    known: dict[Path, Any] = {}

    def opened(result: cp.Result) -> Any:
        if result.folder not in known:
            known[result.folder] = opening(result.folder, None, None, lambda line: None, plugins=False)
        return known[result.folder]

    return opened


@pytest.fixture(scope="session")
def components() -> Callable[[], list[Any]]:
    """Cache the search for components in all installed packages, which takes a second per page."""
    if not installed("streamlit"):
        pytest.skip("streamlit is not installed")
    from streamlit.components.v2 import manifest_scanner

    return cache(manifest_scanner.scan_component_manifests)


@pytest.fixture
def page(
    opened: Callable[[cp.Result], Any], components: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Return a function that shows a page of a run's dashboard at some address."""
    from streamlit.components.v2 import manifest_scanner
    from streamlit.testing.v1 import AppTest

    from custpred.dashboard import launch

    monkeypatch.setattr(sys, "argv", ["custpred"])
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", components)

    def show(result: cp.Result, name: str, **address: str) -> AppTest:
        launch.served[:] = [opened(result)]
        app = AppTest.from_file(str(Path(launch.__file__).with_name("app.py")), default_timeout=60)
        for key, value in {"page": name, **address}.items():
            app.query_params[key] = value
        return app.run()

    return show
