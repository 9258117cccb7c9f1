"""Training rows: their number within the time limit, weights, prepared rows on disk, and checks when a run resumes.

Each function is one call of ``run.py`` or ``fold.py``.  Start with ``limit.py``.
"""
