"""Forests: grown in batches under a time limit, then scored and explained as plain arrays.

Start with ``growing.py``; ``tree_arrays.py`` scores and attributes.
"""
