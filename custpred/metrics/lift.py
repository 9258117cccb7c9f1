"""Lift of the best-scored customers."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.metrics._ranked import RankedMetric

if TYPE_CHECKING:
    from custpred.metrics._ranking import Curve
    from custpred.task import Predictions


class Lift(RankedMetric):
    """Rate of outcomes in the best-scored share of customers, divided by the rate of all customers.

    Customers with the same score share the remaining places, as in a random choice among them.
    """

    label = "Lift"
    usual = {"binary": 50}
    limits = (0.0, float("inf"))

    at: Annotated[float, Field(gt=0, le=1, description="Share of customers to contact.")] = 0.1

    def of_curve(self, curve: Curve) -> float:
        """Return the share of all outcomes in the best-scored share, divided by that share."""
        from custpred.metrics._ranking import gained_at

        return gained_at(curve, self.at) / self.at

    def threshold(self, predictions: Predictions) -> float:
        """Return the probability threshold that selects the share of customers to contact."""
        from custpred.metrics._threshold import top_share

        return top_share(predictions, self.at)

    def widest(self, classes: int = 0) -> tuple[float, float]:
        """Return 0, and the lift if all outcomes are in the best-scored share."""
        return 0.0, 1.0 / self.at

    def name(self) -> str:
        """Return ``lift_at_10`` for the best-scored tenth.

        >>> Lift(at=0.05).name()
        'lift_at_5'
        """
        return f"lift_at_{100 * self.at:g}"

    def title(self) -> str:
        """Return ``Lift at 10%``."""
        return f"Lift at {100 * self.at:g}%"
