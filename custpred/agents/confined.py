"""Access of an agent: files below one folder, and recipes that read nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.recipe.file import read
from custpred.source._reading.path import find_files
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.recipe.keys import Recipe
    from custpred.source.base import Source

_GLOB = re.compile(r"[*?\[]")


class Root:
    """A folder that no path may leave, not even by a link.

    >>> from pathlib import Path
    >>> Root(Path("/srv/agent")).path("../other.csv")
    Traceback (most recent call last):
    ...
    custpred.errors.DataError: CP2436 '../other.csv' is outside the folder of the agent. Give a ...
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def path(self, given: str) -> Path:
        """Return a path below the folder, with links resolved.

        Raises
        ------
        DataError
            CP2436 if it is elsewhere, or not a file path but an address or a database table.
        """
        found = (self.folder / given).resolve() if "\0" not in given else self.folder.parent
        if "://" in given or "::" in given or not found.is_relative_to(self.folder):
            raise DataError(
                f"{plain(given, 80)!r} is outside the folder of the agent.",
                code="CP2436",
                found=plain(given, 80),
                remedy="Give a path below it.",
            )
        return found

    def files(self, given: str) -> Path:
        """Return a path or a pattern below the folder, of which every match is there as well.

        Raises
        ------
        DataError
            CP2436 as for ``path``.
        """
        start = _GLOB.split(given, maxsplit=1)[0]
        if start == given:
            return self.path(given)
        self.path(start)
        found: list[Path] = []
        with suppress(DataError):  # what reads the pattern says that nothing matches
            found = find_files(str(self.folder / given))
        for file in found:
            self.path(str(file))
        return self.folder / given

    def data(self, given: str) -> Path:
        """Return the path of a table, or of a recipe in its place, checked as by ``recipe``."""
        found = self.files(given)
        if found.suffix in {".yaml", ".yml"}:
            self.recipe(given)
        return found

    def recipe(self, given: str) -> Recipe:
        """Return a recipe whose files are all below the folder: tables, and weights of models.

        Raises
        ------
        RecipeError, DataError
            CP2436 if a file is elsewhere, or a table uses SQL, which can read any file.
        """
        recipe = read(self.path(given))
        for source in _sources(recipe):
            options = source.model_dump()
            if "url" in options or "query" in options:
                raise DataError(
                    "A recipe of an agent may not use SQL, which can read any file.",
                    code="CP2436",
                    place=given,
                    remedy="Write the rows to a file below the folder, and use its path.",
                )
            if "path" in options:
                self.files(str(options["path"]))
        for path in _absolute(recipe):
            self.path(path)
        return recipe


def _sources(recipe: Recipe) -> Iterator[Source]:
    if recipe.customers is not None:
        yield recipe.customers
    for table in recipe.events.values():
        yield table.source


def _absolute(recipe: Recipe) -> Iterator[str]:
    """Yield the options of models that are absolute paths."""
    for model in recipe.models if recipe.models != "auto" else ():
        yield from (each for each in model.dump().values() if isinstance(each, str) and Path(each).is_absolute())
