"""Which rows are the test set, and which are held out in each fold: one file per kind of split.

``base.py`` is the contract, ``plain.py`` the simplest kind; ``_deal.py`` assigns rows to parts.
"""
