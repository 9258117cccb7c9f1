"""Which rows are the test and which are held out in each fold: one file for each way.

``base.py`` is the contract, ``plain.py`` its shortest form; ``_deal.py`` distributes rows over the parts.
"""
