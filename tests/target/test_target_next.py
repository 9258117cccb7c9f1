"""What comes next: the next word, and the next item."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.errors import DataError, RecipeError
from custpred.features._history import History
from custpred.metrics.hit_rate import HitRate
from custpred.models.base import Model
from custpred.recipe.file import from_keys
from custpred.recipe.question import ask
from custpred.source._typing.typed_table import typed
from custpred.target._next import coded, merged, words_of
from custpred.target.next import Next
from custpred.task import OTHER, Fit, Predictions, Rows
from custpred.training.plan import resolve, resolve_split
from custpred.training.run import read_labelled, split_rows

NOTES = "저는 아침에 책을 읽습니다."


def labelled(texts: list[str], **options: int) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows made from texts, and the label of each."""
    found = Next(text="said", **options).label(typed({"said": texts, "who": list(range(len(texts)))}, target="said"))
    return found.table.frame, [found.task.labels[code] for code in found.truth]


def test_every_beginning_is_a_row() -> None:
    """The course's sentence gives three rows: each word but the first follows those before it."""
    frame, truth = labelled([NOTES] * 10)
    assert list(zip(frame["said"], truth, strict=True))[:3] == [
        ("저는", "아침에"),
        ("저는 아침에", "책을"),
        ("저는 아침에 책을", "읽습니다"),
    ]
    assert len(frame) == 30


def test_punctuation_is_not_a_word() -> None:
    """Full stops and quotation marks are removed; hyphens and apostrophes within a word stay."""
    assert words_of("“I'm here,” said the well-known man…") == ["I'm", "here", "said", "the", "well-known", "man"]
    assert words_of(None) == []


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.sampled_from("abcde"), min_size=0, max_size=6), min_size=30, max_size=40))
def test_rows_contain_only_preceding_words(texts: list[list[str]]) -> None:
    """For all texts beginning and label together are the text's own words, in order."""
    expected = Counter((" ".join(words[:i]), words[i]) for words in texts for i in range(1, len(words)))
    if len({word for _, word in expected}) < 3 or min(Counter(w for _, w in expected.elements()).values()) < 10:
        return
    frame, truth = labelled([" ".join(each) for each in texts])
    assert Counter(zip(frame["said"], truth, strict=True)) == expected


def test_rare_words_are_one_class() -> None:
    """Words beyond the limit, and words with fewer than ten rows, are (other), with a finding."""
    texts = ["a b c d e"] * 12 + ["a rare word"] * 2
    found = Next(text="said", items=3).label(typed({"said": texts}, target="said"))
    assert found.task.labels[-1] == OTHER
    assert len(found.task.labels) == 4
    told = {each.code: each.numbers for each in found.table.findings}
    assert told["T211"]["items"] == 3
    assert "rare" not in " ".join(each.text for each in found.table.findings if each.code == "T210")


def test_the_number_of_words_and_rows_is_limited() -> None:
    """Beginnings of a long text have the latest words only, and at most so many rows are used."""
    frame, _ = labelled(["a b c d e"] * 20, words=2)
    assert frame["said"].str.split().map(len).max() == 2
    assert frame["said"].iloc[3] == "c d"
    assert len(labelled(["a b c d e"] * 30, rows=60)[0]) == 60
    assert labelled(["a b c d e f"] * 10, least=3)[0]["said"].iloc[0] == "a b c"


def test_a_sentence_is_never_on_both_sides_of_a_split() -> None:
    """Rows of one sentence, and of equal sentences, are in one part."""
    recipe = from_keys(
        {"customers": {"sample": "sentences", "rows": 300}, "target": {"kind": "next", "text": "sentence"}}
    )
    found = read_labelled(recipe)
    recipe, _ = resolve_split(recipe, found.table)
    folds = split_rows(recipe, found)
    key = found.table.frame[found.table.key].to_numpy()
    assert not set(key[folds.train]) & set(key[folds.test])
    sides = [set(key[folds.train][held]) for _, held in folds.held]
    assert all(not a & b for i, a in enumerate(sides) for b in sides[:i])


def test_the_usual_measures_are_hit_rates() -> None:
    """By default log loss is optimised and hit rates at 1, 5 and 10 are reported."""
    recipe = from_keys(
        {
            "customers": {"sample": "sentences", "rows": 300},
            "target": {"kind": "next", "text": "sentence"},
            "features": [{"kind": "tokens", "of": "sentence"}],
            "models": ["logistic"],
        }
    )
    found = read_labelled(recipe)
    recipe, _ = resolve_split(recipe, found.table)
    names = [each.name() for each in resolve(recipe, found.table, found.task).recipe.metrics]
    assert names == ["log_loss", "hit_rate_at_1", "hit_rate_at_5", "hit_rate_at_10", "accuracy"]


@pytest.mark.parametrize(("texts", "code"), [(["hello", "", "."] * 10, "CP2231"), (["a b", "a c"] * 10, "CP2232")])
def test_texts_without_a_next_word_are_refused(texts: list[str], code: str) -> None:
    """Texts of one word have no next word, and two labels are too few."""
    with pytest.raises(DataError) as fault:
        labelled(texts)
    assert fault.value.code == code


def orders(days: dict[str, list[tuple[int, str]]]) -> pd.DataFrame:
    """Return orders of customers: days after 2024-01-01, and what was bought."""
    rows = [
        (who, pd.Timestamp("2024-01-01") + pd.Timedelta(day, "D"), 10.0, what)
        for who, own in days.items()
        for day, what in own
    ]
    return pd.DataFrame(rows, columns=["who", "at", "amount", "what"])


def items(events: pd.DataFrame, **target: object) -> object:
    """Return the rows and labels of the next item at 2024-03-01 within 30 days."""
    source = {"kind": "frame", "data": events, "key": "who", "time": "at", "amount": "amount", "item": "what"}
    return read_labelled(
        from_keys(
            {
                "events": {"orders": source},
                "target": {"kind": "next", "horizon": "30d", **target},
                "cutoffs": {"at": ["2024-03-01"]},
                "features": ["rfm", {"kind": "steps", "of": "orders", "inputs": ["what"], "last": 3}],
                "models": ["logistic"],
            }
        )
    )


def shop(late: list[tuple[int, str]]) -> pd.DataFrame:
    """Return 60 customers who buy one of three items in the horizon, one with later orders."""
    goods = ["bread", "milk", "tea"]
    days = {f"c{i:03d}": [(10, goods[i % 3]), (20, goods[(i + 1) % 3]), (72, goods[i % 3])] for i in range(60)}
    return orders({**days, "y": [(5, "milk"), (120, "tea")], "z": [(5, "milk"), *late]})


def test_the_label_is_the_first_item_in_the_horizon() -> None:
    """2024-03-01 is day 60: of days 70 and 65, 65 counts; without an order there is no row."""
    found = items(shop([(70, "bread"), (65, "tea")]))
    place = found.table.frame["who"].tolist().index("z")
    assert found.task.labels[found.truth[place]] == "tea"
    assert found.task.labels == ("bread", "milk", "tea")
    assert "z" not in items(shop([(95, "bread")])).table.frame["who"].tolist()
    assert "T212" in {each.code for each in items(shop([])).table.findings}


def test_features_use_nothing_after_the_cutoff() -> None:
    """Other items after the cutoff change labels, and leave features bit-identical."""
    before, after = items(shop([(65, "tea")])), items(shop([(60, "bread"), (61, "bread"), (65, "tea")]))
    pd.testing.assert_frame_equal(before.table.frame, after.table.frame)
    assert before.truth.tolist() != after.truth.tolist()


def test_a_lead_time_moves_the_label() -> None:
    """With a lead time of a week, the first order after it is the next."""
    found = items(shop([(61, "bread"), (70, "milk")]), gap="7d")
    place = found.table.frame["who"].tolist().index("z")
    assert found.task.labels[found.truth[place]] == "milk"


def test_next_item_has_the_baseline_same_again() -> None:
    """Targets of items have the baseline of the last item; those of words only the most popular."""
    beside = {kind.kind(): kind.beside(Next(table="orders")) for kind in Model.every()}
    assert {kind for kind, found in beside.items() if found} == {"dummy", "rule", "same_again"}
    assert [spec.dump() for spec in beside["same_again"].specs] == [{"kind": "same_again", "of": "orders"}]
    assert not Model.find("same_again").beside(Next(text="said"))


def test_a_table_without_items_is_refused_before_it_is_read() -> None:
    """The message says that 'item' is missing, or that words need a table of customers."""
    with pytest.raises(RecipeError, match="item"):
        from_keys({"events": {"orders": {"sample": "orders"}}, "target": {"kind": "next"}})
    with pytest.raises(RecipeError, match="events"):
        from_keys({"customers": {"sample": "sentences"}, "target": {"kind": "next"}})


def test_truth_marks_customers_without_a_label() -> None:
    """Codes are those of the labels; -1 without a purchase."""
    bought = np.array([*("abc" * 10), ""], dtype=object)
    found = np.ma.MaskedArray(bought, [False] * 30 + [True])
    truth, task = Next(table="orders").truth({"item": found})
    assert truth.tolist() == [0, 1, 2] * 10 + [-1]
    assert not Next(table="orders").notes({"item": found}, truth, task)
    assert task.labels == ("a", "b", "c")


def test_rare_items_are_one_class_with_a_finding() -> None:
    """Items of fewer than ten rows are (other), and the finding reaches the labelled table."""
    days = pd.date_range("2024-01-01", periods=400)
    items = [("a", "b", "c")[day % 3] if day % 40 else f"rare {day}" for day in range(400)]
    shop = pd.DataFrame({"who": [f"c{day % 20}" for day in range(400)], "when": days, "what": items})
    events = {"orders": {"data": shop, "key": "who", "time": "when", "item": "what"}}
    keys = {"events": events, "target": {"kind": "next", "horizon": "60d"}, "budget": {"jobs": 1}, "features": "rfm"}
    found = ask(from_keys(keys))
    [told] = [each.numbers for each in found.table.findings if each.code == "T211"]
    assert told["items"] > 1
    assert found.task.labels == ("a", "b", "c", OTHER)


@pytest.mark.real
@pytest.mark.slow
def test_the_next_product_of_a_real_shop_is_often_the_last_one() -> None:
    """Online Retail, 190 products: the last repeats in 9 %, the most popular has 3 %."""
    root = Path(os.environ.get("CUSTPRED_DATA", Path(__file__).parents[3] / "shared" / "data"))
    path = root / "online_retail/online_retail.csv.gz"
    if not path.exists():
        pytest.skip("CUSTPRED_DATA has no online_retail/online_retail.csv.gz")
    names = {"key": "CustomerID", "time": "InvoiceDate", "order": "InvoiceNo", "item": "StockCode"}
    recipe = from_keys(
        {
            "events": {"orders": {"path": str(path), "amount": ["Quantity", "UnitPrice"], **names}},
            "target": {"kind": "next", "horizon": "60d", "items": 200},
            "cutoffs": {"every": "1mo", "count": 6},
            "features": ["rfm"],
        }
    )
    found = read_labelled(recipe)
    recipe, _ = resolve_split(recipe, found.table)
    folds, fit = split_rows(recipe, found), Fit(found.task)
    X = History().build(fit.task).fit_transform(found.table.frame)
    hits = []
    for kind in ("same_again", "dummy"):
        model = Model.parse(kind)
        fitted = model.train(Rows(X.iloc[folds.train], found.truth[folds.train]), None, fit)
        answer = fit.task.inverse_link(model.raw(fitted, X.iloc[folds.test], fit))
        hits.append(HitRate().score(Predictions(fit.task, found.truth[folds.test], answer)))
    assert hits[0] > 0.08
    assert hits[1] < 0.05


def test_an_item_called_other_is_one_of_the_others() -> None:
    """There is one class of that name, for rare items and for items that were merged before."""
    names = np.repeat(np.array(["bread", "milk", OTHER, "rare"], dtype=object), [30, 20, 40, 3])
    codes, task = coded(names, 50, "what")
    assert task.labels == ("bread", "milk", OTHER)
    assert np.bincount(codes).tolist() == [30, 20, 43]
    [told] = merged(names, codes, task)
    assert told.numbers == {"items": 2, "share": 43 / 93}
