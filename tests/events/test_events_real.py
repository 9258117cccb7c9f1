"""Real orders: whitespace, eight-digit dates, returns, invoice lines, missing customers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custpred.recipe.file import read
from custpred.recipe.question import ask

RECIPES = Path(__file__).parents[2] / "recipes"
pytestmark = [pytest.mark.real, pytest.mark.slow]


def built(name: str, real: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, file: str) -> Any:
    """Return the data of a project recipe, or skip if they are absent."""
    monkeypatch.setenv("CUSTPRED_DATA", str(real(file).parents[1]))
    return ask(read(RECIPES / f"{name}.yaml"))


def test_cdnow_has_its_published_shape(real: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All 23,570 customers are there at week 39; 29.9 % buy again within 39 weeks."""
    labelled = built("repeat_purchase", real, monkeypatch, "cdnow/CDNOW_master.txt")
    frame, events = labelled.table.frame, labelled.table.facts["events"]
    assert len(frame) == 23_570
    assert events["legal"] == "1997-10-01"
    assert labelled.truth.mean() == pytest.approx(0.2994, abs=1e-4)
    assert frame["orders_days_since_first"].max() == 273
    assert (frame["orders_repeats"] > 0).mean() == pytest.approx(0.401, abs=0.001)


def test_online_retail_counts_invoices_not_lines(real: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows without a customer are reported, cancelled invoices dropped, cutoffs fit."""
    labelled = built("shop_churn_90d", real, monkeypatch, "online_retail/online_retail.csv.gz")
    table = labelled.table
    nobody = next(each for each in table.findings if each.code == "D150")
    assert (nobody.column, nobody.numbers["rows"]) == ("CustomerID", 135_080)
    events = table.facts["events"]
    assert (events["cutoffs"][-1]["cutoff"], events["cutoffs"][-1]["customers"]) == ("2011-08-27", 2811)
    assert table.frame["orders_count"].max() < 200
    assert table.frame["orders_amount_sum"].min() < 0


def test_spend_is_never_negative_and_often_zero(real: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is spent in the horizon is 0 for many and never negative, returns included."""
    labelled = built("customer_spend", real, monkeypatch, "online_retail/online_retail.csv.gz")
    assert labelled.truth.min() == 0
    assert 0.2 < (labelled.truth == 0).mean() < 0.6
