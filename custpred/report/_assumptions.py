"""Assumptions of a campaign's profit, the sensitivity to them, and how to measure them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid, Heading, Prose
from custpred.report._reading import column, facts, interval
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

NAMES = {
    "success_rate": "Success rate",
    "value": "Value of a customer",
    "offer_cost": "Cost of the offer",
    "contact_cost": "Cost of a contact",
}


def assumptions(record: Record, say: Text) -> list[Block]:
    """Return the assumptions as a list, the sensitivity to each, EMPC, and the control group."""
    own = facts(record, "profit")
    return [
        Heading(say("What this assumes")),
        _listed(record, say),
        *_tornado(own, say),
        *_spread(own, say),
        *_control(own.get("control") or {}, say),
    ]


def _listed(record: Record, say: Text) -> Grid:
    business, unknown = record.recipe.get("business") or {}, say("not in the recipe")
    amounts = record.task.kind == "regression"
    rows = [
        (say("Value of a customer"), _value(business.get("value"), amounts, say) or unknown),
        (say("Cost of a contact"), say.money(business.get("contact_cost", 0))),
        (say("Cost of the offer"), say.money(business.get("offer_cost", 0))),
        (say("Success rate"), say.percent(business["success_rate"]) if "success_rate" in business else unknown),
        (say("Contacts in a scoring round"), say.count(business.get("capacity")) if business.get("capacity") else "∞"),
    ]
    return Grid((say("Assumption"), say("In the recipe")), tuple(rows))


def _value(value: object, amounts: bool, say: Text) -> str:
    """Return a customer's value in words: an amount, a column or the predicted one; factors."""
    if isinstance(value, int | float):
        return say.money(value)
    if isinstance(value, str):
        return value
    own = value if isinstance(value, dict) else {}
    parts = [str(own["column"])] if own.get("column") else []
    parts += [say.money(own["amount"])] if finite(own.get("amount")) else []
    parts = parts or ([say("the amount that is predicted")] if amounts else [])
    parts += [say.number(own["times"])] if own.get("times", 1) != 1 else []
    parts += [say.percent(own["margin"])] if own.get("margin", 1) != 1 else []
    return " \N{MULTIPLICATION SIGN} ".join(parts)


def _tornado(own: JSON, say: Text) -> list[Block]:
    """Return the list's profit if one assumption is off, the most harmful first."""
    rows = own.get("sensitivity") or []
    base = (own.get("round") or own).get("profit")
    if not rows or not finite(base):
        return []
    names = [f"{say(NAMES[row['assumption']])}: {_range(row, say)}" for row in rows]
    low, high = column(rows, "low"), column(rows, "high")
    data = {
        "labels": names,
        "values": [base] * len(rows),
        "low": low,
        "high": high,
        "format": "money",
        "notes": [interval(say, *ends, "money") for ends in zip(low, high, strict=True)],
        "reference": {"value": base, "label": say("as assumed: {profit}", profit=say.money(base))},
    }
    grid = Grid(
        (say("Assumption"), say("Lowest profit"), say("Highest profit")),
        tuple(zip(names, low, high, strict=True)),
        formats=("text", "money", "money"),
    )
    text = say("Each line: the profit of the same list where that assumption alone lies between the two ends.")
    return [_worst(rows, say), Chart("dots", say("How the profit depends on each assumption"), text, data, grid)]


def _range(row: JSON, say: Text) -> str:
    form = "percent" if row["assumption"] in {"success_rate", "value"} else "money"
    return interval(say, row["from"], row["to"], form)


def _worst(rows: Sequence[JSON], say: Text) -> Prose:
    words = {"name": say(NAMES[rows[0]["assumption"]]), "low": say.money(rows[0]["low"])}
    if rows[0]["low"] < 0:
        return Prose(say("It depends most on '{name}': at worst the list loses money ({low}).", **words), "so")
    return Prose(say("It depends most on '{name}': at worst the list still earns {low}.", **words), "so")


def _spread(own: JSON, say: Text) -> list[Block]:
    """Return the expected maximum profit for an uncertain success rate."""
    found = own.get("empc") or {}
    if not finite(found.get("value")):
        return []
    text = say(
        "If the success rate is uncertain, the best list earns {value} per customer (EMPC) and holds {share} of them.",
        value=say.money(found["value"]),
        share=say.percent(found["share"]),
    )
    return [Prose(text)]


def _control(own: JSON, say: Text) -> list[Block]:
    """Return the size of the control group, and the power of a short list."""
    if not own:
        return []
    words = {"n": say.count(own["size"], "customer"), "power": say.percent(own["power"])}
    words |= {"rate": say.percent(own["rate"]), "after": say.percent(own["rate_after"])}
    text = say(
        "Leave {n} of the list uncontacted at random, and contact as many: a fall from {rate} to {after} is then seen "
        "with a chance of {power}.",
        **words,
    )
    if 2 * own["size"] > own["list"]:
        half = {"half": say.percent(own["power_half"]), "list": say.count(own["list"])}
        text += " " + say(
            "One list of {list} is too short for that: with half of it uncontacted the chance is {half}, so add up "
            "several campaigns.",
            **half,
        )
    return [Heading(say("How to learn the true success rate")), Prose(text, "so")]
