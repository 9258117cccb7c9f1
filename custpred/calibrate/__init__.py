"""How raw scores become probabilities: one file for each map.

``base.py`` is the contract, ``sigmoid.py`` the simplest map, ``_choose.py`` the choice for
``auto``.
"""
