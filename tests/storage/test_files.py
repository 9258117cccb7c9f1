"""Plain data as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.errors import ModelFileError, RunError
from custpred.storage.files import append, digest, load_state, save_state, write

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(value=plain)
def test_plain_data_round_trip(value: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any nested JSON value is read back unchanged."""
    folder = tmp_path_factory.mktemp("state")
    save_state(folder, "x", {"value": value})
    assert load_state(folder, "x") == {"value": value}


def test_arrays_and_bytes_round_trip(tmp_path: Path) -> None:
    """Arrays keep dtype and values, bytes stay bytes, at any depth."""
    state = {"a": [np.arange(3, dtype=np.int16)], "b": {"c": b"\x00model"}, "t": np.array(["한", "b"], dtype=object)}
    save_state(tmp_path, "x", state)
    found = load_state(tmp_path, "x")
    assert found["a"][0].dtype == np.int16
    assert found["a"][0].tolist() == [0, 1, 2]
    assert found["b"]["c"] == b"\x00model"
    assert found["t"].tolist() == ["한", "b"]


def test_lines_are_added_after_torn_ones(tmp_path: Path) -> None:
    """A new line begins on its own, even if the last one was written only in part."""
    path = tmp_path / "lines.jsonl"
    append(path, "one")
    path.write_bytes(path.read_bytes() + b'{"half')
    append(path, "two")
    assert path.read_text("utf-8").splitlines() == ["one", '{"half', "two"]


def test_packed_states_are_two_files(tmp_path: Path) -> None:
    """Arrays and bytes are in one compressed file next to the JSON, and round-trip."""
    state = {"a": [np.zeros(10_000)], "b": b"text " * 1000, "none": b"", "t": np.array(["한", "b"], dtype=object)}
    save_state(tmp_path, "x", state, packed=True)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["x.json", "x.npz"]
    assert (tmp_path / "x.npz").stat().st_size < 5_000
    found = load_state(tmp_path, "x")
    np.testing.assert_array_equal(found["a"][0], state["a"][0], strict=True)
    assert (found["b"], found["none"], found["t"].tolist()) == (state["b"], b"", ["한", "b"])
    save_state(tmp_path, "y", state, packed=True)
    assert digest(tmp_path / "x.npz") == digest(tmp_path / "y.npz")


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    """An array file that would need pickle is an error, never loaded."""
    save_state(tmp_path, "x", {"a": np.arange(3)})
    np.savez(tmp_path / "x.npz", a0=np.array([{}], dtype=object))
    with pytest.raises(ModelFileError, match="cannot be read"):
        load_state(tmp_path, "x")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the old file is intact and no partial file is left."""
    write(tmp_path / "a.txt", "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("custpred.storage.files.os.fsync", full)
    with pytest.raises(RunError, match="No space left"):
        write(tmp_path / "a.txt", "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_digest_is_sha256(tmp_path: Path) -> None:
    """The digest of an empty file is the published value."""
    write(tmp_path / "empty", b"")
    assert digest(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_equal_large_arrays_are_stored_once(tmp_path: Path) -> None:
    """Two preparations with the same words take the space of one, and both can be read."""
    words = np.arange(50_000)
    save_state(tmp_path, "twice", {"a": words, "b": [words.copy(), words + 1], "nan": np.full(50_000, np.nan)})
    found = load_state(tmp_path, "twice")
    assert (tmp_path / "twice.npz").stat().st_size < 3.1 * words.nbytes
    np.testing.assert_array_equal(found["a"], words)
    np.testing.assert_array_equal(found["b"][0], words)
    np.testing.assert_array_equal(found["b"][1], words + 1)
    assert np.isnan(found["nan"]).all()


@pytest.mark.parametrize("folder", [".", "/"])
def test_a_folder_in_place_of_a_file_is_one_error(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--out .`` has no file name: an error with a remedy, not a bug of custpred."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match="CP4102 .*Is a directory"):
        write(Path(folder), "text")
    assert list(tmp_path.iterdir()) == []
