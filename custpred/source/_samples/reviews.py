"""Short reviews in English and Korean, drawn given the sentiment: Bayes' rule gives the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custpred.source._samples.made import Made

_OPENERS = {
    "en": [
        "Honestly,",
        "After two weeks,",
        "For the price,",
        "My second order:",
        "As a gift,",
        "To be fair,",
        "In short,",
        "This time",
    ],
    "ko": [
        "솔직히 말해서",
        "두 주 써 보니",
        "가격을 생각하면",
        "두 번째 주문인데",
        "선물로 샀는데",
        "짧게 말하면",
        "이번에는",
        "주변에서 듣고",
    ],
}
_THINGS = {
    "en": [
        "the delivery",
        "the fabric",
        "the app",
        "this blender",
        "the colour",
        "the staff",
        "the box",
        "the taste",
        "the size",
        "the screen",
    ],
    "ko": ["배송이", "원단이", "앱이", "이 제품이", "색상이", "직원이", "포장이", "맛이", "크기가", "화면이"],
}
_OPINIONS = {
    "en": [
        "was wonderful,",
        "felt great,",
        "was better than expected,",
        "came on time,",
        "was fine,",
        "was what it was,",
        "looked as shown,",
        "could be better,",
        "came late,",
        "felt cheap,",
        "broke soon,",
        "was awful,",
    ],
    "ko": [
        "정말 훌륭하고",
        "아주 좋고",
        "기대보다 낫고",
        "제때 왔고",
        "괜찮고",
        "그냥 그렇고",
        "사진과 같고",
        "조금 아쉽고",
        "늦게 왔고",
        "싸구려 같고",
        "금방 망가졌고",
        "최악이고",
    ],
}
_CLOSINGS = {
    "en": [
        "I love it.",
        "I would buy it again.",
        "I will tell my friends.",
        "it does the job.",
        "we will see.",
        "nothing special.",
        "I will not buy it again.",
        "I want my money back.",
        "what a waste.",
    ],
    "ko": [
        "아주 마음에 들어요.",
        "또 살 거예요.",
        "친구에게 추천해요.",
        "쓸 만해요.",
        "두고 봐야죠.",
        "특별하진 않아요.",
        "다시는 안 사요.",
        "환불하고 싶어요.",
        "돈이 아까워요.",
    ],
}


def make(rows: int, seed: int) -> Made:
    """Make reviews with ``sentiment``, positive or negative; ``review`` holds the text."""
    chance = np.random.default_rng([seed, 17])
    positive = chance.random(rows) < 0.55
    korean = chance.random(rows) < 0.5
    opinion = _pick(chance, positive, 12)
    closing = _pick(chance, positive, 9)
    second = _pick(chance, positive, 12)
    things = [chance.integers(0, 10, rows) for _ in range(2)]
    parts = [(_OPENERS, chance.integers(0, 8, rows)), (_THINGS, things[0]), (_OPINIONS, opinion), (_THINGS, things[1])]
    parts += [(_OPINIONS, second), (_CLOSINGS, closing)]
    words = [_words(lexicon, korean, places) for lexicon, places in parts]
    odds = np.log(0.55 / 0.45) + _odds(12)[opinion] + _odds(12)[second] + _odds(9)[closing]
    frame = pd.DataFrame(
        {
            "review": [" ".join(each) for each in zip(*words, strict=True)],
            "language": np.where(korean, "ko", "en").astype(object),
            "sentiment": np.where(positive, "positive", "negative").astype(object),
        }
    )
    return Made(frame, {"sentiment": 1 / (1 + np.exp(-odds))})


def _chances(size: int) -> np.ndarray:
    """Return the probabilities of phrases in a positive review, best first; negative: reversed."""
    weights = np.exp(np.linspace(1.0, -1.0, size))
    return np.asarray(weights / weights.sum())


def _odds(size: int) -> np.ndarray:
    return np.asarray(np.log(_chances(size) / _chances(size)[::-1]))


def _pick(chance: np.random.Generator, positive: np.ndarray, size: int) -> np.ndarray:
    drawn = chance.choice(size, size=len(positive), p=_chances(size))
    return np.where(positive, drawn, size - 1 - drawn)


def _words(lexicon: dict[str, list[str]], korean: np.ndarray, places: np.ndarray) -> np.ndarray:
    english, hangul = (np.array(lexicon[language], dtype=object) for language in ("en", "ko"))
    return np.asarray(np.where(korean, hangul[places], english[places]), dtype=object)
