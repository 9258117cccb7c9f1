"""An LSTM computed by hand: gates and states at each step from textbook weights, in NumPy only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.errors import DataError
from custpred.models._networks.recurrent_cells import logistic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

WHOLE = ("forget", "input", "candidate", "output")
"""The gates that determine the next state; without them only one step can be computed."""


def gates(
    inputs: ArrayLike,
    weights: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    bias: Mapping[str, ArrayLike] | None = None,
    hidden: ArrayLike | None = None,
    cell: ArrayLike | None = None,
) -> dict[str, np.ndarray]:
    """Return the gates of an LSTM at each step, and its states if all four gates are passed.

    Parameters
    ----------
    inputs : array of shape (n_steps, n_channels)
        The steps from the oldest to the newest; a single step may have shape (n_channels,).
    weights
        For ``forget``, ``input``, ``candidate``, ``output`` or some, the weights of the state,
        (n_hidden,) or (n_units, n_hidden), and of the input, (n_channels,) or (n_units,
        n_channels).
    bias
        The bias of a gate, a number or shape (n_units,); 0 by default.
    hidden, cell
        The states before the first step, shape (n_hidden,) and (n_units,); 0 by default.

    Returns
    -------
    dict
        Each gate by name, shape (n_steps, n_units), and ``cell`` and ``hidden`` if all four gates
        are passed.  Gates lie between 0 and 1, candidate and hidden state between -1 and 1.

    Raises
    ------
    DataError
        CP2433 if a gate is unknown, shapes differ, or several steps lack one of the four gates.

    References
    ----------
    Hochreiter and Schmidhuber (1997), Neural Computation 9(8); the forget gate is of Gers,
    Schmidhuber and Cummins (2000), Neural Computation 12(10).

    Examples
    --------
    A first word, as a one-hot vector, keeps 52 % of the memory and writes 55 % of itself:

    >>> weights = {"forget": ([0.5, 0.5], [0.1, 0.2, 0.3]), "input": ([0.5, 0.5], [0.2, 0.1, 0.4])}
    >>> first = gates([1, 0, 0], weights)
    >>> {name: round(float(values[0, 0]), 2) for name, values in first.items()}
    {'forget': 0.52, 'input': 0.55}
    """
    x = np.atleast_2d(np.asarray(inputs, dtype=float))
    own = {name: _pair(name, pair, x.shape[1]) for name, pair in weights.items()}
    whole = set(WHOLE) <= set(own)
    if len(x) > 1 and not whole:
        raise _wrong(f"{len(x)} steps need all four gates, but {len(own)} were passed; with fewer, pass a single step.")
    width, units = _sizes(own)
    h = _state(hidden, width, "hidden")
    c = _state(cell, units, "cell")
    shift = {name: _shift(name, values, units) for name, values in (bias or {}).items()}
    found: dict[str, list[np.ndarray]] = {}
    for step in x:
        now = {name: _gate(name, u @ h + w @ step + shift.get(name, 0.0)) for name, (u, w) in own.items()}
        if whole:
            c = now["forget"] * c + now["input"] * now["candidate"]
            h = now["output"] * np.tanh(c)
            now |= {"cell": c, "hidden": h}
        for name, values in now.items():
            found.setdefault(name, []).append(values)
    return {name: np.stack(values) for name, values in found.items()}


def _gate(name: str, inside: np.ndarray) -> np.ndarray:
    return np.tanh(inside) if name == "candidate" else logistic(inside)


def _pair(name: str, pair: tuple[Any, Any], channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of a gate for the state and for the input, each with one row per unit."""
    if name not in WHOLE:
        raise _wrong(f"expected the gates {', '.join(WHOLE)}, got {name!r}.")
    over_state, over_input = (np.atleast_2d(np.asarray(each, dtype=float)) for each in pair)
    if over_input.shape[1] != channels or len(over_state) != len(over_input):
        shapes = f"{over_state.shape} and {over_input.shape}"
        raise _wrong(f"{name}: weights of shapes {shapes} do not match an input with {channels} channels.")
    return over_state, over_input


def _sizes(own: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> tuple[int, int]:
    """Return the length of the hidden state and the number of units, equal for all gates."""
    shapes = {over_state.shape for over_state, _ in own.values()}
    if len(shapes) != 1:
        raise _wrong("all gates need weights of the same shape.")
    ((units, width),) = shapes
    if len(own) == len(WHOLE) and units != width:
        raise _wrong(f"four gates produce a hidden state of length {units}, but their weights expect {width}.")
    return width, units


def _shift(name: str, values: ArrayLike, units: int) -> np.ndarray:
    """Return the bias of a gate, one number for all units or one for each."""
    found = np.asarray(values, dtype=float)
    if name not in WHOLE:
        raise _wrong(f"expected the gates {', '.join(WHOLE)}, got a bias of {name!r}.")
    if found.shape not in {(), (units,)}:
        raise _wrong(f"{name}: expected a bias that is a number or {units} numbers, got the shape {found.shape}.")
    return found


def _state(values: Any, length: int, name: str) -> np.ndarray:
    found = np.zeros(length) if values is None else np.asarray(values, dtype=float)
    if found.shape != (length,):
        raise _wrong(f"{name}: expected {length} numbers, got the shape {found.shape}.")
    return found


def _wrong(message: str) -> DataError:
    return DataError(message, code="CP2433", remedy="See help(custpred.gates) for the shapes.")
