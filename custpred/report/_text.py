"""Formatting of numbers and translation of sentences, in English or Korean."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Self

from custpred.report._particles import particles
from custpred.report.base import Section
from custpred.text import KOREAN_UNITS, NOTHING, UNITS, decimal, finite, money, number, plain, signed, unsigned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custpred.results.record import Record

GAP = re.compile(r"\{(\w+)\}")
DIGITS = r"[\d,]+"
"""Pattern of a placeholder named 'digits' in a message; others match any words."""
TINY = 1e-3
"""Smaller scores are shown with significant digits, as three decimals would be zeros."""


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return the translations of a language by English text; none for English."""
    if language == "en":
        return {}

    text = (files("custpred.report") / "theme" / f"{language}.json").read_text(encoding="utf-8")
    known = {str(key): str(value) for key, value in json.loads(text).items()}
    for kind in Section.kinds():
        known |= Section.find(kind).translations.get(language, {})
    return known


@cache
def messages(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return patterns of English messages from other modules, with translations.

    Those with the most fixed letters are first: '{a} of {b} removed' does not take other messages.
    """
    if language == "en":
        return ()
    text = (files("custpred.report") / "theme" / f"{language}_messages.json").read_text(encoding="utf-8")
    known = sorted(json.loads(text).items(), key=lambda each: -len(GAP.sub("", each[0])))
    return tuple((_pattern(english), own) for english, own in known)


def _pattern(template: str) -> re.Pattern[str]:
    parts = GAP.split(template)
    gaps = (f"(?P<{part}>{DIGITS if part == 'digits' else '.+?'})" for part in parts[1::2])
    inner = "".join(next(gaps) if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(inner, re.DOTALL)


class Text:
    """Words in the reader's language: ``say("{n} left", n=say.count(3, "customer"))``.

    Parameters
    ----------
    language
        ``en`` or ``ko``; a sentence without a translation stays English.
    currency
        Currency code of all amounts, such as USD.
    least
        Smaller numbers of customers are not shown.
    """

    def __init__(self, language: str = "en", currency: str = "", least: int = 10) -> None:
        self.language, self.currency, self.least = language, currency, least
        self._catalogue = catalogue(language)

    @classmethod
    def of(cls, record: Record) -> Self:
        """Return the language, currency and limit of a record's recipe."""
        language = (record.recipe.get("report") or {}).get("language", "en")
        least = (record.recipe.get("privacy") or {}).get("min_cell", 10)
        return cls(language, str((record.recipe.get("business") or {}).get("currency", "")), int(least))

    def __call__(self, template: str, /, **values: object) -> str:
        """Return the translated template, filled in; values are never read as templates."""
        return self._fitting(self._catalogue.get(template, template).format(**values))

    def _fitting(self, text: str) -> str:
        return particles(text) if self.language == "ko" else text

    def message(self, message: str) -> str:
        """Return the translation of a message from a step, check or measure, if there is one.

        >>> Text("ko").message("the run was out of time; a larger budget shows it.")
        '실행 시간이 끝났습니다. 예산을 늘리면 보입니다.'
        """
        parts = message.split("; ")
        if parts[1:] and all(self.message(part) != part for part in parts):  # reasons of several kinds
            return "; ".join(map(self.message, parts))
        known = ((pattern.fullmatch(message), own) for pattern, own in messages(self.language))
        found, own = next(((match, own) for match, own in known if match), (None, ""))
        if found:
            return self._fitting(GAP.sub(lambda gap: self._nested(gap[1], found[gap[1]]), own))
        return self._catalogue.get(message, message)

    def capital(self, text: str) -> str:
        """Return a sentence with a capital first letter; Korean ones may begin with a name.

        >>> Text().capital("higher values raise it."), Text("ko").capital("tenure가 크면 높아짐.")
        ('Higher values raise it.', 'tenure가 크면 높아짐.')
        """
        return text if self.language == "ko" else text[:1].upper() + text[1:]

    def _nested(self, gap: str, message: str) -> str:
        """Return the translation of what fills a placeholder; of ``names`` each is translated."""
        return ", ".join(map(self.message, message.split(", "))) if gap == "names" else self.message(message)

    def number(self, value: object, digits: int = 3) -> str:
        """Return a number with the given significant digits, never an exponent."""
        return number(value, digits)

    def signed(self, value: object) -> str:
        """Return a number with its sign."""
        return signed(value)

    def decimal(self, value: object, *, signed: bool = False) -> str:
        """Return a number with one decimal, so that sums can be checked."""
        return decimal(value, sign=signed)

    def score(self, value: object) -> str:
        """Return a metric's value with three decimals; large with fewer, tiny with more.

        >>> Text().score(0.85), Text().score(0.00000998), Text().score(384.7), Text().score(1432.4)
        ('0.850', '0.00000998', '384.70', '1,432')
        """
        if not finite(value):
            return NOTHING
        if value != 0 and abs(value) < TINY:
            return self.number(value)
        places = 3 if abs(value) < 100 else 2 if abs(value) < 1000 else 0
        return unsigned(f"{value:,.{places}f}")

    def alike(self, values: Sequence[float], form: str) -> list[str]:
        """Return scores, shares or money that are read together: with equally many decimals.

        >>> Text().alike([0.0004, 0.35], "score"), Text().alike([0.058, 0.14], "percent")
        (['0.000', '0.350'], ['5.8%', '14.0%'])
        """
        if form == "money":
            return [self.money(value, values) for value in values]
        texts = [self.cell(value, self.places(values) if form == "score" else form) for value in values]
        if form == "percent" and any("." in text for text in texts):
            pairs = zip(texts, values, strict=True)
            return [text if "." in text or value in {0, 1} else f"{100 * value:.1f}%" for text, value in pairs]
        return texts

    def places(self, values: Iterable[object]) -> str:
        """Return the format of scores of one metric: the decimals of the largest.

        >>> Text().places([0.0004, -0.35, None]), Text().places([1432.4, 36.3])
        ('3', '0')
        """
        largest = max((abs(value) for value in values if finite(value)), default=0.0)
        return str(len(self.score(largest).partition(".")[2]))

    def times(self, value: object) -> str:
        """Return a ratio with two decimals.

        >>> Text().times(2.0), Text().times(1.934)
        ('2.00', '1.93')
        """
        return f"{value:,.2f}" if finite(value) else NOTHING

    def percent(self, value: object) -> str:
        """Return a share in percent, never rounded to 0 % or 100 %.

        >>> Text().percent(0.284), Text().percent(0.0004), Text().percent(0.9999)
        ('28%', '< 0.1%', '> 99.9%')
        """
        if not finite(value):
            return NOTHING
        hundred = 100.0 * value
        if 0 < hundred < 0.1:
            return "< 0.1%"
        if 99.9 < hundred < 100:
            return "> 99.9%"
        fine = 0 < abs(hundred) < 9.95 or 99 < hundred < 100
        text = f"{hundred:,.1f}" if fine else f"{hundred:,.0f}"
        return unsigned(text.removesuffix(".0")) + "%"

    def points(self, value: object) -> str:
        """Return a difference of shares in percentage points, with its sign.

        >>> Text().points(0.0123), Text("ko").points(0.0123)
        ('+1.2 pp', '+1.2%p')
        """
        if not finite(value):
            return NOTHING
        return self("{n} pp", n=unsigned(f"{100 * value:+.1f}"))

    def count(self, value: object, noun: str = "") -> str:
        """Return a whole number with its noun in the right form.

        >>> Text().count(1, "customer"), Text("ko").count(7043, "customer")
        ('1 customer', '고객 7,043명')
        """
        text = f"{value:,.0f}" if finite(value) else NOTHING
        if not noun:
            return text
        if noun in self._catalogue:
            return self._catalogue[noun].format(n=text)
        return f"{text} {noun}" if text == "1" else f"{text} {noun}s"

    def customers(self, value: object, noun: str = "") -> str:
        """Return a number of customers; small numbers are hidden for privacy.

        >>> Text().customers(3), Text().customers(3, "test customer"), Text().customers(12)
        ('fewer than 10', 'fewer than 10 test customers', '12')
        """
        if finite(value) and 0 < value < self.least:
            return self("fewer than {n}", n=self.count(self.least, noun))
        return self.count(value, noun)

    def date(self, value: object) -> str:
        """Return a day, given as its proleptic ordinal, as an ISO date.

        >>> Text().date(734_000)
        '2010-08-16'
        """
        return str(date.fromordinal(round(value))) if finite(value) and value >= 1 else NOTHING

    def money(self, value: object, beside: Sequence[float] = ()) -> str:
        """Return an amount in the recipe's currency, abbreviated from a million on.

        ``beside``: amounts that are read together with it.

        >>> Text(currency="KRW").money(12_300_000), Text(currency="CHF").money(950)
        ('₩12.3 M', '950 CHF')
        """
        if not finite(value):
            return NOTHING
        return money(value, self.currency, KOREAN_UNITS if self.language == "ko" else UNITS, beside)

    def duration(self, seconds: object) -> str:
        """Return a time span in the two largest units.

        >>> Text().duration(0.0042), Text().duration(75), Text("ko").duration(4000)
        ('4.2 ms', '1 min 15 s', '1시간 7분')
        """
        if not finite(seconds):
            return NOTHING
        second, minute, hour = ("초", "분", "시간") if self.language == "ko" else (" s", " min", " h")
        if seconds < 0.1:
            return f"{self.number(1000 * seconds, 2)} ms"
        if seconds < 60:
            return f"{self.number(seconds, 2)}{second}"
        if seconds < 3599.5:
            minutes, rest = divmod(round(seconds), 60)
            return f"{minutes}{minute} {rest}{second}"
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours}{hour} {minutes}{minute}"

    def size(self, count: object) -> str:
        """Return bytes as kB, MB or GB.

        >>> Text().size(734_000_000)
        '734 MB'
        """
        if not finite(count):
            return NOTHING
        for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
            if count >= limit:
                return f"{self.number(count / limit)} {unit}"
        return f"{count:,.0f} B"

    def listed(self, names: Iterable[object], most: int = 5) -> str:
        """Join names for a sentence; names beyond ``most`` are counted."""
        every = [plain(name, 60) for name in names]
        if len(every) > most:
            return self("{names} and {n} more", names=", ".join(every[:most]), n=len(every) - most)
        return self("{names} and {last}", names=", ".join(every[:-1]), last=every[-1]) if every[1:] else "".join(every)

    def cell(self, value: object, form: str = "") -> str:
        """Format one cell of a table: text unchanged, numbers by the column's format."""
        if value is None:
            return NOTHING
        if isinstance(value, bool):
            return self("yes") if value else self("no")
        if not isinstance(value, int | float) or form == "text":
            return plain(value, 300)
        if form.isdigit():
            return unsigned(f"{value:,.{form}f}") if finite(value) else NOTHING
        writer = getattr(self, form, None) if form else None
        return str(writer(value)) if writer else self.number(value)
