"""What a run leaves in memory and on disk: the record of every number, the result users hold, files, progress lines.

Start with ``record.py``: the report, the dashboard and report.json show nothing else.
"""
