"""Mutation testing: change one place of the code at a time, and see whether a test fails.

Each mutant is one change of a comparison, a condition, a number or an operator in one file.  It is
written into a copy of the package, and the tests of that file run with ``-x`` in a forked process
that has loaded the libraries.  A mutant that no test notices survives: it shows a line whose
meaning is not tested.  After DeMillo, Lipton and Sayward (1978), Hints on test data selection, IEEE
Computer 11.

    python benchmarks/mutate.py --only custpred/policy.py --sample 40
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
TESTS = {
    "custpred/budget.py": "tests/test_budget.py",
    "custpred/policy.py": "tests/test_policy.py",
    "custpred/calibrate": "tests/calibrate tests/contract/test_calibrate.py",
    "custpred/columns/contract.py": "tests/columns",
    "custpred/columns/drift.py": "tests/columns",
    "custpred/ensemble": "tests/ensemble tests/contract/test_ensemble.py",
    "custpred/evaluate": "tests/evaluate tests/contract/test_evaluate.py",
    "custpred/events": "tests/events",
    "custpred/explain": "tests/explain",
    "custpred/features": "tests/features tests/contract/test_features.py",
    "custpred/features/_dates.py": "tests/features/test_features_dates.py",
    "custpred/features/_means.py": "tests/features/test_features_target_mean.py",
    "custpred/features/_ratio_search.py": "tests/features/test_features_numbers.py",
    "custpred/features/_segments.py": "tests/features/test_features_events.py",
    "custpred/features/leading_numbers.py": "tests/features/test_features_leading_numbers.py",
    "custpred/features/prefixes.py": "tests/features/test_features_prefixes.py",
    "custpred/features/rfm.py": "tests/features/test_features_events.py tests/events/test_events_gather.py",
    "custpred/features/tiers.py": "tests/features/test_features_numbers.py",
    "custpred/features/windows.py": "tests/features/test_features_events.py tests/events/test_events_gather.py",
    "custpred/inference/action_list.py": "tests/inference/test_action_list.py",
    "custpred/inference/at_cutoff.py": "tests/inference/test_at_cutoff.py",
    "custpred/inference/labelled.py": "tests/inference/test_labelled_events.py tests/results/test_evaluation.py",
    "custpred/inference/model_folder.py": "tests/inference/test_model_folder.py",
    "custpred/inference/scored.py": "tests/inference/test_scored.py tests/inference/test_action_list.py",
    "custpred/inference/sql_decision.py": "tests/inference/test_sql_export.py tests/inference/test_sql_statement.py",
    "custpred/metrics": "tests/metrics tests/contract/test_metrics.py",
    "custpred/missing": "tests/missing tests/contract/test_missing_outliers.py",
    "custpred/metrics/_threshold.py": "tests/test_policy.py",
    "custpred/monitoring": "tests/monitoring",
    "custpred/outliers": "tests/outliers tests/contract/test_missing_outliers.py",
    "custpred/recipe/inspect.py": "tests/recipe/test_inspect.py tests/recipe/test_reference.py",
    "custpred/split": "tests/split tests/contract/test_split.py",
    "custpred/split/_count.py": "tests/split/test_split_count.py tests/split tests/training/test_plan.py",
    "custpred/sql": "tests/inference/test_sql_statement.py tests/inference/test_sql_export.py",
    "custpred/training/blend.py": "tests/training/test_blend.py tests/inference/test_latency.py",
    "custpred/training/plan.py": "tests/training/test_plan.py",
    "custpred/training/_figures/requirements.py": "tests/training/test_requirements.py",
    "custpred/training/run.py": "tests/training/test_run.py tests/training/test_row_limit.py",
}
"""The tests of each file, or of all files in a folder that have no entry of their own."""
SWAPS: dict[type, type] = {
    ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


def _skipped(node: ast.AST) -> bool:
    """Return whether a node is not behaviour: types, type imports, descriptions, ``strict``."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return True
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"Field", "Range", "Choices"}


def _sites(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that can be changed, in the order of the file."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _skipped(child):
                if _changed(child) is not None:
                    yield child
                yield from _sites(child)


def _changed(node: ast.AST) -> ast.AST | None:
    """Return a node with another meaning; None if it cannot be changed."""
    new: ast.AST | None = None
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        new = ast.Compare(node.left, [SWAPS[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.BoolOp):
        new = ast.BoolOp(SWAPS[type(node.op)](), node.values)
    elif isinstance(node, ast.BinOp) and type(node.op) in SWAPS and not _is_text(node):
        new = ast.BinOp(node.left, SWAPS[type(node.op)](), node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        new = node.operand
    elif isinstance(node, ast.IfExp):
        new = ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        new = ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)
    return new


def _is_text(node: ast.BinOp) -> bool:
    """Return whether an operator joins text, whose wording tests need not check."""
    constants = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return any(isinstance(value, str) for value in constants)


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, what is changed, and the changed source of each mutant."""
    count = sum(1 for _ in _sites(ast.parse(source)))
    for number in range(count):
        tree = copy.deepcopy(ast.parse(source))
        site = list(_sites(tree))[number]
        new = _changed(site)
        assert isinstance(site, ast.expr)
        assert new is not None  # it is a site because it can be changed
        change = f"{ast.unparse(site)[:70]}  ->  {ast.unparse(new)[:70]}"
        line = site.lineno
        for parent in ast.walk(tree):
            for name, value in ast.iter_fields(parent):
                if value is site:
                    setattr(parent, name, new)
                elif isinstance(value, list):
                    value[:] = [new if each is site else each for each in value]
        yield line, change, ast.unparse(ast.fix_missing_locations(tree))


def tests_of(name: str) -> str:
    """Return the tests of a file: its own, or those of its folder."""
    return TESTS.get(name) or TESTS[str(Path(name).parent)]


def _files() -> list[str]:
    """Return all files that have tests here."""
    places = [ROOT / place for place in TESTS]
    found = {each for place in places for each in (place.glob("[!.]*.py") if place.is_dir() else [place])}
    return sorted(each.relative_to(ROOT).as_posix() for each in found if each.name != "__init__.py")


def passes(home: Path, tests: str, seconds: float) -> bool:
    """Return whether the tests pass on the copy of the package; if too slow, they fail."""
    child = os.fork()
    if not child:
        os.setsid()
        out = os.open(os.devnull, os.O_WRONLY)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.chdir(ROOT)
        sys.path.insert(0, str(home))
        os.environ.update(PYTHONPATH=str(home), PYTHONDONTWRITEBYTECODE="1")
        sys.dont_write_bytecode = True
        import pytest

        options = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
        os._exit(int(pytest.main([*options, *tests.split()])))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def main() -> None:
    """Run mutants of some files, print survivors and the share that was killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], help="files; all where left out")
    parser.add_argument("--sample", type=int, default=0, help="random mutants per file; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for heavy in ("numpy", "pandas", "sklearn.linear_model", "scipy.stats", "pytest", "lightgbm"):
        __import__(heavy)
    killed = total = 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "custpred", home / "custpred", ignore=shutil.ignore_patterns("__pycache__"))
        for name in given.only or _files():
            source = (home / name).read_text("utf-8")
            began = time.monotonic()
            if not passes(home, tests_of(name), 300):
                print(f"{name}: {tests_of(name)} fails without any change", flush=True)
                continue
            usual, own = time.monotonic() - began, list(mutants(source))
            if given.sample and len(own) > given.sample:
                own = sorted(random.Random(given.seed).sample(own, given.sample))
            survivors = []
            for line, change, text in own:
                (home / name).write_text(text, "utf-8")
                if passes(home, tests_of(name), 10 + 3 * usual):
                    survivors.append(f"  {name}:{line}  {change}")
                    print(survivors[-1], flush=True)
            (home / name).write_text(source, "utf-8")
            killed, total = killed + len(own) - len(survivors), total + len(own)
            print(f"{name}: {len(own) - len(survivors)} of {len(own)} killed", flush=True)
    print(f"{killed} of {total} mutants killed, {killed / max(1, total):.0%}")


if __name__ == "__main__":
    main()
