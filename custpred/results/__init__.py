"""Output of a run, in memory and on disk: the record of all numbers, the result object, files, progress lines.

Start with ``record.py``: everything that the report, the dashboard and report.json show comes from it.
"""
