"""Runs beside each other and after their day: which of two to keep, and why.

Start with ``comparison.py``, which reads two finished runs; ``comparison_page.py`` says what it found.
"""
