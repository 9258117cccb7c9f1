"""Tutorials run in an empty folder with the shown output; recipes of how-to pages are valid."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from custpred.recipe.file import written
from custpred.recipe.inspect import check

DOCS = Path(__file__).parents[2] / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))
HOWTO = sorted((DOCS / "howto").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHIM = '#!/bin/sh\nexec "{python}" -m custpred.cli "$@"\n'
MARK = "--- end of a block ---"
NEEDS = {"recurrent_networks": "tensorflow"}


@dataclass
class Step:
    """A block of a page and the output that the page promises, if it does."""

    language: str
    text: str
    promised: str = ""


def steps(page: Path) -> list[Step]:
    """Return the blocks of a page in order; consecutive Python blocks are one script."""
    found: list[Step] = []
    for language, text in BLOCK.findall(page.read_text("utf-8")):
        if language == "text":
            found[-1].promised = text
        else:
            found.append(Step(language, text))
    return found


def same(promised: str, said: str) -> bool:
    """Return whether an output is the documented one; ``...`` stands for anything."""
    ways = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return not promised or doctest.OutputChecker().check_output(promised, said, ways)


def groups(found: list[Step]) -> list[list[Step]]:
    """Return the steps; consecutive Python blocks are one script that shares names."""
    made: list[list[Step]] = []
    for step in found:
        if made and step.language == "python" == made[-1][-1].language:
            made[-1].append(step)
        else:
            made.append([step])
    return made


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_gives_its_output(page: Path, tmp_path: Path) -> None:
    """Every command and line of Python works in an empty folder, and prints what is shown."""
    pytest.importorskip(NEEDS.get(page.stem, "custpred"))
    home, tools = tmp_path / "home", tmp_path / "bin"
    home.mkdir()
    tools.mkdir()
    shim = tools / "custpred"
    shim.write_text(SHIM.format(python=sys.executable), "utf-8")
    shim.chmod(0o755)
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(DOCS.parent), "COLUMNS": "120"}
    for number, group in enumerate(groups(steps(page))):
        if group[0].language == "yaml":
            named = re.match(r"# (\S+\.yaml)\n", group[0].text)
            (home / (named[1] if named else f"{number}.yaml")).write_text(group[0].text, "utf-8")
            continue
        text = "".join(step.text + (f"print({MARK!r})\n" if step.language == "python" else "") for step in group)
        line = ["bash", "-euc", text] if group[0].language == "bash" else [sys.executable, "-c", text]
        done = subprocess.run(line, cwd=home, env=env, capture_output=True, text=True, timeout=400, check=False)
        assert done.returncode == 0, f"{text}\n{done.stdout[-500:]}\n{done.stderr[-2000:]}"
        for step, said in zip(group, done.stdout.split(f"{MARK}\n"), strict=False):
            assert same(step.promised, said), f"{step.text}\nwanted {step.promised}\ngot {said}"


@pytest.mark.parametrize("page", [*HOWTO, *TUTORIALS], ids=lambda page: page.stem)
def test_recipes_of_a_page_are_valid(page: Path, tmp_path: Path) -> None:
    """Each recipe, completed with customers and a target if necessary, has no mistake."""
    found = [step.text for step in steps(page) if step.language == "yaml"]
    assert found or page.stem in {"analyst", "data_scientist", "earlier_recipes"}
    for text in found:
        path = tmp_path / "recipe.yaml"
        keys = set(re.findall(r"^(\w+):", text, re.MULTILINE))
        more = "" if keys & {"customers", "events"} else "customers: {sample: telecom, rows: 300}\n"
        more += "" if "target" in keys else "target: churn\n"
        path.write_text(more + text, "utf-8")
        if "path:" in text.partition("#")[2].partition("\n")[2]:
            (tmp_path / "reviews.csv").write_text("review,language,sentiment\ngood,en,positive\n", "utf-8")
            (tmp_path / "orders.csv").write_text("customer_id,ordered_at,amount,category\na,2024-01-01,3,x\n", "utf-8")
        assert written(path).plain
        if "://" not in text:  # tables elsewhere are no part of a test
            check(path, {})
