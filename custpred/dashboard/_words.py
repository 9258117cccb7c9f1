"""Translations of the dashboard: those of the report and its own."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from custpred.report._text import Text

if TYPE_CHECKING:
    from custpred.results.record import Record

LANGUAGES = {"en": "English", "ko": "한국어"}


@cache
def translations(language: str) -> dict[str, str]:
    """Return the dashboard's own translations by English text; none for English."""
    if language == "en":
        return {}
    text = (files("custpred.dashboard") / f"{language}.json").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in json.loads(text).items()}


class Words(Text):
    """The report's translations with the dashboard's.

    >>> Words("ko")("Customer"), Words("en")("Customer")
    ('고객', 'Customer')
    """

    def __init__(self, language: str = "en", currency: str = "") -> None:
        super().__init__(language, currency)
        self._catalogue = {**self._catalogue, **translations(language)}


def spoken(record: Record, language: str) -> Record:
    """Return the record with its report in another language."""
    report = {**(record.recipe.get("report") or {}), "language": language}
    return replace(record, recipe={**record.recipe, "report": report})
