"""How configurations are chosen: one file for each search.

``base.py`` is the contract, ``none.py`` its shortest form; ``_race.py`` is the loop that all of them run.
"""
