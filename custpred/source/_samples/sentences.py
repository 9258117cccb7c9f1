"""Short sentences whose last word follows from those before it: 저는 아침에 책을 읽습니다."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custpred.source._samples.made import Made

_WHO = {
    "ko": ["저는", "친구는", "동생은", "어머니는", "선생님은", "우리는"],
    "en": ["I often", "we often", "they often", "students often", "my parents often", "our neighbours often"],
}
_WHEN = {
    "ko": ["아침에", "점심에", "저녁에", "밤에", "주말에"],
    "en": ["early", "at noon", "in the evening", "at night", "on Sundays"],
}
_WHAT = {
    "ko": [
        "책을 읽습니다", "책을 빌립니다", "밥을 먹습니다", "밥을 짓습니다", "커피를 마십니다", "커피를 삽니다",
        "음악을 듣습니다", "영화를 봅니다", "편지를 씁니다", "운동을 합니다",
    ],
    "en": [
        "read books", "borrow books", "eat rice", "cook rice", "drink coffee", "buy coffee",
        "hear music", "watch films", "write letters", "do sports",
    ],
}  # fmt: skip
_SHARES = np.array(
    [
        [5, 1, 6, 1, 7, 1, 2, 0.2, 0.5, 3],
        [1, 1, 9, 1, 4, 2, 1, 0.2, 0.5, 1],
        [4, 1, 6, 3, 1, 0.5, 3, 4, 1, 3],
        [7, 0.2, 0.5, 0.2, 0.2, 0.2, 5, 6, 3, 0.5],
        [3, 3, 2, 3, 2, 2, 3, 6, 2, 5],
    ]
)
"""Probability of each action at each time of day; rows are times."""


def make(rows: int, seed: int) -> Made:
    """Make sentences: subject and time are uniform, the action depends on the time of day."""
    chance = np.random.default_rng([seed, 23])
    korean = chance.random(rows) < 0.5
    who, when = chance.integers(0, len(_WHO["ko"]), rows), chance.integers(0, len(_SHARES), rows)
    shares = (_SHARES / _SHARES.sum(axis=1, keepdims=True)).cumsum(axis=1)[when]
    what = np.minimum((chance.random(rows)[:, None] > shares).sum(axis=1), _SHARES.shape[1] - 1)
    made = {}
    for language in ("ko", "en"):
        parts = zip(who, when, what, strict=True)
        made[language] = [f"{_WHO[language][a]} {_WHEN[language][b]} {_WHAT[language][c]}." for a, b, c in parts]
    sentences = [ko if is_ko else en for is_ko, ko, en in zip(korean, made["ko"], made["en"], strict=True)]
    languages = np.where(korean, "ko", "en").astype(object)
    return Made(pd.DataFrame({"sentence": sentences, "language": languages}), {})
