"""Sequence networks compared: learning curves, gradients by step, and gates on an example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.metrics.accuracy import Accuracy
from custpred.report._blocks import Chart, Grid, Group, Heading, Prose
from custpred.report._reading import interval, label
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

STYLES = ("main", "second", "faint", "faint")
FADED = 0.01
"""A gradient below this share of the newest step's is reported as faded."""
PART = 12
"""Steps of a heat strip side by side; longer ones are broken."""


class Laboratory(Section):
    """Scores, sizes and speeds of rnn, gru, lstm and cnn; learning curves; gradients by step; gates by step."""

    title = "Network diagnostics"
    order = 66
    readers = frozenset({"analyst"})

    def appears(self, record: Record) -> bool:
        """Shown only if sequence networks were trained."""
        return bool(record.laboratory.get("networks"))

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the comparison, the curves, the gradients and the gates."""
        say = Text.of(record)
        networks = record.laboratory.get("networks", [])
        if not networks:
            return [Prose(say("No network over sequences was trained."), "says")]
        return [
            Prose(_best(networks, record, say), "says"),
            _table(networks, record, say),
            _curves(networks, say),
            *_flow(networks, say),
            *_clipping(networks, say),
            *_gates(record.laboratory.get("strip", {}), say),
        ]


def _best(networks: Sequence[JSON], record: Record, say: Text) -> str:
    lower = record.metrics[record.metric].get("better") == "lower"
    best = sorted(networks, key=lambda each: each["score"][0] * (1 if lower else -1))[0]
    text = say(
        "The best network is {name} with {label} {score} (out of fold)",
        name=best["name"],
        label=label(record, record.metric),
        score=say.score(best["score"][0]),
    )
    return text + "."


def _table(networks: Sequence[JSON], record: Record, say: Text) -> Grid:
    accuracy = record.metric != Accuracy.kind() and all(Accuracy.kind() in each for each in networks)
    names = ["Model", label(record, record.metric), "95% interval", *(["Accuracy", "95% interval"] if accuracy else [])]
    rows = tuple(
        (
            each["name"],
            each["score"][0],
            interval(say, *each["score"][1:]),
            *((each["accuracy"][0], interval(say, *each["accuracy"][1:])) if accuracy else ()),
            each["parameters"],
            each["seconds_per_epoch"],
            len(each["epochs"]),
        )
        for each in networks
    )
    formats = ("text", "score", "text", *(("score", "text") if accuracy else ()), "count", "duration", "count")
    heads = tuple(say(name) for name in (*names, "Parameters", "Seconds per epoch", "Epochs"))
    return Grid(heads, rows, formats=formats)


def _curves(networks: Sequence[JSON], say: Text) -> Group:
    """Return a learning curve for each network."""
    return Group(tuple(_curve(each, say) for each in networks), "small")


def _curve(network: JSON, say: Text) -> Chart:
    epochs = list(range(1, len(network["epochs"]) + 1))
    lines = {key: [epoch.get(key) for epoch in network["epochs"]] for key in ("train", "valid")}
    titles = {"train": say("training rows"), "valid": say("validation rows")}
    series = [
        {"name": titles[key], "x": epochs, "y": values, "style": style}
        for (key, values), style in zip(lines.items(), ("second", "main"), strict=True)
        if any(value is not None for value in values)
    ]
    data = {
        "series": series,
        "x": {"label": say("Epoch"), "format": "count"},
        "y": {"label": say("Loss")},
        "dots": True,
    }
    heads = (say("Epoch"), titles["train"], titles["valid"])
    rows = tuple(zip(epochs, lines["train"], lines["valid"], strict=True))
    text = say("The weights of the epoch with the lowest validation loss are kept.")
    title = say("{name}: loss by epoch", name=network["name"])
    return Chart("line", title, text, data, Grid(heads, rows, formats=("count", "score", "score")))


def _flow(networks: Sequence[JSON], say: Text) -> list[Block]:
    """Return how much of the gradient reaches each step, as a share of the newest step's."""
    known = {each["name"]: _shares(each["flow"]["end"]) for each in networks if (each.get("flow") or {}).get("end")}
    known = {name: shares for name, shares in known.items() if len(shares) > 1}
    if not known:
        return []
    steps = max(len(shares) for shares in known.values())
    back = {name: list(range(len(shares) - 1, -1, -1)) for name, shares in known.items()}
    series = [
        {"name": name, "x": back[name], "y": shares, "style": style}
        for (name, shares), style in zip(known.items(), STYLES, strict=False)
    ]
    data = {
        "series": series,
        "x": {"label": say("Steps back"), "format": "count"},
        "y": {"label": say("Gradient, share of the newest step's"), "format": "percent", "low": 0.0},
    }
    heads = (say("Steps back"), *known)
    rows = tuple((k, *(shares[-1 - k] if k < len(shares) else None for shares in known.values())) for k in range(steps))
    grid = Grid(heads, rows, formats=("count", *("percent" for _ in known)))
    text = say("How strongly the last state responds to each step: where a line is at 0, nothing is learned.")
    title = say("How far back a network looks: gradient by step, after training")
    return [
        Heading(say("Gradients")),
        Prose(" ".join(_faded(name, shares, say) for name, shares in known.items()), "says"),
        Chart("line", title, text, data, grid),
    ]


def _shares(lengths: Sequence[float]) -> list[float]:
    """Return lengths as shares of the newest step's, oldest first; steps that nobody has are left out."""
    first = next((i for i, length in enumerate(lengths) if length > 0), len(lengths))
    newest = lengths[-1] or 1.0
    return [length / newest for length in lengths[first:]]


def _faded(name: str, shares: Sequence[float], say: Text) -> str:
    back = next((k for k in range(len(shares)) if shares[-1 - k] < FADED), None)
    if back is None:
        return say("{name}: the gradient reaches all {n} steps.", name=name, n=len(shares))
    return say("{name}: the gradient has faded below 1% after {n} steps.", name=name, n=back)


def _clipping(networks: Sequence[JSON], say: Text) -> list[Block]:
    """Return gradient norms before and after clipping, where gradients were clipped."""
    rows = tuple(
        (each["name"], say("{rule} {limit}", rule=each["clip"][0], limit=say.number(each["clip"][1])), *_lengths(each))
        for each in networks
        if each.get("clip")
    )
    if not rows:
        return []
    heads = ("Model", "Limit", "Steps clipped", "Mean length before", "Mean length after", "Longest before")
    caption = say("Gradient clipping: the gradients' lengths in training")
    formats = ("text", "text", "percent", "number", "number", "number")
    return [Grid(tuple(say(name) for name in heads), rows, caption, formats)]


def _lengths(network: JSON) -> tuple[float, float, float, float]:
    epochs = network["epochs"]
    means = [sum(epoch[key] for epoch in epochs) / len(epochs) for key in ("share_clipped", "norm", "clipped")]
    return (means[0], means[1], means[2], max(epoch["largest"] for epoch in epochs))


def _gates(strip: JSON, say: Text) -> list[Block]:
    """Return the gates of one example as heat strips with the events or words under them."""
    if not strip:
        return []
    text = say(
        "{name} reads a made-up customer, with the median of every number or with informative words: dark is near 1. "
        "Forget keeps the cell, input writes to it, output shows it; 'custpred gates RUN --key ID' shows a customer.",
        name=strip["model"],
    )
    parts = [_heat(strip, first, say) for first in range(0, len(strip["steps"]), PART)]
    return [Heading(say("Gates at work")), Prose(text, "says"), *parts]


def _heat(strip: JSON, first: int, say: Text) -> Chart:
    names, place = list(strip["rows"]), slice(first, first + PART)
    steps = strip["steps"][place]
    values = [strip["rows"][name][place] for name in names]
    data = {"rows": [say(name) for name in names], "columns": steps, "values": values, "format": "number"}
    grid = Grid((say("Step"), *(say(name) for name in names)), tuple(zip(steps, *values, strict=True)))
    last = first + len(steps)
    title = say(
        "Gates of {name}, steps {first} to {last}, mean of its units", name=strip["model"], first=first + 1, last=last
    )
    return Chart("heat", title, say("The newest step is on the right."), data, grid)
