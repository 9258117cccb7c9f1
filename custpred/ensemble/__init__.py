"""How members are combined: one file for each way.

``base.py`` is the contract; ``greedy.py`` explains the usual way, ``_selection.py`` and ``_merit.py`` carry it out.
"""
