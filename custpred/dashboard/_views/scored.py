"""How scored customers are shown: headings in the user's language, percents and amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import pandas as pd
import streamlit as st

from custpred.dashboard._listing import CHANCE, MONEY, heading
from custpred.text import minor_digits

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

    from custpred.report._text import Text
    from custpred.task import Task


class Displayed(TypedDict):
    """Arguments of ``st.dataframe``."""

    data: pd.DataFrame
    column_config: dict[str, ColumnConfig]


def displayed(scored: pd.DataFrame, task: Task, say: Text) -> Displayed:
    """Return the table to show and the format of its columns, as arguments of ``st.dataframe``.

    Probabilities are shown in percent.  Of two classes only the positive one is shown: the other
    has the rest of the probability, and a phone has no room for both.
    """
    hidden = [CHANCE + label for label in task.labels if label != task.positive] if task.kind == "binary" else []
    shares = {name: 100 * scored[name] for name in map(str, scored.columns) if name.startswith(CHANCE)}
    shown = scored.assign(**shares).drop(columns=hidden, errors="ignore")
    return {"data": shown, "column_config": _formats(shown, say)}


def _formats(shown: pd.DataFrame, say: Text) -> dict[str, ColumnConfig]:
    form: dict[str, ColumnConfig] = {}
    for name in map(str, shown.columns):
        label = heading(name, say)
        if name.startswith(CHANCE):
            form[name] = st.column_config.NumberColumn(label, format="%.1f%%")
        elif name in MONEY:
            heads = f"{label} ({say.currency})" if say.currency else label
            form[name] = st.column_config.NumberColumn(heads, format=f"%,.{minor_digits(say.currency)}f")
        elif pd.api.types.is_float_dtype(shown[name]):
            form[name] = st.column_config.NumberColumn(label, format="%,.2f")
        elif name == "rank":
            form[name] = st.column_config.NumberColumn(label, format="%,d")
        elif label != name:
            form[name] = st.column_config.Column(label)
    return form
