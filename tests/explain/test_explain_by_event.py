"""Sequences are explained by event: each event has one contribution, and they still add up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custpred.explain.by_event import by_event, of_customer
from custpred.explain.reasons import sentences
from custpred.explain.waterfall import waterfall
from custpred.models._networks.attributions import attributed
from custpred.models._networks.channels import Channels
from custpred.models._networks.sequence_network import Net, finish, pooled
from custpred.report._text import Text
from custpred.report._waterfall import reasons

STEPS = 30


def test_an_event_has_one_contribution_and_missing_ones_share_one() -> None:
    """An event's contributions are added, missing events share one; the sum is unchanged."""
    names = ["age", *(f"{stem}@-{back}" for stem in ("amount", "shop") for back in range(4))]
    values = [40.0, 12.5, None, None, None, "bakery", "", None, None]
    parts = np.arange(1.0, 10.0)
    made, known, summed = of_customer(names, values, parts)
    assert made == ["age", "event@-0", "event@-1", "event@-2"]
    assert known == [40.0, "amount 12.5, shop bakery", "", None]
    assert summed.tolist() == [1.0, 8.0, 10.0, 12.0 + 14.0] and summed.sum() == parts.sum()


def test_tables_without_sequences_are_unchanged() -> None:
    """No name or contribution changes without a sequence."""
    names, parts = by_event(["age", "me@-home"], np.array([[1.0, 2.0]]))
    assert names == ("age", "me@-home") and parts.tolist() == [[1.0, 2.0]]


def test_events_are_described_in_both_languages() -> None:
    """The last event, an older one and the end of a short history have their own words."""
    names, values, parts = ["event@-0", "event@-3", "event@-5"], ["amount 9", "", None], np.array([3.0, -2.0, 1.0])
    english = sentences(names, values, parts)
    assert english[0] == "the last event (amount 9): +3.0 points"
    assert english[1:] == ("event 3 before the last: \N{MINUS SIGN}2.0 points", "no more than 5 events: +1.0 points")
    korean = sentences(names, values, parts, say=Text("ko"))
    assert not any("event" in line for line in korean)
    found = {"unit": "points", "parts": [{"column": "event@-0", "value": "amount 9", "part": 3.0}]}
    assert reasons(found, Text()) == ["the last event (amount 9): +3.0 points"]


def test_long_histories_are_attributed_event_by_event() -> None:
    """Beyond the limit of single columns, an event's columns share its contribution."""
    draw = np.random.default_rng(0)
    X = pd.DataFrame({f"f1@-{back}": draw.normal(size=6) for back in range(STEPS)})
    X = X.assign(**{f"f2@-{back}": draw.normal(size=6) for back in range(STEPS)})
    channels = Channels.learn(X, None)
    net = Net("rnn", 4, 1, False, "last", 1, 2, 0, (), (), 0, 0, "", 1)
    shapes = {"cell0": [(2, 4), (4, 4), (4,)], "out": [(4, 1), (1,)]}
    weights = {name: [0.7 * draw.normal(size=shape) for shape in each] for name, each in shapes.items()}
    scaled = channels.apply(X)
    parts = attributed(net, weights, channels, scaled)
    score = finish(net, weights, pooled(net, weights, scaled), scaled.static)
    np.testing.assert_allclose(parts.sum(axis=1), score, atol=1e-5)
    place = {name: i for i, name in enumerate(channels.names)}
    one, other = (parts[:, [place[f"{stem}@-{back}"] for back in range(STEPS)], 0] for stem in ("f1", "f2"))
    np.testing.assert_allclose(one, other, atol=1e-12)
    assert np.ptp(one[:, :20], axis=1).min() > 1e-3
    assert np.abs(one[:, :5]).mean() > np.abs(one[:, 15:20]).mean()


def test_a_waterfall_adds_up_to_the_prediction() -> None:
    """The two largest of three attributions are shown, and the rest is what is left."""
    found = waterfall(["a", "b", "c", "d"], [1, 2, 3, 4], np.array([2.0, -5.0, 0.0, 1.0]), (10.0, 8.0), "points", 2)
    assert [(row["column"], row["value"], row["part"]) for row in found["parts"]] == [("b", 2, -5.0), ("a", 1, 2.0)]
    assert (found["rest"], found["others"]) == (1.0, 1)
