"""How missing values are filled: one file for each strategy.

``base.py`` is the contract, ``median.py`` a short strategy to read first; ``_fill_step.py`` holds
the code shared by all strategies.
"""
