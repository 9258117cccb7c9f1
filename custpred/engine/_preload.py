"""Imported once by the fork server, so that every child finds the heavy libraries loaded.

TensorFlow is not here: its threads do not survive a fork.
"""

import gc
from contextlib import suppress
from importlib import import_module

_HEAVY = (
    "numpy",
    "pandas",
    "scipy.special",
    "sklearn.linear_model",
    "sklearn.ensemble",
    "threadpoolctl",
    "imblearn.pipeline",
    "lightgbm",
    "xgboost",
    "catboost",
    "custpred.engine._child",
    "custpred.transformer",
    "custpred.models.base",
)

for _name in _HEAVY:
    # A library that is missing or broken must not take the server down: the job that needs it says so.
    with suppress(Exception):
        import_module(_name)

gc.freeze()  # what is loaded stays shared: a collection in a child would write to each of its pages
