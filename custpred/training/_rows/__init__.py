"""Training rows: how many there is time for, their weights, the prepared ones on disk, the same ones when resumed.

Nothing here steers a run: each function is one call of ``run.py`` or ``fold.py``.  Begin with ``limit.py``.
"""
