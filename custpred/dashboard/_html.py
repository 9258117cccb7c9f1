"""The report's blocks in the dashboard, as HTML with the report's style, scoped to it."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from custpred.report._page import blocks_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text

_OWN = """
.custpred { color: var(--ink); font-size: .9375rem; line-height: 1.55; overflow-wrap: anywhere;
  word-break: keep-all; }
.custpred > * + * { margin-top: 1rem; }
.custpred > h3 { margin-top: 2rem; font-size: 1.125rem; }
.custpred > h3:first-child { margin-top: .5rem; }
.custpred > h3 + * { margin-top: .5rem; }
.custpred > p { max-width: 46rem; }
.custpred > figure { max-width: 46rem; }
.custpred > .note + .note { margin-top: .6rem; }
.headline { font-size: 1.25rem; }
.facts { grid-template-columns: repeat(auto-fill, minmax(min(8.25rem, 100%), 1fr)); gap: 1rem 1.25rem; }
.facts dt + dd { font-size: 1.375rem; }
.custpred > .facts + .side { margin-top: 2rem; }
"""
SCRIPT = """export default function ({ data, parentElement }) {
  const place = parentElement.querySelector("#piece")
  if (place.dataset.shown !== data) {
    place.innerHTML = data
    place.dataset.shown = data
  }
}"""
"""Updates the element only if its HTML changed, so that unfolded details stay open."""


@cache
def style() -> str:
    """Return the report's style for the element ``custpred`` in a shadow root."""
    own = (files("custpred.report") / "theme" / "style.css").read_text(encoding="utf-8")
    kept = re.sub(r"^(html|body) \{.*?\}\n", "", own, flags=re.MULTILINE | re.DOTALL)
    return kept.replace(":root", ".custpred") + _OWN


def piece(blocks: Sequence[Block], say: Text, theme: str) -> str:
    """Return blocks as HTML for one element of a page, with all data escaped.

    Parameters
    ----------
    theme
        ``light`` or ``dark``.
    """
    body = blocks_html(blocks, say)
    return f'<div class="custpred" lang="{say.language}" data-theme="{theme}">{body}</div>'
