"""Imported once by the fork server, so that every child starts with the heavy libraries loaded.

TensorFlow is excluded, as its threads do not survive a fork.
"""

import gc
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

_HEAVY = (
    "numpy",
    "pandas",
    "scipy.special",
    "sklearn.linear_model",
    "sklearn.ensemble",
    "threadpoolctl",
    "narwhals.plugins",
    "custpred.engine._child",
    "custpred.columns.transformer",
    "custpred.training.fold",
    "custpred.training._rows.prepared",
    "custpred.preparation",
    "custpred.resample.none",
    "custpred.resample._prior",
    "custpred.search._bar",
    "pyarrow.pandas_compat",
    "encodings.cp437",
)
_FOLDERS = ("models", "metrics", "missing", "outliers", "features")
"""Folders of custpred that fits import; loading them in each fit would cost 0.1 s."""


class _NoPolars:
    """Hides polars from catboost, which takes 0.25 s to load it and never gets its frames."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "polars":
            raise ModuleNotFoundError(name)


gc.disable()  # everything loaded stays; garbage collection would take a tenth of the time
sys.meta_path.insert(0, _NoPolars())
for _name in _HEAVY:
    # A missing or broken library must not stop the server: the job that needs it reports the error.
    with suppress(Exception):
        import_module(_name)
for _name in _FOLDERS:
    with suppress(Exception):
        for _file in Path(import_module(f"custpred.{_name}").__path__[0]).glob("*.py"):
            import_module(f"custpred.{_name}.{_file.stem}")
with suppress(Exception):
    for _name in sorted(import_module("custpred.spec").LIBRARIES):
        with suppress(Exception):
            import_module(_name)
del sys.meta_path[0]
with suppress(Exception):  # lightgbm calls narwhals, which scans all packages once
    import_module("narwhals").from_native(object(), pass_through=True)

with suppress(Exception):
    import_module("custpred.models._threads").pools()  # searched once, for all children

gc.enable()
gc.freeze()  # keeps the pages shared, as a collection in a child would write to each of them
