"""``models: lstm``."""

from __future__ import annotations

from typing import ClassVar

from custpred.models._networks.sequence_model import Recurrent


class LSTM(Recurrent):
    """Long short-term memory over steps: gates keep, write and read a cell state.

    References
    ----------
    Hochreiter & Schmidhuber (1997), Neural Computation 9(8); Gers et al. (2000), 12(10).
    """

    studied: ClassVar[float | None] = 30
