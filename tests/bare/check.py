"""What a new user does after ``pip install custpred``, run by ``legs.py`` in an empty folder.

Only custpred and what it declares is installed here: no pytest, no development packages.  Budgets
count trials, so that a busy machine makes a check slower, never wrong.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
COMMAND = Path(sys.executable).with_name("custpred")
WORK = "budget={work: 6}"
HEADER = ["고객번호", "지역", "방문수", "금액", "가입일", "이탈"]
REGIONS = ["서울특별시", "부산광역시", "대구", "제주도"]


def custpred(*arguments: str, code: int = 0) -> str:
    """Run the installed command and return what it printed; its exit code must be ``code``."""
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, encoding="utf-8", timeout=600)
    said = done.stdout + done.stderr
    assert done.returncode == code, f"custpred {' '.join(arguments)}: exit {done.returncode}, wanted {code}\n{said}"
    return said


def customers(rows: int = 300) -> list[list[str]]:
    """Make customers with Korean texts; those with few visits leave more often."""
    draw = random.Random(7)
    made = []
    for number in range(rows):
        visits = draw.randint(0, 12)
        leaves = draw.random() < (0.8 if visits < 5 else 0.15)
        day = f"2024-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
        place, spent = draw.choice(REGIONS), f"{draw.gammavariate(2, 20):.2f}"
        made.append([f"고객{number:04d}", place, str(visits), spent, day, "예" if leaves else "아니오"])
    return made


def write_csv(path: Path, encoding: str) -> None:
    """Write the customers as CSV."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEADER, *customers()])


def learn_and_score(data: Path, run: str, models: str = "logistic") -> None:
    """Write a recipe for a table, check it, run it, score the table and explain one customer."""
    recipe = Path(f"{run}.yaml")
    custpred("new", str(data), "--target", "이탈", "--out", str(recipe))
    changes = ("--set", WORK, "--set", f"models=[{models}]", "--set", "customers.key=고객번호")
    custpred("check", str(recipe), *changes)
    custpred("run", str(recipe), *changes, "--out", run)
    assert Path(run, "report.html").stat().st_size > 10_000
    every_model_works(run, models)
    custpred("predict", run, str(data), "--out", f"{run}-scores.csv")
    scored = list(csv.DictReader(Path(f"{run}-scores.csv").read_text("utf-8-sig").splitlines()))
    assert len(scored) == 300
    assert {row["고객번호"] for row in scored} == {row[0] for row in customers()}
    assert re.search(r"\d", custpred("explain", run, "--key", "고객0007"))


def every_model_works(run: str, models: str) -> None:
    """Check that each family that was asked for is on the board, and that no fit failed."""
    board = json.loads(custpred("leaderboard", run, "--json"))["result"]["models"]
    assert [row for row in board if row["status"] == "failed"] == []
    missing = [name for name in models.split(", ") if not any(row["model"].startswith(name) for row in board)]
    assert missing == [], board


def command_answers() -> None:
    """``--version``, ``--help``, ``list`` and a mistake in an option."""
    assert version("custpred") in custpred("--version")
    assert "predict" in custpred("--help")
    assert "lightgbm" in custpred("list", "models")
    assert "No such option" in custpred("run", "--no-such-option", code=2)
    assert "Missing argument" in custpred("predict", code=2)


def readme_snippet() -> None:
    """The first Python snippet of the README, as written but for its budget."""
    code = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)[1]
    counted = code.replace('cp.run("quickstart")', 'cp.run("quickstart", set={"budget": {"work": 6}})')
    assert counted != code
    Path("snippet.py").write_text(counted, "utf-8")
    done = subprocess.run([sys.executable, "snippet.py"], capture_output=True, text=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "logistic" in done.stdout, done.stdout
    assert Path("churn.html").stat().st_size > 10_000


def demo() -> None:
    """``custpred demo`` needs no file; its last line is the report's path."""
    last = custpred("demo", "--set", WORK, "--out", "demo").splitlines()
    assert any(Path(line).is_file() for line in last if line.endswith("report.html")), last


def korean_utf8() -> None:
    """A UTF-8 table with Korean names and values."""
    write_csv(Path("고객.csv"), "utf-8")
    learn_and_score(Path("고객.csv"), "utf8", "logistic, lightgbm, xgboost, extra_trees")


def korean_cp949() -> None:
    """The same table as Korean Excel saves it; the note says how it was read."""
    write_csv(Path("cp949.csv"), "cp949")
    learn_and_score(Path("cp949.csv"), "cp949")
    assert "cp949" in Path("cp949", "report.json").read_text("utf-8")


def utf16() -> None:
    """The same table in UTF-16, profiled."""
    write_csv(Path("utf16.csv"), "utf-16")
    custpred("profile", "utf16.csv", "--target", "이탈", "--out", "utf16.html")
    assert "서울특별시" in Path("utf16.html").read_text("utf-8")


def excel() -> None:
    """An Excel workbook."""
    from openpyxl import Workbook

    book = Workbook()
    for row in [HEADER, *customers()]:
        book.active.append([int(each) if each.isdigit() else each for each in row])
    book.save("customers.xlsx")
    learn_and_score(Path("customers.xlsx"), "excel")


def databases() -> None:
    """SQLite, DuckDB and Parquet files."""
    import duckdb

    write_csv(Path("table.csv"), "utf-8")
    duckdb.sql("COPY (SELECT * FROM read_csv('table.csv')) TO 'table.parquet'")
    with duckdb.connect("table.duckdb") as base:
        base.execute("CREATE TABLE customers AS SELECT * FROM read_csv('table.csv')")
    with sqlite3.connect("table.sqlite") as base:
        base.execute(f"CREATE TABLE customers ({', '.join(HEADER)})")
        base.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)", customers())
    for name in ("table.parquet", "table.duckdb", "table.sqlite"):
        said = custpred("profile", name, "--target", "이탈", "--out", f"{name}.html")
        assert Path(f"{name}.html").is_file(), said


CHECKS = (command_answers, readme_snippet, demo, korean_utf8, korean_cp949, utf16, excel, databases)


def main() -> int:
    """Run all checks; print a line for each."""
    failed = 0
    for check in CHECKS:
        began = time.perf_counter()
        try:
            with redirect_stdout(io.StringIO()):
                check()
            said = "ok"
        except Exception as error:
            failed += 1
            said = f"FAILED: {type(error).__name__}: {error}"
        print(f"{check.__name__:16} {time.perf_counter() - began:6.1f} s  {said}", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
