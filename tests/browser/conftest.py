"""Pages of real runs, and a real browser to open them in."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import custpred as cp
from custpred.errors import CustpredWarning

RECIPES = Path(__file__).parents[2] / "recipes"
COUNTED = {"budget.time": None, "budget.work": 6}  # trials are counted: the same page on every machine
KOREAN = {"report.language": "ko", "business.currency": "KRW"}
PAGES: dict[str, tuple[str, dict[str, str], dict[str, object]]] = {
    "sample": ("quickstart", {}, COUNTED),
    "korean": ("quickstart", {}, {**COUNTED, **KOREAN}),
    "telco_churn": ("telco_churn", {"customers.path": "telco_churn/Telco-Customer-Churn.csv"}, {}),
    "shop_churn_90d": ("shop_churn_90d", {"events.orders.path": "online_retail/online_retail.csv.gz"}, {}),
    "customer_spend": ("customer_spend", {"events.orders.path": "online_retail/online_retail.csv.gz"}, KOREAN),
    "customer_segment": ("customer_segment", {"customers.path": "customer_segmentation/Train_aBjfeNk.csv"}, {}),
    "nsmc_sentiment": ("nsmc_sentiment", {"customers.path": "nsmc/ratings_*.txt"}, KOREAN),
}
"""Each page's recipe, its table among the real ones, and further keys."""
GRAVE = {"serious", "critical"}
"""Impacts of axe's rules that must not be found."""
PATIENT = 180_000
"""Milliseconds that a browser may take on a busy machine."""
SIZES = {"wide": (1280, 900), "tablet": (718, 1000), "phone": (360, 740)}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window; absent, these tests are skipped."""
    play = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with play.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory, real: Callable[[str], Path]) -> Callable[[str], Path]:
    """The report of a recipe's short run; made on first use."""

    @cache
    def made(name: str) -> Path:
        recipe, tables, keys = PAGES[name]
        folder = tmp_path_factory.mktemp("pages") / name
        paths = {key: str(real(path.split("/")[0]) / path.split("/")[1]) for key, path in tables.items()}
        with warnings.catch_warnings():  # a busy machine may warn that the budget is small
            warnings.simplefilter("ignore", CustpredWarning)
            cp.run(RECIPES / f"{recipe}.yaml", set={"budget": "10s", **paths, **keys}, out=folder, verbose=0)
        return folder / "report.html"

    return made
