"""Training rows: their number within the time limit, weights, prepared rows on disk, checks of resumed runs, samples.

Each function is one call of ``run.py`` or ``fold.py``.  Start with ``limit.py``.
"""
