"""Columns computed from columns: one file for each kind of feature.

``base.py`` is the contract, ``frequency.py`` a short kind to read first; ``_matrix.py`` is the last
step of every preparation, and ``_text/`` holds the code shared by the text features.
"""
