"""Profiles of customers at several cutoffs."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from custpred.profile.duplicates import Duplicates
from custpred.table import Column, Table


def test_customers_at_several_cutoffs_are_no_fault() -> None:
    """A repeated key is a warning in a flat table, and expected at several cutoffs."""
    frame = pd.DataFrame({"id": ["a", "a", "b"], "x": [1.0, 2.0, 3.0]})
    flat = Table(frame, (Column("id", "id"), Column("x", "number")), key="id")
    gathered = replace(flat, facts={"events": {"key": "id"}})
    assert [each.code for each in Duplicates().check(flat).findings] == ["P122"]
    assert Duplicates().check(gathered).findings == ()
    assert Duplicates().check(gathered).facts["keys"] == 1
