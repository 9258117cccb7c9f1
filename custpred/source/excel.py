"""Sheets of Excel workbooks."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.source.base import Source

if TYPE_CHECKING:
    from custpred.source._raw import Raw


class Excel(Source):
    """One sheet of an Excel workbook (xlsx, xlsm): saved values; formulas are never computed."""

    path: str = Field("customers.xlsx", description="The workbook.")
    sheet: str | None = Field(None, description="Name of the sheet; default: the first, with a finding.")

    def raw(self) -> Raw:
        """Read the sheet; its first non-empty row holds the column names."""
        from custpred.source._reading.workbook import read

        return read(self.path, self.sheet)

    def header(self) -> list[str] | None:
        """Return the column names after reading only the first rows."""
        from custpred.source._reading.workbook import names_of

        return names_of(self.path, self.sheet)
