"""Boosted trees as plain arrays: read from the libraries, scored for all folds, stored.

Start with ``fast_ensemble.py``; ``quickscorer.py`` holds the algorithm.
"""
