"""How much one request may hold."""

from __future__ import annotations

MOST_ROWS, MOST_EXPLAINED = 1_000, 20
"""Customers of a request to be scored, or explained; more are a file's work."""
MOST_BYTES = 10_000_000
"""Bytes of a request's body."""
