"""Figures of the report that need trials as well as test rows, one per file; start with ``leaderboard.py``.

Nothing here affects a run: ``holdout.py`` calls each function once and stores the result in the record.
"""
