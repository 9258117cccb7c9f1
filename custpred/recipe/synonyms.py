"""Names that other packages use for keys and options of a recipe: the only list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

KEYS = {
    "seed": ("random_state", "random_seed", "session_id"),
    "budget.jobs": ("n_jobs", "num_threads", "thread_count", "nthread", "num_cpus"),
    "budget.time": ("time_limit", "time_budget", "max_runtime_secs", "timeout"),
    "budget.memory": ("memory_limit", "max_mem_size"),
    "search.trials": ("n_trials", "n_iter", "max_models"),
    "metrics": ("scoring", "eval_metric", "sort_metric", "stopping_metric"),
    "models": ("estimators", "estimator_list", "algorithms", "hyperparameters"),
    "target": ("label", "y"),
    "weight": ("sample_weight", "sample_weights", "weights_column"),
    "resample": ("class_weight", "fix_imbalance", "balance_classes"),
    "split.folds": ("cv", "n_splits", "n_folds", "nfolds"),
    "split.test": ("test_size",),
    "customers.drop": ("ignored_columns", "ignore_features"),
}
"""Other names by key, with its path from the top of the recipe."""
OPTIONS = {
    "trees": ("n_estimators", "ntrees"),
    "rounds": ("n_estimators", "iterations", "num_boost_round", "num_iterations"),
    "neighbours": ("n_neighbors",),
    "ratio": ("sampling_strategy",),
}
"""Other names by option of a kind."""


def did_you_mean_key(name: str, place: tuple[str | int, ...], known: Collection[str]) -> str:
    """Return a sentence that names the key meant by another package's name, or nothing.

    Parameters
    ----------
    place
        The path of the map that has the unknown key.
    known
        The keys that this map may have.

    Examples
    --------
    >>> did_you_mean_key("n_jobs", (), ["budget"])
    " Did you mean 'jobs' under 'budget'?"
    >>> did_you_mean_key("n_estimators", ("models", 0), ["trees"])
    " Did you mean 'trees'?"
    """
    asked = name.strip().casefold()
    here = [option for option, others in OPTIONS.items() if asked in others and option in known]
    path = next((key.split(".") for key, others in KEYS.items() if asked in others), here)
    if not path:
        return ""
    *above, key = path
    if here or (key in known and (not above or place == tuple(above))):
        return f" Did you mean {key!r}?"
    return f" Did you mean {key!r} {f'under {above[0]!r}' if above else 'at the top of the recipe'}?"
