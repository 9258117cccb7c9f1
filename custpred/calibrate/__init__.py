"""Probabilities that keep their word: one file per map."""
