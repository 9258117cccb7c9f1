"""Figures of the report that need trials as well as test rows, a file each; start with ``leaderboard.py``.

Nothing here steers a run: ``holdout.py`` calls each once and puts what comes back into the record.
"""
