"""Members fitted to rows in parts, refitted to every row of a table larger than the memory.

Search, blend, calibration and all scores are of the sample that was read.  The rest of the table is
read in parts, as new customers are; the workers of the Dask cluster prepare and keep them, and
XGBoost and logistic regression are fitted to all of them with the options found.  Steps, scalings
and rounds stay those of the sample.  Its test rows stay out, to compare both models on them.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from custpred.errors import CustpredError, RunError
from custpred.inference.labelled import labelled as with_labels
from custpred.resample.base import Resample
from custpred.table import Finding
from custpred.task import Fit, Rows
from custpred.text import describe, plural
from custpred.training._rows.sampled import drawn_from, kept_share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from distributed import Client

    from custpred.columns.fitted_step import FittedStep
    from custpred.inference.predictor import Member, Predictor
    from custpred.models._parts import Parts
    from custpred.preparation import Preparation
    from custpred.split.base import Folds
    from custpred.target.base import Labelled
    from custpred.training.plan import Plan

UNREAD = frozenset({"D126", "D128"})
"""Codes of findings on values that became missing."""
AT_ONCE = 0.5
"""Size of a part in relation to the sample, which the memory also holds."""


class Fitted(NamedTuple):
    """The predictor, number of rows that members were fitted to, and names of the others.

    ``notes``: values outside of the sample that could not be read.
    """

    predictor: Predictor
    rows: int
    kept: tuple[str, ...]
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class WholeTable:
    """A table of which ``labelled`` is the sample that was read."""

    plan: Plan
    labelled: Labelled
    folds: Folds
    folder: Path
    """The run folder."""

    @property
    def there(self) -> bool:
        """Return whether the table is larger than the sample and can be read on a cluster."""
        source = self.plan.recipe.customers
        plainly = source is not None and source.duplicates == "keep" and self.labelled.weight is None
        return plainly and self.plan.recipe.engine.remote and drawn_from(self.labelled.table) > 0

    def able(self, predictor: Predictor) -> list[Member]:
        """Return the members that can be fitted to rows in parts."""
        plainly = self.plan.resample == Resample.nothing()
        return [each for each in predictor.members if plainly and each.model.spreads(self.labelled.task)]

    def fit(self, predictor: Predictor) -> Fitted:
        """Return the predictor whose able members are fitted to all rows, each once.

        Raises
        ------
        RunError
            If the cluster fails.
        DataError
            If a part of the table cannot be read.
        """
        able = self.able(predictor)
        client = self.plan.recipe.engine.client()
        assert client is not None  # the engine is remote
        made: dict[str, Member] = {}
        prepared, rows, lost = dict(predictor.preparations), 0, Counter[str]()
        with closing(client), client.as_current():
            for key in dict.fromkeys(each.preparation for each in able):
                same = [each for each in able if each.preparation == key]
                try:
                    lost.clear()  # the table is read once for each preparation
                    steps, parts = self._parts(client, predictor, self.plan.preparation(same[0].model), lost)
                    fit = Fit(self.labelled.task, self.plan.recipe.seed)
                    found = [each.model.fit_parts(each.fitted, parts, fit) for each in same]
                except CustpredError:
                    raise
                except Exception as cause:  # Dask, XGBoost and the network raise their own
                    raise RunError(
                        f"The cluster could not fit all rows: {describe(cause)}.",
                        code="CP5105",
                        remedy="The measured model is kept. Give the workers more memory, or look at their logs.",
                    ) from cause
                own = f"{key}-all"
                prepared[own], rows = (steps,), sum(parts.sizes)
                for each, one in zip(same, found, strict=True):
                    made[each.name] = replace(each, preparation=own, fitted=(one,), shifts=(0.0,))
        kept = tuple(each.name for each in predictor.members if each.name not in made)
        members = tuple(made.get(each.name, each) for each in predictor.members)
        return Fitted(replace(predictor, members=members, preparations=prepared), rows, kept, _notes(lost))

    def _parts(
        self, client: Client, predictor: Predictor, preparation: Preparation, lost: Counter[str]
    ) -> tuple[tuple[FittedStep, ...], Parts]:
        """Return the sample's learned steps, and all rows on the workers, prepared by them."""
        from custpred.training._rows.on_cluster import spread

        known, seed = self.labelled.take(self.folds.train), self.plan.recipe.seed
        made = preparation.fit(known.table.frame[list(preparation.columns)], known.truth, known.task, seed)
        sample = Rows(made.X, made.y)
        return made.steps, spread(client, sample, made.steps, self._rest(predictor, lost))

    def _rest(self, predictor: Predictor, lost: Counter[str]) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
        """Yield the customers that are not in the sample, part by part, with their labels.

        Values that cannot be read are missing, and are counted in ``lost`` by column.
        """
        source = self.plan.recipe.customers
        assert source is not None  # a sample was read from it
        share = kept_share(self.folder, 1.0)
        count = math.ceil((1 - share) / (AT_ONCE * share))
        for number in range(count):
            size = (1 - share) / count
            raw = source.part(size, share + number * size)
            rows, truth, _ = with_labels(predictor, raw.frame)
            for each in rows.converted:
                if each.code in UNREAD and each.column is not None:
                    lost[each.column] += int(each.numbers["rows"])
            yield rows.frame, truth


def _notes(lost: Counter[str]) -> tuple[Finding, ...]:
    """Report values that became missing in the fit to all rows, which the sample does not show."""
    return tuple(
        Finding(
            "D136",
            "warning",
            f"Column {name!r} has {plural(rows, 'value')} outside of the sample that cannot be read; they were missing"
            " when the final model was fitted to all rows.",
            name,
            {"rows": rows},
        )
        for name, rows in sorted(lost.items())
    )
