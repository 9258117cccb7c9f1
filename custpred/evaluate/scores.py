"""The main scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.errors import NotApplicable, RunError
from custpred.evaluate._rows import number
from custpred.evaluate.base import Evaluate, Measure
from custpred.metrics._bootstrap import interval
from custpred.metrics._checked import computing

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.metrics.base import Metric
    from custpred.storage.plain import JSON


class Scores(Evaluate):
    """Every metric on the test rows, each with a 95 % bootstrap interval.

    Rows: ``metric``, ``label``, ``better``, ``value``, ``low``, ``high``; facts: metric -> value.
    """

    draws: Annotated[int, Field(ge=20, le=10_000, description="Number of bootstrap draws for the intervals.")] = 200

    def measure(self, evidence: Evidence) -> Measure:
        """Score the predictions with every metric.

        Metrics undefined on these rows are named in ``facts['undefined']``; those that cannot be
        computed are in ``facts['failed']``, with the reason.
        """
        kind = evidence.predictions.task.kind
        wanted = [metric for metric in evidence.metrics if kind in metric.tasks]
        found, failed = {}, {}
        for metric in wanted:
            try:
                with computing(metric):
                    found[metric.name()] = self._row(metric, evidence)
            except RunError as fault:
                failed[metric.name()] = fault.message
        rows = tuple(row for row in found.values() if row is not None)
        if not rows:
            raise NotApplicable("none of the metrics is defined on the test rows.")
        undefined = [name for name, row in found.items() if row is None]
        more = {"undefined": undefined, "failed": failed}
        facts = {row["metric"]: row["value"] for row in rows} | {key: each for key, each in more.items() if each}
        return Measure(self.kind(), rows, facts)

    def _row(self, metric: Metric, evidence: Evidence) -> JSON | None:
        value = number(float(metric.score(evidence.predictions)))
        if value is None:
            return None
        seconds = 0.5 * evidence.seconds / max(1, len(evidence.metrics))
        low, high = interval(metric, evidence.predictions, draws=self.draws, seed=evidence.seed, seconds=seconds)
        own = {"metric": metric.name(), "label": metric.title(), "better": metric.better}
        return {**own, "value": value, "low": number(low), "high": number(high)}
