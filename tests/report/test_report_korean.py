"""A Korean page is Korean: every template that a section says, every finding, and every reason of a choice."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custpred.report._page import page
from custpred.report._text import Text, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.results.record import Record

ROOT = Path(__file__).parents[2] / "custpred"
KOREAN = Text("ko")
MESSAGES = json.loads((ROOT / "report" / "theme" / "ko_messages.json").read_text("utf-8"))
GAPS = re.compile(r"\{\w+\}")
GAP = "x7"
OWN = {"id", "{name}", "{label}", ""}
"""Words that are the same in both languages."""
SPOKEN = 14
"""Letters of fixed text from which a message is a sentence: below, it is put together from others."""
COMPOSED = {
    "x7 of x7 in x7 x7 no x7 and x7 left out.",
    "x7 with weight 0 in x7 x7 left out.",
    "x7 x7 an earlier one x7.",
    "x7 x7 an earlier row in every column but x7.",
    "x7 x7 in training: x7.",
    "x7 x7 x7 and x7 not used: x7.",
    "x7 x7 x7: x7. Left out of cutoffs, features and labels; correct the date.",
}
"""Messages whose verb is a gap: their forms are translated one by one."""
REASONS = ("usual", "suits")
"""Functions whose last returned text is the reason of a choice."""


def test_every_template_that_a_page_says_is_korean(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a record holds, also texts that sections look up by name have a translation."""
    said: set[str] = set()
    plain = Text.__call__

    def listen(self: Text, template: str, /, **values: object) -> str:
        said.add(template)
        return plain(self, template, **values)

    monkeypatch.setattr(Text, "__call__", listen)
    page(replace(record, recipe={**record.recipe, "report": {"language": "ko"}}))
    own = {*record.data.kinds, *record.task.labels, *(each["label"] for each in record.metrics.values()), *OWN}
    missing = {each for each in said - catalogue("ko").keys() - own if any(letter.isalpha() for letter in each)}
    assert sorted(missing) == []


def _texts(node: ast.expr, named: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Yield what an expression may say, with a word in each gap."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    elif isinstance(node, ast.Name):
        for value in named.get(node.id, ()):
            yield from _texts(value, {})
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body, named), *_texts(node.orelse, named))


def _functions() -> Iterator[tuple[ast.FunctionDef, dict[str, list[ast.expr]]]]:
    """Yield every function with the values of its names."""
    for path in sorted(ROOT.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                named: dict[str, list[ast.expr]] = {}
                for node in ast.walk(function):
                    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                        named.setdefault(node.targets[0].id, []).append(node.value)
                yield function, named


def _english(texts: set[str]) -> list[str]:
    """Return the texts without a translation; one that goes on elsewhere needs a translation that begins with it."""
    known = [GAPS.sub(GAP, english) for english in MESSAGES]
    return sorted(
        text
        for text in texts - COMPOSED
        if len(text.replace(GAP, "").strip()) >= SPOKEN
        and KOREAN.message(text) == text
        and not any(each.startswith(text) for each in known)
    )


def test_every_finding_is_korean() -> None:
    """Each finding of reading, profiling and preparation has a Korean sentence, of every code."""
    texts = {
        text
        for function, named in _functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
        for given in node.args[2:3]
        for text in _texts(given, named)
    }
    assert len(texts) > 80
    assert _english(texts) == []


def test_every_reason_of_a_choice_is_korean() -> None:
    """What 'auto' chose is explained in Korean too."""
    texts = {
        text
        for function, named in _functions()
        if function.name in REASONS
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple)
        for text in _texts(node.value.elts[-1], named)
    }
    assert len(texts) > 5
    assert _english(texts) == []


@pytest.mark.parametrize(
    "message",
    [
        "10 outlying values clipped in training: Tenure 4, Complain 6.",
        "35 rows repeat an earlier row in every column but the key customerID and the target.",
        "1 row with weight 0 in 'w' was left out.",
        "1,856 empty cells in 7 columns are missing values: Tenure, Complain.",
        "Skipped when looking for outlying values: a (it is constant).",
    ],
)
def test_messages_that_are_put_together_are_korean(message: str) -> None:
    """Their forms are known one by one."""
    assert KOREAN.message(message) != message
