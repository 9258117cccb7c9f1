"""The dashboard in a browser: every page, wide and on a phone; ids, uploads, Korean."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pandas as pd
import pytest

import custpred as cp
from custpred.dashboard._words import translations
from custpred.source.base import Source
from tests.browser.conftest import COUNTED, GRAVE, PATIENT, RECIPES, SIZES
from tests.conftest import DATA, free_port

pytestmark = pytest.mark.slow
pytest.importorskip("streamlit", reason="needs the extra 'dashboard'")

PAGES = ("Customer", "List", "Campaign", "Model", "Profile", "New data", "Run", "About this model")
RUNS: dict[str, tuple[str, str, str, str]] = {
    "telco": ("telco_churn", "customers.path", "telco_churn/Telco-Customer-Churn.csv", "quickstart"),
    "shop": ("shop_churn_90d", "events.orders.path", "online_retail/online_retail.csv.gz", "shop_events"),
}
"""Each run's recipe, key and real table, and the recipe of made-up data without it."""
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
SIDEWAYS = """
() => {
  const main = document.querySelector('[data-testid="stMain"]'), page = document.documentElement;
  return Math.max(main.scrollWidth - main.clientWidth, page.scrollWidth - page.clientWidth);
}
"""
UNFOLD = """
() => {
  const walk = root => {
    for (const each of root.querySelectorAll("details:not([open]) > summary")) each.click();
    for (const each of root.querySelectorAll("*")) if (each.shadowRoot) walk(each.shadowRoot);
  };
  walk(document.querySelector('[data-testid="stMain"]'));
}
"""
PHONE = {
    "has_touch": True,
    "is_mobile": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile",
}
"""By its name Streamlit knows a phone, on which the menu closes after a choice."""
COMMAND = [sys.executable, "-c", "from custpred.cli import script; script()"]


@dataclass(frozen=True)
class Site:
    """A dashboard that reachable, its run, and the customers that it shows with their scores."""

    address: str
    run: Path
    scores: pd.DataFrame

    @property
    def key(self) -> str:
        """Return the name of the column with the ids."""
        return str(cp.load(self.run).predictor.intake.key)


def ran(name: str, folder: Path) -> Path:
    """Run the recipe of a dashboard in a folder."""
    recipe, key, path, instead = RUNS[name]
    real = (DATA / path).exists()
    keys = {**COUNTED, "models": ["logistic", "lightgbm"], **({key: str(DATA / path)} if real else {})}
    cp.run(RECIPES / f"{recipe if real else instead}.yaml", set=keys, out=folder, verbose=0)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Site]]:
    """Return a function that starts the dashboard of a run once."""
    started: list[subprocess.Popen[bytes]] = []

    @cache
    def served(name: str) -> Site:
        run = ran(name, tmp_path_factory.mktemp("dashboards") / name)
        port = free_port()
        with (run.parent / "served.log").open("wb") as log:
            command = [*COMMAND, "dashboard", str(run), "--port", str(port)]
            started.append(subprocess.Popen(command, stdout=log, stderr=log))
        reachable(f"http://127.0.0.1:{port}/_stcore/health")
        return Site(f"http://127.0.0.1:{port}", run, predicted(run))

    yield served
    for each in started:
        each.terminate()
        each.wait(20)


def reachable(address: str) -> None:
    """Wait until a server responds."""
    for _ in range(1200):
        try:
            urlopen(address, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(f"{address} does not answer")


def made(sample: str, rows: int) -> pd.DataFrame:
    """Return synthetic customers or events."""
    return Source.parse({"sample": sample, "rows": rows}).raw().frame


def predicted(run: Path) -> pd.DataFrame:
    """Return what ``custpred predict`` writes for the run's own customers or events."""
    keys = cp.load(run).record.recipe
    source = keys.get("customers") or keys["events"]["orders"]
    data = Path(source["path"]) if "path" in source else run.parent / "all.csv"
    if "sample" in source:
        made(source["sample"], source["rows"]).to_csv(data, index=False)
    out = run.parent / "scores.csv"
    subprocess.run([*COMMAND, "predict", str(run), str(data), "--out", str(out), "--reasons", "none"], check=True)
    with out.open(encoding="utf-8") as file:
        return pd.DataFrame(list(csv.DictReader(file)))


@contextmanager
def visited(browser: Any, address: str, size: str, scheme: str = "light") -> Iterator[tuple[Any, list[str]]]:
    """A page of the dashboard, with its errors and its requests to other machines."""
    width, height = SIZES[size]
    options = PHONE if size == "phone" else {}
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
    context.set_default_timeout(PATIENT)
    page, faults = context.new_page(), []
    page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    own = (address.split("/?")[0], address.split("/?")[0].replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(own) else faults.append(asked.url))
    try:
        page.goto(address)
        settle(page)
        yield page, faults
    finally:
        context.close()


def settle(page: Any) -> None:
    """Wait until the page has been drawn."""
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_timeout(200)
    page.wait_for_selector(SETTLED, timeout=60_000)
    page.wait_for_timeout(400)


def go(page: Any, title: str) -> None:
    """Choose a page from the menu, which a phone hides."""
    opener = page.get_by_test_id("stExpandSidebarButton")
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True)
    if opener.is_visible():
        opener.click()
    link.click()
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for(timeout=60_000)
    settle(page)


def unfold(page: Any) -> None:
    """Open everything that is folded."""
    page.evaluate(UNFOLD)
    settle(page)


def axe_violations(page: Any) -> list[str]:
    """Return the violations that axe rates serious or critical; no rule is excluded."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python")
    found = axe.Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found if each["impact"] in GRAVE]


@pytest.mark.parametrize(("size", "scheme"), [("wide", "dark"), ("phone", "light")])
@pytest.mark.parametrize("name", RUNS)
def test_every_page_is_clicked_through(
    browser: Any, site: Callable[[str], Site], name: str, size: str, scheme: str
) -> None:
    """No page has an error, a serious violation of axe, or scrolls sideways, all parts open."""
    shown = site(name)
    address = f"{shown.address}/?page=customer&lang=en&id={shown.scores[shown.key].iloc[0]}"
    with visited(browser, address, size, scheme) as (page, faults):
        for title in PAGES:
            go(page, title)
            unfold(page)
            assert page.get_by_test_id("stException").count() == 0, title
            assert page.evaluate(SIDEWAYS) <= 0, title
            assert axe_violations(page) == [], title
        assert faults == []


@pytest.mark.parametrize("name", RUNS)
def test_a_typed_id_shows_the_prediction_of_predict(browser: Any, site: Callable[[str], Site], name: str) -> None:
    """Probability and rank of the typed customer are those of the file of ``custpred predict``."""
    shown = site(name)
    wanted = shown.scores.iloc[11]
    score = next(wanted[column] for column in reversed(shown.scores.columns) if column.startswith("probability of "))
    with visited(browser, f"{shown.address}/?lang=en", "wide") as (page, faults):
        page.get_by_label("Customer's id").fill(wanted[shown.key])
        page.get_by_role("button", name="Predict").click()
        page.locator("h3", has_text=wanted[shown.key]).wait_for(timeout=60_000)
        values = page.locator("dd").all_inner_texts()
        assert f"{100 * float(score):.1f}%" in values
        assert f"{int(wanted['rank']):,} of {len(shown.scores):,}" in values
        assert f"id={wanted[shown.key]}" in page.url
        assert faults == []


def test_the_address_opens_a_customer_in_korean(browser: Any, site: Callable[[str], Site]) -> None:
    """``?page=customer&id=...&lang=ko`` shows the customer, with all words in Korean."""
    shown, korean = site("telco"), translations("ko")
    key = shown.scores[shown.key].iloc[3]
    with visited(browser, f"{shown.address}/?page=customer&id={key}&lang=ko", "phone") as (page, faults):
        assert page.locator("h3", has_text=key).count() == 1
        assert page.locator("h1").inner_text().strip() == korean["Customer"]
        assert page.locator("h3", has_text=korean["What if"]).count() == 1
        go(page, korean["Campaign"])
        assert page.get_by_text(korean["Success rate"]).count() >= 1
        assert faults == []


def test_an_upload_without_a_column_shows_the_coded_message(
    browser: Any, site: Callable[[str], Site], tmp_path: Path
) -> None:
    """The message has its code and names the column; a whole table is scored."""
    shown = site("telco")
    keys = cp.load(shown.run).record.recipe["customers"]
    rows = pd.read_csv(keys["path"] if "path" in keys else shown.run.parent / "all.csv", dtype=str).head(40)
    lost = next(name for name in rows if name.lower().startswith("contract"))
    rows.to_csv(tmp_path / "whole.csv", index=False)
    rows.drop(columns=lost).to_csv(tmp_path / "short.csv", index=False)
    with visited(browser, f"{shown.address}/?page=new_data&lang=en", "phone") as (page, faults):
        for file, shows in (("short.csv", "CP2102"), ("whole.csv", "40 customers scored")):
            page.locator("input[type=file]").set_input_files(tmp_path / file)
            page.get_by_text(file).first.wait_for(timeout=60_000)
            page.get_by_role("button", name="Score").click()
            page.get_by_text(shows).first.wait_for(timeout=60_000)
            settle(page)
            assert (page.get_by_text(f"'{lost}' is missing").count() > 0) == (file == "short.csv")
            assert page.evaluate(SIDEWAYS) <= 0
            assert axe_violations(page) == []
        assert faults == []


def test_a_run_is_started_and_watched(browser: Any, site: Callable[[str], Site], tmp_path: Path) -> None:
    """A table is uploaded, its target chosen, and the run's report shown at its end."""
    made("telecom", 300).to_csv(tmp_path / "people.csv", index=False)
    with visited(browser, f"{site('telco').address}/?page=run&lang=en", "wide") as (page, faults):
        page.locator("input[type=file]").set_input_files(tmp_path / "people.csv")
        page.get_by_text("Column to predict").wait_for(timeout=60_000)
        settle(page)
        page.get_by_role("button", name="Start").click()
        page.get_by_test_id("stProgress").wait_for(timeout=60_000)
        page.get_by_text("The run is done").wait_for(timeout=300_000)
        settle(page)
        assert page.get_by_text("Download the report (HTML)").count() == 1
        assert page.evaluate(SIDEWAYS) <= 0
        assert faults == []
