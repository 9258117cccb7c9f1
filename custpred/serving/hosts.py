"""Hosts that a server of ours listens at."""

from __future__ import annotations

HOME = ("127.0.0.1", "localhost", "::1")
"""Those that only this machine reaches; any other needs a token."""


def address(host: str, port: int) -> str:
    """Return where a browser on this machine finds a server.

    >>> address("0.0.0.0", 8000), address("::1", 8000)
    ('http://127.0.0.1:8000', 'http://[::1]:8000')
    """
    shown = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
