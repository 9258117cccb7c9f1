"""The process of ``custpred serve``."""

from __future__ import annotations

from io import BytesIO

import pytest
import threadpoolctl

pytest.importorskip("fastapi", reason="FastAPI is not installed (extra: serve)")

from custpred.serving import launch
from custpred.serving.commands import Service


def test_numpy_has_one_thread_while_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second thread would spin between the small batches; afterwards all are allowed again."""
    pools: list[int] = []

    def served(*_: object) -> None:
        pools.extend(each["num_threads"] for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas")

    stand_in = {"load": lambda *_, **__: None, "in_use": lambda *_: None, "application": lambda *_: None}
    for name, function in {**stand_in, "listening": lambda *_: BytesIO(), "run": served}.items():
        monkeypatch.setattr(launch, name, function)
    before = threadpoolctl.threadpool_info()
    launch.serve(None, Service(), lambda *_: None)
    assert set(pools) == {1}
    assert threadpoolctl.threadpool_info() == before
