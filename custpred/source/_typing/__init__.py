"""From raw cells to typed columns: numbers, dates, categories, texts.

Start with ``typed_table.py``, which types a table; ``kinds.py`` decides what one column is, ``convert.py`` converts new
values to a known kind, and ``conform.py`` conforms new rows to a saved table.
"""
