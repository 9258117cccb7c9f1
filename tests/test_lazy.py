"""Optional packages are imported late."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from custpred.errors import MissingDependency
from custpred.lazy import installed, need, preload


def test_an_installed_module_is_returned() -> None:
    """An installed module is imported."""
    assert need("json", purpose="nothing", extra="none").dumps([1]) == "[1]"


def test_an_absent_module_names_purpose_and_command() -> None:
    """The error has the purpose, the install command and the cause."""
    with pytest.raises(MissingDependency, match=r"no_such_package is needed for models: x.*custpred\[deep\]") as caught:
        need("no_such_package.part", purpose="models: x", extra="deep")
    assert isinstance(caught.value.__cause__, ImportError)


def test_installed_does_not_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Testing whether a module is installed does not run it."""
    (tmp_path / "asked_for_by_test.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert installed("asked_for_by_test")
    assert "asked_for_by_test" not in sys.modules
    assert not installed("no_such_package")


def test_modules_are_loaded_by_one_call_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken or missing module does not prevent others from loading."""
    noted: list[str] = []
    monkeypatch.setattr(sys, "noted_by_test", noted, raising=False)
    for name in ("first", "second"):
        note = f"sys.noted_by_test.append({name!r})"
        (tmp_path / f"{name}_ahead_by_test.py").write_text(f"import sys, time\n{note}\ntime.sleep(0.05)\n{note}\n")
    (tmp_path / "broken_ahead_by_test.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(str(tmp_path))
    threads = [
        preload("broken_ahead_by_test", "no_such_package", "first_ahead_by_test"),
        preload("second_ahead_by_test"),
    ]
    for thread in threads:
        thread.join()
    assert noted in (["first", "first", "second", "second"], ["second", "second", "first", "first"])
    for name in ("first", "second"):
        del sys.modules[f"{name}_ahead_by_test"]
