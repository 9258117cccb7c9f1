"""How outliers are handled: one file per strategy.

``base.py`` is the contract; ``iqr.py`` is short and leads to ``_fences.py``, which does the work.
"""
