"""Names and arrays of columns: sequence columns, purchase histories, and batches of plain arrays.

Start with ``sequence.py``, the grammar of flat sequence columns ``stem@-k``.
"""
