"""Progress in a notebook: one HTML element that is replaced, without widgets."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from custpred.results.terminal import Lines
from custpred.text import plain, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def display() -> Callable[..., Any] | None:
    """Return IPython's ``display`` in a notebook kernel, otherwise None, without importing it."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(sys.modules.get("IPython.display"), "display", None) if hasattr(shell, "kernel") else None


@contextmanager
def bar() -> Iterator[Bar]:
    """Show a bar with stage, best score and time left during a run, and the duration at the end."""
    shown = Bar()
    yield shown
    shown.close()


class Bar(Lines):
    """Shows progress by replacing one HTML element; nothing else is changed."""

    def __init__(self) -> None:
        super().__init__()
        self.stage, self.found, self.left = "", "", 0.0
        show = display()
        self._handle = show({"text/html": ""}, raw=True, display_id=True) if show else None

    def __call__(self, event: str, what: Any) -> None:
        """Show one event of a run."""
        if event == "left":
            self.left = float(what or 0.0)
        super().__call__(event, what)
        if event == "trial":
            self._draw()

    def say(self, text: str) -> None:
        """Show a stage, or the best score so far."""
        if "best so far" in text:
            self.found = text
        else:
            self.stage = text
        self._draw()

    def close(self) -> None:
        """Show the duration."""
        self.stage, self.left = f"done in {time.monotonic() - self.began:.0f} s", 0.0
        self._draw(done=True)

    def _draw(self, done: bool = False) -> None:
        spent = time.monotonic() - self.began
        share = 1.0 if done else spent / (spent + self.left) if self.left else 0.0
        value = f' value="{share:.3f}"' if share else ""
        left = f"about {self.left:.0f} s left" if self.left else ""
        trials = plural(self.trials, "trial") if self.trials else ""
        words = " \N{MIDDLE DOT} ".join(escape(plain(each)) for each in (self.stage, trials, self.found, left) if each)
        html = f'<div class="custpred"><progress max="1"{value} style="width:16rem"></progress> {words}</div>'
        if self._handle is not None:
            self._handle.update({"text/html": html, "text/plain": words}, raw=True)
