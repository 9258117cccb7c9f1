"""Sample data with known true probabilities: one file per sample.

``made.py`` is the result of generators; start with ``telecom.py``.  Users: ``source/sample.py``.
"""
