"""Frequent words with little information, without negations and words of praise."""

from __future__ import annotations

# The stopword list of a Korean course on NSMC reviews, unchanged.
_KOREAN = "의 가 이 은 들 는 좀 잘 걍 과 도 를 으로 자 에 와 한 하다"
_ENGLISH = """
a an the and of to in is it its this that these those i he she we they you his her their our my
your as at by for from on with was were be been are am has have had do does did will would there
here which who what when where
"""
LISTS = {"ko": _KOREAN.split(), "en": _ENGLISH.split()}
