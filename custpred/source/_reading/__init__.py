"""Files, databases and tables in memory, read into raw cells.

Start with ``parse.py`` (text), ``workbook.py``, ``database.py`` or ``native.py`` (frames).
"""
