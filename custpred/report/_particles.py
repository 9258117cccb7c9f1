"""Korean particles after names and numbers: chosen by the final sound of the word before them.

Translations write both forms, as in ``{name}은(는)``.  Hangul and digits have a known final
sound; of Latin words those are read whose Korean spelling is certain.  Otherwise both forms
remain, which is correct, if stiff.
"""

from __future__ import annotations

import re

_FORMS = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)라고": ("이라고", "라고"),
    "(이)며": ("이며", "며"),
    "(이)었": ("이었", "였"),
}
"""Both forms of a particle: after a final consonant, and after a vowel."""
_MARKS = re.compile("|".join(map(re.escape, _FORMS)))
_ASIDE = re.compile(r"\s*\([^()]*\)$")
_LATIN = re.compile(r"[A-Za-z]+$")
_CLOSED, _LIQUID = 1, 8
"""Final sounds: any consonant, and L, after which 'to' has its short form; 0 is a vowel."""
_DIGITS = dict(zip("0123456789", (1, _LIQUID, 0, 1, 0, 0, 1, _LIQUID, _LIQUID, 0), strict=True))
_LETTERS = {"l": _LIQUID, "r": _LIQUID, "m": _CLOSED, "n": _CLOSED}
"""Names of letters that end in a consonant."""


def particles(text: str) -> str:
    """Return a Korean sentence with the particles that fit the words before them.

    >>> particles("'요금'은(는) 3(으)로, tenure은(는) 정확도(0.76)이(가)")
    "'요금'은 3으로, tenure는 정확도(0.76)가"
    """
    parts, end = [], 0
    for mark in _MARKS.finditer(text):
        parts += [text[end : mark.start()], _chosen(text[: mark.start()], mark[0])]
        end = mark.end()
    return "".join([*parts, text[end:]])


def _chosen(before: str, mark: str) -> str:
    sound = _final(_ASIDE.sub("", before).rstrip("'\")]"))
    if sound is None:
        return mark
    return _FORMS[mark][0 if sound and not (sound == _LIQUID and mark == "(으)로") else 1]


def _final(word: str) -> int | None:
    """Return the final sound of a text, None if it is not certain."""
    last, latin = word[-1:], _LATIN.search(word)
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if last == "%" or word.endswith("%p"):
        return 0
    return _read(latin[0]) if latin else _DIGITS.get(last)


def _read(word: str) -> int | None:
    """Return the final sound of a Latin word as Korean spells it; abbreviations are spelled out."""
    small = word.lower()
    if word.isupper() or not re.search("[aeiou]", small):
        return _LETTERS.get(small[-1], 0)
    small = re.sub("(?<=[lmn])e$", "", small)
    if small[-1] == "l":
        return _LIQUID
    if small[-1] in "mn" or small.endswith("ng"):
        return _CLOSED
    if small[-1] == "g" or re.search("[aeiou]{2}[bckpt]$", small):
        return None
    return _CLOSED if re.search("[aeiou][bckpt]$", small) else 0
