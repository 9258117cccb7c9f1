"""Reports in a browser: wide, on a phone, light, dark, printed, without scripts or network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import GRAVE, PAGES, PATIENT, SIZES

pytestmark = pytest.mark.slow

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OVERLAPS = """
() => {
  const found = [];
  for (const chart of document.querySelectorAll("svg")) {
    const labels = [...chart.querySelectorAll("text")]
      .map(text => ({ text: text.textContent.trim(), box: text.getBoundingClientRect() }))
      .filter(label => label.text && label.box.width > 0);
    for (let i = 0; i < labels.length; i++)
      for (let j = i + 1; j < labels.length; j++) {
        const [a, b] = [labels[i].box, labels[j].box];
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (width > 2 && height > 0.35 * Math.min(a.height, b.height)) {
          const section = chart.closest(".part");
          found.push(`${section ? section.id : ""}: ${labels[i].text} | ${labels[j].text}`);
        }
      }
  }
  return found;
}
"""
HYPHENS = r"""
() => {
  const found = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    if (!walker.currentNode.parentElement.closest("script, style, pre, code") && /(^|[\s(\u2013])-\d/.test(text))
      found.push(text);
  }
  return found;
}
"""
"""Negative numbers have a minus sign."""
SMALL_PRINT = """
() => [...document.querySelectorAll("table:not(.dense) td")]
  .filter(cell => cell.offsetWidth && parseFloat(getComputedStyle(cell).fontSize) < 9)
  .map(cell => cell.innerText)
"""
"""On paper 9 px are 6.75 points; only tables of many columns are smaller."""
CUT = """
() => [...document.querySelectorAll("svg text")]
  .filter(text => {
    const box = text.getBoundingClientRect(), frame = text.ownerSVGElement.getBoundingClientRect();
    return box.width > 0 && (box.left < frame.left - 2 || box.right > frame.right + 2);
  })
  .map(text => `${text.closest(".part")?.id}: ${text.textContent.trim()}`)
"""
FRAMES = """
() => [...document.querySelectorAll(".scroll")]
  .filter(frame => frame.scrollWidth > frame.clientWidth + 1)
  .map(frame => `${frame.closest(".part")?.id}: ${frame.querySelector("tr").innerText}`)
"""
PIECES = """
() => [...document.querySelectorAll(".cards td")]
  .filter(cell => getComputedStyle(cell).display === "flex" && cell.childNodes.length > 1)
  .map(cell => `${cell.closest(".part")?.id}: ${cell.innerText}`)
"""
"""Each piece of a flexible cell is a column: text with a date in it must be one piece."""
OPEN = "document.querySelectorAll('details').forEach(each => each.open = true)"


@contextmanager
def opened(browser: Any, path: Path, size: str, scheme: str, **options: Any) -> Iterator[tuple[Any, list[str]]]:
    """A page with every fold open, with its errors and its network requests."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
    context.set_default_timeout(PATIENT)
    page, faults = context.new_page(), []
    page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else faults.append(asked.url))
    try:
        page.goto(path.as_uri())
        if options.get("java_script_enabled", True):
            page.evaluate(OPEN)
        yield page, faults
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_every_window(browser: Any, report: Callable[[str], Path], name: str, size: str, scheme: str) -> None:
    """No request, no error, no sideways scroll, no table wider than its frame, no label cut."""
    with opened(browser, report(name), size, scheme) as (page, faults):
        assert faults == []
        assert page.evaluate(SIDEWAYS) <= 0
        assert page.evaluate(FRAMES) == []
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate(CUT) == []
        assert page.evaluate(PIECES) == []
        assert page.evaluate(HYPHENS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible(browser: Any, report: Callable[[str], Path], name: str, scheme: str) -> None:
    """The axe rules find nothing serious or critical; text contrast is among them."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python")
    with opened(browser, report(name), "wide", scheme) as (page, _):
        found = axe.Axe().run(page).response["violations"]
    grave = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found if each["impact"] in GRAVE]
    assert grave == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_readable_without_scripts_and_on_paper(
    browser: Any, report: Callable[[str], Path], name: str
) -> None:
    """Without scripts every section is there; printed, nothing is wider than the sheet."""
    with opened(browser, report(name), "wide", "light") as (page, _):
        titles = page.locator(".part h2").all_inner_texts()
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 718, "height": 1000})  # the text width of a sheet of A4
        assert page.evaluate(SIDEWAYS) <= 0
        assert page.evaluate(CUT) == []
        assert page.evaluate(FRAMES) == []
        assert page.evaluate(SMALL_PRINT) == []
    with opened(browser, report(name), "phone", "light", java_script_enabled=False) as (page, faults):
        assert faults == []
        assert page.locator(".part h2").all_inner_texts() == titles
        assert len(titles) > 5
