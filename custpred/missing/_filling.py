"""The base class of all strategies: choose columns, learn, fill, add indicators, report."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.columns.sequence import is_step
from custpred.errors import NotApplicable
from custpred.step import Step

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnOperation
    from custpred.missing.base import Missing
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.table import Finding
    from custpred.task import Setting, Task


class Filling(Step):
    """The step of a strategy, built on its own ``fills`` and ``filled``."""

    @classmethod
    def __pydantic_init_subclass__(cls, **options: object) -> None:
        """Reject strategies that override the functions of ``indicator``, ``of`` and ``columns``.

        Raises
        ------
        TypeError
            If the class defines ``learn``, ``columnwise`` or ``apply``.
        """
        super().__pydantic_init_subclass__(**options)
        replaced = sorted({"learn", "columnwise", "apply"} & vars(cls).keys())
        if replaced:
            raise TypeError(
                f"{cls.__name__} must define 'fills' and 'filled', but replaces {' and '.join(map(repr, replaced))}: "
                "without the base class's own, the options 'indicator', 'of' and 'columns' would be ignored."
            )

    @classmethod
    def complete(cls) -> Missing:
        """Return a strategy after which no value is missing, for synthetic rows."""
        from custpred.missing.base import Missing

        return Missing.parse("median")

    @classmethod
    def usual(cls, setting: Setting) -> tuple[Missing, str]:
        """Return the choice for ``auto`` and the reason."""
        from custpred.missing.base import Missing

        if setting.filled_for:
            found = Missing.parse({"kind": "median", "indicator": True})
            return found, f"{setting.filled_for} needs rows without missing values"
        # missing steps are padding
        own = [column.name for column in setting.table.columns if not is_step(column.name)]
        share = float(setting.table.frame[own].isna().to_numpy().mean()) if own else 0.0
        reason = "trees use missing values as they are, other models get the median and an indicator"
        if not share:
            return Missing.parse("leave"), reason
        percent = "< 0.1%" if share < 0.0005 else f"{share:.1%}"
        return Missing.parse("leave"), f"{percent} of the cells are missing values; {reason}"

    def parts(self) -> tuple[Missing, ...]:
        """Return the steps in order, each changing columns or removing training rows.

        First, rows are removed by the strategies of single columns; then missing values are filled
        and columns dropped; last, rows that still have too many missing values are removed.
        """
        spec = self._whole()
        own = {name: each.halves() for name, each in spec.own().items()}
        first = [remove.with_(of=(name,)) for name, (_, remove) in own.items() if remove is not None]
        if first:
            leave = spec.find("leave")()
            spec = spec.with_(columns={name: change or leave for name, (change, _) in own.items()})
        change, last = spec.halves()
        return (*first, *(each for each in (change, last) if each is not None))

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Learn the replacements and the columns that had missing values.

        Raises
        ------
        DataError
            If ``of`` or ``columns`` names a column that the table does not have.
        """
        from custpred.missing import _fill_step

        return self.learn_rows(X, y, task) if self.removes_rows() else _fill_step.learn(self._whole(), X, seed)

    def learn_rows(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None) -> State:
        """Learn which training rows to remove; only for strategies that remove rows."""
        raise NotImplementedError

    def columnwise(self, state: State) -> ColumnOperation:
        """Fill missing values; new rows are never removed."""
        from custpred.columns.batch import unchanged
        from custpred.missing import _fill_step

        return unchanged if self.removes_rows() else _fill_step.operation(self._whole(), state)

    def sql(self, state: State, rows: SqlRows) -> None:
        """Fill missing values."""
        from custpred.missing import _fill_step

        if not self.removes_rows():
            _fill_step.in_sql(self._whole(), state, rows)

    def filled_sql(self, rows: SqlRows, fill: State) -> None:
        """Apply ``filled`` in SQL; the default is for strategies with one value per column.

        Raises
        ------
        NotApplicable
            If replacements depend on other columns.
        """
        from custpred.missing._values import fill_sql
        from custpred.missing.base import Missing

        if type(self._whole()).filled is not Missing.filled:
            raise NotApplicable(f"missing: {self.kind()} fills from other columns, not with one value per column")
        fill_sql(rows, fill)

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Return the column of each indicator."""
        return {mark: (name,) for mark, name in state["indicators"].items()}

    def effect(self, state: State) -> State:
        """Return the missing values by column, and replacements; empty if rows are removed."""
        from custpred.missing import _fill_step

        return {} if self.removes_rows() else {"filled": _fill_step.filled(self._whole(), state)}

    def notes(self, state: State) -> list[Finding]:
        """Return notes on the columns with missing values, their number and their replacements."""
        from custpred.missing import _fill_step

        return _fill_step.notes(self._whole(), state)

    def _whole(self) -> Missing:
        """Return itself, typed with the methods that strategies implement."""
        from custpred.missing.base import Missing

        assert isinstance(self, Missing)
        return self
