"""One run, in order: plan, warm-up, search, blend, holdout evaluation, refit.

Start with ``run.py`` and read it from top to bottom: each line of ``run`` calls one of the other
files.  ``_rows/`` and ``_figures/`` hold functions that these call once.
"""
