"""Results shared by preparations of the same rows."""

from __future__ import annotations

import threading
import time

import numpy as np
import pandas as pd
import pytest

from custpred.features._text import shared_results
from custpred.features.tfidf import Tfidf
from custpred.task import Task


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Share through a folder of this test only."""
    monkeypatch.setattr(shared_results, "_folder", [])
    shared_results.keep_in(tmp_path)
    return tmp_path


def test_results_are_shared_for_equal_inputs(folder):
    """Equal texts and labels give the stored result; another label a new one."""
    made = []

    def make():
        made.append(1)
        return [{"weights": np.arange(3.0)}, len(made)]

    first = shared_results.shared(make, "a", ["x", None], np.array([0, 1]))
    again = shared_results.shared(make, "a", ["x", None], np.array([0, 1]))
    other = shared_results.shared(make, "a", ["x", None], np.array([1, 1]))
    assert (first[1], again[1], other[1]) == (1, 1, 2)
    np.testing.assert_array_equal(again[0]["weights"], np.arange(3.0))


def test_a_missing_folder_is_valid(folder):
    """After a run, without its scratch folder, results are computed."""
    folder.rmdir()
    assert shared_results.shared(lambda: [5], "x") == [5]


def test_concurrent_requests_share_one_result(folder):
    """Two requests at the same time get one result."""
    made = []

    def make():
        made.append(1)
        time.sleep(0.2)
        return [len(made)]

    found: list[list[int]] = []
    threads = [threading.Thread(target=lambda: found.append(shared_results.shared(make, "same"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[1], [1]]


def test_digests_separate_their_parts():
    """A letter moved to the next part, or another shape, changes the digest."""
    assert shared_results.digest("ab", "c") != shared_results.digest("a", "bc")
    assert shared_results.digest(np.zeros(4)) != shared_results.digest(np.zeros((2, 2)))
    assert shared_results.digest(["a", "b"]) == shared_results.digest(["a", "b"])


def test_texts_are_learned_once_for_all_preparations(folder, monkeypatch):
    """A second preparation of the same rows reads the first one's score, bit-identical."""
    words = np.random.default_rng(3).choice(["good", "bad", "fine", "poor", "film"], (60, 4))
    frame = pd.DataFrame({"review": pd.Series([" ".join(row) for row in words], dtype=object)})
    truth = np.array([int("good" in row or "fine" in row) for row in words.tolist()])
    task = Task("binary", "answer", ("no", "yes"))
    spec = Tfidf(min_rows=1)
    state, first = spec.learn_apply(frame, truth, task, 7)
    monkeypatch.setattr(Tfidf, "_learned", lambda *ignored: pytest.fail("learned twice"))
    again_state, again = spec.learn_apply(frame, truth, task, 7)
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(spec.apply(frame, state), spec.apply(frame, again_state))
