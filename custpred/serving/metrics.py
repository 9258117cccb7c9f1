"""Counters of a server in Prometheus' text format (exposition formats, version 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
TENTHS = tuple(tenth / 10 for tenth in range(1, 11))
TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The content type of the format."""


@dataclass
class Histogram:
    """Number of values in each bin, with upper edges as in Prometheus.

    >>> seen = Histogram((0.1, 1.0))
    >>> for value in (0.1, 0.5, 7.0):
    ...     seen.add(value)
    >>> seen.counts
    [1, 1, 1]
    """

    edges: Sequence[float]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.edges) + 1)

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.edges, value)] += 1
        self.total += value

    def lines(self, name: str, labels: Mapping[str, str]) -> Iterator[str]:
        """Yield the lines of the format, with cumulative counts."""
        below = 0
        for edge, count in zip((*self.edges, "+Inf"), self.counts, strict=True):
            below += count
            yield f"{name}_bucket{_labelled({**labels, 'le': str(edge)})} {below}"
        yield f"{name}_sum{_labelled(labels)} {self.total!r}"
        yield f"{name}_count{_labelled(labels)} {below}"


@dataclass
class Metrics:
    """The counters of a server.

    Parameters
    ----------
    model
        Labels that identify the model: its name and the run.
    """

    model: Mapping[str, str]
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Requests by path and status."""
    refused: Counter[str] = field(default_factory=Counter)
    """Refused requests by the code of the message."""
    notes: Counter[str] = field(default_factory=Counter)
    """Notes by code."""
    customers: int = 0
    seconds: dict[str, Histogram] = field(default_factory=dict)
    """Seconds from the first byte of a request to the last of its response, by path."""
    scores: Histogram = field(default_factory=lambda: Histogram(TENTHS))
    """Probabilities of the positive label; empty for other tasks."""

    def served(self, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests[path, str(status)] += 1
        self.seconds.setdefault(path, Histogram(SECONDS)).add(seconds)

    def text(self) -> str:
        """Return all counters as text."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from _head("custpred_model_info", "gauge", "The model that is served.")
        yield f"custpred_model_info{_labelled(self.model)} 1"
        yield from _head("custpred_requests_total", "counter", "Requests by path and status.")
        for (path, status), count in sorted(self.requests.items()):
            yield f"custpred_requests_total{_labelled({'path': path, 'status': status})} {count}"
        for name, counts, what in (
            ("refused", self.refused, "Refused requests by the code of the message."),
            ("notes", self.notes, "Notes on scored customers by code."),
        ):
            yield from _head(f"custpred_{name}_total", "counter", what)
            yield from (f"custpred_{name}_total{_labelled({'code': c})} {n}" for c, n in sorted(counts.items()))
        yield from _head("custpred_customers_total", "counter", "Customers that were scored.")
        yield f"custpred_customers_total {self.customers}"
        yield from _head("custpred_request_seconds", "histogram", "Seconds that requests took, by path.")
        for path, seen in sorted(self.seconds.items()):
            yield from seen.lines("custpred_request_seconds", {"path": path})
        yield from _head("custpred_score", "histogram", "Probability of the positive label.")
        yield from self.scores.lines("custpred_score", {})


def _head(name: str, kind: str, what: str) -> tuple[str, str]:
    return f"# HELP {name} {what}", f"# TYPE {name} {kind}"


def _labelled(labels: Mapping[str, str]) -> str:
    r"""Return labels in the text format.

    >>> print(_labelled({"path": 'a"b'}))
    {path="a\"b"}
    """
    marks = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    shown = (f'{key}="{"".join(marks.get(c, c) for c in value)}"' for key, value in labels.items())
    own = ",".join(shown)
    return f"{{{own}}}" if own else ""
