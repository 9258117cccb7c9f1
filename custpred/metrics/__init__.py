"""How good predictions are as one number: one file for each metric.

``base.py`` is the contract, ``accuracy.py`` a short metric to read first; ``_bootstrap.py`` gives every metric its
interval.
"""
