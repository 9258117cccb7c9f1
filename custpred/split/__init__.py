"""Which rows are the test set, and which are held out in each fold: one file per kind of split.

``base.py`` is the contract, ``plain.py`` its simplest implementation; ``_deal.py`` assigns rows to the parts.
"""
