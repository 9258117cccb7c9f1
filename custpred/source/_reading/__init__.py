"""Files, databases and tables in memory, read into raw cells.

Text files start in ``parse.py``, workbooks in ``workbook.py``, databases in ``database.py``, frames in ``native.py``.
"""
