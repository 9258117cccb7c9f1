"""Imported once by the fork server, so that every child finds the heavy libraries loaded.

TensorFlow is not here: its threads do not survive a fork.
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
    "custpred.transformer",
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
"""Folders of our own whose files a fit reads; each is small, but a fit that loads some of them loses 0.1 s."""


class _NoPolars:
    """Hides polars from catboost, which would load it, in a quarter of a second, for frames that it never gets here."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "polars":
            raise ModuleNotFoundError(name)


gc.disable()  # all that is loaded stays: to look for garbage among it takes a tenth of the time
sys.meta_path.insert(0, _NoPolars())
for _name in _HEAVY:
    # A library that is missing or broken must not take the server down: the job that needs it says so.
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
with suppress(Exception):  # lightgbm asks narwhals, which looks through all that is installed, once a process
    import_module("narwhals").from_native(object(), pass_through=True)

with suppress(Exception):
    import_module("custpred.models._threads").pools()  # looked for once, for all children

gc.enable()
gc.freeze()  # what is loaded stays shared: a collection in a child would write to each of its pages
