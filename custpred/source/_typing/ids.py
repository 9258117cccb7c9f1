"""Distinguish ids of customers from values that many customers can share."""

from __future__ import annotations

import re

import numpy as np

from custpred.source._typing.forms import some_of, words_apart

_ID_NAME = re.compile(r"(^|[^a-z])(ids?|uuid|guid|uid|key|rowid|rownames?|index)([^a-z]|$)|번호$|아이디$", re.I)
_WHOSE = re.compile(r"customer|client|user|member|account|subscriber|household|person|고객|회원", re.I)
_NO_TEXT = re.compile(
    r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"  # uuid
    r"|[0-9a-f]{16,128}"  # hash
    r"|[^@\s]+@[^@\s]+\.[^@\s]+"  # e-mail
    r"|\+?\(?\d{1,4}\)?[\s.-]?\(?\d{2,4}\)?[\s.-]?\d{2,4}[\s.-]?\d{2,4}"  # phone
    r"|[A-Za-z]{1,6}[-_#]?\d{2,}|\d{2,}[-_]?[A-Za-z]{1,6}"  # prefix or suffix and digits
    r"|(?=\S*\d)[A-Za-z0-9]+([-_][A-Za-z0-9]+)+|\d{5,}",  # groups such as 7590-VHVEG
    re.I | re.A,
)
_ROW_NUMBERS = 50
_FEW = 20


def named_like_id(name: str) -> bool:
    """Return whether a column's name suggests ids.

    >>> named_like_id("customerID"), named_like_id("paid"), named_like_id("고객번호")
    (True, False, True)
    """
    return bool(_ID_NAME.search(words_apart(name)))


def text_id(name: str, levels: np.ndarray, filled: int) -> str:
    """Return why a column of texts is an id, or an empty string.

    Parameters
    ----------
    levels : ndarray of shape (n_levels,)
        Distinct texts.
    filled
        Number of rows with a text.
    """
    distinct = len(levels)
    if distinct > _FEW and named_like_id(name) and _WHOSE.search(name):
        return "the name suggests an id"
    if distinct < 2 or distinct < 0.5 * filled:
        return ""
    some = some_of(levels)
    formed = sum(bool(_NO_TEXT.fullmatch(text)) for text in some) >= 0.95 * len(some)
    if distinct == filled and (filled >= _FEW or formed or named_like_id(name)):
        return "every value is different" + (" and formed like an id" if formed else "")
    if formed and (distinct >= 0.95 * filled or named_like_id(name)) and distinct >= _FEW:
        return "nearly every value is different and formed like an id"
    return ""


def number_id(name: str, values: np.ndarray, distinct: int) -> str:
    """Return why a column of integers is an id, or an empty string.

    Parameters
    ----------
    values : ndarray of shape (n_filled,)
        The numbers without missing values, all whole.
    distinct
        Number of distinct values.
    """
    named = named_like_id(name)
    if distinct == len(values) and named:
        return "whole numbers, every one different, and the name says id"
    if named and _WHOSE.search(name) and distinct > 30:
        return "whole numbers, and the name says whose id they are"
    steps = len(values) >= _ROW_NUMBERS and bool((np.diff(values) == 1).all())
    return "numbers every row in order" if steps else ""
