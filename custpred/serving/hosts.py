"""Hosts at which servers of custpred listen."""

from __future__ import annotations

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts reachable only from this machine; any other needs a token."""


def address(host: str, port: int) -> str:
    """Return the address of a server for a browser on this machine.

    >>> address("0.0.0.0", 8000), address("::1", 8000)
    ('http://127.0.0.1:8000', 'http://[::1]:8000')
    """
    shown = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
