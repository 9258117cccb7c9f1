"""Later events with known outcomes: labels are those of the model, at a cutoff that is over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.inference.labelled import labelled
from custpred.recipe.file import from_keys
from custpred.task import OTHER, Task

DAY = pd.Timedelta(1, "D")


def orders(items: list[str]) -> pd.DataFrame:
    """Return customers who buy on day 0, and an item on day 40 unless it is empty; 100 days."""
    begin = pd.Timestamp("2024-01-01")
    rows = [(f"c{i}", begin, "tea") for i in range(len(items))]
    rows += [(f"c{i}", begin + 40 * DAY, item) for i, item in enumerate(items) if item]
    rows.append(("c0", begin + 99 * DAY, "tea"))
    return pd.DataFrame(rows, columns=["who", "at", "what"])


def trained(kind: str, *labels: str) -> Any:
    """Return what reading needs of a model that predicts the 30 days after a cutoff."""
    source = {"data": orders(["tea"]), "key": "who", "time": "at", "item": "what"}
    target = {"kind": kind, "table": "orders", "horizon": "30d"}
    recipe = from_keys({"events": {"orders": source}, "target": target, "features": "rfm", "budget": {"jobs": 1}})
    task = Task("multiclass" if kind == "next" else "binary", "what", labels)
    intake = SimpleNamespace(events=True, recipe=recipe)
    return SimpleNamespace(intake=intake, task=task, conform=lambda frame: (frame, ()))


def test_rare_items_keep_their_labels() -> None:
    """A few customers are evaluated as many are: a label of the model is not 'other'."""
    model = trained("next", "bread", "milk", "tea", OTHER)
    rows, truth, _ = labelled(model, orders(["tea", "milk", "bread", "milk", "salt", ""]), "2024-02-01")
    assert rows.new["who"].tolist() == ["c0", "c1", "c2", "c3", "c4"]
    assert [model.task.labels[code] for code in truth] == ["tea", "milk", "bread", "milk", OTHER]


def test_an_unknown_item_is_named() -> None:
    """A model without a class of others cannot be evaluated on new items."""
    with pytest.raises(DataError, match="CP2413 .*'salt'"):
        labelled(trained("next", "bread", "milk", "tea"), orders(["tea", "salt"]), "2024-02-01")
    with pytest.raises(DataError, match="CP2413 No row has an outcome"):
        labelled(trained("next", "bread", "milk", "tea"), orders(["", ""]), "2024-02-01")


def test_outcomes_may_all_be_equal() -> None:
    """As in a table: nothing is learned from them."""
    assert labelled(trained("event", "no", "yes"), orders(["", ""]), "2024-02-01")[1].tolist() == [0, 0]
    assert labelled(trained("no_event", "no", "yes"), orders(["", ""]), "2024-02-01")[1].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("as_of", "events", "message"),
    [
        ("soon", orders(["tea"]), "CP2230 .*'soon'"),
        ("2024-05-01", orders(["tea"]), "CP2220 .*Pass later events, or an earlier cutoff"),
        (None, orders(["tea"]).head(2), "CP2221 .*Pass later events"),
    ],
)
def test_a_cutoff_without_outcomes_has_a_remedy(as_of: str | None, events: pd.DataFrame, message: str) -> None:
    """The remedy is a change of the call, as the recipe is that of a finished run."""
    events = events if as_of else events.assign(at=pd.Timestamp("2024-01-01"))
    with pytest.raises(DataError, match=message):
        labelled(trained("event", "no", "yes"), events, as_of)
