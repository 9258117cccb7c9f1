"""Synthetic customers with known true probabilities."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from custpred.errors import DataError, did_you_mean
from custpred.source._raw import Raw
from custpred.source.base import Source
from custpred.text import listed, plain

if TYPE_CHECKING:
    from pandas import DataFrame

    from custpred.source._samples.made import Made
    from custpred.table import Table


_COLUMNS = {
    "telecom": "customer_id joined tenure age city contract internet payment paperless monthly_charges total_charges "
    "data_gb support_calls satisfaction churn",
    "shop": "customer_id joined channel orders spend days_since_last_order favourite_category buys_again "
    "spend_next_90d segment",
    "reviews": "review language sentiment",
    "orders": "customer_id ordered_at amount category",
    "sentences": "sentence language",
}


class Sample(Source):
    """Synthetic customers with a known truth: telecom, shop, reviews, orders, sentences.

    ``telecom``: churn; ``shop``: buys again, spend, segment; ``reviews``: sentiment; ``orders``:
    events of the shop, of unknown truth after a cutoff; ``sentences`` (Korean, English): the next
    word.

    >>> Sample(sample="telecom").kind()
    'sample'
    """

    sample: Literal["telecom", "shop", "reviews", "orders", "sentences"] = Field(
        "telecom", description="Which customers."
    )
    rows: Annotated[int, Field(ge=1, le=10**8)] | None = Field(
        None, description="Number of customers; default: 2000, for reviews 1000."
    )
    seed: int = Field(7, ge=0, lt=2**31, description="Seed of the random numbers.")

    def raw(self) -> Raw:
        """Make the customers, with all their outcomes."""
        return Raw(self._make().frame, f"sample {self.sample}")

    def read(self, *, target: str | None = None) -> Table:
        """Return the customers without other outcomes, which are unknown at prediction time."""
        from custpred.source._typing.typed_table import table_of, without_repeats

        made = self._make()
        others = [name for name in made.truths if name != target]
        raw = Raw(made.frame.drop(columns=others), f"sample {self.sample}")
        chosen = self.with_(key=self.own_key, drop=[name for name in self.drop if name not in others])
        known = made.truths.get(target) if target is not None else None
        table = replace(table_of(raw, chosen.with_(duplicates="keep"), target), known=known)
        return without_repeats(table, self.duplicates)

    def header(self) -> list[str] | None:
        """Return the column names, including outcomes, without making customers."""
        return _COLUMNS[self.sample].split()

    @property
    def own_key(self) -> str | None:
        """Return the key of the recipe, or the sample's own; reviews and sentences have none."""
        return self.key or next((name for name in _COLUMNS[self.sample].split() if name == "customer_id"), None)

    @classmethod
    def of(cls, name: str, rows: int | None, seed: int) -> Sample:
        """Return the sample with a name.

        Raises
        ------
        DataError
            CP2434 if there is no sample of that name.
        """
        if name not in _COLUMNS:
            raise DataError(
                f"There is no sample {plain(name, 40)!r}.{did_you_mean(name, _COLUMNS)}",
                code="CP2434",
                found=plain(name, 40),
                remedy=f"The samples are {listed(list(_COLUMNS), len(_COLUMNS))}.",
            )
        return cls.model_validate({"sample": name, "rows": rows, "seed": seed})

    def with_outcome(self, outcome: str | None) -> DataFrame:
        """Return the columns with one outcome, or with none, as for new customers.

        Raises
        ------
        DataError
            CP2102 if the sample has no such outcome.
        """
        made = self._make()
        DataError.require_columns([] if outcome is None else [outcome], made.truths)
        frame: DataFrame = made.frame.drop(columns=[name for name in made.truths if name != outcome])
        return frame

    def _make(self) -> Made:
        from custpred.source._samples import reviews, sentences, shop, telecom

        makers = {"telecom": telecom.make, "shop": shop.make, "reviews": reviews.make, "orders": shop.make_orders}
        make = {**makers, "sentences": sentences.make}[self.sample]
        return make(self.rows or (1000 if self.sample == "reviews" else 2000), self.seed)
