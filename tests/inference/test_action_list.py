"""The action list."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.columns.contract import Intake
from custpred.errors import DataError, RunError
from custpred.inference.action_list import action_list, csv_text, customer, read_new, write_list
from custpred.inference.customer_card import explained, lines
from custpred.inference.explanations import reasons
from custpred.inference.incoming import batch
from custpred.models.base import Model
from custpred.recipe.file import from_keys
from custpred.source._typing.conform import conform
from custpred.task import Task


def _intake(key: str | None = "customer", **customers: Any) -> Intake:
    """Return how new customers are read."""
    return Intake(key=key, recipe={"customers": customers})


def test_reasons_add_up_for_a_blend_of_every_family(world: Any, people: Any) -> None:
    """Start plus all columns is the shown probability, in percentage points."""
    predictor = world.blend.predictor
    frame, _ = predictor.conform(people(60, seed=3))
    why = reasons(predictor, frame)
    np.testing.assert_allclose(why.drop(columns="answer").sum(axis=1), why["answer"], atol=1e-6)
    np.testing.assert_allclose(why["answer"], 100 * predictor.predict(frame)[:, 1], atol=1e-3)


def test_the_strongest_reasons_come_first(world: Any, people: Any) -> None:
    """Reasons are the columns with the largest contributions, up to the requested number."""
    new = people(30, seed=3)
    table, _ = action_list(batch(world.blend.predictor, new), count=2, whom="all")
    frame, _ = world.blend.predictor.conform(new)
    parts = reasons(world.blend.predictor, frame).drop(columns=["start", "answer"])
    first = parts.abs().idxmax(axis=1)
    assert all(text.startswith(f"{name} is ") for text, name in zip(table["reason 1"], first, strict=True))
    assert "reason 3" not in table
    assert table["customer"].tolist() == new["customer"].tolist()
    bare, _ = action_list(batch(world.blend.predictor, new), count=0)
    assert list(bare.columns) == ["customer", "rank", "probability of no", "probability of yes", "decision"]


def test_no_customers_give_an_empty_list(world: Any, people: Any) -> None:
    """A table without rows gives a list without rows."""
    table, _ = action_list(batch(world.blend.predictor, people(5).head(0)))
    assert len(table) == 0
    assert "decision" in table


def test_the_key_is_the_recipes_or_the_only_id(people: Any) -> None:
    """The recipe's key comes first; without one, the only column of ids; of several, none."""

    def key(**keys: Any) -> str | None:
        frame = people(60).assign(other=[f"id-{n}" for n in range(60)])
        recipe = from_keys({"customers": {"kind": "frame", "data": frame, **keys}, "target": "left"})
        table = recipe.customers.read(target="left").drop("left")
        return Intake.of(table, (), recipe, Task("binary", "left", ("no", "yes"))).key

    assert key(key="customer") == "customer"
    assert key(drop=["other"]) == "customer"
    assert key() is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_formulas_are_escaped(tmp_path: Path, text: str) -> None:
    """Cells and names that a spreadsheet would execute become text; numbers stay numbers."""
    write_list(pd.DataFrame({text: [text], "n": [-1.5]}), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        head, row = csv.reader(file)
    assert head == [f"'{text}", "n"]
    assert row == [f"'{text}", "-1.5"]


def test_a_list_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """If the folder cannot be created, both formats raise; another extension is rejected before."""
    (tmp_path / "file").write_text("x")
    table = pd.DataFrame({"a": [1]})
    for name in ("a.csv", "a.parquet"):
        with pytest.raises(RunError, match="CP4102"):
            write_list(table, tmp_path / "file" / "deep" / name)
    with pytest.raises(DataError, match=r"CP2402.*'\.xlsx'"):
        write_list(table, tmp_path / "a.xlsx")
    write_list(table, tmp_path / "deep" / "a.parquet")
    assert pd.read_parquet(tmp_path / "deep" / "a.parquet")["a"].tolist() == [1]


def test_new_customers_are_read_like_training_rows(tmp_path: Path) -> None:
    """The recipe's source options apply to files of the same kind only."""
    (tmp_path / "new.csv").write_text("a;b\n1;x\n")
    frame, _ = read_new(_intake(kind="csv", path="old.csv", separator=";"), tmp_path / "new.csv")
    assert list(frame.columns) == ["a", "b"]
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "new.parquet")
    frame, _ = read_new(_intake(kind="csv", path="old.csv", separator=";"), tmp_path / "new.parquet")
    assert frame["a"].tolist() == [1]


def test_ids_are_as_written_though_others_are_missing(tmp_path: Path, people: Any, world: Any) -> None:
    """No id becomes a float, from another kind of file or a frame; missing ones are empty."""
    ids = [10**16 + 1, None, 7]
    new = people(3).assign(customer=pd.Series(ids, dtype=object))
    new.to_csv(tmp_path / "new.csv", index=False)
    frame, _ = read_new(_intake(kind="frame", key="customer"), tmp_path / "new.csv")
    assert frame["customer"].tolist()[::2] == ["10000000000000001", "7"]
    assert customer(_intake(kind="frame"), "7", new.assign(customer=[1.0, None, 7.0]))["customer"].tolist() == [7.0]
    predictor = replace(world.blend.predictor, intake=_intake(kind="frame"))
    listed, _ = action_list(batch(predictor, new), count=0)
    assert listed["customer"].tolist() == ids
    assert [line.partition(",")[0] for line in csv_text(listed).splitlines()] == ["customer", str(ids[0]), "", "7"]


def test_new_customers_keep_the_decimal_mark_of_training(tmp_path: Path) -> None:
    """One row without a fraction does not show that 1.100 are eleven hundred; training did."""
    lines = [f"c{n};{n % 7},{n % 10};{1 + n % 9}.{n % 10}00;{'no' if n % 3 else 'yes'}" for n in range(99)]
    (tmp_path / "old.csv").write_text("\n".join(["id;rate;paid;left", *lines, ""]))
    (tmp_path / "new.csv").write_text("id;rate;paid\nc1;3;1.100\n")
    asked = from_keys({"customers": {"path": str(tmp_path / "old.csv"), "key": "id"}, "target": "left"})
    table = asked.customers.read(target="left")
    used = [table.column(name) for name in ("rate", "paid")]
    intake = Intake.of(table, used, asked, Task("binary", "left", ("no", "yes")))
    frame, _ = conform(read_new(intake, tmp_path / "new.csv")[0], used, intake=intake)
    assert frame.to_numpy().tolist() == [[3.0, 1100.0]]


def test_a_customer_is_found_by_id(tmp_path: Path, people: Any) -> None:
    """A row of the run's own or another table; wrong ids, or no ids, are an error."""
    path = tmp_path / "c.csv"
    people(20).to_csv(path, index=False)
    record = _intake(kind="csv", path=str(path))
    wanted = people(20)["customer"][3]
    assert customer(record, f" {wanted} ")["customer"].tolist() == [wanted]
    with pytest.raises(DataError, match="CP2404 No customer has the id 'x'") as caught:
        customer(record, "x")
    assert "secret-id" not in str(caught.value)
    people(20).drop(columns="customer").to_csv(tmp_path / "bare.csv", index=False)
    with pytest.raises(DataError, match="CP2102.*'customer' is missing"):
        customer(record, wanted, tmp_path / "bare.csv")
    with pytest.raises(DataError, match="CP2403"):
        customer(_intake(None, kind="csv", path=str(path)), wanted)


def test_a_customers_lines_begin_with_the_prediction(world: Any, people: Any, tmp_path: Path) -> None:
    """The first line has the customer's and the average share, the others one column each."""
    path = tmp_path / "c.csv"
    people(20).to_csv(path, index=False)
    key = people(20)["customer"][5]
    predictor = replace(world.blend.predictor, intake=_intake(kind="csv", path=str(path)))
    head, *told = lines(explained(predictor, key, top=0))
    assert head.startswith(f"{key}: ")
    assert "% (average customer: " in head
    amounts = [line.rpartition(": ")[2].removesuffix(" points") for line in told if "other" not in line]
    sizes = [float(amount.lstrip("+\N{MINUS SIGN}")) for amount in amounts]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] > 0
    assert all(re.fullmatch(r"[+\u2212]\d+\.\d", amount) for amount in amounts)
    assert len(told) > 2


def test_a_customers_contributions_add_up_for_any_number_listed(world: Any, people: Any, tmp_path: Path) -> None:
    """Start, listed contributions and the rest sum to the prediction; others are counted."""
    path = tmp_path / "c.csv"
    people(20).to_csv(path, index=False)
    predictor = replace(world.blend.predictor, intake=_intake(kind="csv", path=str(path)))
    for top in (1, 3, 0):
        own = explained(predictor, people(20)["customer"][5], top=top)
        total = own["start"] + sum(part["part"] for part in own["parts"]) + own["rest"]
        assert total == pytest.approx(own["answer"], abs=1e-9)
        assert own["others"] == 0 if top == 0 else len(own["parts"]) == top
        told = len([each for each in own["parts"] if abs(each["part"]) >= 0.05])
        assert len([*lines(own)]) == 1 + told + (own["others"] > 0 or told < len(own["parts"]))


def test_members_without_attributions_are_named(
    world: Any, people: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a model that cannot explain itself adds is in the start, and its explanation says so."""
    path = tmp_path / "c.csv"
    people(20).to_csv(path, index=False)
    predictor = replace(world.blend.predictor, intake=_intake(kind="csv", path=str(path)))
    first = predictor.members[0]
    key = people(20)["customer"][5]
    assert "Without attributions" not in "".join(lines(explained(predictor, key)))
    monkeypatch.setattr(type(first.model), "contributions", Model.contributions)
    names = [each.name for each in predictor.members if each.model.kind() == first.model.kind()]
    own = explained(predictor, key)
    assert own["unattributed"] == names
    assert f"Without attributions: {', '.join(names)}." in "".join(lines(own))


@pytest.mark.parametrize("wrong", ["1", " 00001x ", "SECRET-ID-00001"])
def test_an_unknown_id_lists_similar_ones(wrong: str, tmp_path: Path, people: Any) -> None:
    """Leading zeros, another case and one extra letter lead to the intended id."""
    path = tmp_path / "c.csv"
    right = {"1": "00001", " 00001x ": "00001"}.get(wrong, "secret-id-00001")
    people(20).assign(customer=[right, *(f"zz{n}" for n in range(19))]).to_csv(path, index=False)
    with pytest.raises(DataError, match=f"CP2404.*nearest id is {right}"):
        customer(_intake(kind="csv", path=str(path), types={"customer": "id"}), wrong)


def test_columns_may_be_called_start_and_answer(people: Any, search: Any) -> None:
    """Such columns do not collide with start and prediction, and reasons still add up."""
    data = people(200)[["income", "visits", "left"]].rename(columns={"income": "start", "visits": "answer"})
    predictor = search(data=data, target="left", models=["logistic"]).blend.predictor
    frame, _ = predictor.conform(data)
    why = reasons(predictor, frame)
    assert list(why.columns) == ["start", "answer", "column start", "column answer"]
    np.testing.assert_allclose(why["start"] + why.iloc[:, 2:].sum(axis=1), why["answer"], atol=1e-6)
    listed, _ = action_list(batch(predictor, data), whom="all")
    assert listed["reason 1"].str.startswith(("start is ", "answer is ")).all()
