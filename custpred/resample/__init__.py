"""How class imbalance is handled: one file for each strategy.

``base.py`` is the contract, ``over.py`` the simplest strategy; ``_prior.py`` corrects the probabilities afterwards.
"""
