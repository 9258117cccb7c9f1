"""What the laboratory tells of a customer, without training a network."""

from __future__ import annotations

import pandas as pd

from custpred.laboratory import lines, typical


def test_the_made_up_customer_is_none_of_the_table() -> None:
    """Numbers are medians, a level is shown only where ten customers share it, and text is left out."""
    X = pd.DataFrame(
        {
            "age": [20.0, 30.0, 100.0] * 6,
            "plan": pd.Categorical(["a"] * 12 + ["b"] * 6),
            "rare": pd.Categorical([f"level {i // 2}" for i in range(18)]),
            "note": pd.Series(["secret"] * 18, dtype=object),
        }
    )
    row = typical(X)
    assert row["age"].tolist() == [30.0]
    assert row["plan"].tolist() == ["a"]
    assert row["rare"].isna().all()
    assert row["note"].tolist() == [None]
    assert row["plan"].dtype == X["plan"].dtype


def test_a_strip_is_a_table_in_plain_text() -> None:
    """One line for each step, gates in columns; what could steer a terminal is taken out of the words."""
    found = {
        "model": "lstm #3",
        "steps": ["good", "\x1b[31mbad"],
        "rows": {"forget": [0.25, 0.5], "hidden": [0.1, 0.2]},
    }
    first, head, *rest = lines(found)
    assert "lstm #3" in first
    assert head.split() == ["forget", "hidden", "step"]
    assert rest[0].split() == ["0.250", "0.100", "good"]
    assert "\x1b" not in rest[1]
