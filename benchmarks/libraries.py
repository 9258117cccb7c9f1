"""Our own steps compared with scikit-learn's in a whole run: decision records 14 and 15.

    OMP_NUM_THREADS=1 python benchmarks/libraries.py texts missing

A run is done with each: the same recipe, engine ``inline`` and a budget of trials, so that both do
the same work.  Seconds are CPU seconds, the minimum of two tries.
"""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import mock

import numpy as np
from printing import sections
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.linear_model import Ridge

import custpred as cp
from custpred.missing._matrix import scaling
from custpred.missing._values import Rules, fill_values, learn_values
from custpred.missing.knn import NearestNeighbours
from custpred.missing.regression import Regression
from custpred.source.base import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from custpred.missing.base import Missing


def took(work: Callable[[], object], tries: int = 2) -> float:
    """Return the lowest CPU seconds of several tries."""
    found = []
    for _ in range(tries):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def show(*cells: object) -> None:
    """Write one line of a table."""
    words = [f"{each:,.4g}" if isinstance(each, float) else str(each) for each in cells]
    sys.stdout.write("  ".join(f"{word:>14}" if i else f"{word:34}" for i, word in enumerate(words)) + "\n")
    sys.stdout.flush()


def of_run(name: str, frame: pd.DataFrame, keys: dict[str, Any], swap: Any = None) -> None:
    """Do a run, ``swap`` replacing custpred's step; show CPU seconds, score, prediction time."""
    with swap() if swap else nullcontext():
        common: dict[str, Any] = {
            "models": ["logistic", "lightgbm"],
            "budget": {"work": 3, "jobs": 1},
            "engine": "inline",
            "split": {"kind": "stratified", "folds": 3},
            "seed": 5,
            "verbose": 0,
        }
        results: list[Any] = []
        whole = took(lambda: results.append(cp.fit(frame, **common, **keys)))
        result = results[-1]
        raw = frame.drop(columns=keys["target"])
        many = took(lambda: result.predict(raw.sample(frac=1.0)), 3)  # in another order: nothing is remembered
        one = took(lambda: [result.predict(raw.iloc[[i]]) for i in range(20)], 3) / 20
    show(name, whole, result.score, 1000 * one, len(raw) / many)


def texts() -> None:
    """N-grams and TF-IDF compared with ``TfidfVectorizer``: reviews in English and Korean."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    from custpred.features._text import moving

    fitted: list[list[tuple[str, Any]]] = []

    def learn(column: Any, how: Any, least: int, most: int) -> Any:
        lines, common = moving.read(column, how), {"lowercase": False, "sublinear_tf": True, "dtype": np.float32}
        found = []
        for kind, longest in how["longest"].items():
            own = {"analyzer": "word", "token_pattern": r"\S+"} if kind == "words" else {"analyzer": "char_wb"}
            vector = TfidfVectorizer(min_df=least, max_features=most, ngram_range=(1, longest), **own, **common)
            found.append((kind, vector, vector.fit_transform(list(lines[kind]))))
        fitted.append([(kind, vector) for kind, vector, _ in found])
        X = hstack([each for *_, each in found], "csr")
        how["numbers"], how["rarity"] = np.arange(X.shape[1]), np.array([len(fitted) - 1.0])
        return X, lines

    def apply(column: Any, how: Any) -> Any:
        lines = moving.read(column, how)
        pairs = fitted[int(how["rarity"][0])]
        return hstack([vector.transform(list(lines[kind])) for kind, vector in pairs], "csr")

    def top(X: Any, lines: Any, how: Any) -> list[dict[str, float]]:
        return [{} for _ in how["weights"].T]

    show("run with texts", "CPU s", "score", "1 row ms", "rows/s")
    for language in ("en", "ko"):
        frame = Source.parse({"sample": "reviews", "rows": 8000}).raw().frame
        frame = frame[frame["language"] == language].drop(columns="language").reset_index(drop=True)
        keys = {"target": "sentiment", "features": ["tfidf"]}
        of_run(f"{language}: custpred", frame, keys)
        of_run(
            f"{language}: scikit-learn",
            frame,
            keys,
            lambda: mock.patch.multiple(moving, learn=learn, apply=apply, top=top),
        )


class SklearnImputer:
    """Stands in for a strategy: scikit-learn's imputer on the same standardised numbers."""

    fitted: ClassVar[list[tuple[Any, np.ndarray, np.ndarray]]] = []

    @classmethod
    def fills(cls, spec: Any, X: pd.DataFrame, names: list[str], seed: int) -> Any:
        """Fit an imputer; return the values of other kinds of columns and where the imputer is."""
        inputs, mean, scale = scaling(X)
        own = X[inputs]
        if isinstance(spec, NearestNeighbours):
            imputer: Any = KNNImputer(n_neighbors=spec.neighbours)
            own = own.sample(min(len(X), spec.donors), random_state=seed)
        else:
            imputer = IterativeImputer(Ridge(1e-3), max_iter=spec.rounds, tol=0.0)
        cls.fitted.append((imputer.fit((own.to_numpy() - mean) / scale), mean, scale))
        return learn_values(X, names, Rules(np.mean)) | {"inputs": inputs, "place": len(cls.fitted) - 1}

    @classmethod
    def filled(cls, _: Any, batch: Any, fill: Any) -> dict[str, object]:
        """Return the columns without missing values."""
        imputer, mean, scale = cls.fitted[int(fill["place"])]
        X = np.column_stack([np.asarray(batch[name], dtype=float) for name in fill["inputs"]])
        gone = np.isnan(X)
        rows = gone.any(axis=1)
        if rows.any():
            X[rows] = imputer.transform((X[rows] - mean) / scale) * scale + mean
        return fill_values(batch, fill) | {n: X[:, i] for i, n in enumerate(fill["inputs"]) if gone[:, i].any()}

    @classmethod
    def instead_of(cls, kind: type[Missing]) -> Any:
        """Return the block in which it stands in for a strategy."""
        fills, filled = (lambda *given: cls.fills(*given)), (lambda *given: cls.filled(*given))
        return mock.patch.multiple(kind, fills=fills, filled=filled)


def missing() -> None:
    """KNN and chained imputation compared with scikit-learn, on telecom customers."""
    frame = Source.parse({"sample": "telecom", "rows": 6000}).raw().frame.drop(columns=["customer_id", "joined"])
    draw = np.random.default_rng(0)
    for name in frame.select_dtypes("number"):
        frame[name] = frame[name].astype(float).mask(draw.random(len(frame)) < 0.1)
    show("run with missing values", "CPU s", "score", "1 row ms", "rows/s")
    for kind in (NearestNeighbours, Regression):
        keys = {"target": "churn", "missing": kind.kind(), "features": []}
        of_run(f"{kind.kind()}: custpred", frame, keys)
        of_run(f"{kind.kind()}: scikit-learn", frame, keys, partial(SklearnImputer.instead_of, kind))


if __name__ == "__main__":
    sections(__doc__, texts, missing)
