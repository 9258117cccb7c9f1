"""Runs of each task on small tables, and a client that calls their server in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

import custpred as cp

pytest.importorskip("fastapi", reason="FastAPI is not installed (extra: serve)")
httpx = pytest.importorskip("httpx")

LEAN = {"search": "none", "engine": "inline", "models": ["logistic"], "budget": {"work": 1, "jobs": 1}}
LEAN |= {"split": {"kind": "stratified", "folds": 2, "test": 0.3}}
MONEY = {"contact_cost": 1, "offer_cost": 10, "success_rate": 0.3, "capacity": 40, "currency": "USD"}


def ran(folder: Any, **keys: Any) -> cp.Result:
    """Run a small recipe."""
    from custpred.recipe.file import from_keys

    return cp.run(from_keys({**LEAN, **keys}), out=folder)


@pytest.fixture(scope="session")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> cp.Result:
    """Return a run of two classes whose decision needs each customer's value."""
    return ran(
        tmp_path_factory.mktemp("served") / "telecom",
        name="telecom",
        customers={"sample": "telecom", "rows": 400, "key": "customer_id"},
        target={"column": "churn", "positive": "yes"},
        models=[{"kind": "lightgbm", "rounds": 12}, "logistic"],
        business={"value": {"column": "monthly_charges", "times": 12, "margin": 0.4}, **MONEY},
    )


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, telecom: cp.Result, people: Callable[..., pd.DataFrame]
) -> dict[str, tuple[cp.Result, pd.DataFrame]]:
    """Return a run of each task with its table: two classes, several, and amounts."""
    home, frame = tmp_path_factory.mktemp("tasks"), people(160).drop(columns="remark")
    source = {"kind": "frame", "data": frame, "key": "customer"}
    amounts = {**LEAN, "split": {"kind": "plain", "folds": 2, "test": 0.3}, "models": ["linear"]}
    return {
        "binary": (telecom, _own(telecom)),
        "multiclass": (ran(home / "several", customers=source, target="plan"), frame),
        "regression": (ran(home / "amounts", customers=source, target="visits", **amounts), frame),
    }


def _own(result: cp.Result) -> pd.DataFrame:
    from custpred.source.base import Source

    return Source.parse(result.record.recipe["customers"]).raw().frame


@dataclass
class Client:
    """Calls a server in this process; each call is one round of an event loop."""

    app: Any
    base: str = "http://127.0.0.1"

    def __call__(self, method: str, path: str, **more: Any) -> Any:
        """Send one request."""
        return self.every([(method, path, more)])[0]

    def every(self, calls: list[tuple[str, str, dict[str, Any]]]) -> list[Any]:
        """Send requests concurrently."""

        async def run() -> list[Any]:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
                waiting: list[Coroutine[Any, Any, Any]] = [
                    client.request(method, path, **more) for method, path, more in calls
                ]
                return list(await asyncio.gather(*waiting))

        return asyncio.run(run())


@pytest.fixture(scope="session")
def client(telecom: cp.Result) -> Client:
    """Return a client of the telecom run's server."""
    from custpred.serving.app import application

    return Client(application(telecom))


@pytest.fixture(scope="session")
def calling() -> type[Client]:
    """Return a function that makes a client of any application."""
    return Client


@pytest.fixture(scope="session")
def rows(telecom: cp.Result) -> list[dict[str, Any]]:
    """Return the telecom run's customers as JSON holds them."""
    return plain_rows(_own(telecom))


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as JSON holds them."""
    import json

    return list(json.loads(frame.to_json(orient="records", date_format="iso")))


@pytest.fixture(scope="session")
def as_json() -> Callable[[pd.DataFrame], list[dict[str, Any]]]:
    """Return a function that turns a table into rows of JSON."""
    return plain_rows
