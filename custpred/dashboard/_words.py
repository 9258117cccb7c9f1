"""Translations of the dashboard: those of the report and its own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from custpred.report._text import Text

if TYPE_CHECKING:
    from custpred.results.record import Record

LANGUAGES = {"en": "English", "ko": "한국어"}
CODED = re.compile(r"(\bCP\d{4} )")
"""The code of an error, which is the same in all languages."""
SENTENCE = re.compile(r"(?<=[.?]) (?=[A-Z'])")


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

    def fault(self, error: object) -> str:
        """Return an error as the command line prints it, each sentence in the visitor's language.

        >>> Words("ko").fault("a.csv CP2110 Pass a file with rows.")
        'a.csv CP2110 행이 있는 파일을 쓰세요.'
        """
        return "\n".join(map(self._translated, str(error).splitlines()))

    def _translated(self, line: str) -> str:
        place, code, text = CODED.split(line, maxsplit=1) if CODED.search(line) else ("", "", line)
        return place + code + " ".join(map(self.message, SENTENCE.split(text)))


def spoken(record: Record, language: str) -> Record:
    """Return the record with its report in another language."""
    report = {**(record.recipe.get("report") or {}), "language": language}
    return replace(record, recipe={**record.recipe, "report": report})
