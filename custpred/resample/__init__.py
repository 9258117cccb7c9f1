"""How class imbalance is handled: one file for each strategy.

``base.py`` is the contract, ``over.py`` the simplest; ``_prior.py`` corrects probabilities.
"""
