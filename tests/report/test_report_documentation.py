"""The model card with the headings of Annex IV, and the data contract."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.report._blocks import Absent, Grid, Group, Prose
from custpred.report._page import html
from custpred.report.agreement import MOST, Agreement
from custpred.report.documentation import HEADINGS, OPEN, Documentation
from custpred.results.record import Requirement
from custpred.table import Finding

if TYPE_CHECKING:
    from custpred.results.record import Record


def card(record: Record) -> dict[str, list[tuple[str, str]]]:
    """Return the lines of each heading."""
    groups = [block for block in Documentation().blocks(record) if isinstance(block, Group)]
    return {group.title: [tuple(row) for row in group.blocks[0].rows] for group in groups}  # type: ignore[union-attr]


def about(record: Record, **own: Any) -> Record:
    return replace(record, recipe={**record.recipe, "about": own})


def test_nine_headings_in_the_order_of_the_act(binary: Record) -> None:
    """All nine exist, each with the open points that only the owner can fill."""
    found = card(binary)
    assert tuple(found) == HEADINGS
    assert all(
        ("Open", point) in found[heading] for heading, points in zip(HEADINGS, OPEN, strict=True) for point in points
    )


@pytest.mark.parametrize(
    ("own", "line"),
    [
        ({}, ("Open", "about: owner")),
        ({"owner": "retention team"}, ("Who is responsible", "retention team")),
        ({"not_for": ["pricing", "hiring"]}, ("Not to be used for", "pricing and hiring")),
        ({"purpose": "<b>x</b>"}, ("Purpose", "<b>x</b>")),
    ],
)
def test_the_recipes_about_fills_the_first(binary: Record, own: dict[str, Any], line: tuple[str, str]) -> None:
    """Text of the recipe is shown; omitted parts are open points."""
    assert line in card(about(binary, **own))[HEADINGS[0]]


def test_members_that_store_customers_values_are_named(binary: Record) -> None:
    """A model or filling that stores training customers is named; else there is no such line."""
    name, heading = "Parts that hold training customers' values", HEADINGS[1]
    assert name not in dict(card(binary)[heading])
    first = next(row for row in binary.leaderboard if row.weight > 0 and row.kind != "blend")
    board = tuple(replace(row, kind="knn") if row is first else row for row in binary.leaderboard)
    assert dict(card(replace(binary, leaderboard=board))[heading])[name] == first.name
    for missing in ("knn", {"kind": "knn", "neighbours": 3}, {"kind": "median", "columns": {"age": "knn"}}):
        assert dict(card(replace(binary, lock={**binary.lock, "missing": missing}))[heading])[name] == "missing: knn"
    for missing in ("median", {"kind": "median", "columns": {"age": {"kind": "mean"}}}, "of a plug-in"):
        assert name not in dict(card(replace(binary, lock={**binary.lock, "missing": missing}))[heading])


def test_open_points_are_counted(binary: Record) -> None:
    """The first sentence counts the open points of the tables."""
    empty = about(binary)
    first = Documentation().blocks(empty)[0]
    assert isinstance(first, Prose)
    count = sum(name == "Open" for rows in card(empty).values() for name, _ in rows)
    assert f"{count} open points" in first.text


def test_requirements_and_alarms_are_on_the_card(binary: Record) -> None:
    """A missed requirement and an alarm are under their headings."""
    own = replace(
        binary,
        requirements=(Requirement.of("ece", "<= 0.02", 0.03), Requirement.of("roc_auc", ">= 0.5", 0.8)),
        profile_findings=(Finding("P101", "alarm", "refund is the target in another form."),),
    )
    found = card(own)
    assert {("ece", "required <= 0.02: missed"), ("roc_auc", "required >= 0.5: met")} <= set(found[HEADINGS[3]])
    assert ("Alarm", "refund is the target in another form.") in found[HEADINGS[4]]


def test_the_contract_has_ranges_and_levels(binary: Record) -> None:
    """A number has its range, a category some levels and how many more, a text neither."""
    grid = next(block for block in Agreement().blocks(binary) if isinstance(block, Grid))
    held = {row[0]: row[2] for row in grid.rows}
    assert held["tenure"] == "0\N{EN DASH}72"
    assert "a, b, c, d, e, f and 34 more" in held.values()
    assert held["memo"] == ""


def test_a_wide_contract_is_cut_and_says_so(binary: Record) -> None:
    """Of 2,000 columns the first are listed; without columns there is no section."""
    own = dict(binary.contract[0])
    wide = replace(binary, contract=tuple({**own, "name": f"column {i}"} for i in range(2000)))
    assert f"{2000 - MOST:,} columns are left out of the table; report.json has them." in html(wide)
    assert Agreement().blocks(replace(binary, contract=())) == [Absent("The model needs no column.")]
