"""Colours, print and narrow screens."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from custpred.report._page import html, sections

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.results.record import Record

STYLE = (files("custpred.report") / "theme" / "style.css").read_text(encoding="utf-8")
PALETTES = [
    dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root[^{]*\{(.*?)\}", STYLE, re.DOTALL)
]
LIGHT, DARK = PALETTES[0], PALETTES[1]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def over(front: str, back: str, opacity: float) -> str:
    pairs = [(int(front[i : i + 2], 16), int(back[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(opacity * f + (1 - opacity) * b):02x}" for f, b in pairs)


def test_contrast_of_black_and_white_is_21() -> None:
    """The formula gives the standard's value."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "wash"])
@pytest.mark.parametrize("colour", ["ink", "soft", "accent", "good", "info", "warning", "alarm"])
def test_text_colours_reach_aa(palette: dict[str, str], ground: str, colour: str) -> None:
    """Every text colour has a contrast of 4.5 to 1 on both backgrounds."""
    assert contrast(palette[colour], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_reach_three_to_one(palette: dict[str, str]) -> None:
    """Symbols in coloured marks, and meaningful lines, have a contrast of at least 3 to 1."""
    for tone in ("accent", "good", "info", "warning", "alarm"):
        assert contrast(palette["paper"], palette[tone]) >= 4.5
    assert contrast(palette["edge"], palette["paper"]) >= 3


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_in_a_heat_grid_can_be_read(palette: dict[str, str]) -> None:
    """The number in the darkest cell has enough contrast."""
    assert contrast(palette["ink"], over(palette["accent"], palette["paper"], 0.40)) >= 4.5


def test_both_ways_to_a_theme_give_the_same_colours() -> None:
    """The button's palettes equal those of the system's preference."""
    assert PALETTES == [LIGHT, DARK, LIGHT, DARK]
    assert LIGHT.keys() == DARK.keys()


def test_rules_for_print_motion_and_focus_are_there() -> None:
    """The style opens collapsed parts in print, respects reduced motion and shows the focus."""
    assert "details::details-content" in STYLE
    assert "prefers-reduced-motion" in STYLE
    assert ":focus-visible" in STYLE
    assert "size: A4" in STYLE


def test_every_variable_is_defined() -> None:
    """Every colour that is used is in the palette."""
    used = set(re.findall(r"var\(--(\w+)\)", STYLE)) - {"tone", "sign"}
    assert used <= LIGHT.keys()


def _browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine")
    return found


def opened(record: Record, folder: Path, width: int, script: str) -> str:
    """Open the page in a browser, run a script on ``page``, and return its text."""
    escaped = json.dumps(html(record)).replace("</", "<\\/")
    (folder / "wrap.html").write_text(
        f"<meta charset=utf-8><iframe id=f style='width:{width}px;height:800px;border:0'></iframe><script>"
        "const frame = document.getElementById('f');"
        f"frame.onload = () => {{ const page = frame.contentDocument; document.title = 'told ' + ({script}); }};"
        f"frame.srcdoc = {escaped};</script>",
        encoding="utf-8",
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    place = [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000", "--dump-dom"]
    command = [_browser(), *options, *place, (folder / "wrap.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    told = re.search(r"<title>told (.*?)</title>", done.stdout)
    assert told
    return told.group(1)


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
def test_no_sideways_scroll(record: Record, tmp_path: Path, width: int) -> None:
    """In a browser the page is not wider than its window, on a phone and on a desktop."""
    assert int(opened(record, tmp_path, width, "page.documentElement.scrollWidth")) <= width


@pytest.mark.slow
def test_role_switch_opens_its_sections(binary: Record, tmp_path: Path) -> None:
    """The policy allows the page's script, and a role's button opens exactly its sections."""
    click = "page.querySelector('[data-role=operations]').click()"
    parts = "[...page.querySelectorAll('.part')].filter((each) => each.open).map((each) => each.id).join(' ')"
    told = opened(binary, tmp_path, 1280, f"({click}, {parts})")
    wanted = [section.kind() for section in sections() if "operations" in section.readers]
    assert told.split() == wanted


@pytest.mark.slow
def test_tables_are_sorted_by_number(binary: Record, tmp_path: Path) -> None:
    """A click on a heading sorts by the numbers of the cells, the largest first."""
    head = "page.querySelector('#board .fold th:nth-child(7) button').click()"
    cells = "[...page.querySelectorAll('#board .fold td:nth-child(7)')].map((each) => each.textContent).join('|')"
    assert opened(binary, tmp_path, 1280, f"({head}, {cells})").startswith("2.4 s|2.1 s|1.2 s|0.93 s|0.11 s|")
