"""Output of a run, in memory and on disk: record, result, files, progress lines.

Start with ``record.py``: all that the report, the dashboard and report.json show is in it.
"""
