"""Why a customer gets a score.

Start with ``reasons.py``, which turns contributions to raw scores into attributions of the
probability.  ``words.py`` does so for the words of a text, ``gates.py`` computes a network's gates.
"""
