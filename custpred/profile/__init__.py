"""Checks of a table before any model is fitted: one file per check.

``base.py`` is the contract, ``missingness.py`` a short check to read first; ``_run.py`` runs all.
"""
