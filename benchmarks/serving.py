"""Customers per second scored by ``custpred serve``, and their latency.

    python benchmarks/serving.py                                   # a run of the sample telecom
    python benchmarks/serving.py reports/telco-churn --rate 1000 --seconds 20

Without a run, one with a limit on the latency is made first.  Starts the server as a separate
process and sends it single customers of the run's own table at a fixed rate, whether or not earlier
ones were scored.  A customer's latency counts from the moment at which the request was due, so that
a stalled server cannot hide its stall.  The machine's load is printed before and after, because
other work increases latencies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from contextlib import closing
from pathlib import Path

import numpy as np

from custpred.api import load, run
from custpred.recipe.file import from_keys
from custpred.source.base import Source

QUANTILES = (50, 95, 99, 100)


class Connection(asyncio.Protocol):
    """A connection that is kept; requests on it are answered in their order."""

    def __init__(self, waits: list[float], statuses: dict[int, int]) -> None:
        self.waits, self.statuses = waits, statuses
        self.due: deque[float] = deque()
        self.asked = 0.0
        self.received = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes, due: float) -> None:
        """Send a request that was due at a time."""
        assert self.transport is not None
        self.due.append(due)
        self.asked = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Record the latency of requests whose responses are complete."""
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.received) < end + 4 + length:
                return
            self.received = self.received[end + 4 + length :]
            status = int(head.split(b" ", 2)[1])
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.waits.append(time.perf_counter() - self.due.popleft())


async def send(requests: list[bytes], port: int, rate: float, seconds: float, connections: int) -> dict[int, int]:
    """Send requests at a fixed rate; print the latencies.

    Each request uses a connection with the fewest open requests, the longest idle first: the server
    closes a connection after 5 s without a request.
    """
    waits: list[float] = []
    statuses: dict[int, int] = {}
    loop = asyncio.get_running_loop()
    pairs = [
        await loop.create_connection(lambda: Connection(waits, statuses), "127.0.0.1", port) for _ in range(connections)
    ]
    open_ones = [own for _, own in pairs]
    began, count = time.perf_counter(), int(rate * seconds)
    for place in range(count):
        due = began + place / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        min(open_ones, key=lambda each: (len(each.due), each.asked)).ask(requests[place % len(requests)], due)
    while any(each.due for each in open_ones) and time.perf_counter() - began < 3 * seconds + 5:
        await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    shown = ", ".join(f"p{q} {1000 * np.percentile(waits, q):.1f} ms" for q in QUANTILES)
    print(
        f"{len(waits):,} of {count:,} answered in {took:.1f} s: {len(waits) / took:,.0f} a second; {shown}", flush=True
    )
    return statuses


def requests_of(folder: Path, most: int = 2000) -> list[bytes]:
    """Return the customers of a run's own table as requests."""
    result = load(folder)
    frame = Source.parse(result.record.recipe["customers"]).raw().frame.head(most)
    wanted = {column.name: column.kind for column in result.predictor.columns if column.usable}
    made = []
    for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
        own = {name: _sent(row.get(name), kind) for name, kind in wanted.items()}
        body = json.dumps({"customers": [own]}, ensure_ascii=False).encode()
        head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


def _sent(value: object, kind: str) -> object:
    """Return a cell as JSON holds it."""
    if value is None or not str(value).strip():
        return None
    if kind in {"number", "code"}:
        return float(str(value))
    return str(value)[:10] if kind == "date" else value if isinstance(value, str | int | float | bool) else str(value)


def served(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server of a run; return the process and its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "custpred", "serve", str(folder), "--port", str(port)])
    for _ in range(600):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


def sample(home: Path) -> Path:
    """Make a run of the sample telecom whose blend is fast enough to serve; return its folder."""
    keys = {
        "customers": {"sample": "telecom", "rows": 5000, "key": "customer_id"},
        "target": "churn",
        "ensemble": {"kind": "greedy", "latency": "2ms"},
        "final": "refit",
        "budget": {"time": "30s"},
    }
    result = run(from_keys(keys), out=home / "run")
    score = result.record.test[result.record.metric]
    print(f"sample telecom, {result.record.metric} {score.value:.4f}")
    return result.folder


def measure(folder: Path, given: argparse.Namespace) -> None:
    """Print what was measured of a run's server."""
    requests = requests_of(folder)
    before = _seconds()
    process, port = served(folder)
    try:
        asyncio.run(send(requests, port, min(given.rate, 100), 2, given.connections))  # first calls are slower
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {given.rate:,.0f} customers a second:")
        statuses = asyncio.run(send(requests, port, given.rate, given.seconds, given.connections))
        print(f"statuses {statuses}; load {os.getloadavg()[0]:.1f}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    print(f"the server used {_seconds() - before:.1f} s of processor time, its start included")


def _seconds() -> float:
    """Return the processor time of child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, nargs="?", help="A run; one of the sample if left out.")
    parser.add_argument("--rate", type=float, default=1000.0, help="Customers a second.")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        measure(given.run or sample(Path(home)), given)


if __name__ == "__main__":
    main()
