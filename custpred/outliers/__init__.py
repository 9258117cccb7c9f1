"""How values far from the others are handled: one file for each strategy.

``base.py`` is the contract; ``iqr.py`` is short and leads to ``_fences.py``, which does the work.
"""
