"""Locations of recipes and of the tables that they name."""

from __future__ import annotations

import os
from pathlib import Path

DATA = "CUSTPRED_DATA"
"""Environment variable: the folder to use instead of a relative path's ``data`` folder."""


def built_in(name: str) -> Path:
    """Return the path of a built-in recipe.

    >>> built_in("quickstart").is_file()
    True
    """
    return Path(__file__).with_name(f"{name}.yaml")


def located(path: Path) -> Path:
    """Resolve a bare name, such as ``quickstart``, to a built-in recipe, unless a file has it."""
    bare = len(path.parts) == 1 and not path.suffix and not path.exists()
    return built_in(path.name) if bare and built_in(path.name).is_file() else path


def beside(recipe: Path, path: str) -> str:
    """Return a path relative to the recipe's folder; ``$CUSTPRED_DATA`` replaces ``data``.

    >>> beside(Path("/home/me/recipes/churn.yaml"), "/srv/telco.csv")
    '/srv/telco.csv'
    """
    if "://" in path:
        return path  # the address of a database
    given = Path(path)
    if given.is_absolute():
        return path
    instead = os.environ.get(DATA)
    if instead and "data" in given.parts:
        return str(Path(instead, *given.parts[given.parts.index("data") + 1 :]))
    return os.path.normpath(recipe.resolve().parent / given)
