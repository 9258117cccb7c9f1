"""Sample data with known true probabilities: one file for each sample.

``made.py`` holds what every maker returns; ``telecom.py`` is a maker to read first.  Recipes reach them through
``source/sample.py``.
"""
