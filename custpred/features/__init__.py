"""Columns made from columns: one file per kind of feature."""
