"""How good the predictions of the test customers are, and where: one file for each measure.

``base.py`` is the contract, ``deciles.py`` a short measure to read first, ``_run.py`` runs all.
"""
