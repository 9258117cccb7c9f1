"""Install the wheel with one extra at a time in fresh environments, and run its tests there.

    python tests/bare/extras.py [onnx] [sqlalchemy] ...

Without names all extras.  The tests are those of the repository; what they import is the
installed wheel.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from legs import ROOT, call, environment, main

TESTS = {
    "catboost": ("tests/models/test_models_boosters.py", "tests/inference/test_sql_export.py"),
    "dashboard": ("tests/dashboard",),
    "dask": (
        "tests/contract/test_engine.py",
        "tests/engine/test_engine_dask.py",
        "tests/models/test_models_parts.py",
        "tests/training/test_whole.py",
    ),
    "deep": (
        "tests/models/test_models_layers.py",
        "tests/models/test_models_next_word.py",
        "tests/models/test_models_sequential.py",
        "tests/training/test_network_gates.py",
    ),
    "ko": ("tests/features/test_features_texts.py",),
    "mcp": ("tests/agents",),
    "png": ("tests/results/test_evaluation.py",),
    "postgres": ("tests/source/test_source_sql.py", "tests/inference/test_sql_export.py"),
    "serve": ("tests/serving",),
    "mlflow": ("tests/results/test_mlflow_export.py",),
    "onnx": ("tests/inference/test_onnx_export.py", "tests/results/test_onnx_file.py"),
    "remote": ("tests/source/test_source_remote.py",),
    "spark": ("tests/test_spark.py",),
    "sqlalchemy": ("tests/source/test_source_sql.py",),
    "tabicl": ("tests/models/test_models_tabicl.py",),
}
MORE = {"mlflow": ("mlflow",), "serve": ("schemathesis",)}
"""Packages beside an extra, for its tests."""
NEWEST = {"mlflow", "remote"}
"""Legs without constraints.txt: all of MLflow, and s3fs, want older packages."""
NEEDED = ("hypothesis", "httpx", "jsonschema", "pyarrow", "pytest")
"""Packages of the tests themselves."""


def leg(extra: str, wheel: Path, folder: Path) -> None:
    """Install the wheel with an extra and run its tests, not on the repository's package."""
    print(f"== extra {extra}, Python {sys.version.split()[0]}", flush=True)
    python = environment(folder / extra)
    more = MORE.get(extra, ())
    limits = () if extra in NEWEST else ("--constraint", ROOT / "constraints.txt")
    options = ("--quiet", "--disable-pip-version-check", *limits)
    call(python, "-m", "pip", "install", *options, f"{wheel}[{extra}]", *more, *NEEDED)
    apart = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    options = "addopts=--strict-markers --import-mode=importlib -q -rs"
    call(python, "-P", "-m", "pytest", "-o", options, *TESTS[extra], cwd=ROOT, env=apart)


if __name__ == "__main__":
    main(sys.argv[1:] or TESTS, leg)
