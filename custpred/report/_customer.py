"""The card of one customer as an HTML page: prediction, decision, waterfall, and words of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Facts, Grid, Group, Prose
from custpred.report._page import embedded, render
from custpred.report._parts import Page, Part
from custpred.report._text import Text
from custpred.report._waterfall import card, shown
from custpred.report._words import target_name
from custpred.text import part

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON


def customer_html(found: JSON, record: Record) -> str:
    """Return the page of one customer, in the report's language.

    Parameters
    ----------
    found
        Result of ``inference.customer_card.explained``.
    """
    say = Text.of(record)
    title = say("Customer {key}", key=found["key"])
    part = Part("customer", say("Why this prediction"), (), tuple(_blocks(found, record, say)))
    theme = str((record.recipe.get("report") or {}).get("theme", "auto"))
    return render(Page(title, record.name, say, theme, (part,)), embedded(found))


def _blocks(found: JSON, record: Record, say: Text) -> list[Block]:
    label = say("Probability of '{label}'", label=found["label"]) if "label" in found else target_name(record, say)
    average = say("average customer: {average}", average=shown(found["start"], found, say))
    items = [(label, shown(found["answer"], found, say), average), *_decision(found["decision"], say)]
    *sentences, chart = card(found, say("From the average customer to this one"), say)
    careful = Prose(say("Contributions show what moved the model, not what would change the customer's mind."), "so")
    return [Facts(tuple(items)), Group((Group((*sentences, careful), "stack"), chart), "side"), *_words(found, say)]


def _decision(own: JSON, say: Text) -> list[tuple[str, str, str]]:
    if not own:
        return []
    items = [(say("Decision"), own["decision"], "")]
    if "rank" in own:
        items.append((say("Rank"), say.count(own["rank"]), say("of {n}", n=say.count(own["of"], "customer"))))
    return [*items, (say("Expected gain"), say.money(own["gain"]), "")] if "gain" in own else items


def _words(found: JSON, say: Text) -> list[Block]:
    rows = tuple(
        (each["column"], each["word"] or say("(without words)"), part(each["part"], found["unit"]))
        for each in found["words"]
    )
    heads = (say("Text"), say("Word"), say("Part"))
    return [Grid(heads, rows, say("Words of the texts"), ("text", "text", "interval"))] if rows else []
