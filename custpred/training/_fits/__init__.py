"""Fits on prepared rows: what stops them, and short ones that order configurations.

Both are called by jobs in workers.  Start with ``early_stopping.py``.
"""
