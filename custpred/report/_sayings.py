"""Sentences for the charts: the result and advice."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from custpred.report._blocks import Prose
from custpred.report._contact import campaign
from custpred.report._reading import column, facts, first, interval, of_actual, rows
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block, Chart
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

APART, MIXED = 0.4, 0.8
"""Overlap of score distributions of well separated classes, and of mixed ones."""
MOVED = 0.05
"""Minimum change of a rate for which the last cutoff is called different."""
Z = NormalDist().inv_cdf(0.975)
"""Standard normal quantile of a 95 % interval."""
CHANCE = 0.05
"""Probability below which deviations are not put down to chance."""
LATE, FEWER = 4, 0.6
"""Weeks checked before the last one, and the share of usual events that is few."""


def explained(chart: Chart, sentences: Sequence[str]) -> list[Block]:
    """Return a chart with its two sentences, result and advice."""
    return [chart, Prose(sentences[0], "says"), Prose(sentences[1], "so")] if sentences else [chart]


def of_gains(record: Record, say: Text) -> list[str]:
    """Return how many positives a tenth reaches, and from where on contacts are inefficient."""
    every = [row for row in rows(record, "gains") if finite(row.get("share")) and finite(row.get("reached"))]
    if not every:
        return []
    near = min(every, key=lambda row: abs(row["share"] - 0.1))
    words = {"share": say.percent(near["share"]), "reached": say.percent(near["reached"])}
    sent = campaign(record)
    text = "The {share} with the highest scores have {reached} of the positives; chance would give {share}."
    text = "With {share} contacted, the score reaches {reached}; chance would reach {share}." if sent else text
    text = say(text, **words)
    peak = max(every, key=lambda row: row["reached"] - row["share"])
    if peak["reached"] <= peak["share"]:
        return [text, say("The line is nowhere above the dotted one: do not order customers by this score.")]
    so = "Beyond the first {share}, a further customer is less often positive than one at random."
    so = "Beyond {share} contacted, a further contact finds fewer than one at random would." if sent else so
    return [text, say(so, share=say.percent(peak["share"]))]


def of_roc(record: Record, say: Text) -> list[str]:
    """Return the recall at few false alarms, and that costs determine the threshold."""
    every = [row for row in rows(record, "curves", curve="roc") if finite(row.get("x")) and finite(row.get("y"))]
    if not every:
        return []
    near = max((row for row in every if row["x"] <= 0.1), key=lambda row: row["y"], default=every[0])
    words = {"wrong": say.percent(near["x"]), "found": say.percent(near["y"])}
    text = say("With false alarms for {wrong} of the others, {found} of the positives are found.", **words)
    so = say("Choose the threshold by costs, not on this curve: it does not show how rare the positives are.")
    return [text, so]


def of_mixups(record: Record, say: Text) -> list[str]:
    """Return the most frequent confusion, and the class with the most reliable predictions."""
    every = [row for row in rows(record, "errors") if finite(row.get("share"))]
    wrong = [row for row in every if str(row["actual"]) != str(row["predicted"]) and row["share"] > 0]
    known = [row for row in facts(record, "errors").get("classes", []) if finite(row.get("precision"))]
    if not every or not known:
        return []
    best = max(known, key=lambda row: row["precision"])
    words = {"label": best["label"], "share": say.percent(best["precision"])}
    so = say("Rely most on a predicted '{label}': it is right for {share}.", **words)
    if not wrong:
        return [say("No class is confused with another."), so]
    worst = max(wrong, key=lambda row: row["share"])
    words = {"actual": worst["actual"], "predicted": worst["predicted"], "share": say.percent(worst["share"])}
    return [say("Most frequent confusion: '{actual}' predicted as '{predicted}', {share} of them.", **words), so]


def of_spread(record: Record, say: Text) -> list[str]:
    """Return the outcomes of the largest estimates, and how far one of them may be off."""
    every = [row for row in rows(record, "errors") if finite(row.get("predicted")) and finite(row.get("mean"))]
    if not every:
        return []
    far = max(every, key=lambda row: row["predicted"])
    ends = {end: say.number(of_actual(far, end)) for end in ("mean", "q05", "q95") if finite(far.get(end))}
    if len(ends) < 3:
        return []
    text = "Customers estimated at about {estimate} came to {mean} on average; nine of ten lie from {q05} to {q95}."
    so = say("Plan with sums over many customers: a single one may be far from its estimate.")
    return [say(text, estimate=say.number(far["predicted"]), **ends), so]


def of_weeks(weeks: Sequence[tuple[str, float]], none: Sequence[str], say: Text) -> list[str]:
    """Return the usual events a week, the busiest week, and whether weeks are missing.

    Parameters
    ----------
    weeks
        First day and number of events of all weeks, in order, including empty weeks.
    none
        First days of the empty weeks.
    """
    counts = sorted(count for _, count in weeks)
    day, most = max(weeks, key=lambda week: week[1])
    words = {"middle": say.number(counts[len(counts) // 2]), "most": say.number(most), "day": day}
    text = say("Half of the weeks have {middle} events or more; the busiest is that from {day} with {most}.", **words)
    if none:
        return [text, say("Find out why weeks are empty: a lost load looks like customers who left.")]
    late, before = [count for _, count in weeks[-LATE - 1 : -1]], [count for _, count in weeks[: -LATE - 1]]
    if before and sum(late) / len(late) < FEWER * sum(before) / len(before):
        return [text, say("The last weeks have fewer events: check that the table is complete to its end.")]
    return [text, say("No week is missing: the history can be used as it is.")]


def of_deciles(record: Record, say: Text) -> list[str]:
    """Return the tenth with the largest error, and in how many the interval is missed."""
    every = [row for row in rows(record, "deciles") if finite(row.get("predicted")) and finite(row.get("actual"))]
    if not every:
        return []
    worst = max(every, key=lambda row: abs(row["predicted"] - row["actual"]))
    words = {"tenth": say.count(first(worst, "decile")), "predicted": say.percent(worst["predicted"])}
    words |= {"actual": say.percent(worst["actual"]), "between": interval(say, worst["low"], worst["high"], "percent")}
    text = say(
        "Furthest apart is tenth {tenth}: {predicted} were predicted, {actual} happened (95% interval {between}).",
        **words,
    )
    known = [row for row in every if finite(row.get("low")) and finite(row.get("high"))]
    off = [deviation(row) for row in known]
    out = sum(each > Z for each in off)
    if not out:
        return [text, say("Every prediction lies within its interval: the percentages hold in each tenth.")]
    words = {"n": say.count(out), "all": say.count(len(known), "tenth")}
    if by_chance(off):
        so = (
            "In {n} of {all} the prediction is outside of the interval, which may be chance: one of twenty is expected."
        )
        return [text, say(so, **words)]
    return [text, say("In {n} of {all} the prediction is outside of the interval: rely on the order there.", **words)]


def deviation(row: JSON) -> float:
    """Return the distance of a prediction from what happened, in standard errors on its side."""
    end = row["high"] if row["predicted"] > row["actual"] else row["low"]
    width = abs(end - row["actual"])
    far = abs(row["predicted"] - row["actual"])
    return Z * far / width if width else 0.0 if not far else math.inf


def by_chance(deviations: Sequence[float]) -> bool:
    """Return whether independent deviations of right predictions are as large with 5 % or more.

    No deviation is significant after Bonferroni's correction for their number, and so many outside
    of 95 % intervals are not improbable.

    >>> by_chance([2.1, *[0.5] * 9]), by_chance([3.1, *[0.5] * 9]), by_chance([2.1] * 4 + [0.5] * 6)
    (True, False, False)
    """
    n, out = len(deviations), sum(each > Z for each in deviations)
    if max(deviations) > NormalDist().inv_cdf(1 - CHANCE / (2 * n)):
        return False
    fewer = sum(math.comb(n, k) * CHANCE**k * (1 - CHANCE) ** (n - k) for k in range(out))
    return 1 - fewer >= CHANCE


def of_outcomes(record: Record, say: Text) -> list[str]:
    """Return the median score by class, and the overlap of the distributions."""
    every = rows(record, "outcomes")
    yes, no = (column(every, key) for key in ("positives", "others"))
    if not every or not sum(yes) or not sum(no):
        return []
    own = facts(record, "outcomes")  # from true counts; small ones of the rows are replaced
    high, low = own.get("half_positive", _half(every, yes)), own.get("half_other", _half(every, no))
    words = {"positive": record.task.positive, "high": say.percent(high), "low": say.percent(low)}
    text = say("Half of '{positive}' score above about {high}, half of the others below about {low}.", **words)
    shared = own.get("overlap", sum(min(a / sum(yes), b / sum(no)) for a, b in zip(yes, no, strict=True)))
    share = say.percent(shared)
    if shared <= APART:
        return [text, say("The distributions overlap by {share}: the score separates most customers.", share=share)]
    if shared <= MIXED:
        return [text, say("The distributions overlap by {share}: in the middle the order is uncertain.", share=share)]
    return [text, say("The distributions overlap by {share}: the score hardly separates customers.", share=share)]


def _half(every: Sequence[JSON], counts: Sequence[float]) -> float:
    """Return the middle of the bin with the median customer."""
    held = 0.0
    for row, count in zip(every, counts, strict=True):
        held += count
        if held >= sum(counts) / 2:
            return float(row["low"] + row["high"]) / 2
    return float(every[-1]["high"])


def of_precision(record: Record, say: Text) -> list[str]:
    """Return the precision at a recall of one half, and up to which recall most are right."""
    every = [row for row in rows(record, "curves", curve="pr") if finite(row.get("x")) and finite(row.get("y"))]
    base = first(facts(record, "curves"), "base") or first(facts(record, "gains"), "base")
    if not every or not finite(base):
        return []
    near = min(every, key=lambda row: abs(row["x"] - 0.5))
    words = {"found": say.percent(near["x"]), "right": say.percent(near["y"]), "base": say.percent(base)}
    text = say(
        "Where {found} of the positives are found, {right} of those chosen are right; by chance {base}.", **words
    )
    good = max((row["x"] for row in every if row["y"] >= 0.5), default=0.0)
    if good >= 0.995:
        return [text, say("However long the list, most of those chosen are right.")]
    if not good:
        return [text, say("On every list most of those chosen are wrong: it pays only where a mistake costs little.")]
    return [text, say("Up to {share} found, at least half of those chosen are right.", share=say.percent(good))]


def of_confusion(record: Record, say: Text) -> list[str]:
    """Return how many positives the decisions miss, and what determines the decisions."""
    every = facts(record, "errors").get("classes", [])
    own: JSON = next((each for each in every if each.get("label") == record.task.positive), {})
    if not finite(own.get("recall")) or not finite(own.get("customers")):
        return []
    words = {"n": say.customers(own["customers"], "customer"), "positive": record.task.positive}
    words |= {"found": say.percent(own["recall"]), "missed": say.percent(1 - own["recall"])}
    text = say("Of {n} with '{positive}', the decisions find {found} and miss {missed}.", **words)
    so = say("Value, costs and capacity in the recipe, or else the first metric, decide how many are chosen.")
    return [text, so]


def of_cutoffs(record: Record, say: Text) -> list[str]:
    """Return the label at the first and the last cutoff, and whether the last one is different."""
    every = [row for row in record.data.events.get("cutoffs", []) if finite(row.get("answer"))]
    if len(every) < 2 or record.task.kind == "multiclass":
        return []
    form = "number" if record.task.kind == "regression" else "percent"
    last, before = every[-1], every[:-1]
    mean = sum(row["answer"] * row["customers"] for row in before) / sum(row["customers"] for row in before)
    words = {"first": say.cell(every[0]["answer"], form), "last": say.cell(last["answer"], form)}
    words["mean"] = say.cell(mean, form)
    text = say("From the first to the last cutoff: {first} to {last}; before the last one {mean} on average.", **words)
    scale = abs(mean) or 1.0 if form == "number" else 1.0
    if abs(last["answer"] - mean) / scale < MOVED:
        return [text, say("The last cutoff is like those before it.")]
    return [
        text,
        say("The last cutoff differs from those before it: expect the predictions to be off in the same way."),
    ]
