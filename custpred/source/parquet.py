"""Parquet files, patterns and folders, read by DuckDB."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.source._raw import Raw
from custpred.source.base import Source

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.source._reading.cost import Cost


class Parquet(Source):
    """Parquet: one file, a pattern such as orders/*.parquet, or a folder of files."""

    path: str = Field("customers.parquet", description="File, pattern or folder, local or an address (https, s3, gs).")

    def scanned(self) -> str:
        """Return the path."""
        return self.path

    def raw(self) -> Raw:
        """Read all files; they must have the same columns and types."""
        from custpred.source._reading.duck import connect
        from custpred.source._reading.fetch import fetch
        from custpred.source._reading.parquet_files import relation, undamaged

        with connect() as connection, undamaged(self.path):
            files = self._files()
            frame = fetch(relation(connection, files))
        return Raw(frame, self.path, (), {"files": len(files), "bytes": sum(file.stat().st_size for file in files)})

    def part(self, share: float, first: float = 0.0) -> Raw:
        """Read all rows of a share of the customers."""
        from custpred.source._reading.drawn import facts, of_relation
        from custpred.source._reading.duck import connect
        from custpred.source._reading.fetch import fetch
        from custpred.source._reading.parquet_files import relation, size_of, undamaged

        with connect() as connection, undamaged(self.path):
            files = self._files()
            frame = fetch(of_relation(relation(connection, files), self.key, share, first))
            finding, found = facts(len(frame), size_of(files).rows)
        return Raw(frame, self.path, (finding,), {"files": len(files), **found})

    def cost(self) -> Cost:
        """Estimate the memory from the files' footers."""
        from custpred.source._reading.parquet_files import size_of

        return size_of(self._files()).cost

    def header(self) -> list[str] | None:
        """Return the column names from the first file's footer."""
        from custpred.source._reading.duck import connect
        from custpred.source._reading.parquet_files import relation

        with connect() as connection:
            return list(relation(connection, self._files()[:1]).columns)

    def _files(self) -> list[Path]:
        from custpred.source._reading.parquet_files import files_of

        return files_of(self.path)
