"""How configurations are chosen: one file per search.

``base.py`` is the contract, ``none.py`` the simplest; ``_race.py`` is the loop of all searches.
"""
