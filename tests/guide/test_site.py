"""Generated pages and the site: none stale, no broken link, nothing loaded from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from custpred.cli import app
from custpred.command import hoisted
from custpred.guide.pages import cli_markdown, commands, llms, skill

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_generated_pages_are_up_to_date() -> None:
    """``make docs`` was run after the last change of a command or a page."""
    assert (DOCS / "reference" / "cli.md").read_text("utf-8") == cli_markdown(app)
    assert (DOCS / "skill" / "SKILL.md").read_text("utf-8") == skill(app)
    assert (DOCS / "llms.txt").read_text("utf-8") == llms(app, DOCS)


def test_every_decision_is_listed_with_its_title() -> None:
    """The list of decisions names each record, in order."""
    records = sorted((DOCS / "decisions").glob("0*.md"))
    titles = [each.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for each in records]
    listed = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8").splitlines()
    assert listed[4:] == [f"- [{title}]({each.name})" for title, each in zip(titles, records, strict=True)]


def test_options_are_written_as_users_write_them() -> None:
    """The reference has option names, choices, and required options as on the command line."""
    known = {each.name: each for each in commands(app)}
    assert "--set PATH=VALUE" in [each.written for each in known["run"].words]
    assert "--members all|sql|onnx" in [each.written for each in known["export"].words]
    assert known["new"].usage.startswith("custpred new DATA --target ")
    assert known["leaderboard"].words[0].argument
    text = cli_markdown(app)
    assert all(f"\n## {name}\n" in text for name in known)


def test_every_call_of_the_skill_is_a_command() -> None:
    """Each ``custpred WORD`` in the skill and in the tutorials is a command."""
    known = {each.name for each in commands(app)}
    for path in [DOCS / "skill" / "SKILL.md", *DOCS.rglob("tutorials/*.md"), *DOCS.rglob("howto/*.md")]:
        said = re.findall(r"^custpred ([a-z-]+)|`custpred ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE)
        assert {one or two for one, two in said} <= known, path


def test_options_in_tutorials_exist() -> None:
    """Options in the tutorials' commands are options of that command."""
    known = {each.name: {word.written.partition(" ")[0] for word in each.words} for each in commands(app)}
    for path in sorted(DOCS.glob("tutorials/*.md")):
        for block in re.findall(r"```bash\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
            for line in block.splitlines():
                _, name, *words = (each for each in hoisted(line.split()) if each not in {"--quiet", "--json"})
                assert {word for word in words if word.startswith("--")} <= known[name], line


@pytest.mark.slow
def test_the_site_has_no_broken_links_or_external_resources(tmp_path: Path) -> None:
    """MkDocs finds no broken link or lost page; no page loads from another machine."""
    pytest.importorskip("mkdocs")
    made = tmp_path / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    pages = sorted(made.rglob("*.html"))
    assert len(pages) > 30
    loads = re.compile(
        r"<(?:script|img|iframe)[^>]*\ssrc=\"?(https?:)?//|<link[^>]*rel=\"?(?:stylesheet|preconnect|icon)"
        r"[^>]*href=\"?(https?:)?//"
    )
    assert [page.name for page in pages if loads.search(page.read_text("utf-8"))] == []
    assert (made / "llms.txt").exists()
    shutil.rmtree(made)
