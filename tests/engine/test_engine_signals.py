"""Signals that ask a process to terminate."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from custpred.engine._signals import ENDING, held_back, stoppable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Restore the default handlers: ``nohup`` and background jobs ignore some signals."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *ENDING)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING)
def test_signals_raise_keyboard_interrupt(number: signal.Signals) -> None:
    """SIGTERM and SIGHUP raise KeyboardInterrupt inside the block, not afterwards."""
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), stoppable():
        os.kill(os.getpid(), number)
        raise AssertionError
    assert signal.getsignal(number) is before is signal.SIG_DFL


def test_other_handlers_are_kept() -> None:
    """What ``nohup`` ignores stays ignored, and a program's own handler stays."""
    came: list[int] = []
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.signal(signal.SIGTERM, lambda n, f: came.append(n))
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
        assert came == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before[0])
        signal.signal(signal.SIGTERM, before[1])


def test_outside_the_main_thread_nothing_changes() -> None:
    """A run in another thread works without handlers, which Python does not allow there."""
    done: list[object] = []

    def work() -> None:
        with stoppable(), held_back():
            done.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [signal.SIG_DFL]


@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING])
def test_signals_are_deferred_in_held_back(number: signal.Signals) -> None:
    """Inside ``held_back`` nothing is interrupted; the signal takes effect right after."""
    whole = []
    with pytest.raises(KeyboardInterrupt), stoppable():
        with held_back():
            signal.raise_signal(number)  # this thread gets it: that of the process may come to another, and late
            whole.append(True)
        raise AssertionError
    assert whole == [True]
