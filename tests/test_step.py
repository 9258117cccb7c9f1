"""The default step: a spec whose functions change nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.columns.sampler import RowFilter
from custpred.columns.transformer import Transformer
from custpred.missing.base import Missing
from custpred.outliers.base import Outliers
from custpred.step import Step

X = pd.DataFrame({"a": [1.0, 2.0, 3.0]})


def test_a_plain_step_changes_nothing():
    """Without its own functions a step learns nothing, returns rows unchanged, and has no notes."""
    state, out = Step().learn_apply(X, None, None, 0)
    assert state == {}
    assert out is X
    assert Step().lineage(state) == {}
    assert Step().notes(state) == []


def test_learn_apply_is_learn_then_apply():
    """Training rows are transformed like new rows, unless a step overrides it."""
    gaps = pd.DataFrame({"a": [1.0, np.nan, 3.0]})
    spec = Missing.parse("mean")
    state, out = spec.learn_apply(gaps, None, None, 0)
    assert out.equals(spec.apply(gaps, spec.learn(gaps, None, None, 0)))
    assert state["fill"]["number"] == {"a": 2.0}


def test_a_step_that_changes_columns_keeps_no_mask():
    """Only steps that remove rows have a mask."""
    assert not Step().removes_rows()
    with pytest.raises(NotImplementedError):
        Step().keep(X, {})


@pytest.mark.parametrize(
    ("spec", "built"),
    [
        (Outliers.parse({"kind": "iqr", "action": "clip"}), Transformer),
        (Outliers.parse({"kind": "iqr", "action": "remove"}), RowFilter),
        (Missing.parse({"kind": "drop", "rows": 0, "columns": None}), RowFilter),
    ],
    ids=str,
)
def test_a_step_builds_a_transformer_or_sampler(spec, built):
    """With the given seed; a sampler if it removes rows."""
    made = spec.build(seed=11)
    assert type(made) is built
    assert (made.spec, made.seed) == (spec, 11)
