"""The contract of report sections.

A section turns the record of a run into blocks of plain data: headings, sentences, facts, tables,
charts, notes.  It never writes HTML: the page, the Markdown report and the dashboard draw the same
blocks.  A section's sentences go through ``say`` (``_text.Text``), which translates them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record


class Section(Spec):
    """One section; ``order`` is its position, ``readers`` the roles for which it is unfolded.

    >>> Section.find("verdict").title, Section.find("board").order
    ('The verdict', 60)
    """

    title: ClassVar[str]
    order: ClassVar[int]
    readers: ClassVar[frozenset[str]] = frozenset({"summary", "analyst", "operations", "audit"})
    translations: ClassVar[dict[str, dict[str, str]]] = {}
    """Language -> English text -> translation, in addition to ``theme/ko.json``."""

    def heading(self, record: Record) -> str:
        """Return the title in English, which may depend on the prediction task."""
        return self.title

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the section's blocks; only ``Absent`` with the reason if there is none."""
        raise NotImplementedError
