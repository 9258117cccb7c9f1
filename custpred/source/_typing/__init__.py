"""From raw cells to typed columns: numbers, dates, categories, texts.

Start with ``typed_table.py``, which types a table; ``kinds.py`` decides what one column is, ``convert.py`` brings new
values into a kind that is known, and ``conform.py`` brings new rows into a saved table.
"""
