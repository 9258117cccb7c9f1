"""AutoML for customer prediction: one recipe in, an honest report and a model out.

>>> import custpred as cp
>>> keys = {"target": "churn", "key": "customer_id", "budget": "60s"}
>>> result = cp.fit("customers.csv", **keys)  # doctest: +SKIP
>>> result.report("churn.html")  # doctest: +SKIP
"""

import os
import sys

if (
    sys.argv[:1] == ["-m"]
    and sys.orig_argv[-len(sys.argv)].removeprefix("-m") in {"custpred", "custpred.cli"}
    and not sys.flags.safe_path
):
    # `python -m custpred` searches the current folder first: a file there may be random.py
    _first = sys.path.pop(0)
    if __file__ == f"{_first}{os.sep}custpred{os.sep}__init__.py":
        sys.path.append(_first)  # custpred is in that folder: child processes must find it

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from custpred.api import fit, load, plan, profile, resume, run
    from custpred.estimators import CustomerClassifier, CustomerRegressor
    from custpred.explain.by_hand import gates
    from custpred.monitoring.comparison import compare
    from custpred.recipe.keys import Recipe
    from custpred.results.result import Result
    from custpred.training.plan import Plan

__version__ = "0.1.0"

_HOMES = {
    "CustomerClassifier": "estimators",
    "CustomerRegressor": "estimators",
    "Plan": "training.plan",
    "Recipe": "recipe.keys",
    "Result": "results.result",
    "compare": "monitoring.comparison",
    "fit": "api",
    "gates": "explain.by_hand",
    "load": "api",
    "plan": "api",
    "profile": "api",
    "resume": "api",
    "run": "api",
}
__all__ = [
    "CustomerClassifier",
    "CustomerRegressor",
    "Plan",
    "Recipe",
    "Result",
    "compare",
    "fit",
    "gates",
    "load",
    "plan",
    "profile",
    "resume",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use; ``import custpred`` alone loads nothing heavy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'custpred' has no attribute {name!r}")
    return getattr(import_module(f"custpred.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """Keeps ``run``, ``plan`` and ``profile`` functions.

    Importing the modules of the same names would put the modules in their place (decision 4).
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
