"""Money: the profit of contacting the best-scored customers at the recipe's costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from custpred.evaluate._money import drawn, facts, held, ranked
from custpred.evaluate._ranked import band
from custpred.evaluate._rows import rows_of
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence


class Profit(Evaluate):
    """The profit of a campaign to the n best-scored customers, and how many to contact.

    Contacting a customer earns ``probability x success_rate x (value - offer_cost) - contact_cost``
    (``Business.profit``).  Customers are ranked by this number with the predicted probability; the
    profit shown uses actual outcomes.  For amounts the probability is 1 and the value the amount.

    All numbers are those of one scoring round: the mean over the cutoffs if rows have several.

    Rows: ``contacted``, ``share``, ``profit`` with a bootstrap interval ``low`` and ``high``, and
    ``expected`` by the model.  Facts: ``contacted``, ``share``, ``profit``, ``low``, ``high`` of
    the policy's customers (expected profit above 0, up to the capacity); ``everyone``; ``capacity``
    among these rows, ``round_capacity`` of the recipe, ``round_share`` (these rows as a share of a
    round), ``rounds``, ``at_capacity``; ``break_even``, the score from which a customer of median
    value pays; ``unknown`` values; ``round``, profits scaled to a round; ``sensitivity``, ``empc``,
    ``control``.
    """

    sizes: Annotated[int, Field(ge=5, le=200, description="Number of list sizes shown.")] = 20

    def measure(self, evidence: Evidence) -> Measure:
        """Rank, sum and bootstrap the profit of the test rows, not scaled to a scoring round."""
        money = ranked(evidence)
        n = money.most
        marks = [*money.planned, money.capacity or n, n]
        sizes = np.unique(np.round(np.r_[n * np.arange(1, self.sizes + 1) / self.sizes, n / 100, marks])).astype(int)
        sizes = sizes[sizes > 0]
        each = [sizes] * len(money.realised)
        value, expected = held(money.realised, each), held(money.expected, each)
        low, high = band(drawn(money.realised, each, evidence.seed), value)
        rows = rows_of(contacted=sizes, share=sizes / n, profit=value, low=low, high=high, expected=expected)
        return Measure(self.kind(), rows, facts(evidence, money))
