"""The contract of every file in ``custpred/target``."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from custpred.source._typing.typed_table import typed
from custpred.table import Table
from custpred.target.base import Target

KINDS = Target.kinds()
every_kind = pytest.mark.parametrize("kind", KINDS)


def table() -> Table:
    """Return customers with an outcome."""
    return typed({"spend": [n * 1.5 for n in range(40)], "target": ["yes", "no"] * 20}, target="target")


@every_kind
def test_target_round_trips(kind: str) -> None:
    """Every target builds from its defaults, and dumps and pickles to an equal one."""
    spec = Target.find(kind)()
    assert Target.parse(spec.dump()) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert spec.name()
    assert all(description for _, _, description in spec.options())


def test_labelling_does_not_modify_the_table() -> None:
    """Labelling modifies no table, removes the target column, and gives one label per row."""
    given = table()
    before = given.frame.copy(deep=True)
    labelled = Target.parse({"column": "target"}).label(given)
    assert given.frame.equals(before)
    assert labelled.table.names == ["spend"]
    assert len(labelled.truth) == len(labelled.table)
    assert np.isin(labelled.truth, range(labelled.task.classes)).all()


def test_target_importing_all_loads_no_heavy_library() -> None:
    """Importing every target loads neither numpy nor pandas."""
    program = (
        "import sys; from custpred.target.base import Target; [Target.find(k)() for k in Target.kinds()];"
        "print([m for m in ('numpy', 'pandas', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
