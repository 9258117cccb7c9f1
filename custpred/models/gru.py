"""``models: gru``."""

from __future__ import annotations

from typing import ClassVar

from custpred.models._networks.sequence_model import Recurrent


class GRU(Recurrent):
    """Gated recurrent units over steps: fewer weights than an LSTM, often as good.

    Keras' form: h' = z h + (1 - z) n, reset after the product; textbooks may swap z and 1 - z.

    References
    ----------
    Cho et al. (2014), arXiv:1406.1078, equations 5 to 8.
    """

    studied: ClassVar[float | None] = 20
