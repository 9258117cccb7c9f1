"""No search."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.search._trial import Entry


class Without(Search):
    """One configuration per model, as the recipe defines it; nothing is searched."""

    def starting(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Return every entry with its own configuration only."""
        return [replace(entry, starts=(entry.model,)) for entry in entries]
