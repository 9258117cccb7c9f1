"""Sequence networks compared: learning curves, gradients by step, and gates on an example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.metrics.accuracy import Accuracy
from custpred.models._networks.sequence_model import CLIPS
from custpred.report._blocks import Absent, Chart, Grid, Group, Heading, Prose
from custpred.report._gates import gates
from custpred.report._reading import inside, interval, label
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

STYLES = ("main", "second", "faint", "faint")
FADED = 0.01
"""A gradient below this share of the largest one is reported as vanished."""
NAMED = ("l2", "batch_norm", "dropout", "learning_rate")
"""Options shown: limits of gradients, and regularisation."""


class Laboratory(Section):
    """Sequence networks compared: scores, sizes, speeds; learning curves; gradients; gates."""

    title = "Network diagnostics"
    order = 66
    readers = frozenset({"analyst"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the comparison, the curves, the gradients and the gates."""
        say = Text.of(record)
        networks = record.laboratory.get("networks", [])
        if not networks:
            return [Absent(say("No network over sequences was trained."))]
        return [
            Prose(_best(networks, record, say), "says"),
            *_tested(networks, record, say),
            _table(networks, record, say),
            *_options(networks, say),
            *_curves(networks, say),
            *_flow(networks, say),
            *_clipping(networks, say),
            *gates(record.laboratory.get("strip", {}), say),
        ]


def _best(networks: Sequence[JSON], record: Record, say: Text) -> str:
    lower = record.metrics[record.metric].get("better") == "lower"
    best = sorted(networks, key=lambda each: each["score"][0] * (1 if lower else -1))[0]
    text = say(
        "The best network is {name} with {label} {score} (out of fold)",
        name=best["name"],
        label=inside(label(record, record.metric)),
        score=say.score(best["score"][0]),
    )
    return text + "."


def _tested(networks: Sequence[JSON], record: Record, say: Text) -> list[Block]:
    """Return the networks' accuracy on the test, or the first metric for values."""
    known = [each for each in networks if each.get("test")]
    if not known:
        return []
    classes = record.task.kind != "regression"
    named = say("Accuracy") if classes else label(record, record.metric)
    form = "percent" if classes else "score"
    ends = [interval(say, low, high, form) for _, low, high in (each["test"] for each in known)]
    data: JSON = {
        "labels": [each["name"] for each in known],
        "values": [each["test"][0] for each in known],
        "low": [each["test"][1] for each in known],
        "high": [each["test"][2] for each in known],
        "notes": [f"{say.cell(each['test'][0], form)} ({end})" for each, end in zip(known, ends, strict=True)],
        "format": form,
    }
    rows = tuple((each["name"], *each["test"]) for each in known)
    grid = Grid((say("Model"), named, say("Low"), say("High")), rows, formats=("text", form, form, form))
    title = say("{label} of each network on the test, with 95% intervals", label=named)
    text = say("Each network alone, on {n}; nothing was chosen by it.", n=say.count(known[0]["test_rows"], "test row"))
    return [Chart("dots", title, text, data, grid), *_apart(known, record, say)]


def _apart(known: Sequence[JSON], record: Record, say: Text) -> list[Block]:
    """Return whether the intervals tell the best network on the test from the others."""
    if len(known) < 2:
        return []
    lower = record.task.kind == "regression" and record.metrics[record.metric].get("better") == "lower"
    first, *others = sorted(known, key=lambda each: each["test"][0] * (1 if lower else -1))
    _, low, high = first["test"]
    near = [each["name"] for each in others if each["test"][1] <= high and low <= each["test"][2]]
    if not near:
        return [
            Prose(
                say("On the test {name} is better than every other network, beyond chance.", name=first["name"]), "says"
            )
        ]
    says = say("On the test the interval of {name} overlaps with: {names}.", name=first["name"], names=say.listed(near))
    so = say("Their order may be chance: choose among these by size and speed.")
    return [Prose(says, "says"), Prose(so, "so")]


def _options(networks: Sequence[JSON], say: Text) -> list[Block]:
    """Return the networks' options that limit gradients or regularise, by recipe key."""
    rows = tuple((each["name"], *_choices(each)) for each in networks if each.get("options"))
    if not rows:
        return []
    text = say("Options of each network, by recipe key; global_clipnorm is 1 if no limit is set.")
    return [Grid((say("Model"), *CLIPS, *NAMED), rows, text)]


def _choices(network: JSON) -> list[object]:
    """Return the gradient limit that was used, and the other options."""
    rule, limit = network.get("clip") or ("", None)
    return [*(limit if rule == name else None for name in CLIPS), *(network["options"].get(name) for name in NAMED)]


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
    formats = ("text", "score", "interval", *(("score", "interval") if accuracy else ()), "count", "duration", "count")
    heads = tuple(say(name) for name in (*names, "Parameters", "Seconds per epoch", "Epochs"))
    return Grid(heads, rows, say("Scores of each network alone, out of fold"), formats)


def _curves(networks: Sequence[JSON], say: Text) -> list[Block]:
    """Return the learning curves; one epoch is a point, not a curve."""
    several = [each for each in networks if len(each["epochs"]) > 1]
    single = [each["name"] for each in networks if len(each["epochs"]) == 1]
    blocks: list[Block] = [Group(tuple(_curve(each, say) for each in several), "small")] if several else []
    if single:
        blocks.append(Prose(say("{names}: one epoch only, so there is no curve.", names=say.listed(single))))
    if any(len(each["epochs"]) == 1 < (each["options"].get("epochs") or 1) for each in networks):
        blocks.append(Prose(say("A larger budget gives networks more epochs."), "so"))
    return blocks


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
    """Return the gradient that reaches each step, relative to the largest one."""
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
        "y": {"label": say("Gradient, share of the largest step's"), "format": "percent", "low": 0.0},
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
    """Return gradient norms as shares of the largest, oldest step first, without unused steps."""
    first = next((i for i, length in enumerate(lengths) if length > 0), len(lengths))
    largest = max(lengths) or 1.0
    return [length / largest for length in lengths[first:]]


def _faded(name: str, shares: Sequence[float], say: Text) -> str:
    """Return how far back the gradient reaches, and the step with the largest one."""
    back = shares[::-1]
    strongest = max(range(len(back)), key=back.__getitem__)
    reach = 1 + max(k for k, each in enumerate(back) if each >= FADED)
    most = say("the newest step") if strongest == 0 else say("the step {k} back", k=strongest)
    words = {"name": name, "most": most, "n": len(back), "k": reach}
    if reach == len(back):
        return say("{name}: the gradient is largest at {most} and reaches all {n} steps.", **words)
    text = "{name}: the gradient is largest at {most} and stays below 1% of that from {k} steps back on, of {n}."
    return say(text, **words)


def _clipping(networks: Sequence[JSON], say: Text) -> list[Block]:
    """Return gradient norms before and after clipping, if gradients were clipped."""
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
