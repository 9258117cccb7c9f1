"""Contacting the top tenth by score, in one sentence and one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid
from custpred.report._reading import ends, evaluated, facts, first, interval
from custpred.text import finite

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record, Score
    from custpred.storage.plain import JSON


def gain(record: Record) -> JSON:
    """Return the results of contacting the top tenth by score."""
    own = facts(record, "gains")
    tested = lift_tested(record, first(own, "lift_at_10", "lift"))
    if tested:
        own = {**own, "lift_at_10": tested.value, "lift_at_10_low": tested.low, "lift_at_10_high": tested.high}
    return {
        "customers": first(own, "customers", "rows"),
        "positives": first(own, "positives"),
        "contacted": first(own, "contacted_at_10", "contacted"),
        "reached": first(own, "reached_at_10", "reached"),
        "lift": first(own, "lift_at_10", "lift"),
        "low": first(own, "lift_at_10_low", "low"),
        "high": first(own, "lift_at_10_high", "high"),
        "best": first(own, "best_at_10", "best_lift"),
    }


def lift_tested(record: Record, lift: object) -> Score | None:
    """Return the metric lift at 10 %, if it is this lift."""
    # a tenth is rarely a whole number of customers
    tested = record.test.get("lift_at_10") or record.test.get("lift")
    return tested if finite(ends(tested, lift, within=0.005)[0]) else None


def campaign(record: Record) -> bool:
    """Return whether customers are contacted by score: a value, a cost or a capacity is known."""
    business = record.recipe.get("business") or {}
    return any(business.get(key) for key in ("value", "contact_cost", "offer_cost", "capacity"))


def contact(record: Record, say: Text) -> str:
    """Return the headline: the number of positives, and how many a tenth by score has."""
    own = gain(record)
    words = {"all": evaluated(record, own["customers"], say), "positive": record.task.positive}
    if finite(own["positives"]) and own["positives"] < say.least:  # hidden: the record holds another number
        lead = say("Of {all}, fewer than {n} are '{positive}'.", n=say.count(say.least), **words)
    else:
        lead = say("Of {all}, {left} are '{positive}'.", left=say.count(own["positives"]), **words)
    words = {"n": say.count(own["contacted"]), "reached": say.percent(own["reached"])}
    if campaign(record):
        text = say("Contacting the 10% with the highest score ({n}) reaches {reached} of them", **words)
    else:
        text = say("The 10% with the highest score ({n}) hold {reached} of them", **words)
    return f"{lead} {text}{_times(own, say)}."


def _times(own: JSON, say: Text) -> str:
    lift, low, high, best = (own[key] for key in ("lift", "low", "high", "best"))
    if not finite(lift):
        return ""
    between = interval(say, low, high, "times")
    about = say("95% interval {between}", between=between) if between else ""
    if finite(best):
        about += ("; " if about else "") + say("the best possible here is {best}", best=say.times(best))
    about = f" ({about})" if about else ""
    if finite(low) and low <= 1:
        return say(", {lift} times what chance would: not clearly better than chance", lift=say.times(lift)) + about
    return say(", {lift} times what chance would", lift=say.times(lift)) + about


def _best(own: JSON) -> float | None:
    """Return the share of positives in the contacted customers if all of these were positive."""
    if not finite(own["best"]):
        return None
    share = own["contacted"] / own["customers"] if own["contacted"] and own["customers"] else 0.1
    return float(min(share * own["best"], 1.0))


def reach(record: Record, say: Text) -> list[Block]:
    """Return the share of positives in a tenth: at random, by score, and at best."""
    own = gain(record)
    if record.task.kind != "binary" or not finite(own["reached"]):
        return []
    named = [
        (say("Contact 10% at random"), 0.1),
        (say("Contact the 10% with the highest score"), own["reached"]),
        (say("At best, with perfect foresight"), _best(own)),
    ]
    known = [(name, value) for name, value in named if value is not None]
    names, values = [name for name, _ in known], [value for _, value in known]
    data = {"labels": names, "values": values, "format": "percent", "faint": [True, False, True], "top": 1.0}
    grid = Grid((say("Way"), say("Reached")), tuple(known), formats=("text", "percent"))
    title = say("Share of all '{positive}' customers reached", positive=record.task.positive)
    return [Chart("bars", title, say("Longer is better; the whole width is everyone."), data, grid)]
