"""Targets from events: names, and labels from the events in the horizon."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from custpred.errors import DataError
from custpred.target.base import Target


def found(name: str, values: list[float], gaps: list[bool]) -> dict[str, Any]:
    """Return aggregates as the database returns them: masked for customers without events."""
    return {name: np.ma.masked_array(values, gaps)}


def test_no_event_and_event_are_opposites() -> None:
    """A customer without a row in the horizon, or with returns only, had no event."""
    counts = found("events", [2, 0, 0], [False, False, True])
    no, yes = (Target.parse({"kind": kind, "table": "orders"}) for kind in ("no_event", "event"))
    assert no.truth(counts)[0].tolist() == [0, 1, 1]
    assert yes.truth(counts)[0].tolist() == [1, 0, 0]
    assert yes.truth(counts)[1].labels == ("no", "yes")


def test_amounts_are_never_negative() -> None:
    """No purchases, and more returns than purchases, are both 0."""
    spec = Target.parse({"kind": "amount", "table": "orders", "horizon": "1mo"})
    truth, task = spec.truth(found("amount", [12.5, -3.0, 0.0], [False, False, True]))
    assert truth.tolist() == [12.5, 0.0, 0.0]
    assert (task.kind, task.target) == ("regression", "orders amount in 1 month")


@pytest.mark.parametrize("kind", ["no_event", "event", "amount"])
def test_one_label_for_all_is_refused(kind: str) -> None:
    """Nothing can be learned if every customer has the same label."""
    spec = Target.parse({"kind": kind})
    name = "amount" if kind == "amount" else "events"
    with pytest.raises(DataError, match="CP2201"):
        spec.truth(found(name, [0, 0], [True, True]))


def test_a_table_of_customers_has_no_events() -> None:
    """For a plain table the error says what the recipe lacks."""
    with pytest.raises(DataError, match="Add 'events'"):
        Target.parse("no_event").label(None)  # type: ignore[arg-type]
