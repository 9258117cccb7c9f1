"""Requests that arrive while a batch is scored form the next batch together."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

from custpred.serving.scorer import MAX_BATCH, MicroBatches


class Recorder:
    """Stands in for a scorer: records the size of each batch; during the first, requests arrive."""

    def __init__(self, arriving: socket.socket | None = None) -> None:
        self.sizes: list[int] = []
        self.arriving = arriving

    def alone(self, customers: list[Any]) -> list[Any]:
        """Return the customers as their scores."""
        if self.arriving is not None and not self.sizes:
            self.arriving.sendall(b"3")
        self.sizes.append(len(customers))
        return customers


def test_arrived_requests_join_the_next_batch() -> None:
    """A client that asks again at once is not scored before requests that have arrived."""

    async def served() -> list[int]:
        server, client = socket.socketpair()
        server.setblocking(False)
        recorder = Recorder(client)
        batches = MicroBatches(cast("Any", recorder))

        async def asks_twice() -> None:
            await batches.score(cast("Any", 1))
            await batches.score(cast("Any", 2))

        async def arrives() -> None:
            await asyncio.get_running_loop().sock_recv(server, 1)
            await batches.score(cast("Any", 3))

        await asyncio.gather(asks_twice(), arrives())
        server.close()
        client.close()
        return recorder.sizes

    assert asyncio.run(served()) == [1, 2]


def test_more_customers_than_a_batch_holds_are_scored_in_order() -> None:
    """Each gets its own score, in batches of the maximum size."""

    async def served() -> tuple[list[int], list[Any]]:
        recorder = Recorder()
        batches = MicroBatches(cast("Any", recorder))
        asked = (batches.score(cast("Any", number)) for number in range(MAX_BATCH + 7))
        return recorder.sizes, list(await asyncio.gather(*asked))

    sizes, scores = asyncio.run(served())
    assert sizes == [MAX_BATCH, 7]
    assert scores == list(range(MAX_BATCH + 7))
