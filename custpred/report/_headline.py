"""The first sentence of the report, by what the run predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.metrics.mae import Mae
from custpred.report._contact import campaign, contact, gain
from custpred.report._light import simplest
from custpred.report._reading import ends, evaluated, facts, headline, interval, label, rows, scored
from custpred.report._words import target_name
from custpred.text import finite

if TYPE_CHECKING:
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

HITS = "hit_rate_at_"
FEW = 3
"""Without attributions, a table with a text and at most this many columns is about the text."""


def sentence(record: Record, say: Text) -> str:
    """Return the result in one sentence: the reach of a list, the accuracy, or the error."""
    kind = record.task.kind
    own = facts(record, "errors")
    if kind == "binary" and finite(gain(record)["reached"]) and not (reads(record) and finite(own.get("accuracy"))):
        return contact(record, say)
    if kind == "multiclass" and any(name.startswith(HITS) for name in record.test):
        return _hits(record, say)
    if kind != "regression" and finite(own.get("accuracy")) and own.get("classes"):
        return _right(record, own, say)
    if kind == "regression" and finite(own.get("half_within")):
        return _within(record, own, say)
    return _score(record, say)


def reads(record: Record) -> bool:
    """Return whether a text has the largest effect, and the recipe has no campaign."""
    kinds, first = record.data.kinds, rows(record, "attributions")[:1]
    usable = [kind for kind in kinds.values() if kind not in {"id", "constant", "empty"}]
    read = kinds.get(first[0]["column"]) == "text" if first else "text" in usable and len(usable) <= FEW
    return read and not campaign(record)


def _evaluated(record: Record, say: Text) -> str:
    return evaluated(record, scored(record) or record.data.train_rows, say)


def _right(record: Record, own: JSON, say: Text) -> str:
    """Return the accuracy, compared with always predicting the most common class."""
    common = max(own["classes"], key=lambda each: each.get("customers") or 0)
    every = scored(record) or record.data.train_rows  # not the sum: numbers of rare classes are hidden
    words = {"share": say.percent(own["accuracy"]), "n": _evaluated(record, say), "common": common["label"]}
    between = interval(say, *ends(record.test.get("accuracy"), own["accuracy"]), "percent")
    words |= {"between": between or interval(say, own.get("low"), own.get("high"), "percent")}
    return say(
        "The prediction is right for {share} of {n} (95% interval {between}); always guessing the commonest, "
        "'{common}', would be right for {guess}.",
        guess=say.percent((common.get("customers") or 0) / every),
        **words,
    )


def _hits(record: Record, say: Text) -> str:
    """Return how often the next item is among those offered, and of the most popular ones."""
    key = next((name for name in record.test if name == f"{HITS}5"), None) or next(
        name for name in record.test if name.startswith(HITS)
    )
    score, most = record.test[key], key.removeprefix(HITS)
    words = {"n": _evaluated(record, say), "most": most, "share": say.percent(score.value)}
    words |= {"between": interval(say, score.low, score.high, "percent")}
    text = say("For {share} of {n} what came next is among the {most} offered (95% interval {between})", **words)
    popular = simplest(record)
    base = popular.others.get(key) if popular else None
    return text + (
        say("; the most popular for everyone reach {base}.", base=say.percent(base)) if finite(base) else "."
    )


def _within(record: Record, own: JSON, say: Text) -> str:
    """Return the median and the mean absolute error of amounts."""
    text = say(
        "On {n} half of the predictions of '{target}' are within {half} of the true value",
        n=_evaluated(record, say),
        target=target_name(record, say),
        half=_half(own, say),
    )
    if not finite(own.get("mae")):
        return text + "."
    text += say("; on average they are off by {mae}", mae=say.number(own["mae"]))
    if Mae.kind() in record.test:
        score = record.test[Mae.kind()]
        text += say(" (95% interval {between})", between=interval(say, score.low, score.high, "number"))
    if not finite(own.get("mae_simplest")):
        return text + "."
    base = say.number(own["mae_simplest"])
    if own["mae_simplest"] > own["mae"]:
        return text + say("; the same prediction for everyone would be off by {base}.", base=base)
    worse = "; the median for everyone would be off by {base}: plan with sums of predictions, not with single ones."
    return text + say(worse, base=base)  # as where most amounts are 0 and the model predicts means


def _half(own: JSON, say: Text) -> str:
    """Return the median error; beside a mean that is a thousand times larger, that thousandth."""
    least = (own["mae"] if finite(own.get("mae")) else 0.0) / 1000
    return say.number(own["half_within"]) if own["half_within"] >= least else say.number(least, 1)


def _score(record: Record, say: Text) -> str:
    found = headline(record)
    if found is None:
        return say("The run has no score on test customers, so its quality is unknown.")
    kind, score = found
    between = interval(say, score.low, score.high)
    about = label(record, kind)
    about = say("{label}, 95% interval {between}", label=about, between=between) if between else about
    text = say(
        "On {n} the model reaches {score} ({about})",
        n=_evaluated(record, say),
        score=say.score(score.value),
        about=about,
    )
    base = simplest(record) if kind == record.metric else None
    return text + (say("; the simplest prediction reaches {base}.", base=say.score(base.score.value)) if base else ".")
