"""From tables of events to one row for each customer and cutoff.

``cutoffs.py`` says when the question is asked, ``gather.py`` writes the SQL, ``assembly.py`` joins the columns; start
with ``assembly.py``.
"""
