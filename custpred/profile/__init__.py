"""What a table is like before any model is fitted: one file for each check.

``base.py`` is the contract, ``missingness.py`` a short check to read first; ``_run.py`` runs all of them.
"""
