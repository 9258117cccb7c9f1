"""The contract of report sections: a result in, typed blocks out; drawing happens elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record


class Section(Spec):
    """One section; ``order`` is its place, ``readers`` the roles it is opened for."""

    title: ClassVar[str]
    order: ClassVar[int]
    readers: ClassVar[frozenset[str]] = frozenset({"summary", "analyst", "operations", "audit"})

    def appears(self, record: Record) -> bool:
        """Return whether the page has the section at all."""
        return True

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the section's blocks; says so in one sentence when there is nothing to show."""
        raise NotImplementedError
