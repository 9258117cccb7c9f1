"""Options that name columns, unique names of new columns, and notes for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, WithJsonSchema

from custpred.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custpred.storage.plain import JSON
    from custpred.task import Setting, Task

_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

_several = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
DROPPED = "F104"
"""Code of the note on a column that no step has encoded."""
Columns = Annotated[tuple[str, ...], _several, WithJsonSchema(_SCHEMA)]
"""An option that takes one column name or a list of them."""


MANY_LEVELS = 15
"""Categories with more levels also get frequencies and target means (accuracy.md)."""


def many_levels(setting: Setting) -> list[str]:
    """Return the category columns for which ``auto`` adds counts and target means."""
    return [name for name, levels in setting.levels.items() if levels > MANY_LEVELS]


def chosen(of: Sequence[str], fitting: Sequence[str], known: Sequence[str], wanted: str) -> list[str]:
    """Return the columns named in ``of``, or all fitting columns if it is empty.

    Parameters
    ----------
    of
        Columns named in the recipe.
    fitting, known
        The columns of a kind that the step can use, and all columns of the table.
    wanted
        The kind in words, such as ``numbers``.

    Raises
    ------
    DataError
        For a named column that does not exist (with the most similar name) or is of another kind.
    """
    names = list(dict.fromkeys(of))
    DataError.require_columns(names, known)
    other = [name for name in names if name not in set(fitting)]
    if other:
        raise DataError(
            f"Expected {wanted} in column {other[0]!r}, but it is of another kind.",
            code="CP2140",
            column=other[0],
            remedy="Name another column, or change its type in the recipe.",
        )
    return names or list(fitting)


def unique(wanted: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Return the requested names, with a number added if the name is already taken.

    >>> unique(["a", "b", "a"], taken=["b"])
    ['a', 'b (2)', 'a (2)']
    """
    used, given = set(taken), []
    for name in wanted:
        number, free = 2, name
        while free in used:
            free, number = f"{name} ({number})", number + 1
        used.add(free)
        given.append(free)
    return given


def made_from(wanted: Iterable[tuple[str, list[str]]], taken: Iterable[str]) -> dict[str, list[str]]:
    """Return the inputs of each new column by its unique name, as in ``state["made"]``.

    >>> made_from([("age: bin", ["age"])], taken=["age: bin"])
    {'age: bin (2)': ['age']}
    """
    pairs = list(wanted)
    names = unique([name for name, _ in pairs], taken)
    return {new: inputs for new, (_, inputs) in zip(names, pairs, strict=True)}


def per_class(task: Task | None) -> list[str]:
    """Return the ends of the names of columns that are made per class; one, empty, otherwise."""
    return [f" ({label})" for label in task.labels] if task and task.kind == "multiclass" else [""]


def note(text: str, column: str | None = None, code: str = "F101") -> JSON:
    """Return a note for the report: F101 declined, F102 nothing to do, F103 learned."""
    return {"code": code, "text": text, "column": column}


def idle(reason: str) -> JSON:
    """Return the state of a step that has nothing to do, with the reason."""
    return {"notes": [note(reason, code="F102")]}
