"""Comparing two runs, and monitoring a run in production: which run to keep, and why.

Start with ``comparison.py``, which reads two finished runs; ``comparison_page.py`` reports.
"""
