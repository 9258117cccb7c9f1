"""Fitted steps and models as SQL: dialects, columns that are expressions, and the statement that they make up.

``rows.py`` is what steps and models write to, ``statement.py`` puts the expressions in order.
"""
