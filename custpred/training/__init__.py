"""One run, in order: plan, warm-up, search, blend, holdout evaluation.

Start with ``run.py`` and read it from top to bottom; each line of ``run`` names the file that does the work.
"""
