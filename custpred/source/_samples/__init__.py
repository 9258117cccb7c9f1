"""Samples with known true probabilities, one file per story.

Each maker returns ``made.Made``; ``sample.py`` in the folder above is their door.
"""
