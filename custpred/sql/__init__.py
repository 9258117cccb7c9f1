"""Fitted steps and models as SQL: dialects, columns as expressions, and the statement.

Steps and models write to ``rows.py``; ``statement.py`` orders the expressions.
"""
