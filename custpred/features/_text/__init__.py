"""Free text: cleaned and cut into words, counted in n-grams, scored and explained.

Start with ``options.py`` for what the kinds share, ``text_score.py`` for the score.
"""
