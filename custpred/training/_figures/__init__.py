"""Figures of the report that need trials and test rows; start with ``leaderboard.py``.

Nothing here affects a run: ``holdout.py`` calls each function once and records the result.
"""
