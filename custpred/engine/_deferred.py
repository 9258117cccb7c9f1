"""Work that starts in workers in the background and is fetched when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.engine.base import Workers

Item = TypeVar("Item")
Found = TypeVar("Found")


def deferred(workers: Workers, function: Callable[[Item], Found], *items: Item) -> Callable[[], list[Found]]:
    """Start ``function(item)`` for each item in workers; return a function that waits for all.

    Results are in the order of items; those that workers fail to return are computed in this
    process.
    """
    tickets = [workers.submit(function, item) for item in items]

    def wait() -> list[Found]:
        found: dict[int, Found] = {}
        waiting = set(tickets)
        while waiting and (ended := workers.wait(of=waiting)):
            waiting -= {outcome.ticket for outcome in ended}
            found |= {outcome.ticket: outcome.value for outcome in ended if outcome.status == "ok"}
        return [
            found[ticket] if ticket in found else function(item) for ticket, item in zip(tickets, items, strict=True)
        ]

    return wait
