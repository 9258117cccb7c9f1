"""Notes about how new rows differ from training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from custpred.columns.contract import Expected, learn
from custpred.columns.drift import ROWS, brief, compare, shifted, stability
from custpred.source._typing.typed_table import typed
from custpred.source.base import Source


def _table(rows: int = 2000, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "plan": draw.choice(["basic", "plus", "pro"], rows, p=[0.6, 0.3, 0.1]),
            "spend": draw.gamma(4, 15, rows),
            "visits": draw.poisson(2, rows).astype(float),
            "income": np.where(draw.random(rows) < 0.1, np.nan, draw.lognormal(8, 1, rows)),
        }
    )


@pytest.fixture(scope="module")
def contract() -> tuple[Expected, ...]:
    """Return the contract of the training rows."""
    table = typed(_table())
    return learn(table.frame, table.columns)


def _codes(frame: pd.DataFrame, contract: tuple[Expected, ...]) -> dict[str | None, str]:
    notes = compare(typed(frame, types={"plan": "category", "visits": "code"}).frame, contract).notes
    return {note.column: note.code for note in notes}


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize("rows", [5, 40, 300, 3000])
def test_customers_like_those_of_training_are_not_noted(contract: tuple[Expected, ...], seed: int, rows: int) -> None:
    """Batches of any size from the same distribution give no note."""
    new = typed(_table(rows, seed), types={"plan": "category", "visits": "code", "spend": "number"}).frame
    assert compare(new, contract).notes == ()


def test_each_kind_of_difference_has_its_code(contract: tuple[Expected, ...]) -> None:
    """Levels, unknown columns, missing values, unit and distribution have their own codes."""
    new = _table(1000, 3)
    some = new["plan"].where(np.arange(1000) % 20 > 0, "gold")
    assert _codes(new.assign(plan=some), contract) == {"plan": "D162"}
    assert _codes(new.assign(plan="gold"), contract)["plan"] == "D163"
    assert _codes(new.assign(spend=new["spend"] * 10), contract) == {"spend": "D164"}
    assert _codes(new.assign(income=new["income"].where(np.arange(1000) % 3 > 0)), contract) == {"income": "D165"}
    assert _codes(new.assign(spend=new["spend"].quantile(0.5) + new["spend"] / 100), contract) == {"spend": "D166"}


def test_a_column_without_any_value_is_an_alarm(contract: tuple[Expected, ...]) -> None:
    """A column that is entirely missing gets this finding and no other."""
    frame = typed(_table(500, 4), types={"visits": "code"}).frame.assign(spend=np.nan)
    (note,) = compare(frame, contract).notes
    assert (note.code, note.severity, note.column) == ("D165", "alarm", "spend")
    assert "no value in any row" in note.text


@pytest.mark.parametrize("levels", [2, 3, 9])
def test_chance_seldom_moves_a_column_of_a_small_table(levels: int) -> None:
    """Without drift, one of a thousand columns is noted, whether of few or of many bins."""
    draw = np.random.default_rng(levels)
    counts = draw.multinomial(ROWS, np.full(levels, 1 / levels), (4000, 2))
    counts[:, 0] = draw.multinomial(60, np.full(levels, 1 / levels), 4000)
    moved = sum(shifted(found.psi, found.limit) for found in (stability(*pair) for pair in counts))
    assert moved <= 16


def test_few_rows_have_no_stability_index(contract: tuple[Expected, ...]) -> None:
    """Below the limit the index is not measured; from it on it is, for categories and numbers."""
    frame = typed(_table(ROWS, 5), types={"visits": "code"}).frame
    assert compare(frame.iloc[:-1], contract).measures()["psi"] is None
    found = compare(frame, contract)
    assert all(each.psi is not None for each in found.columns)
    assert json.loads(json.dumps(found.plain()))["rows"] == ROWS


@pytest.mark.parametrize(
    ("change", "code"),
    [({"plan": "gold"}, "D162"), ({"spend": 5e5}, "D164"), ({"spend": np.nan}, "D165"), ({}, None)],
)
def test_one_customer_is_compared_as_well(
    contract: tuple[Expected, ...], change: dict[str, object], code: str | None
) -> None:
    """A value that training cannot have had is noted, also by the fast path."""
    frame = typed(_table(400, 6), types={"visits": "code"}).frame.astype({"plan": object}).iloc[[0]]
    frame = frame.assign(plan="basic", income=3000.0, spend=60.0).assign(**change)
    frame["plan"] = frame["plan"].astype(pd.CategoricalDtype(frame["plan"].tolist()))
    assert [note.code for note in brief(frame, contract)] == ([code] if code else [])
    assert brief(frame, contract) == compare(frame, contract).notes


def test_no_rows_give_no_notes(contract: tuple[Expected, ...]) -> None:
    """An empty table is valid."""
    assert compare(typed(_table(5)).frame.iloc[:0], contract).notes == ()


def test_values_of_few_customers_are_not_stored() -> None:
    """Rare levels are only counted, and the contract contains no number of a single customer."""
    frame = _table(600).assign(plan=lambda each: each["plan"].mask(each.index < 3, "secret plan"))
    frame.loc[0, "spend"] = 98765.4321
    table = typed(frame)
    kept = json.dumps([each.dump() for each in learn(table.frame, table.columns, 10)])
    assert "secret" not in kept
    assert "98765" not in kept
    plan = learn(table.frame, table.columns, 10)[0]
    assert plan.rare == pytest.approx(3 / 600)
    assert "secret plan" in learn(table.frame, table.columns, 3)[0].levels


def test_rare_levels_of_training_are_expected_again() -> None:
    """As many rare levels as in training give no note, many more do."""
    frame = _table(1000)
    frame["plan"] = frame["plan"].mask(frame.index < 40, pd.Series([f"rare {n}" for n in range(1000)]))
    table = typed(frame)
    contract = learn(table.frame, table.columns)
    assert "plan" not in _codes(frame.iloc[::2], contract)
    assert _codes(frame.iloc[:80], contract)["plan"] == "D162"


@pytest.mark.real
@pytest.mark.parametrize("seed", range(3))
def test_a_clean_holdout_of_telco_has_no_note(real: Callable[[str], Path], seed: int) -> None:
    """A random fifth of the table, and each batch of 100 of its rows, is like the rest."""
    path = real("telco_churn/Telco-Customer-Churn.csv")
    table = Source.parse({"path": str(path), "key": "customerID"}).read(target="Churn").drop("Churn")
    order = np.random.default_rng(seed).permutation(len(table))
    contract = learn(table.take(order[1400:]).frame, table.columns)
    held = table.take(order[:1400]).frame
    assert compare(held, contract).notes == ()
    assert [
        note.text for start in range(0, 1400, 100) for note in compare(held[start : start + 100], contract).notes
    ] == []
