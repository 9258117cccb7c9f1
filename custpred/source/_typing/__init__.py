"""From raw cells to typed columns: numbers, dates, categories, texts.

Start with ``typed_table.py``, which types a table; ``kinds.py`` decides what a column is,
``convert.py`` converts values to a known kind, ``conform.py`` conforms rows to a saved table.
"""
