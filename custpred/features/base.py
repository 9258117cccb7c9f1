"""The contract of features."""

from __future__ import annotations

from custpred.step import State, Step
from custpred.table import Finding


class Feature(Step):
    """Columns made from columns.

    The state's ``made`` holds each new column's inputs, and its ``notes`` what was learned or declined, so that most
    kinds need not write ``lineage`` and ``notes`` themselves.
    """

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Name, for each column that ``apply`` adds or renames, the input columns it was made from."""
        return {name: tuple(inputs) for name, inputs in state.get("made", {}).items()}

    def notes(self, state: State) -> list[Finding]:
        """Say what was learned or declined, for the report."""
        return [Finding(note["code"], "info", note["text"], note["column"]) for note in state.get("notes", [])]
