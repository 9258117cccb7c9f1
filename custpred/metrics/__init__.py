"""The quality of predictions as one number: one file for each metric.

``base.py`` is the contract, ``accuracy.py`` a short metric to read first; ``_bootstrap.py``
computes the confidence intervals of all metrics.
"""
