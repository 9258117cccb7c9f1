"""The charts: positions, ticks and text of our SVG."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.report._blocks import Chart, Grid
from custpred.report._charts import draw, key
from custpred.report._histogram import unnamed
from custpred.report._svg import Scale, element, facing, short, thinned, width, written
from custpred.report._text import Text

QUICK = settings(derandomize=True, max_examples=50, deadline=None)
GRID = Grid(("a",), ((1,),))
NAN = float("nan")
KINDS: dict[str, dict[str, Any]] = {
    "line": {
        "series": [{"name": "s", "x": [0, 1, 2], "y": [1.0, NAN, 3.0], "low": [0, 0, 2], "high": [2, 2, 4]}],
        "dots": True,
    },
    "bars": {"labels": ["a", "b"], "values": [1.0, -2.0], "low": [0.5, NAN], "high": [1.5, NAN]},
    "dots": {
        "labels": ["a", "b"],
        "values": [0.1, NAN],
        "low": [0.0, 0.0],
        "high": [0.2, 1.0],
        "reference": {"value": 0, "label": "0"},
    },
    "histogram": {"labels": ["a", "b", "c"], "counts": [3, 0, NAN], "rate": [0.1, NAN, 0.4], "base": 0.2},
    "heat": {"rows": ["a", "b"], "columns": ["x"], "values": [[1.0], [NAN]]},
    "funnel": {"labels": ["a", "b"], "values": [10, NAN]},
    "timeline": {
        "labels": ["a", "b"],
        "notes": ["1", "2"],
        "classes": ["h", "g"],
        "spans": [[(0, 738000, 738100), (1, 738100, 738190)], [(0, 738000, 738131)]],
    },
}


def drawn(kind: Any, data: dict[str, Any], title: str = "t") -> ElementTree.Element:
    return ElementTree.fromstring(str(draw(Chart(kind, title, "d", data, GRID), Text(), "c1")))


@pytest.mark.parametrize("kind", KINDS)
def test_drawing_is_xml_with_numbers_inside_the_frame(kind: str) -> None:
    """Every kind gives well-formed SVG within 0 and 100 percent, also with missing values."""
    root = drawn(kind, KINDS[kind])
    text = ElementTree.tostring(root, encoding="unicode")
    assert "nan" not in text
    for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"):
        for value in re.findall(rf' {name}="(-?[\d.]+)%"', text):
            assert 0 <= float(value) <= 100


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_labels_are_text(kind: str) -> None:
    """Markup in a label is text, never an element."""
    hostile = "</text><script>1</script>"
    data = {**KINDS[kind]}
    for name in ("labels", "rows", "columns"):
        if name in data:
            data[name] = [hostile] * len(data[name])
    root = drawn(kind, data, hostile)
    assert not list(root.iter("script"))
    assert root.find("title").text == hostile  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["bars", "dots", "funnel"])
def test_nothing_to_draw_is_drawn(kind: str) -> None:
    """An empty chart is an empty frame, not an error."""
    assert drawn(kind, {"labels": [], "values": []}) is not None


def test_vertical_bars_start_at_zero() -> None:
    """A bar of half the largest value is half as tall, and all end on the base line."""
    root = drawn("bars", {"labels": ["a", "b"], "values": [1.0, 2.0], "direction": "up"})
    boxes = [each.attrib for each in root.iter("rect")]
    assert [box["height"] for box in boxes] == ["50%", "100%"]
    assert [box["y"] for box in boxes] == ["50%", "0%"]


def test_negative_bars_go_left_of_zero() -> None:
    """A negative bar ends where positive ones begin."""
    root = drawn("bars", {"labels": ["a", "b"], "values": [1.0, -1.0]})
    right, left = [each.attrib for each in root.iter("rect") if each.attrib["class"] != "track"]
    assert right["x"] == "50%"
    assert left["x"] == "0%"
    assert "neg" in left["class"]


def test_lines_have_the_right_positions() -> None:
    """The first point is at the lower left, the last at the upper right."""
    root = drawn("line", {"series": [{"name": "s", "x": [0, 10], "y": [5, 6]}]})
    (points,) = [each.attrib["points"] for each in root.iter("polyline")]
    assert points == "0,1000 1000,0"


def test_the_legend_has_every_line() -> None:
    """The legend has an entry per named series, with its pattern."""
    series = [{"name": "<one>", "x": [], "y": []}, {"name": "two", "x": [], "y": [], "style": "faint"}]
    text = str(key(Chart("line", "t", "d", {"series": series}, GRID)))
    assert text == '<li class="k-main">&lt;one&gt;</li><li class="k-faint">two</li>'


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
@QUICK
def test_ticks_are_inside_and_not_many(low: float, width: float) -> None:
    """There are two to seven ticks, in order, inside the scale."""
    scale = Scale(low, low + width)
    ticks = scale.ticks(5)
    assert 2 <= len(ticks) <= 7
    assert ticks == sorted(ticks)
    assert all(scale.low - 1e-6 * width <= tick <= scale.high + 1e-6 * width for tick in ticks)


@pytest.mark.parametrize(("text", "letters"), [("\N{MINUS SIGN}", 0.838 / 0.634), ("\N{WON SIGN}", 0.989 / 0.634)])
def test_signs_of_axes_are_wider_than_letters(text: str, letters: float) -> None:
    """Measured in DejaVu Sans: a loss in won has room to the left of its axis."""
    assert width(text) == pytest.approx(letters, abs=0.02)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True)), st.floats(allow_nan=False, allow_infinity=False))
@QUICK
def test_scale_stays_between_0_and_1(values: list[float], value: float) -> None:
    """A scale maps finite numbers of its range to 0..1."""
    kept = [each for each in values if abs(each) < 1e100]
    assert 0 <= Scale.over(kept)(max(min(value, 1e100), -1e100)) <= 1


@given(st.integers(0, 5000))
@QUICK
def test_thinned_keeps_both_ends(count: int) -> None:
    """A long line keeps its first and last point and at most 64 in all."""
    kept = thinned(range(count))
    assert len(kept) <= 64
    assert not count or (kept[0], kept[-1]) == (0, count - 1)


def test_short_counts_wide_letters_twice() -> None:
    """Korean letters count as two."""
    assert short("abcdef", 6) == "abcdef"
    assert short("abcdefg", 6) == "abcde…"
    assert short("월정액요금", 6) == "월정…"


def test_element_escapes_attributes_and_text() -> None:
    """Names lose their underscore."""
    assert (
        element("a", "<b>", class_='"x"', fill_opacity=0.5) == '<a class="&#34;x&#34;" fill-opacity="0.5">&lt;b&gt;</a>'
    )


def test_counts_have_integer_ticks() -> None:
    """Between one and three epochs there is no tick at 1.5."""
    assert Scale(1.0, 3.0).ticks(5, "count") == [1.0, 2.0, 3.0]
    assert 1.5 in Scale(1.0, 3.0).ticks(5)


def test_a_line_has_a_gap_at_a_hidden_value() -> None:
    """No line is drawn across a place whose value is not known."""
    from custpred.report._axes import path
    from custpred.report._svg import Scale

    each = {"x": [0.0, 1.0, 2.0, 3.0, 4.0], "y": [1.0, 2.0, None, 3.0, 1.0]}
    drawn = str(path(each, Scale(0, 4), Scale(0, 3)))
    assert drawn.count("<polyline") == 2
    assert "500," not in drawn


def texts(root: ElementTree.Element) -> list[str]:
    return [str(each.text) for each in root.iter() if each.tag.endswith("text")]


def test_one_outlier_does_not_squeeze_an_axis() -> None:
    """The axis fits the other values, and outliers are written at its edge."""
    values = [float(v) for v in range(20)]
    y = {"robust": True}
    root = drawn("line", {"series": [{"name": "s", "x": values, "y": [*values[:-1], 9000.0]}], "y": y})
    assert "▲ 9,000" in texts(root)
    assert max(float(t) for t in texts(root) if t.isdigit()) < 25
    root = drawn("line", {"series": [{"name": "s", "x": [*values[:-1], 9000.0], "y": values}], "x": y})
    assert "▶ 9,000: 19" in texts(root)
    plain = drawn("line", {"series": [{"name": "s", "x": values, "y": values}], "y": y, "x": y})
    assert not [t for t in texts(plain) if "▲" in t or "▶" in t]


def test_one_tall_bin_is_cut_with_its_number() -> None:
    """If one bin is far taller than the others it is cut off; two tall bins are drawn in full."""
    data = {"labels": list("abcd"), "counts": [5000, 80, 60, 70]}
    assert "▲ 5,000" in texts(drawn("histogram", data))
    assert not [t for t in texts(drawn("histogram", {**data, "counts": [5000, 4000, 60, 70]})) if "▲" in t]


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [
        (738000, 738365, ["2021-10", "2022-01", "2022-04", "2022-07"]),
        (738000, 738030, ["07-29", "08-04", "08-10", "08-16", "08-22"]),
        (738000, 741650, ["2022-01", "2026-01", "2030-01"]),
    ],
)
def test_a_date_axis_has_calendar_ticks(low: int, high: int, names: list[str]) -> None:
    """Years, quarters or days, by the length of the axis."""
    axis = {"format": "date"}
    root = drawn("line", {"series": [{"name": "s", "x": [low, high], "y": [1, 2]}], "x": axis})
    found = [t for t in texts(root) if "-" in t]
    assert found == names


def test_an_axis_has_room_for_its_numbers() -> None:
    """A wide number widens the padding, so that it is not cut off in print."""
    money = {"series": [{"name": "s", "x": [0, 1], "y": [0, 12_345_678.0]}], "y": {"format": "count"}}
    assert int(re.findall(r"px (\d+)px$", str(drawn("line", money).get("style")))[0]) >= 7 * 10


def test_all_categories_of_a_small_chart_are_named() -> None:
    """Names that do not fit below a small chart are written under it, in its order."""
    assert unnamed(["Month-to-month", "One year", "Two year"])
    assert not unnamed(["No", "Yes", "DSL"])


@pytest.mark.parametrize(("low", "high"), [(0.69, 0.6947), (0.1, 0.9), (12345.0, 12346.0), (0.0, 1e-9)])
def test_no_tick_is_written_twice(low: float, high: float) -> None:
    """If rounding would make two ticks equal, there are fewer."""
    texts = [text for _, text in written(Scale(low, high), "number", Text())]
    assert texts and len(set(texts)) == len(texts)


def test_a_pair_of_long_names_takes_two_lines() -> None:
    """The second name is below the first and above the bar, whole; the bars below move down."""
    data = {"labels": ["a", "b"], "values": [1.0, 0.5]}
    long = drawn("bars", {**data, "second": ["\u00b7 a_column_with_a_long_name", "c"]})
    places = {text.text: float(text.get("y", 0)) for text in long.iter() if text.get("y") and text.text}
    assert places["a"] < places["\u00b7 a_column_with_a_long_name"] < places["b"] < places["c"]
    roots = (drawn("bars", data), long)
    tops = [[float(bar.get("y", 0)) for bar in root.iter() if (bar.get("class") or "") == "a"] for root in roots]
    assert places["\u00b7 a_column_with_a_long_name"] < tops[1][0]
    assert tops[1][1] - tops[1][0] > tops[0][1] - tops[0][0]


def test_points_with_whiskers_have_no_band_as_well() -> None:
    """An interval is drawn once: as whiskers of dots, or as the band of a line."""
    series = [{"name": "", "x": [1, 2], "y": [3, 4], "low": [2, 3], "high": [4, 5]}]
    charts = {dots: Chart("line", "t", "d", {"series": series, "dots": dots}, Grid((), ())) for dots in (0, 1)}
    drawn = {dots: str(draw(chart, Text(), "c")) for dots, chart in charts.items()}
    assert ('class="band"' in drawn[0], 'class="w"' in drawn[0]) == (True, False)
    assert ('class="band"' in drawn[1], 'class="w"' in drawn[1]) == (False, True)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("Value of a customer: 80%\N{EN DASH}120%", "$18,183\N{EN DASH}$27,638"),
        ("Cost of a contact: $0.50\N{EN DASH}$1.50", "$22,710\N{EN DASH}$23,011"),
        ("Categories to numbers", "40 columns, 4,508 rows"),
        ("orders_amount_sum_180d is 3,900", "\N{MINUS SIGN}1.5 points"),
    ],
)
def test_usual_names_and_numbers_are_whole_on_a_phone(name: str, note: str) -> None:
    """Text that fits a phone's line by the widths of its letters is not cut."""
    assert re.findall(r">([^<]+)<", "".join(facing(name, note, 14, ("t", "e")))) == [name, note]


def test_a_long_note_leaves_room_for_the_name() -> None:
    """Next to a long note most of the name is shown."""
    narrow = re.findall(
        r">([^<]+)<", "".join(facing("orders_amount_mean_90d", "3,210 (90%) to the median of all", 14, ("t", "e")))
    )
    assert narrow[0].startswith("orders_amount")


def test_a_brief_note_takes_the_place_of_a_long_one_only_where_the_name_would_be_cut() -> None:
    """On a phone name and brief note are whole; a wide page has the long note."""
    long, brief = "3,210 (90%) to the median of all", "3,210 (90%)"
    name = "orders_amount_mean_90d"
    texts = re.findall(r">([^<]+)<", "".join(facing(name, long, 14, ("t", "e"), brief=brief)))
    assert texts == [name, brief, long]
    assert re.findall(r">([^<]+)<", "".join(facing("age", long, 14, ("t", "e"), brief=brief))) == ["age", long]
    data = {"labels": [name, "age"], "values": [0.9, 0.1], "notes": [long, long], "brief": [brief, brief]}
    assert [text.text for text in drawn("bars", data).iter() if text.text == brief] == [brief]


def test_details_end_with_a_whole_clause_on_a_phone() -> None:
    """Clauses that do not fit are left out there; a single one is cut."""
    detail = "834 missing values filled in 3 columns, 3 columns added"
    data = {"labels": ["Missing values"], "notes": ["20 columns"], "details": [detail]}
    texts = [text.text for text in drawn("flow", data).iter()]
    assert {detail.partition(", ")[0], detail} <= {*texts}
    cut = drawn("flow", {**data, "details": ["a very long single clause that no phone has any room for"]})
    assert [text.text for text in cut.iter() if str(text.text).endswith("…")]
