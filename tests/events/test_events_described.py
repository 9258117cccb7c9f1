"""The report's description of a task on events: population, other horizons, and retention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custpred.events.survival import kaplan_meier
from custpred.recipe.question import ask

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = {"kind": "no_event", "gap": "7d", "horizon": "30d", "eligible": {"events_in": "60d"}}


@pytest.fixture(scope="module")
def facts(recipe: Callable[..., Any], orders: pd.DataFrame) -> Any:
    """Return the facts of a task with three cutoffs."""
    cutoffs = ["2024-06-01", "2024-09-01", "2024-11-20"]
    return ask(recipe(orders, target=TARGET, cutoffs=cutoffs)).table.facts["events"]


def test_the_label_window_of_each_cutoff(facts: Any) -> None:
    """It begins after the lead time and ends with the horizon."""
    first = facts["cutoffs"][0]
    assert (first["starts"], first["ends"]) == ("2024-06-08", "2024-07-08")


def test_the_population_is_counted(facts: Any, orders: pd.DataFrame) -> None:
    """Customers of the table, those seen before a cutoff and eligible ones count once each."""
    own = facts["population"]
    assert own["customers"] == orders["customer"].nunique()
    assert own["customers"] >= own["seen"] >= own["included"] > 0


def test_labels_at_other_horizons_equal_plain_python(
    facts: Any, recipe: Callable[..., Any], orders: pd.DataFrame
) -> None:
    """At 0.5, 1.5 and 2 times the horizon only rows with known labels count."""
    rows = ask(recipe(orders, target=TARGET, cutoffs=["2024-06-01", "2024-09-01", "2024-11-20"])).table.frame
    sales = orders[orders["paid"] >= 0]
    for each in facts["horizons"]:
        known = differ = 0
        for customer, cutoff in zip(rows["customer"], rows["cutoff"], strict=True):
            starts = cutoff + pd.Timedelta(days=7)
            if starts + pd.Timedelta(days=each["days"]) > pd.Timestamp("2024-12-31"):
                continue
            own = sales[(sales["customer"] == customer) & (sales["when"] >= starts)]["when"]
            labels = [bool((own < starts + pd.Timedelta(days=d)).any()) for d in (30, each["days"])]
            known, differ = known + 1, differ + (labels[0] != labels[1])
        assert (each["rows"], each["differ"]) == (known, differ)
    assert [each["days"] for each in facts["horizons"]] == [15, 45, 60]
    assert facts["horizons"][2]["rows"] < facts["horizons"][0]["rows"]


def test_amounts_have_no_labels_at_other_horizons(recipe: Callable[..., Any], orders: pd.DataFrame) -> None:
    """Only a yes or no can differ."""
    own = ask(recipe(orders, target={"kind": "amount", "horizon": "30d"}, cutoffs="2024-09-01"))
    assert own.table.facts["events"]["horizons"] == []


def test_lifetimes_end_a_horizon_before_the_table_does(facts: Any, orders: pd.DataFrame) -> None:
    """Leaving cannot be observed in the last horizon."""
    assert facts["lifetimes"]["until"] == str((orders["when"].max().normalize() - pd.Timedelta(days=30)).date())
    curve = facts["lifetimes"]["curve"]
    assert [row["staying"] for row in curve] == sorted((row["staying"] for row in curve), reverse=True)


def test_lifetimes_keep_the_smallest_group(recipe: Callable[..., Any], orders: pd.DataFrame) -> None:
    """As the report says, the curve ends where fewer customers than ``privacy.min_cell`` remain."""
    least = []
    for cell in (5, 20):
        found = ask(recipe(orders, target=TARGET, cutoffs="2024-09-01", privacy={"min_cell": cell}))
        least.append(min(row["at_risk"] for row in found.table.facts["events"]["lifetimes"]["curve"]))
    assert 5 <= least[0] < 20 <= least[1]


def test_kaplan_meier_of_the_textbook() -> None:
    """Freireich et al. (1963), as in Kalbfleisch and Prentice: 0.857 at 6 weeks, 0.448 at 23."""
    time = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float)
    left = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
    curve = {row["time"]: row for row in kaplan_meier(time, left, np.ones(21), least=1)}
    known = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    for moment, staying in known.items():
        assert curve[moment]["staying"] == pytest.approx(staying, abs=6e-4)
    assert (curve[6]["low"], curve[6]["high"]) == (pytest.approx(0.620, abs=2e-3), pytest.approx(0.952, abs=2e-3))


def test_a_curve_ends_before_few_are_left() -> None:
    """No point has fewer customers than may be shown; without customers there is no curve."""
    curve = kaplan_meier(np.arange(30.0), np.ones(30, dtype=bool), np.ones(30))
    assert min(row["at_risk"] for row in curve) == 10
    assert kaplan_meier(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0)) == []
