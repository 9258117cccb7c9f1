"""Charts of a record by name, as figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.report._blocks import Chart, Group
from custpred.report._figure import Figure
from custpred.report._pictures import gains, roc
from custpred.report._text import Text
from custpred.report.calibration import Calibration
from custpred.report.drivers import Drivers
from custpred.report.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.report._blocks import Block
    from custpred.report.base import Section
    from custpred.results.record import Record


@dataclass(frozen=True)
class Plots:
    """Each method returns a figure for notebooks and files; CP2415 if there is none."""

    record: Record

    def roc(self) -> Figure:
        """Return the ROC curve of the test."""
        return self._figure(roc(self.record, self._say), "ROC curve")

    def gains(self) -> Figure:
        """Return the share of positives reached by the share of customers contacted."""
        return self._figure(gains(self.record, self._say), "whom a campaign reaches")

    def importance(self) -> Figure:
        """Return the importance of columns for the predictions."""
        return self._first(Drivers())

    def calibration(self) -> Figure:
        """Return the reliability curve, or actual by predicted values."""
        return self._first(Calibration())

    def profit(self) -> Figure:
        """Return the profit by the number of customers contacted, at the costs of the recipe."""
        return self._first(Money())

    @property
    def _say(self) -> Text:
        return Text.of(self.record)

    def _first(self, section: Section) -> Figure:
        return self._figure(next(_charts(section.blocks(self.record)), None), section.title)

    def _figure(self, chart: Chart | None, name: str) -> Figure:
        if chart is None:
            raise DataError(
                f"This run has no numbers to draw: {name}.",
                code="CP2415",
                remedy="The report's section of that name says why; 'result.report(path)' writes it.",
            )
        return Figure(chart, self._say)


def _charts(blocks: Sequence[Block]) -> Iterator[Chart]:
    """Yield all charts, including those in groups."""
    for block in blocks:
        if isinstance(block, Chart):
            yield block
        elif isinstance(block, Group):
            yield from _charts(block.blocks)
