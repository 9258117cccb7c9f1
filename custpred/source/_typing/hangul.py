"""Korean dates and times of day, rewritten with digits: 2024년 3월 5일 오후 3시 20분."""

from __future__ import annotations

import re

import numpy as np

from custpred.source._typing.forms import some_of

WRITTEN = "Y년 M월 D일"
_HANGUL = re.compile("[가-힣]")
_DAY = re.compile(r"(\d{4}|\d{2})\s*년\s*(\d{1,2})\s*월(?:\s*(\d{1,2})\s*일)?(?!\d)", re.A)
_WEEKDAY = re.compile(r"\s*(?:\([월화수목금토일](?:요일)?\)|[월화수목금토일]요일)")
_HOURS = re.compile(r"(?:(오전|오후)\s*)?(\d{1,2})\s*시(?:\s*(\d{1,2})\s*분)?(?:\s*(\d{1,2})\s*초)?", re.A)
_CLOCK = re.compile(r"(오전|오후)\s*(\d{1,2}):(\d{2})(?::(\d{2}))?", re.A)


def some_hangul(levels: np.ndarray) -> bool:
    """Return whether some of the texts contain Hangul."""
    return any(map(_HANGUL.search, some_of(levels)))


def are_dates(levels: np.ndarray) -> bool:
    """Return whether some of the texts contain no Hangul other than date words."""
    return not any(_HANGUL.search(plain(text)) for text in some_of(levels))


def plain(text: str) -> str:
    """Return a date with digits instead of Korean words.

    >>> plain("2024년 3월 5일(화) 오후 3시 20분"), plain("2024. 3. 5. 오전 9:05:10")
    ('2024/3/5 3:20:00 PM', '2024. 3. 5. 9:05:10 AM')
    """
    dated = _WEEKDAY.sub("", _DAY.sub(_day, text))
    return _CLOCK.sub(_time, _HOURS.sub(_time, dated)).strip()


def plain_levels(levels: np.ndarray) -> np.ndarray:
    """Return all texts with digits instead of Korean words, shape (n_levels,)."""
    return np.array([plain(text) for text in levels], dtype=object)


def _day(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    full = year if len(year) == 4 else ("20" if year < "69" else "19") + year
    return f"{full}/{month}/{day or 1}"


def _time(match: re.Match[str]) -> str:
    half, hour, minute, second = match.groups()
    ending = {"오전": " AM", "오후": " PM", None: ""}[half]
    return f"{hour}:{minute or '0':0>2}:{second or '0':0>2}{ending}"
