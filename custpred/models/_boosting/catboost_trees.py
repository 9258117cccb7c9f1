"""CatBoost's symmetric trees as plain arrays, from its own JSON.

All nodes of a level have the same test, and a leaf's number has one bit per level.  Trees that read
statistics of categories, by hashes, have no such form; single levels do.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import NotApplicable
from custpred.models._boosting.splits import Splits
from custpred.storage.scratch import scratch

if TYPE_CHECKING:
    import catboost

    from custpred.storage.plain import JSON

CODES = 5_000
"""Category codes whose hashes are known; columns with more levels have statistics instead."""
_HASHES = re.compile(r"cat_features_hashes = (\{[^}]*\})")


def read(booster: catboost.CatBoost, rounds: int | None, pool: object) -> tuple[Splits, np.ndarray]:
    """Return the trees, and the constants that are added to their sums.

    Parameters
    ----------
    rounds
        Number of trees; None: all.
    pool
        Rows with every category code from -1 on, whose hashes the library then writes.

    Raises
    ------
    NotApplicable
        If a tree asks for statistics of categories.
    """
    with scratch() as folder:
        booster.save_model(str(folder / "model.json"), format="json")
        model = json.loads((folder / "model.json").read_text())
        hashes: dict[str, int] = {}
        if any(each.get("values") for each in model["features_info"].get("categorical_features", ())):
            booster.save_model(str(folder / "model.py"), format="python", pool=pool)
            found = _HASHES.search((folder / "model.py").read_text())
            hashes = json.loads(found[1].replace(",\n}", "\n}")) if found else {}
    scale, bias = model["scale_and_bias"]
    trees = model["oblivious_trees"][:rounds]
    tests = _Tests(model["features_info"], {value: int(code) for code, value in hashes.items()})
    nodes = [_nodes(tree["splits"], tests) for tree in trees]
    outputs = len(bias)
    parts = [
        _tree(found, scale * np.asarray(tree["leaf_values"]).reshape(-1, outputs)[:, output], output, outputs)
        for tree, found in zip(trees, nodes, strict=True)
        for output in range(outputs)
    ]
    return _joined(parts, tests.groups), np.asarray(bias, dtype=float)


class _Tests:
    """The tests of splits: column, cut, whether missing goes left, a row of ``groups`` or -1."""

    def __init__(self, features: JSON, codes: dict[int, int]) -> None:
        self.numbers = {each["feature_index"]: each for each in features.get("float_features", ())}
        self.categories = {each["feature_index"]: each for each in features.get("categorical_features", ())}
        self.codes, self.groups = codes, [np.ones(1, dtype=bool)]

    def of(self, split: JSON) -> tuple[int, float, bool, int]:
        """Return the test of one split: no bit of the leaf's number is set on its left."""
        if split["split_type"] == "FloatFeature":
            own = self.numbers[split["float_feature_index"]]
            return own["flat_feature_index"], split["border"], own["nan_value_treatment"] != "AsTrue", -1
        code = self.codes.get(split.get("value", 0))
        if split["split_type"] != "OneHotFeature" or code is None:
            raise NotApplicable("its trees ask for statistics of categories by their hashes")
        group = np.ones(max(code, 0) + 2, dtype=bool)
        if code >= 0:
            group[code] = False
        self.groups.append(group)
        column = self.categories[split["cat_feature_index"]]["flat_feature_index"]
        return column, 0.0, code >= 0, len(self.groups) - 1


def _nodes(splits: list[JSON], tests: _Tests) -> JSON:
    """Return the inner nodes of a complete tree, level by level; the last test is at its root."""
    found = [tests.of(split) for split in reversed(splits)]
    levels = [np.repeat([test[i] for test in found], 2 ** np.arange(len(found))) for i in range(4)]
    return dict(zip(("feature", "cut", "missing_left", "group"), levels, strict=True))


def _tree(nodes: JSON, values: np.ndarray, output: int, outputs: int) -> JSON:
    inner = len(nodes["feature"])
    place = np.arange(inner)
    leaves = len(values)
    children = {"left": 2 * place + 1, "right": 2 * place + 2}
    own = {name: np.concatenate([each, np.full(leaves, -1)]) for name, each in children.items()}
    own |= {name: np.concatenate([each, np.full(leaves, -1 if name == "group" else 0)]) for name, each in nodes.items()}
    return {**own, "value": np.concatenate([np.zeros(inner), values]), "output": output, "outputs": outputs}


def _joined(parts: list[JSON], groups: list[np.ndarray]) -> Splits:
    sizes = [len(each["value"]) for each in parts]
    starts = np.cumsum([0, *sizes])[:-1]
    width = max(map(len, groups))

    def every(name: str, dtype: type) -> np.ndarray:
        return np.concatenate([each[name] for each in parts]).astype(dtype)

    moved = np.repeat(starts, sizes)
    left, right = every("left", np.int64), every("right", np.int64)
    return Splits(
        roots=starts,
        output=np.array([each["output"] for each in parts]),
        left=np.where(left < 0, -1, left + moved),
        right=np.where(right < 0, -1, right + moved),
        feature=every("feature", np.int64),
        cut=every("cut", np.float32),
        missing_left=every("missing_left", bool),
        group=every("group", np.int64),
        groups=np.array([np.pad(each, (0, width - len(each)), constant_values=True) for each in groups]),
        value=every("value", np.float64),
        outputs=int(parts[0]["outputs"]),
    )
