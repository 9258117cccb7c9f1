"""Gates and states of a trained LSTM, GRU or simple RNN, step by step from its equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.sequence import FIRST, PADDING, UNSEEN, is_coded
from custpred.errors import NotApplicable
from custpred.models._networks.recurrent_cells import GATES, unrolled
from custpred.models._networks.sequence_network import embedded
from custpred.text import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from custpred.models._networks.sequence_model import Fitted

RARE = "(rare)"


def gates(fitted: Fitted, X: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return gates and states of the first layer, forward, each (n_rows, n_steps, n_units).

    Parameters
    ----------
    fitted
        A fitted lstm, gru or rnn.
    X
        Prepared rows.  The states do not change at padded steps.

    Raises
    ------
    NotApplicable
        If the network has no recurrent cell.
    """
    if fitted.net.cell not in GATES:
        raise NotApplicable(f"A {fitted.net.cell} has no gates; only lstm and gru have.", code="CP4111")
    scaled = fitted.channels.apply(X)
    found = unrolled(
        fitted.net.cell, embedded(fitted.net, fitted.weights, scaled), scaled.mask, fitted.weights["cell0"]
    )
    return {name: found[name] for name in GATES[fitted.net.cell]}


def present(fitted: Fitted, X: pd.DataFrame) -> np.ndarray:
    """Return the mask of steps that are not padding, shape (n_rows, n_steps)."""
    return fitted.channels.apply(X).mask


def events(fitted: Fitted, X: pd.DataFrame, human: Mapping[str, str], words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the content of each step of the first row, in words; empty for padding.

    Parameters
    ----------
    human
        Readable stem, by the internal one.
    words
        Meaning of the codes 2, 3, ..., by the readable stem.
    """
    layout = fitted.channels.layout
    steps = [""] * layout.steps
    for stem in layout.stems:
        values, name = layout.fold(X.iloc[:1], [stem])[0, :, 0], human.get(stem, stem)
        for step, value in enumerate(values):
            text = _word(value, words.get(name, ())) if is_coded(stem) else _number(name, value, layout.numeric)
            steps[step] = " ".join(each for each in (steps[step], text) if each)
    return steps


def _word(code: float, words: Sequence[str]) -> str:
    if code == PADDING:
        return ""
    place = int(code) - FIRST
    return RARE if code == UNSEEN or place >= len(words) else words[place]


def _number(name: str, value: float, numeric: Sequence[str]) -> str:
    if np.isnan(value):
        return ""
    text = number(float(value), 4)
    return text if len(numeric) == 1 else f"{name} {text}"
