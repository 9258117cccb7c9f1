"""Purchase histories as flat columns: their names, for the code that gathers them and the code that reads them.

A table of events named ``orders`` gives, for each customer at a cutoff, from the days on which the customer bought:

``orders_repeats`` (x)
    Days with a purchase after the first one; several purchases of one day count once.  0 for one day.
``orders_days_first_to_last`` (t_x)
    Days from the first to the last purchase; 0 for one day.
``orders_days_since_first`` (T)
    Days from the first purchase to the cutoff.
``orders_mean_repeat_amount`` (m)
    Mean amount of the repeat days, the sum of a day counting as one amount; NaN where there is none.
``orders_last_item``
    The item of the last event, a category; only for the target ``next``.

Without a purchase before the cutoff all are NaN.  The letters are those of Fader, Hardie and Lee (2005).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

REPEATS, FIRST_TO_LAST, SINCE_FIRST = "repeats", "days_first_to_last", "days_since_first"
MEAN_AMOUNT, LAST_ITEM = "mean_repeat_amount", "last_item"
PARTS = (REPEATS, FIRST_TO_LAST, SINCE_FIRST, MEAN_AMOUNT, LAST_ITEM)


def history_name(table: str, part: str) -> str:
    """Return the column of one part of a table's history.

    >>> history_name("orders", "repeats")
    'orders_repeats'
    """
    return f"{table}_{part}"


def histories(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return, for each table with a history among the columns, the columns by their parts.

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
