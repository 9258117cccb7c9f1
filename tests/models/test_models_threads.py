"""Threads of numeric libraries."""

from __future__ import annotations

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


def test_pools_are_searched_once() -> None:
    """As long as no other library is loaded, the same controller is returned."""
    assert pools() is pools()
