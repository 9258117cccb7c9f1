"""From tables of events to one row for each customer and cutoff.

``cutoffs.py`` determines the cutoffs, ``gather.py`` writes the SQL, ``assembly.py`` joins the columns; start with
``assembly.py``.
"""
