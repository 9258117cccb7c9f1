"""Limits of one request."""

from __future__ import annotations

MAX_ROWS, MAX_EXPLAINED = 1_000, 20
"""Maximum customers per request to score and to explain; score a file for more."""
MAX_BYTES = 10_000_000
"""Maximum bytes of a request's body."""
