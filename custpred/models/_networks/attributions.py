"""The contribution of each column, including those of sequences, to a network's score.

The customer is built up from a neutral one, piece by piece; the change in score with each piece is
its contribution, so contributions add up (two orderings of Shapley, 1953: sequences first or last).
The neutral customer has mean numbers, unseen codes, and as many steps as most customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.sequence import UNSEEN, step_name
from custpred.models._networks.channels import Channels, ScaledSequences
from custpred.models._networks.sequence_network import ROWS, Net, Weights, head, pooled

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PIECES, EVENTS = 24, 64
"""Maximum pieces of sequences: each column, or else each of the newest events, and the older ones.
Codes with more steps than the second number are words of a text, which is one piece."""


def attributed(net: Net, weights: Weights, channels: Channels, scaled: ScaledSequences) -> np.ndarray:
    """Return contributions (n, columns + 1, outputs) as ``channels.names``; last the start."""
    parts = np.zeros((len(scaled), len(channels.names) + 1, net.outputs))
    for first in range(0, len(scaled), ROWS):
        rows = slice(first, first + ROWS)
        parts[rows] = _Path(net, weights, channels, scaled.take(rows)).parts()
    return parts


class _Path:
    """The path from the neutral customer to the rows."""

    def __init__(self, net: Net, weights: Weights, channels: Channels, scaled: ScaledSequences) -> None:
        self.net, self.weights, self.channels, self.scaled = net, weights, channels, scaled
        self.place = {name: i for i, name in enumerate(channels.names)}
        self.made = np.zeros((len(scaled), len(channels.names) + 1, net.outputs))

    def parts(self) -> np.ndarray:
        """Return the mean contributions over both orderings."""
        stages = list(self._sequences())
        neutral, whole = stages[0][1], stages[-1][1]
        hidden = self._hidden()
        start = before = self._score(neutral, hidden[0])
        for columns, sequence in stages[1:]:
            before = self._gain(columns, before, self._score(sequence, hidden[0]))
        for sequence in (whole, neutral):
            before = self._score(sequence, hidden[0])
            for name, inside in zip(self.channels.static, hidden[1:], strict=True):
                before = self._gain([name], before, self._score(sequence, inside))
        for columns, sequence in stages[1:]:
            before = self._gain(columns, before, self._score(sequence, hidden[-1]))
        self.made[:, -1] = start
        return self.made

    def _gain(self, columns: list[str], before: np.ndarray, now: np.ndarray) -> np.ndarray:
        """Credit half of the gain to the columns in equal parts, and return the new score."""
        places = [self.place[name] for name in columns]
        self.made[:, places] += (0.5 / len(places)) * (now - before)[:, None, :]
        return now

    def _score(self, sequence: np.ndarray, inside: np.ndarray) -> np.ndarray:
        return head(self.net, self.weights, sequence, np.maximum(inside, 0)).astype(float)

    def _hidden(self) -> list[np.ndarray]:
        """Return the static layer's hidden values, neutral and after each added column."""
        if not self.net.static:
            return [np.zeros((len(self.scaled), 0), np.float32)]
        kernel, bias = self.weights["static"]
        found = [np.tile(bias, (len(self.scaled), 1))]
        for i in range(self.net.static):
            found.append(found[-1] + self.scaled.static[:, i : i + 1] * kernel[i])
        return found

    def _sequences(self) -> Iterator[tuple[list[str], np.ndarray]]:
        """Yield the new columns and the pooled sequence of each stage, from neutral to complete."""
        own, layout = self.scaled, self.channels.layout
        mask = np.broadcast_to(self.channels.typical, own.mask.shape).copy()
        now = ScaledSequences(np.zeros_like(own.numbers), np.full_like(own.codes, UNSEEN), mask, own.static)
        kept = pooled(self.net, self.weights, now)
        yield [], kept
        mask[:] = own.mask
        kept = pooled(self.net, self.weights, now)
        yield [name for name in self.channels.names if name in layout.columns], kept
        for piece in self._pieces():
            for stem, back in piece:
                coded = stem in layout.coded
                new, true = (now.codes, own.codes) if coded else (now.numbers, own.numbers)
                channel = (layout.coded if coded else layout.numeric).index(stem)
                new[:, layout.steps - 1 - back, channel] = true[:, layout.steps - 1 - back, channel]
            kept = pooled(self.net, self.weights, now)
            yield [step_name(*each) for each in piece], kept

    def _pieces(self) -> list[list[tuple[str, int]]]:
        """Return the pieces to add: a column, an event with all its columns, or a long text."""
        layout = self.channels.layout
        there = [
            (stem, back)
            for stem in (*layout.numeric, *layout.coded)
            for back in range(layout.steps)
            if step_name(stem, back) in layout.columns
        ]
        if len(there) <= MAX_PIECES:
            return [[each] for each in there]
        if not layout.numeric and layout.steps > EVENTS:
            return [[each for each in there if each[0] == stem] for stem in layout.coded]
        events = [[each for each in there if min(each[1], MAX_PIECES - 1) == back] for back in range(MAX_PIECES)]
        return [event for event in events if event]
