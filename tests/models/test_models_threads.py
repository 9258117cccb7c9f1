"""Threads of numeric libraries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from threadpoolctl import ThreadpoolController

from custpred.models._threads import limited, pools


def _most() -> int:
    return max(each["num_threads"] for each in ThreadpoolController().info())


def test_threads_are_limited_inside_only() -> None:
    """Inside, every pool has one thread; afterwards as many as before."""
    before = _most()
    with limited(1):
        assert _most() == 1
    assert _most() == before


def test_overlapping_limits_leave_no_trace() -> None:
    """The first limit of two threads ends before the second: the lower holds, then none."""
    before = {each["filepath"]: each["num_threads"] for each in ThreadpoolController().select(user_api="blas").info()}
    first, second = ExitStack(), ExitStack()
    first.enter_context(limited(1))
    with ThreadPoolExecutor(1) as other:
        other.submit(second.enter_context, limited(1)).result()
        first.close()
        held = [each["num_threads"] for each in ThreadpoolController().select(user_api="blas").info()]
        other.submit(second.close).result()
    after = {each["filepath"]: each["num_threads"] for each in ThreadpoolController().select(user_api="blas").info()}
    assert set(held) == {1}
    assert after == before


def test_pools_are_searched_once() -> None:
    """As long as no other library is loaded, the same controller is returned."""
    assert pools() is pools()
