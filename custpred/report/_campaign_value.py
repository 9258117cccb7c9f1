"""The value of a campaign, in one or two sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Prose
from custpred.report._reading import facts, first
from custpred.text import finite

if TYPE_CHECKING:
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON


def profit(record: Record) -> JSON:
    """Return the profit measure's headline numbers by plain names."""
    own = facts(record, "profit")
    return {
        "contacted": first(own, "contacted", "best_contacted"),
        "share": first(own, "share", "best_share"),
        "profit": first(own, "profit", "best_profit"),
        "low": first(own, "low", "profit_low"),
        "high": first(own, "high", "profit_high"),
        "everyone": first(own, "everyone", "profit_everyone", "all"),
        "break_even": first(own, "break_even", "threshold"),
        "capacity": first(own, "capacity"),
        "customers": first(own, "customers"),
        "rounds": first(own, "rounds"),
        "round_share": first(own, "round_share"),
        "round_capacity": first(own, "round_capacity"),
        "round": first(own, "round"),
    }


def campaign_value(record: Record, say: Text) -> list[Prose]:
    """Return the profit of the best list at the recipe's costs, or how to compute it."""
    own = profit(record)
    if finite(own["profit"]):
        return [Prose(_summary(own, say), "so")]
    if record.task.kind != "binary" or (record.recipe.get("business") or {}).get("value") is not None:
        return []
    return [Prose(say("The value of this is unknown: give business.value and the costs in the recipe."), "so")]


def _summary(own: JSON, say: Text) -> str:
    """Return the expected profit of the list, compared with a random list and with no limit."""
    now = own["round"] or _scored(own)
    if not own["contacted"]:
        return say("At the costs in the recipe no list of customers pays: every contact is expected to lose money.")
    full = _full(own)
    contacts = first(own, "round_capacity") if full and own["round"] else now["contacts"]
    words = {"n": say.count(contacts, "contact"), "profit": say.money(now["profit"])}
    if now["profit"] <= 0:
        text = say("At the costs in the recipe the model would make {n}, which loses money: {profit}", **words)
    elif full:
        text = say("With your {n}, calling the highest scores is expected to earn about {profit}", **words)
    else:
        text = say("It pays best to make {n}, which is expected to earn about {profit}", **words)
    if finite(now["low"]) and finite(now["high"]):
        low, high = say.alike([now["low"], now["high"]], "money")
        text += say(" (95% interval {low} to {high})", low=low, high=high)
    if finite(now["random"]):
        text += say("; as many at random about {random}", random=say.money(now["random"]))
    if full and finite(now["best"]) and now["best"] > now["contacts"]:
        best = {"best": say.count(now["best"], "contact"), "profit": say.money(now["best_profit"])}
        text += say("; without the limit {best} would earn about {profit}", **best)
    return text + _of_what(own, say)


def _full(own: JSON) -> bool:
    """Return whether the capacity ends the list; not so if it suffices for everyone."""
    return own["contacted"] == own["capacity"] and not (own["round"] and own["contacted"] == own["customers"])


def _scored(own: JSON) -> JSON:
    """Return the numbers of the scored rows, for records without those of a whole round."""
    chance = own["everyone"] * own["share"] if finite(own["everyone"]) and finite(own["share"]) else None
    named = {name: own[name] for name in ("profit", "low", "high")}
    return {"contacts": own["contacted"], "random": chance, "best": None, "best_profit": None, **named}


def _of_what(own: JSON, say: Text) -> str:
    """Return which customers the sums refer to."""
    if finite(own["rounds"]) and own["rounds"] > 1:
        return say("; this is the mean of {n} cutoffs, each a scoring round.", n=say.count(own["rounds"]))
    if own["capacity"] and finite(own["round_share"]) and own["round_share"] < 0.9995:
        return say("; the test customers' sums, scaled to a whole scoring round.")
    return say("; these are the sums of the test customers only.")


def capacity(own: JSON, say: Text) -> str:
    """Return what the recipe's capacity per scoring round means for the test customers."""
    known = all(finite(own[name]) for name in ("capacity", "customers", "round_capacity", "round_share"))
    if not known:
        return ""
    words = {"all": say.count(own["round_capacity"]), "n": say.count(own["customers"], "customer")}
    if own["round_share"] > 0.9995:
        return say("The capacity of {all} counts in each scoring round, here of {n}.", **words)
    return say(
        "The capacity of {all} is for a whole scoring round; the {n} here are {share} of one, so that at most {most} "
        "of them are chosen.",
        share=say.percent(own["round_share"]),
        most=say.count(own["capacity"]),
        **words,
    )
