"""Universal Binary JSON, as XGBoost writes it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from custpred.models._boosting.ubjson import loads


def _plain(value: Any) -> Any:
    """Return arrays as lists of float32, as in the text."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list) and not any(isinstance(each, str | list | dict) for each in value):
        return np.asarray(value, dtype=np.float32).tolist()
    if isinstance(value, np.ndarray):
        return value.astype(np.float32).tolist()
    return [_plain(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob"])
def test_text_and_bytes_of_a_booster_are_equal(objective: str) -> None:
    """Every key and every number of a booster with categories."""
    draw = np.random.default_rng(0)
    X = np.column_stack([draw.normal(size=300), draw.integers(0, 9, 300)])
    kinds = {"feature_types": ["q", "c"], "enable_categorical": True}
    data = xgb.QuantileDMatrix(X, draw.integers(0, 2, 300), **kinds)
    classes = {"num_class": 3} if objective.startswith("multi") else {}
    grown = xgb.train({"objective": objective, "max_depth": 3, **classes}, data, 3)
    text = json.loads(bytes(grown.save_raw("json")))
    assert _plain(loads(bytes(grown.save_raw("ubj")))) == _plain(text)


def test_every_kind_of_value_by_hand() -> None:
    """Numbers of all widths, booleans, null, text, arrays with and without a type or a count."""
    raw = b"{U\x01aTU\x01bFU\x01cZU\x01d[i\xffU\xffI\x01\x00]U\x01e[#U\x02i\x01SU\x01x"
    raw += b"U\x01f[$l#U\x02\0\0\0\x01\xff\xff\xff\xffU\x01gd?\x80\0\0}"
    found = loads(raw)
    assert (found["a"], found["b"], found["c"]) == (True, False, None)
    assert (found["d"], found["e"], found["g"]) == ([-1, 255, 256], [1, "x"], 1.0)
    np.testing.assert_array_equal(found["f"], [1, -1])


@pytest.mark.parametrize("raw", [b"", b"?", b"{U\x05a", b"[$?#U\x01", b"SU\x02", b"[$l#U\x09\0"])
def test_other_bytes_are_refused(raw: bytes) -> None:
    """Truncated or unknown bytes are errors."""
    with pytest.raises(ValueError):
        loads(raw)
