"""Campaign profit: profit by number of customers contacted, break-even and capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._assumptions import assumptions
from custpred.report._blocks import Absent, Chart, Code, Facts, Grid, Note, Prose
from custpred.report._campaign_value import campaign_value, capacity, profit
from custpred.report._headline import reads
from custpred.report._reading import absent, column, interval, rows
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

_HOW = """business:
  value: 500   # the same for everyone; or of a column: {column: MonthlyCharges, times: 12, margin: 0.4}
  contact_cost: 1
  offer_cost: 10
  success_rate: 0.3
  capacity: 700
  currency: USD"""


class Money(Section):
    """Profit of a campaign at the recipe's costs."""

    title = "Campaign profit"
    order = 90
    readers = frozenset({"summary", "analyst"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the profit curve, or how to get one."""
        say = Text.of(record)
        if not rows(record, "profit"):
            unknown = record.task.kind == "binary" and (record.recipe.get("business") or {}).get("value") is None
            if unknown and reads(record):
                return [Absent(say("Texts without a campaign: the recipe does not give the value of a customer."))]
            return _unknown(say) if unknown else [absent(record, "profit", say)]
        return [
            *_summary(record, say),
            caution(say),
            _numbers(record, say),
            _picture(record, say),
            *assumptions(record, say),
        ]


def _unknown(say: Text) -> list[Block]:
    return [
        Prose(say("The recipe does not give the value of a customer, so no profit is computed."), "says"),
        Prose(say("Give the value and the costs, and the next run says whom it pays to contact."), "so"),
        Code(_HOW, say("In the recipe, with your own numbers")),
        caution(say),
    ]


def _summary(record: Record, say: Text) -> list[Block]:
    blocks: list[Block] = [Prose(each.text, "says") for each in campaign_value(record, say)]
    own = profit(record)
    scaled = capacity(own, say)
    if scaled:
        blocks.append(Prose(scaled, "says"))
    if finite(own["break_even"]):
        blocks.append(
            Prose(
                say(
                    "Contacting a customer pays from a probability of about {p}.",
                    p=say.percent(own["break_even"]),
                ),
                "so",
            )
        )
    return blocks


def caution(say: Text) -> Note:
    """Return the standard caution: customers at the highest risk need not be persuadable."""
    return Note(
        say(
            "High risk is not the same as being persuadable: offers to those at the highest risk can be wasted or even "
            "backfire (Ascarza 2018, Journal of Marketing Research). The success rate above is an assumption; leave a "
            "random part of the list uncontacted in the next campaign to learn the true effect."
        ),
        "warning",
        label=say("Careful"),
    )


def _numbers(record: Record, say: Text) -> Facts:
    own, business = profit(record), record.recipe.get("business") or {}
    success = business.get("success_rate", 1.0)
    between = ""
    if finite(own["low"]) and finite(own["high"]):
        between = say("95% interval {between}", between=interval(say, own["low"], own["high"], "money"))
    items = [
        (say("Contact"), say.count(own["contacted"]), say.percent(own["share"]) if finite(own["share"]) else ""),
        (say("Profit on the test"), say.money(own["profit"]), between),
        (
            say("Success rate assumed"),
            say.percent(success),
            say("from the recipe") if "success_rate" in business else say("not in the recipe"),
        ),
    ]
    if own["capacity"]:
        items.append((say("Capacity"), say.count(own["capacity"]), say("of these customers")))
    return Facts(tuple(items))


def _picture(record: Record, say: Text) -> Chart:
    every = sorted(rows(record, "profit"), key=lambda row: row.get("contacted") or 0)
    x, y = column(every, "contacted"), column(every, "profit")
    low, high = column(every, "low"), column(every, "high")
    series = [
        {"name": say("Profit by score, with 95% interval"), "x": x, "y": y, "low": low, "high": high},
        {"name": say("By chance"), "x": [x[0], x[-1]], "y": [0.0, y[-1]], "style": "faint"},
    ]
    data = {
        "series": series,
        "x": {"format": "count", "label": say("Customers contacted"), "low": 0},
        "y": {"format": "money", "label": say("Profit")},
        "marks": _marks(record, x[-1] or 0, say),
    }
    lines = list(zip(x, y, low, high, strict=True))
    step = max(1, len(lines) // 20)
    heads = (say("Contacted"), say("Profit"), say("Low"), say("High"))
    grid = Grid(heads, tuple(lines[::step]), formats=("count", "money", "money", "money"))
    text = say("Customers are contacted in the order of their score; the peak is the best length of the list.")
    return Chart("line", say("Profit by length of the list"), text, data, grid)


def _marks(record: Record, most: float, say: Text) -> list[JSON]:
    own = profit(record)
    n = say.count(own["contacted"])
    if own["contacted"] == own["capacity"]:
        named = [(own["contacted"], say("best: {n}, all of the capacity", n=n), "2%")]
    else:
        named = [(own["contacted"], say("best: {n}", n=n), "2%"), (own["capacity"], say("capacity"), "12%")]
    return [{"x": x, "label": name, "y": y} for x, name, y in named if finite(x) and 0 < x <= most]
