"""Sample data with known true probabilities: one file per sample.

``made.py`` is the result of every generator; start with ``telecom.py``.  Recipes use them through ``source/sample.py``.
"""
