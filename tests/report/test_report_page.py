"""The page as a whole: self-contained, safe, bounded, deterministic."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from custpred.report import _page
from custpred.report._blocks import Prose
from custpred.report._markdown import markdown
from custpred.report._page import blocks_html, html, page, profile_html, sections, summary_html
from custpred.report._parts import present
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.results.record import Data, Record
from custpred.table import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

HOSTILE = "</script><script>alert(1)</script>"
VOID = {"meta", "br", "hr", "link", "img", "input"}


class Tree(HTMLParser):
    """Collects tags, ids and text; fails where an element is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[tuple[str, str]] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep text with the element that it is in."""
        self.text.append((self.open[-1] if self.open else "", data))

    def inside(self, *tags: str) -> str:
        """Return the text inside some elements."""
        return " ".join(text for tag, text in self.text if tag in tags)


def test_page_is_well_formed_with_unique_ids(record: Record) -> None:
    """Every element is closed in order and no id is used twice."""
    ids = [attrs["id"] for _, attrs in Tree(html(record)).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_part_is_drawn_without_breaking(record: Record) -> None:
    """All sections with content are in order, and none reports a failure."""
    kinds = [part.kind for part in page(record).parts]
    assert kinds == [each.kind() for each in sections() if each.kind() in kinds] + ["absent"] * ("absent" in kinds)
    assert "CP9001" not in html(record)


def test_an_empty_section_leaves_its_reason_at_the_end(binary: Record) -> None:
    """It is not on the page, in contents or Markdown; the auditor's table has its reason."""
    declined = replace(binary.measures["calibration"], rows=(), facts={}, reason="the run was out of time.")
    without = replace(binary, measures={**binary.measures, "calibration": declined})
    parts = {part.kind: part for part in page(without).parts}
    assert "calibration" in {part.kind for part in page(binary).parts} - set(parts)
    assert [*parts][-1] == "absent"
    assert ("Are the percentages right?", "The run was out of time.") in parts["absent"].blocks[-1].rows
    assert html(without).count("Are the percentages right?") == html(without).count("The run was out of time.") == 1
    assert "Are the percentages right?" not in markdown(without)
    korean = replace(without, recipe={**without.recipe, "report": {"language": "ko"}})
    assert "보이지 않는 것과 그 까닭" in html(korean)


def test_a_page_with_everything_lists_nothing_at_its_end(binary: Record) -> None:
    """If no block is absent, the parts are unchanged."""
    whole = page(binary, only=("verdict",)).parts
    assert present(whole, Text()) == whole


def test_page_loads_nothing(record: Record) -> None:
    """No element refers outside the file: no source, stylesheet, import or url()."""
    text = html(record)
    for tag, attrs in Tree(text).tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "image", "use"}
        assert "src" not in attrs
        assert (attrs.get("href") or "#").startswith("#")
        assert not any(name.startswith("on") for name in attrs)
    assert "@import" not in text
    assert "url(" not in text


def test_policy_allows_exactly_the_script_of_the_page(binary: Record) -> None:
    """The content security policy allows only inline style and the one script by its hash."""
    text = html(binary)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert policy
    assert script
    digest = base64.b64encode(hashlib.sha256(script.group(1).encode()).digest()).decode()
    assert "default-src 'none'" in policy.group(1)
    assert f"script-src 'sha256-{digest.replace('+', '&#43;')}'" in policy.group(1).replace("+", "&#43;")


def test_hostile_names_stay_text(binary: Record) -> None:
    """A column named like a script element is shown as text."""
    text = html(binary)
    tree = Tree(text)
    assert sum(tag == "script" for tag, _ in tree.tags) == 2
    assert HOSTILE in tree.inside("figcaption", "td", "title")
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "alert(1)" not in tree.inside("script").replace(json.dumps(HOSTILE)[1:-1].replace("<", "\\u003c"), "")


def test_template_marks_in_names_are_text(binary: Record) -> None:
    """A column named {{7*7}} is shown like that, and braces in sentences are harmless."""
    tree = Tree(html(replace(binary, name="{{7*7}} {0} {name}")))
    assert "{{7*7}} {0} {name}" in tree.inside("h1")
    assert "{{7*7}}" in tree.inside("figcaption")


def test_control_characters_are_removed(binary: Record) -> None:
    """Terminal escapes and bidirectional marks are not in the page."""
    text = html(replace(binary, name="a\x1b[31mb\u202ec\x00d"))
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", text)


def test_korean_names_are_text_in_charts(binary: Record) -> None:
    """A Korean column name is selectable text, and the fonts include Korean ones."""
    text = html(binary)
    assert "월정액" in Tree(text).inside("text")
    for font in ("Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans KR"):
        assert font in text


def test_embedded_json_is_the_record(binary: Record) -> None:
    """The JSON inside the page reads back as the very record that was drawn."""
    twin = re.search(r'<script type="application/json" id="record">(.*?)</script>', html(binary), re.DOTALL)
    assert twin
    assert Record.load(json.loads(twin.group(1))).test == binary.test


def test_embedded_json_is_valid(binary: Record) -> None:
    """Numbers that are not finite become null."""
    twin = _page._twin(replace(binary, timing={"wall": float("nan"), "fits": float("inf")}))
    assert json.loads(twin)["timing"] == {"wall": None, "fits": None}


def test_same_record_same_bytes(record: Record) -> None:
    """Drawing twice gives the same bytes, also from a record that went through JSON."""
    assert html(record) == html(record)
    again = Record.load(json.loads(json.dumps(record.plain())))
    assert html(again) == html(record)


def test_every_chart_has_title_description_and_table(record: Record) -> None:
    """Each chart has an accessible name and description, and a table with its numbers."""
    text = html(record)
    charts = re.findall(r'<svg class="chart.*?</figure>', text, re.DOTALL)
    assert len(charts) >= (1 if record.measures else 0)
    for chart in charts:
        names = re.search(r'aria-labelledby="(\w+) (\w+)"', chart)
        assert names
        assert re.search(rf'<title id="{names.group(1)}">[^<]+</title>', chart)
        assert re.search(rf'<desc id="{names.group(2)}">[^<]+</desc>', chart)
        assert "<table" in chart


def test_charts_are_small(binary: Record) -> None:
    """No picture takes more than 6 kB, most take less than 3 kB."""
    sizes = sorted(len(each) for each in re.findall(r'<svg class="chart.*?</svg>\n', html(binary), re.DOTALL))
    assert sizes[len(sizes) // 2] < 3000
    assert sizes[-1] < 6000


def test_wide_table_stays_small_and_says_what_is_left_out(wide: Record) -> None:
    """2,000 columns give less than 2 MB: 60 in charts, all in one table, with a sentence."""
    text = html(wide)
    assert len(text.encode()) < 2_000_000
    data = text.split('id="data"')[1].split('<details class="part"')[0]
    assert data.count('class="chart histogram"') == 60
    assert "60 most related columns" in text
    assert "feature_with_a_long_name_1999" in text


def test_headings_are_in_order(record: Record) -> None:
    """One h1, then h2 for sections and h3 inside, without skipped levels."""
    levels = [int(tag[1]) for tag, _ in Tree(html(record)).tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_contents_point_to_every_section(binary: Record) -> None:
    """The table of contents has one link per section that appears, and each target exists."""
    tags = Tree(html(binary)).tags
    links = {attrs["href"] for tag, attrs in tags if tag == "a"} - {"#main"}
    assert links == {f"#{part.kind}" for part in page(binary).parts}
    assert links <= {f"#{attrs['id']}" for _, attrs in tags if "id" in attrs}


def test_language_and_theme_come_from_the_recipe(binary: Record) -> None:
    """The recipe's report options set the page's language and colours."""
    told = replace(binary, recipe={**binary.recipe, "report": {"language": "ko", "theme": "dark"}})
    assert '<html lang="ko" data-theme="dark">' in html(told)
    assert '<html lang="en" data-theme="auto">' in html(binary)


def test_page_is_complete_without_script(binary: Record) -> None:
    """Buttons that need the script are hidden until it runs; sections are open."""
    tags = Tree(html(binary)).tags
    assert all("open" in attrs for tag, attrs in tags if tag == "details" and attrs.get("class") == "part")
    assert any(attrs.get("class") == "tools" and "hidden" in attrs for _, attrs in tags)


def test_broken_section_does_not_cost_the_page(binary: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """A section that raises becomes an alarm; every other section is drawn."""

    def broken(self: Section, record: Record) -> Sequence[Any]:
        raise KeyError("secret value")

    monkeypatch.setattr(Section.find("money"), "blocks", broken)
    text = html(binary)
    assert "CP9001" in text
    assert "secret value" not in text
    assert 'id="built"' in text


def test_profile_alone_has_data_and_quality_only(binary: Record) -> None:
    """The profile page has the two sections that need no model, and the findings."""
    data = Data(
        "x.csv", 10, 2, 0, 0, {"a": "number"}, findings=(Finding("D104", "info", "2 blanks were read as missing."),)
    )
    text = profile_html(Record.of_profile("x.csv", data, binary.profile, (), None))
    parts = [attrs["id"] for tag, attrs in Tree(text).tags if attrs.get("class") == "part"]
    assert parts == ["data", "quality"]
    assert "2 blanks were read as missing." in text
    assert "CP9001" not in text


def test_profile_with_a_target_draws_its_rate_with_intervals(binary: Record) -> None:
    """Classes in the data suffice for rates in percent; the target need not be named."""
    text = profile_html(Record.of_profile("telco", binary.data, binary.profile, binary.profile_findings, None))
    assert "CP9001" not in text
    assert "Columns most related to &#39;the target&#39;" in text
    assert ">50%</text>" in text


def test_summary_for_notebooks_is_a_piece_without_script_or_style_element(record: Record) -> None:
    """It is well-formed, escaped, and does not affect the notebook."""
    text = summary_html(replace(record, name=HOSTILE))
    tags = {tag for tag, _ in Tree(text).tags}
    assert not tags & {"script", "style", "html", "body", "svg", "details"}
    assert "&lt;script&gt;" in text


def test_a_customers_card_is_a_page(binary: Record) -> None:
    """The card has prediction, decision and waterfall, and does not claim to name nobody."""
    from custpred.report._customer import customer_html

    parts = [{"column": "tenure", "value": "</script>", "part": 10.0}]
    own = {"key": "C<1>", "label": "Yes", "start": 20.0, "answer": 30.0, "unit": "points", "parts": parts}
    own |= {"rest": 0.0, "others": 0, "words": [], "decision": {"decision": "Yes", "rank": 3, "of": 40, "gain": 12.5}}
    text = customer_html(own, binary)
    assert "Customer C&lt;1&gt;" in text
    assert "30.0%" in text
    assert "of 40 customers" in text
    assert 'class="chart waterfall"' in text
    assert "names no customer" not in text
    assert text.count("</script>") == 2


def test_no_line_ends_inside_a_date_or_a_range() -> None:
    """Dates and ranges of numbers are kept whole, other text is escaped and left as it is."""
    blocks = [Prose("From 2011-09-10 on, 1.068\u20131.129 <b> and a-b.")]
    text = blocks_html(blocks, Text())
    assert '<span class="whole">2011-09-10</span>' in text
    assert '<span class="whole">1.068\u20131.129</span>' in text
    assert "&lt;b&gt; and a-b." in text
