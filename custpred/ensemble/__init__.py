"""How members are combined: one file for each method.

``base.py`` is the contract; ``greedy.py`` explains the default, which ``_selection.py`` and ``_merit.py`` implement.
"""
