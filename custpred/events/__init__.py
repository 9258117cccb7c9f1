"""From tables of events to one row for each customer and cutoff.

Start with ``assembly.py``, which joins the columns; ``cutoffs.py`` determines the cutoffs,
``gather.py`` writes the SQL.
"""
