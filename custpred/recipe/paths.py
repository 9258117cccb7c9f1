"""Locations of recipes and of the tables that they name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custpred.recipe.keys import Recipe
    from custpred.source.base import Source

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
    given = home(path)
    if given.is_absolute():
        return str(given)
    instead = os.environ.get(DATA)
    if instead and "data" in given.parts:
        return str(Path(instead, *given.parts[given.parts.index("data") + 1 :]))
    return os.path.normpath(recipe.resolve().parent / given)


def home(path: str) -> Path:
    """Return a path whose ``~`` is the user's home folder, as when the file is read."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # another user's home folder that does not exist
        return Path(path)


def absolute(recipe: Recipe) -> Recipe:
    """Return a recipe that names the same files in any folder, such as that of its run."""
    events = {name: table.model_copy(update={"source": _placed(table.source)}) for name, table in recipe.events.items()}
    customers = recipe.customers and _placed(recipe.customers)
    return recipe.model_copy(update={"customers": customers, "events": events})


def _placed(source: Source) -> Source:
    path = getattr(source, "path", None)
    if not isinstance(path, str) or "://" in path:
        return source
    return source.model_copy(update={"path": os.path.normpath(Path.cwd() / home(path))})
