"""Plots of a finished run, and of a single customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.explain.by_event import of_row
from custpred.inference.action_list import found
from custpred.inference.explanations import ENDS, reasons
from custpred.report._figure import Figure
from custpred.report._plots import Plots
from custpred.report._text import Text
from custpred.report._waterfall import picture
from custpred.text import plain

if TYPE_CHECKING:
    from custpred.inference.predictor import Predictor
    from custpred.results.result import Result


@dataclass(frozen=True)
class ResultPlots(Plots):
    """Plots of a run, including those that need its model."""

    result: Result

    def waterfall(self, key: object, data: object = None, *, as_of: str | None = None) -> Figure:
        """Return one customer's prediction as a sum of attributions.

        Parameters
        ----------
        key
            The customer's id.
        data
            The table with the customer, or events: a path or a frame; None: the run's own source.

        Raises
        ------
        DataError
            CP2404 if no row has this id, CP2414 if the run's source was not saved.
        """
        return customer_figure(self.result.predictor, str(key), data, as_of, Text.of(self.record))


def customer_figure(predictor: Predictor, key: str, data: object, as_of: str | None, say: Text) -> Figure:
    """Return the waterfall plot of one customer."""
    everyone, place = found(predictor.intake, key, data, as_of)
    frame, _ = predictor.conform(everyone.iloc[[place]])
    why = reasons(predictor, frame).iloc[0]
    names = [str(name) for name in why.index[len(ENDS) :]]
    values = [shown(frame[name].iloc[0]) if name in frame else "" for name in names]
    return Figure(picture(of_row(why, names, values, predictor.task), plain(key), say), say)


def shown(value: object) -> object:
    """Return a cell as shown in a sentence: a number, a text, or None if missing."""
    if isinstance(value, int | float | np.number):
        return None if np.isnan(value) else float(value)
    if pd.isna(value):
        return None
    return str(value)[:10] if hasattr(value, "isoformat") else plain(value, 60)
