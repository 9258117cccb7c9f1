"""All errors of custpred: what was expected, what was found and what to do.

CustpredError
├── RecipeError        (ValueError)   the recipe is at fault; holds every mistake found
├── DataError          (ValueError)   a table, column, row or file is at fault
├── ModelFileError     (ValueError)   a saved model is damaged, foreign or too new
├── MissingDependency  (ImportError)  an optional package is not installed
├── NotApplicable      (ValueError)   a step declines with a reason; the run continues
├── ModelFault         (ValueError)   a model breaks its contract; the run continues
├── RequirementError   (ValueError)   new rows miss what is required of them; nothing was scored
├── RunError           (RuntimeError) the run folder, the disk or another run is in the way
├── BudgetSpent        (TimeoutError) the budget ended before any model was ready
└── Interrupted        (KeyboardInterrupt) Ctrl-C; the best model so far is saved
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from custpred.search._trial import Trial


class CustpredWarning(UserWarning):
    """A problem that does not stop the run but that the user should see immediately."""


EXIT_DONE, EXIT_BUG, EXIT_FAULT, EXIT_REQUIREMENT, EXIT_BUDGET, EXIT_INTERRUPT = 0, 1, 2, 3, 4, 130


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to a misspelled one, or None.

    >>> nearest("lightgb", ["xgboost", "lightgbm"])
    'lightgbm'
    """
    names = {str(each).casefold().strip(): str(each) for each in known}
    found = get_close_matches(str(name).casefold().strip(), list(names), n=1, cutoff=0.6)
    return names[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"``, or nothing where no known name is near.

    >>> did_you_mean("chrun", ["churn", "tenure"]), did_you_mean("zzz", ["churn"])
    (" Did you mean 'churn'?", '')
    """
    near = nearest(name, known)
    return f" Did you mean {near!r}?" if near else ""


class CustpredError(Exception):
    """Base of all errors that custpred raises on purpose.

    Parameters
    ----------
    message
        One sentence: what was expected and what was found.
    code
        A stable code such as ``CP2109``; ``custpred explain-code`` explains it.
    column, place
        The column, or the place as ``file:line:col``, where it happened.
    found
        What was found instead, without customer data.
    remedy
        What to do, as an imperative sentence.

    Examples
    --------
    >>> raised = CustpredError("The file is empty.", code="CP2101", remedy="Give a file with rows.")
    >>> raised.code, raised.message
    ('CP2101', 'The file is empty.')
    """

    exit_code = EXIT_FAULT

    def __init__(
        self,
        message: str,
        *,
        code: str = "CP9000",
        column: str | None = None,
        place: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.code = message, code
        self.column, self.place, self.found, self.remedy = column, place, found, remedy

    def __str__(self) -> str:
        place = f"{self.place} " if self.place else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.code} {self.message}{remedy}"


class RecipeError(CustpredError, ValueError):
    """The recipe is at fault; ``mistakes`` holds all of them, one line each.

    >>> len(RecipeError(["target CP1102 is missing", "models CP1103 unknown"]).mistakes)
    2
    """

    def __init__(self, mistakes: Sequence[str], *, code: str = "CP1000") -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes), code=code)

    def __str__(self) -> str:
        return "\n".join(self.mistakes)


class DataError(CustpredError, ValueError):
    """A file, table, column or row is at fault.

    >>> DataError.missing_columns(["incme"], ["income", "age"]).message
    "Expected a column that the table does not have: 'incme' is missing. Did you mean 'income'?"
    """

    @classmethod
    def missing_columns(cls, missing: Sequence[str], known: Sequence[str], *, taken: Collection[str] = ()) -> DataError:
        """Name every missing column, and the nearest known name that is not ``taken``."""
        wanted = "a column" if len(missing) == 1 else f"{len(missing)} columns"
        free = [name for name in known if name not in taken]
        named = " ".join(f"{name!r} is missing.{did_you_mean(name, free)}" for name in missing)
        return cls(
            f"Expected {wanted} that the table does not have: {named}",
            code="CP2102",
            column=missing[0],
            found=f"{len(known):,} column{'' if len(known) == 1 else 's'}",
            remedy="Add the column, or correct its name in the table or in the recipe.",
        )

    @classmethod
    def require_columns(cls, wanted: Iterable[str], known: Iterable[str]) -> None:
        """Raise ``missing_columns`` if some of the wanted columns are not known."""
        there = dict.fromkeys(known)
        missing = [name for name in dict.fromkeys(wanted) if name not in there]
        if missing:
            raise cls.missing_columns(missing, list(there))


class ModelFileError(CustpredError, ValueError):
    """A saved model is damaged, foreign or made by a newer version."""


class MissingDependency(CustpredError, ImportError):  # noqa: N818
    """An optional package is not installed.

    >>> MissingDependency.of("catboost", "models: catboost", "catboost").remedy
    "Install it with: pip install 'custpred[catboost]'."
    """

    @classmethod
    def of(cls, package: str, purpose: str, extra: str) -> MissingDependency:
        """Return the error that names the package, its purpose and the install command."""
        return cls(
            f"{package} is needed for {purpose}.",
            code="CP1107",
            remedy=f"Install it with: pip install 'custpred[{extra}]'.",
        )


class NotApplicable(CustpredError, ValueError):  # noqa: N818
    """A step declines, with a reason that the report shows.

    >>> str(NotApplicable("Two classes are needed."))
    'CP3000 Two classes are needed.'
    """

    def __init__(self, message: str, *, code: str = "CP3000", column: str | None = None) -> None:
        super().__init__(message, code=code, column=column)


class ModelFault(CustpredError, ValueError):  # noqa: N818
    """A model returned predictions of a wrong shape, or missing or infinite values."""

    def __init__(self, message: str, *, code: str = "CP4112") -> None:
        super().__init__(message, code=code)


class RequirementError(CustpredError, ValueError):
    """New rows do not meet a requirement; nothing was scored or written."""

    exit_code = EXIT_REQUIREMENT


class ScoringWarning(UserWarning):
    """New rows differ from training in a way that may make their predictions wrong."""


class RunError(CustpredError, RuntimeError):
    """The run folder, the disk or another run is in the way."""


class BudgetSpent(CustpredError, TimeoutError):  # noqa: N818
    """The budget ended before any model was ready."""

    exit_code = EXIT_BUDGET


class Interrupted(CustpredError, KeyboardInterrupt):  # noqa: N818
    """The user pressed Ctrl-C; the best model is saved. A search puts its trials in ``trials``."""

    exit_code = EXIT_INTERRUPT
    trials: tuple[Trial, ...] = ()

    @classmethod
    def search(cls, trials: Sequence[Trial]) -> Self:
        """Return the error of an interrupted search, with its finished trials."""
        stopped = cls("The search was interrupted.", code="CP4130")
        stopped.trials = tuple(trials)
        return stopped

    @classmethod
    def run(cls, folder: Path | None) -> Self:
        """Return the error of an interrupted run; without a folder its files are gone."""
        if folder is None:
            return cls("Interrupted; nothing is saved.", code="CP4130", remedy="Pass 'out' to keep the best model.")
        return cls("Interrupted; the best model so far is saved.", code="CP4130", place=str(folder))
