"""Training rows: number in time, weights, prepared rows on disk, resumed runs, samples.

Each function is one call of ``run.py`` or ``fold.py``.  Start with ``limit.py``.
"""
