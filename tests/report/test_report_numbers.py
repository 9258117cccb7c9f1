"""Every number that a page says stands in report.json: as written, rounded, or as a share."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from custpred.errors import EXIT_INTERRUPT
from custpred.report._blocks import Chart, Facts, Grid, Group, Heading, Note, Prose
from custpred.report._page import page, sections
from custpred.report._text import Text, catalogue
from tests.report.test_report_laboratory import STRIP, network
from tests.report.test_report_lasting import moment, with_measure
from tests.report.test_report_learning import learned
from tests.report.test_report_who import cell, grid_of, with_who

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from custpred.evaluate.base import Measure
    from custpred.report._blocks import Block
    from custpred.results.record import Record

NUMBER = re.compile(r"(?<![\w#.])\d+(?:,\d{3})*(?:\.\d+)?")
FORMATS = ("number", "count", "percent", "times", "points", "money", "duration", "score", "size", "decimal")


def leaves(value: Any) -> Iterator[float | str]:
    """Yield the numbers of JSON, numbers inside its texts, and the lengths of its lists."""
    if isinstance(value, dict):
        yield len(value)
        for key, each in value.items():
            yield from NUMBER.findall(str(key))
            yield from leaves(each)
    elif isinstance(value, list):
        yield len(value)
        for each in value:
            yield from leaves(each)
    elif isinstance(value, str):
        yield from NUMBER.findall(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def written(value: float, say: Text) -> set[str]:
    """Return the ways to write a number, or what a share leaves of 1, without a sign."""
    texts = [str(getattr(say, form)(each)) for form in FORMATS for each in (value, 1 - value)]
    texts += [say.number(value, digits) for digits in (2, 4)]
    texts += [f"{each:,.3f}" for each in (value, 1 - value)] + [f"{100 * each:,.1f}" for each in (value, 1 - value)]
    return {found for text in texts for found in NUMBER.findall(text)}


def derived(record: Record) -> Iterator[float]:
    """Yield the only sums: rows that a step adds, filled values, rows between training and test."""
    for stage in (stage for pipeline in record.pipelines for stage in pipeline["stages"]):
        yield abs(stage["rows"][1] - stage["rows"][0])
        yield sum(count for count, _ in (stage.get("filled") or {}).values())
    yield record.data.rows - record.data.train_rows - record.data.test_rows


def known(record: Record, say: Text) -> set[str]:
    """Return the numbers of the record as a page may write them, and those of fixed sentences."""
    found = {number for text in catalogue("ko") for number in NUMBER.findall(text)}
    for leaf in {EXIT_INTERRUPT, *derived(record), *leaves(json.loads(json.dumps(record.plain())))}:
        found |= {leaf} if isinstance(leaf, str) else written(leaf, say)
    return found


def told(blocks: Iterable[Block], say: Text) -> Iterator[str]:
    """Yield the texts of blocks, also the cells of tables and of the tables of charts."""
    for block in blocks:
        if isinstance(block, Group):
            yield block.title
            yield from told(block.blocks, say)
        elif isinstance(block, Chart):
            yield from (block.title, block.description)
            yield from told([block.grid], say)
        elif isinstance(block, Grid):
            forms = [*block.formats, *[""] * len(block.columns)]
            yield from (say.cell(cell, form) for row in block.rows for cell, form in zip(row, forms, strict=False))
        elif isinstance(block, Facts):
            yield from (text for item in block.items for text in item)
        elif isinstance(block, Prose | Heading | Note):
            yield block.text


def strange(record: Record) -> set[tuple[str, str, str]]:
    """Return section, number and text of each number that the record does not have."""
    say = Text.of(record)
    numbers = known(record, say)
    return {
        (part.kind, number, text)
        for part in page(record).parts
        for text in told(part.blocks, say)
        for number in NUMBER.findall(text)
        if number not in numbers
    }


def in_a_round(record: Record) -> dict[str, Measure]:
    """Return the measures, with the profit of a scoring round, as runs write it."""
    own = dict(record.measures)
    if "profit" in own:
        now = {"contacts": 780, "profit": 24828.0, "low": 20607.0, "high": 27807.0, "random": 11083.0}
        own["profit"] = replace(own["profit"], facts={**own["profit"].facts, "round": now})
    return own


def whole(record: Record) -> Record:
    """Return a run with learning curve, scores over time, networks, groups and a scoring round."""
    tested = [moment(1, 0.81, "held-out"), moment(3, 0.783), moment(4, 0.772)]
    own = replace(record, measures=in_a_round(record))
    grown = learned(with_measure(own, "over_time", tested, unit="cutoff", base=0.5), 0.012, 0.004, 0.02)
    grouped = with_who(grown, **grid_of(cell(0.31), cell(0.12), cell(0.57), cell(0.24)))
    networks = [network("rnn", 0.71, [0.001, 0.02, 1.0]), network("lstm", 0.83, [0.5, 0.8, 1.0])]
    return replace(grouped, laboratory={"networks": networks, "strip": STRIP})


def test_every_number_of_a_page_stands_in_the_record(record: Record) -> None:
    """Nothing that a section says is computed from data that report.json does not have."""
    assert strange(replace(record, measures=in_a_round(record))) == set()


def test_no_section_is_left_out(binary: Record) -> None:
    """Sections that few runs have are checked as well."""
    assert strange(whole(binary)) == set()
    assert {part.kind for part in page(whole(binary)).parts} >= {section.kind() for section in sections()}


def test_a_number_from_elsewhere_is_found(binary: Record) -> None:
    """A page of one run has numbers that another run's record does not have."""
    other = replace(binary, test={}, measures={}, leaderboard=())
    numbers = known(other, Text())
    said = {n for part in page(binary).parts for t in told(part.blocks, Text()) for n in NUMBER.findall(t)}
    assert len(said - numbers) > 100
