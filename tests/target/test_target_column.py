"""A column becomes labels or amounts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from custpred.errors import DataError
from custpred.source._typing.typed_table import typed
from custpred.table import Table
from custpred.target.base import Labelled, Target


def table(answers: Any, **more: Any) -> Table:
    """Return customers with a label in the column 'left'."""
    frame = pd.DataFrame({"spend": np.arange(len(answers)) * 1.5, "left": answers})
    return typed(frame, target="left", **more)


def label(answers: Any, **options: Any) -> Labelled:
    return Target.parse({"column": "left", **options}).label(table(answers))


@pytest.mark.parametrize(
    ("answers", "labels"),
    [
        (["Yes", "No", "No", "No"], ("No", "Yes")),
        (["0", "1", "0", "1"], ("0", "1")),
        ([0, 1, 0, 1], ("0", "1")),
        ([0.0, 1.0, 0.0, 1.0], ("0", "1")),
        ([True, False, False, True], ("False", "True")),
        (["TRUE", "FALSE", "TRUE", "FALSE"], ("False", "True")),
        (["churned", "stayed", "stayed", "churned"], ("stayed", "churned")),
        (["<=50K", ">50K", "<=50K", "<=50K", ">50K"], ("<=50K", ">50K")),
        (["이탈", "유지", "이탈", "유지"], ("유지", "이탈")),
        (["01", "02", "02", "02", "01"], ("02", "01")),
    ],
)
def test_target_two_labels_are_binary(answers: Any, labels: tuple[str, str]) -> None:
    """The positive label is the second, by meaning or because it is rarer."""
    labelled = label(answers * 5)
    assert (labelled.task.kind, labelled.task.labels) == ("binary", labels)
    assert labelled.truth.dtype == np.int64
    assert "left" not in labelled.table.names


def test_target_guess_of_the_positive_label_is_a_finding() -> None:
    """An inferred positive label is a finding; a given one is not."""
    assert [finding.code for finding in label(["a", "b", "b"] * 20).table.findings][-1] == "T203"
    given = label(["a", "b", "b"] * 20, positive="b")
    assert given.task.labels == ("a", "b")
    assert "T203" not in {finding.code for finding in given.table.findings}


@pytest.mark.parametrize(
    ("answers", "positive", "label_"),
    [
        (["Yes", "No"], "yes", "Yes"),
        (["Yes", "No"], "NO", "No"),
        (["Yes", "No"], True, "Yes"),
        (["Yes", "No"], False, "No"),
        (["1", "0"], 1, "1"),
        ([1, 0], True, "1"),
        ([True, False], "true", "True"),
        ([True, False], 1, "True"),
        ([2, 1], 2.0, "2"),
        ([2, 1], "2.0", "2"),
    ],
)
def test_target_given_positive_is_found_however_it_is_written(answers: Any, positive: Any, label_: str) -> None:
    """Case, YAML's booleans and number formats do not matter for the positive label."""
    assert label(answers * 12, positive=positive).task.positive == label_


def test_target_unknown_positive_lists_the_labels() -> None:
    """An unknown positive label is an error with the known ones."""
    with pytest.raises(DataError, match="'gone', 'here'") as caught:
        label(["gone", "here"] * 12, positive="goen")
    assert caught.value.code == "CP2204"
    assert "Did you mean 'gone'" in str(caught.value)


def test_labels_that_differ_in_case_only_are_a_warning() -> None:
    """Yes and yes are two classes, which is rarely meant, also with a positive label."""
    for answers, positive in ((["no", "yes", "Yes"], None), (["yes", "Yes"], None), (["yes", "Yes", "no"], "yes")):
        found = [each for each in label(answers * 20, positive=positive).table.findings if each.code == "T213"]
        assert [each.numbers for each in found] == [{"labels": 2}]
    assert "T213" not in {each.code for each in label(["no", "yes"] * 20).table.findings}


def test_target_rare_labels_are_not_shown() -> None:
    """A label with fewer than ten customers is in no message."""
    with pytest.raises(DataError) as caught:
        label(["common"] * 40 + ["private"] * 3, positive="x")
    assert "private" not in str(caught.value)
    assert "private" not in "".join(f.text for f in label(["common"] * 40 + ["private"] * 3).table.findings)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["a", "b", "c"] * 20, "multiclass"),
        ([1, 2, 3] * 40, "multiclass"),
        ([1, 2, 3] * 4, "regression"),
        (list(range(100)), "regression"),
        ([n / 3 for n in range(60)], "regression"),
        ([0.5, 1.5, 2.5] * 60, "regression"),
        (["1,5", "2,25", "3,5"] * 20, "regression"),
    ],
)
def test_target_task_is_decided_by_the_values(answers: Any, kind: str) -> None:
    """Texts and few, frequent integers are labels; other numbers are amounts."""
    assert label(answers).task.kind == kind


def test_target_amounts_are_floats_in_order() -> None:
    """The truth of a regression has the values, row by row."""
    labelled = label([3, 1, 2] * 30, task="regression")
    assert labelled.truth.dtype == np.float64
    assert labelled.truth[:3].tolist() == [3.0, 1.0, 2.0]
    assert labelled.task.labels == ()


def test_target_codes_follow_the_labels() -> None:
    """Code i is the i-th label, numbers in their order."""
    labelled = label(([10, 9, 2] * 40), task="multiclass")
    assert labelled.task.labels == ("2", "9", "10")
    assert labelled.truth[:3].tolist() == [2, 1, 0]


def test_target_missing_column_names_the_nearest() -> None:
    """A target that is not in the table is an error with the nearest name."""
    with pytest.raises(DataError, match="Did you mean 'left'") as caught:
        Target.parse({"column": "Left "}).label(table([0, 1] * 5))
    assert caught.value.code == "CP2102"


def test_missing_labels_are_an_error_with_their_number() -> None:
    """Customers without a label are an error with their number and a remedy."""
    with pytest.raises(DataError, match="missing in 2 rows of 12") as caught:
        label(["a", "b"] * 5 + [None, " "])
    assert "drop_missing: true" in str(caught.value)


def test_target_missing_labels_can_be_dropped() -> None:
    """Their rows are dropped from table, truth and known truth, with a finding."""
    given = table(["a", "b", None] * 12)
    given = Table(given.frame, given.columns, known=np.arange(36.0))
    labelled = Target.parse({"column": "left", "drop_missing": True}).label(given)
    assert len(labelled.table) == len(labelled.truth) == 24
    assert labelled.table.known is not None
    np.testing.assert_array_equal(labelled.table.known * 1.5, labelled.table.frame["spend"])
    assert "T202" in {finding.code for finding in labelled.table.findings}


@pytest.mark.parametrize(
    ("answers", "options", "code"),
    [
        (["a"] * 9, {}, "CP2201"),
        ([3.5] * 9, {}, "CP2201"),
        ([None] * 9, {}, "CP2202"),
        (["a"] * 9 + ["b"], {}, "CP2205"),
        ([f"K{n:04}" for n in range(40)], {}, "CP2205"),
        (["a", "b", "c"] * 9, {"task": "binary"}, "CP2203"),
        (["a", "b", "c"] * 9, {"task": "regression"}, "CP2206"),
        (pd.date_range("2024-01-01", periods=9), {}, "CP2207"),
    ],
)
def test_impossible_targets_are_errors(answers: Any, options: dict[str, Any], code: str) -> None:
    """Constant, empty, too small, wrong and dated targets have their own errors."""
    with pytest.raises(DataError) as caught:
        label(answers, **options)
    assert (caught.value.code, caught.value.column) == (code, "left")


def test_an_id_as_target_has_a_remedy() -> None:
    """A column of ids is no target, which merging classes does not change."""
    with pytest.raises(DataError, match="40 of 40 classes") as caught:
        label([f"K{n:04}" for n in range(40)])
    assert "choose another column" in str(caught.value)


def test_target_small_classes_are_counted_not_named() -> None:
    """Classes of one row are counted; their labels are in no message."""
    with pytest.raises(DataError, match="2 of 3 classes") as caught:
        label(["a"] * 30 + ["Kim Minsu", "Lee Jiwoo"])
    assert "Kim" not in str(caught.value)


def test_target_options_are_checked() -> None:
    """Unknown options and tasks are refused."""
    for wrong in ({"task": "ranking"}, {"positiv": "yes"}, {"column": ""}):
        with pytest.raises(ValidationError):
            Target.parse({"kind": "column", "column": "left", **wrong})
