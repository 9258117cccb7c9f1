"""Work that is begun in a worker and fetched when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.engine.base import Workers


def deferred(workers: Workers, function: Callable[[Any], Any], item: Any) -> Callable[[], Any]:
    """Begin ``function(item)`` in a worker; return what waits for its answer, which is found here if the worker fails.

    Answers of other jobs that end meanwhile are let go.
    """
    ticket = workers.submit(function, item)

    def wait() -> Any:
        while ended := workers.wait():
            for outcome in ended:
                if outcome.ticket == ticket and outcome.status == "ok":
                    return outcome.value
        return function(item)

    return wait
