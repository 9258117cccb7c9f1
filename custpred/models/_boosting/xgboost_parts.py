"""XGBoost on rows in parts on a Dask cluster; the workers add up the histograms of their rows.

Chen and Guestrin (2016), XGBoost: a scalable tree boosting system; the library's ``xgboost.dask``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from dask import array
from xgboost import dask as on_dask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xgboost as xgb
    from distributed import Future

    from custpred.models._parts import Parts
    from custpred.storage.plain import JSON
    from custpred.task import Rows

    Arrays: TypeAlias = Callable[[Rows], tuple[np.ndarray, np.ndarray]]


def boosted(options: JSON, rounds: int, parts: Parts, arrays: Arrays) -> xgb.Booster:
    """Return the booster after some rounds over all rows; ``arrays`` returns a part's arrays."""
    client, width = parts.client, parts.sample.X.shape[1]
    pairs = [client.submit(arrays, rows, pure=False) for rows in parts.rows]
    values, truth = ([client.submit(_item, pair, place, pure=False) for pair in pairs] for place in (0, 1))
    kinds = parts.sample.X.dtypes.astype(str)
    data = on_dask.DaskQuantileDMatrix(
        client,
        _array(values, [(size, width) for size in parts.sizes], np.float32),
        _array(truth, [(size,) for size in parts.sizes], np.float64),
        feature_types=["c" if kind == "category" else "q" for kind in kinds],
        enable_categorical=True,
    )
    own = {key: value for key, value in options.items() if key != "nthread"}  # the workers' threads
    trained = on_dask.train(client, own, data, num_boost_round=rounds)
    found: xgb.Booster = trained["booster"]
    return found


def _item(pair: tuple[np.ndarray, np.ndarray], place: int) -> np.ndarray:
    return pair[place].astype(np.float32 if place == 0 else np.float64)


def _array(futures: Sequence[Future], shapes: Sequence[tuple[int, ...]], dtype: type) -> object:
    """Return the futures as one array whose chunks they are."""
    known = [array.from_delayed(*each, dtype=dtype) for each in zip(futures, shapes, strict=True)]
    return array.concatenate(known, axis=0)
