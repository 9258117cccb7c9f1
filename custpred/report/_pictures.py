"""Charts of ranking quality, each from the rows of one measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid
from custpred.report._contact import campaign
from custpred.report._reading import column, facts, first, interval, of_actual, rows
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST_CLASSES, MOST_LINES = 12, 21
_SHARE = {"format": "percent", "low": 0.0, "high": 1.0}


def gains(record: Record, say: Text) -> Chart | None:
    """Draw the share of positives reached by the share of customers contacted."""
    every = [{"share": 0.0, "reached": 0.0, "best": 0.0}, *rows(record, "gains")]
    x, y, base = column(every, "share"), column(every, "reached"), facts(record, "gains").get("base")
    best = column(every, "best")
    if not any(finite(value) for value in best[1:]):
        best = [min(share / base, 1.0) if base else None for share in x]
    series = [
        {
            "name": say("By score"),
            "x": x,
            "y": y,
            "low": _reached(every, "low"),
            "high": _reached(every, "high"),
        },
        {"name": say("With perfect foresight"), "x": x, "y": best, "style": "second"},
        {"name": say("By chance"), "x": [0.0, 1.0], "y": [0.0, 1.0], "style": "faint"},
    ]
    sent = campaign(record)
    axes = {
        "x": {**_SHARE, "label": say("Share of customers contacted" if sent else "Share of customers by score")},
        "y": {**_SHARE, "label": say("Share of positives reached")},
    }
    grid = Grid(
        (say("Contacted" if sent else "By score"), say("Reached"), say("At best")),
        _thin(list(zip(x, y, best, strict=True))),
        formats=("percent",) * 3,
    )
    text = say("The further the solid line is above the dotted one, the better the order.")
    title = say("Whom a campaign reaches" if sent else "How early the positives come by score")
    return Chart("line", title, text, {"series": series, **axes}, grid)


def _reached(every: list[JSON], end: str) -> list[float | None]:
    """Return one end of the interval of the share reached, from that of the lift."""
    return [min(row[end] * row["share"], 1.0) if finite(row.get(end)) else None for row in every]


def _thin(lines: list[tuple[object, ...]]) -> tuple[tuple[object, ...], ...]:
    step = max(1, -(-len(lines) // MOST_LINES))
    return tuple(line for place, line in enumerate(lines) if place % step == 0 or place == len(lines) - 1)


def roc(record: Record, say: Text) -> Chart | None:
    """Draw the true positive rate by the false positive rate (Fawcett 2006)."""
    names = (say("False alarms among the others"), say("Found among the positives"))
    flat: JSON = {"name": say("By chance"), "x": [0.0, 1.0], "y": [0.0, 1.0], "style": "faint"}
    return _curve(record, say, "roc", say("ROC curve"), names, flat)


def precision(record: Record, say: Text) -> Chart | None:
    """Draw precision by recall, with the base rate as the level of chance."""
    names = (say("Share of positives found"), say("Share that is right among those chosen"))
    base = first(facts(record, "curves"), "base") or first(facts(record, "gains"), "base")
    flat: JSON = {"name": say("By chance"), "x": [0.0, 1.0], "y": [base, base], "style": "faint"}
    return _curve(record, say, "pr", say("Precision by recall"), names, flat)


def _curve(record: Record, say: Text, curve: str, title: str, names: tuple[str, str], flat: JSON) -> Chart | None:
    every = rows(record, "curves", curve=curve)
    if not every:
        return None
    x, y = column(every, "x"), column(every, "y")
    series = [{"name": say("By score"), "x": x, "y": y}, flat]
    axes = {"x": {**_SHARE, "label": names[0]}, "y": {**_SHARE, "label": names[1]}}
    grid = Grid(names, _thin(list(zip(x, y, strict=True))), formats=("percent", "percent"))
    text = say("The dotted line is what chance reaches; further from it is better.")
    return Chart("line", title, text, {"series": series, **axes}, grid)


def by_tenth(every: Sequence[JSON], names: list[str], form: str, label: str, say: Text) -> JSON:
    """Return chart data: bars of actual values by group with intervals, dots of predictions."""
    actual, predicted, low, high = (column(every, key) for key in ("actual", "predicted", "low", "high"))
    return {
        "labels": names,
        "values": actual,
        "low": low,
        "high": high,
        "second": predicted,
        "format": form,
        "direction": "up",
        "names": [say("What happened"), say("What was predicted")],
        "x": {"label": label},
    }


def deciles(record: Record, say: Text) -> Chart | None:
    """Draw actual and predicted values by tenth of the customers."""
    every = rows(record, "deciles")
    if not every:
        return None
    actual, predicted = column(every, "actual"), column(every, "predicted")
    low, high = column(every, "low"), column(every, "high")
    form = "number" if record.task.kind == "regression" else "percent"
    names = [str(first(row, "decile") or place + 1) for place, row in enumerate(every)]
    data = by_tenth(every, names, form, say("Tenth of the customers by score"), say)
    heads = (say("Tenth"), say("Customers"), say("Predicted"), say("What happened"), say("Low"), say("High"))
    counts = column(every, "customers", "count")
    grid = Grid(
        heads,
        tuple(zip(names, counts, predicted, actual, low, high, strict=True)),
        formats=("text", "customers", *(form,) * 4),
    )
    return Chart(
        "bars", say("Predicted and actual by tenth"), say("Bars and dots should be at the same height."), data, grid
    )


def outcomes(record: Record, say: Text) -> Chart | None:
    """Draw the score distributions of both classes."""
    every = rows(record, "outcomes")
    if not every:
        return None
    names = [interval(say, row["low"], row["high"], "percent") for row in every]
    yes, no = column(every, "positives"), column(every, "others")
    positive, other = f"'{record.task.positive}'", say("others")
    data = {"labels": names, "counts": no, "classes": {other: no, positive: yes}, "x": {"label": say("Score")}}
    grid = Grid(
        (say("Score"), positive, other),
        tuple(zip(names, yes, no, strict=True)),
        formats=("text", "customers", "customers"),
    )
    text = say("The further apart the two shapes, the better the score tells them apart; each is 100% of its class.")
    if "overlap" in facts(record, "outcomes") and any(finite(n) and 0 < n < say.least for n in (*yes, *no)):
        words = {"n": say.count(say.least), "drawn": say.count(say.least // 2)}
        text += " " + say("Fewer than {n} customers are drawn as {drawn}; the sentence below is exact.", **words)
    return Chart("histogram", say("Scores by what happened"), text, data, grid)


def spread(record: Record, say: Text) -> Chart | None:
    """Draw actual by predicted amounts: the mean, and the range of nine in ten customers."""
    every = [row for row in rows(record, "errors") if finite(row.get("predicted")) and finite(row.get("mean"))]
    if len(every) < 2:
        return None
    x = column(every, "predicted")
    ends = {end: [of_actual(row, end) for row in every] for end in ("mean", "q05", "q95")}
    series: list[JSON] = [
        {"name": say("What happened, with 90% of customers"), "x": x, "y": ends["mean"], "low": ends["q05"],
         "high": ends["q95"]},
        {"name": say("If every prediction came true"), "x": [x[0], x[-1]], "y": [x[0], x[-1]], "style": "faint"},
    ]  # fmt: skip
    up = {"label": say("Actual"), "robust": True}
    data = {"series": series, "x": {"label": say("Predicted"), "robust": True}, "y": up, "dots": True}
    heads = (say("Predicted"), say("Customers"), say("Actual mean"), say("5% are below"), say("5% are above"))
    cells = tuple(zip(x, column(every, "customers"), ends["mean"], ends["q05"], ends["q95"], strict=True))
    grid = Grid(heads, cells, formats=("number", "customers", "number", "number", "number"))
    text = say("Dots on the dotted line are right on average; the lines hold nine of ten customers of that size.")
    text += " " + say("An arrow names what lies beyond an axis.")
    return Chart("line", say("Actual by predicted amount"), text, data, grid)


def confusion(record: Record, say: Text) -> Chart | None:
    """Draw the share of each true class by predicted class."""
    every = rows(record, "errors")
    labels = list(dict.fromkeys(str(row.get("actual")) for row in every))
    counts = {(str(row["actual"]), str(row["predicted"])): first(row, "customers", "count") or 0 for row in every}
    if not counts or len(labels) > MOST_CLASSES:
        return None
    # A cell of fewer than ten customers is not kept: only the class knows its size.
    sizes = {str(each["label"]): each["customers"] for each in facts(record, "errors").get("classes") or ()}
    share = {(str(row["actual"]), str(row["predicted"])): row.get("share") for row in every}
    table = [[counts.get((a, p), 0) for p in labels] for a in labels]
    shares = [[share.get((a, p), 0.0) for p in labels] for a in labels]
    notes = [[f"< {say.least}" if each is None else say.percent(each) for each in line] for line in shares]
    names = [
        say("{label} (n = {n})", label=a, n=say.customers(sizes.get(a, sum(line))))
        for a, line in zip(labels, table, strict=True)
    ]
    data = {"rows": names, "columns": labels, "values": shares, "notes": notes, "format": "percent"}
    formats = ("text", *("customers",) * len(labels))
    grid = Grid((say("Actual"), *labels), tuple((a, *line) for a, line in zip(labels, table, strict=True)), "", formats)
    text = say("Rows are actual classes, columns are predicted classes; each row sums to 100%.")
    return Chart("heat", say("Actual and predicted class"), text, data, grid)
