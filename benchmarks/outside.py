"""Reading tables and running workers, compared with libraries: decision records 16 and 17.

    pip install loky pebble psutil            # for comparison alone
    python benchmarks/outside.py reading pool

Seconds are those of the processor, of all processes below this one, in steps of 0.01.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
from libraries import show
from printing import sections

from custpred.engine.base import Engine
from custpred.errors import DataError
from custpred.source._reading.decode import decode
from custpred.source.base import Source

if TYPE_CHECKING:
    from collections.abc import Callable

WRITTEN: dict[str, tuple[list[str], Any]] = {
    "ISO days": (["2024-01-31", "2024-02-29", "2023-12-01"], "2024-01-31"),
    "D.M.Y": (["31.01.2024", "29.02.2024", "01.12.2023"], "2024-01-31"),
    "D/M/Y": (["31/01/2024", "05/02/2024", "01/12/2023"], "2024-01-31"),
    "M/D/Y": (["01/31/2024", "02/05/2024", "12/01/2023"], "2024-01-31"),
    "month names": (["31 Jan 2024", "29 Feb 2024", "01 Dec 2023"], "2024-01-31"),
    "Korean days": (["2024년 1월 31일", "2024년 2월 29일", "2023년 12월 1일"], "2024-01-31"),
    "ambiguous days": (["01/02/2024", "03/04/2024", "05/06/2024"], "refused"),
    "amounts": (["1,234.50", "2,000.00", "12.25"], 1234.5),
    "euros": (["1.234,50 €", "2.000,00 €", "12,25 €"], 1234.5),
    "won": (["12,000원", "3,500원", "900원"], 12000.0),
    "shares": (["12.5%", "80%", "3%"], 0.125),
    "codes with zeros": (["00123", "00045", "01234"], "00123"),
    "words for missing": (["1.5", "n/a", "2.5"], 1.5),
}
"""Columns as people write them, and the correct first value."""
KOREAN = "고객,요금제,메모\n1,기본,친절하고 빠릅니다\n2,프리미엄,배송이 늦었어요\n"
WESTERN = "customer,plan,note\n1,basic,très bien, merci\n2,premium,größer für Zoë\n"


def cpu() -> float:
    """Return the CPU seconds so far of this process and all its descendants."""
    own = import_module("psutil").Process()
    return float(sum(sum(each.cpu_times()[:4]) for each in (own, *own.children(recursive=True))))


def took(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work."""
    began = cpu()
    work()
    return cpu() - began


def _custpred(path: Path) -> Any:
    try:
        return Source.parse({"path": str(path)}).read().frame["value"].iloc[0]
    except DataError:
        return "refused"


def _pandas(path: Path) -> Any:
    found = pd.read_csv(path, sep="|")["value"]
    if not pd.api.types.is_numeric_dtype(found):
        dates = pd.to_datetime(found, errors="coerce", format="mixed")
        found = dates if dates.notna().all() else found
    return found.iloc[0]


def _duckdb(path: Path) -> Any:
    return duckdb.sql(f"SELECT value FROM read_csv('{path}') LIMIT 1").fetchall()[0][0]


def _dateutil(path: Path) -> Any:
    try:
        return import_module("dateutil.parser").parse(path.read_text("utf-8").split("\n")[1].split("|")[1])
    except (ValueError, OverflowError):
        return "nothing"


def reading() -> None:
    """Show which columns are read correctly, and the time for a large table and encodings."""
    readers = {"custpred": _custpred, "pandas": _pandas, "DuckDB": _duckdb, "dateutil": _dateutil}
    right = dict.fromkeys(readers, 0)
    show("read rightly", *readers)
    with TemporaryDirectory() as folder:
        for name, (values, wanted) in WRITTEN.items():
            path = Path(folder) / "column.csv"
            path.write_text("number|value\n" + "\n".join(f"{i}|{values[i % 3]}" for i in range(90)), encoding="utf-8")
            got = {reader: read(path) for reader, read in readers.items()}
            same = {each: value == wanted or str(value)[:10] == wanted for each, value in got.items()}
            right = {each: right[each] + same[each] for each in right}
            show(name, *("yes" if same[each] else str(value)[:14] for each, value in got.items()))
        show(f"of {len(WRITTEN)}", *right.values())
        big = Path(folder) / "big.csv"
        Source.parse({"sample": "telecom", "rows": 200_000}).raw().frame.to_csv(big, index=False)
        seconds = [took(lambda: Source.parse({"path": str(big)}).read()), took(lambda: pd.read_csv(big))]
        show("CPU s of 200,000 rows", *seconds, took(lambda: duckdb.sql(f"SELECT * FROM read_csv('{big}')").df()))
    cases = [(KOREAN, code) for code in ("utf-8", "cp949", "utf-16")]
    cases += [(WESTERN, code) for code in ("utf-8", "cp1252", "utf-16")]
    texts = [(text * times, (text * times).encode(code)) for text, code in cases for times in (1, 10, 1000)]
    from_bytes = import_module("charset_normalizer").from_bytes
    show(f"decoded rightly, of {len(texts)}", "right", "CPU s")
    decoders: dict[str, Callable[[bytes], str]] = {
        "custpred": lambda data: decode(data, "x").data.decode("utf-8"),
        "charset-normalizer": lambda data: str(from_bytes(data).best()),
    }
    for name, decoded in decoders.items():
        began = cpu()
        show(name, sum(decoded(data) == text for text, data in texts), cpu() - began)


SHORT, HANG = [0.02] * 60, 60.0
"""Seconds of short jobs, and of one that hangs."""
ENGINE = Engine.parse("local")


def _ours() -> None:
    with ENGINE.open(2) as workers:
        tickets = {workers.submit(time.sleep, each) for each in SHORT}
        while tickets:
            tickets -= {each.ticket for each in workers.wait(of=tickets)}


def _pebble(most: int, start: str | None = None) -> None:
    context = multiprocessing.get_context(start)
    with import_module("pebble").ProcessPool(2, max_tasks=most, context=context) as workers:
        for each in [workers.schedule(time.sleep, (each,)) for each in SHORT]:
            each.result()


def _loky() -> None:
    executor = import_module("loky").ProcessPoolExecutor(2)
    list(executor.map(time.sleep, SHORT))
    executor.shutdown()


def pool() -> None:
    """Show 60 short jobs with two workers; then one that crashes, and one that hangs."""
    _ours()  # the server that children are forked from is loaded once for a run
    show("60 jobs of 0.02 s", "CPU s", "wall s")
    makers: dict[str, Callable[[], None]] = {"custpred": _ours, "pebble, each its own": lambda: _pebble(1)}
    makers |= {"pebble, each by forkserver": lambda: _pebble(1, "forkserver")}
    makers |= {"pebble, kept": lambda: _pebble(0), "loky, kept": _loky}
    for name, make in makers.items():
        began = time.perf_counter()
        show(name, took(make), time.perf_counter() - began)
    show("one job each", "dies", "hangs", "beside them")
    with ENGINE.open(2) as workers:
        asked = [workers.submit(os._exit, 3), workers.submit(time.sleep, HANG, seconds=1.0), workers.submit(abs, -1)]
        status: dict[int, str] = {}
        while len(status) < len(asked):
            status |= {each.ticket: each.status for each in workers.wait()}
        show("custpred", *(status[each] for each in asked))
    with import_module("pebble").ProcessPool(2) as others:
        jobs = [others.schedule(os._exit, (3,)), others.schedule(time.sleep, (HANG,), timeout=1.0)]
        show("pebble", *(type(each.exception()).__name__ for each in (*jobs, others.schedule(abs, (-1,)))))


if __name__ == "__main__":
    sections(__doc__, reading, pool)
