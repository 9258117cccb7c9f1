"""Names of the flat columns of purchase histories, for the code that writes or reads them.

A table of events named ``orders`` gives these columns at a cutoff, from days with purchases:

``orders_repeats`` (x)
    Days with a purchase after the first such day, counted once; 0 if there is one day only.
``orders_days_first_to_last`` (t_x)
    Days from the first to the last purchase; 0 if there is one day only.
``orders_days_since_first`` (T)
    Days from the first purchase to the cutoff.
``orders_mean_repeat_amount`` (m)
    Mean over the repeat days with a known amount of the day's total; NaN without such a day.
``orders_last_item``
    The item of the last event, a category; only for the target ``next``.

All are NaN without a purchase.  The symbols are those of Fader, Hardie and Lee (2005).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

REPEATS, FIRST_TO_LAST, SINCE_FIRST = "repeats", "days_first_to_last", "days_since_first"
MEAN_AMOUNT, LAST_ITEM = "mean_repeat_amount", "last_item"
PARTS = (REPEATS, FIRST_TO_LAST, SINCE_FIRST, MEAN_AMOUNT, LAST_ITEM)


def history_name(table: str, part: str) -> str:
    """Return the name of the column for one part of a table's history.

    >>> history_name("orders", "repeats")
    'orders_repeats'
    """
    return f"{table}_{part}"


def histories(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the history columns among ``names``: for each table, the column of each part.

    >>> histories(["age", "orders_repeats", "orders_days_since_first"])
    {'orders': {'repeats': 'orders_repeats', 'days_since_first': 'orders_days_since_first'}}
    """
    found: dict[str, dict[str, str]] = {}
    for name in names:
        for part in PARTS:
            table = name.removesuffix(f"_{part}")
            if table != name and table:
                found.setdefault(table, {})[part] = name
    return found
