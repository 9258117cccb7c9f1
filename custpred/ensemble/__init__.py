"""How members are combined: one file for each method.

``base.py`` is the contract, ``greedy.py`` the default; ``_selection.py`` implements it.
"""
