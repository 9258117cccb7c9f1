"""Why a customer gets a score.

``reasons.py`` turns contributions to raw scores into attributions of the probability; start there.  ``words.py`` does
the same for the words of a text, ``gates.py`` computes the gates of a recurrent network.
"""
