"""Build the wheel, install it as the README does in fresh environments, and use it there.

    python tests/bare/legs.py [newest] [lowest]

``newest`` takes what the index has today; ``lowest`` the lowest version that ``pyproject.toml``
declares of each package.  No development package is installed in either.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEGS = ("newest", "lowest")
LARGEST = 600_000_000
MOST = 40


def call(*command: str | Path, **options: object) -> None:
    """Run a command; end this program if it fails."""
    print("$", *map(str, command), flush=True)
    if (code := subprocess.run(command, check=False, **options).returncode) != 0:
        sys.exit(f"bare: this command ended with exit code {code}")


def install_line() -> list[str]:
    """Return the words of the README's own install command for the core."""
    found = re.search(r"^pip install custpred(?=\s|$)", (ROOT / "README.md").read_text("utf-8"), re.M)
    if not found:
        sys.exit("bare: README.md has no line 'pip install custpred'")
    return found[0].split()


def floors() -> str:
    """Return pip constraints that hold each declared dependency to its lowest version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return "\n".join(re.sub(r"^([\w.-]+)(\[[\w,]+\])?>=", r"\1==", each) for each in project["dependencies"])


def build(folder: Path) -> Path:
    """Build the wheel, as ``pip`` builds it for anybody."""
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", folder)
    call(environment(folder / "build"), "-m", "pip", "wheel", *options, ROOT)
    return next(folder.glob("custpred-*.whl"))


def environment(home: Path) -> Path:
    """Make a fresh environment and return its Python."""
    venv.create(home, with_pip=True)
    return home / ("Scripts" if os.name == "nt" else "bin") / "python"


def leg(name: str, wheel: Path, folder: Path) -> None:
    """Install the wheel in a fresh environment and check it from an empty folder."""
    print(f"== bare install, {name} versions, Python {sys.version.split()[0]}", flush=True)
    began = time.perf_counter()
    python = environment(folder / name)
    pip, *words = install_line()
    more: list[str | Path] = []
    if name == "lowest":
        (folder / "floors.txt").write_text(floors() + "\n", "utf-8")
        more = ["--constraint", folder / "floors.txt"]
    options = ["--quiet", "--disable-pip-version-check"]  # a constraint is an option of the command 'install' only
    call(python, "-m", pip, *options, *(wheel if word == "custpred" else word for word in words), *more)
    if name == "newest":
        weigh(folder / name)
    print(f"installed in {time.perf_counter() - began:.0f} s", flush=True)
    empty = folder / f"{name}-work"
    empty.mkdir()
    apart = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "CUSTPRED"))}
    call(python, ROOT / "tests" / "bare" / "check.py", cwd=empty, env=apart)


def weigh(home: Path) -> None:
    """Check how many packages the core install brings, and how large they are."""
    packages = next(home.rglob("site-packages"))
    own = ("pip-", "setuptools-", "custpred-")
    count = sum(not each.name.startswith(own) for each in packages.glob("*.dist-info"))
    size = sum(each.stat().st_size for each in packages.rglob("*") if each.is_file() and each.suffix != ".pyc")
    print(f"{count} packages, {size / 1e6:.0f} MB", flush=True)
    if count > MOST or size > LARGEST:
        sys.exit(f"bare: the core install has {count} packages and {size:,} bytes; at most {MOST} and {LARGEST:,}")


def main(names: Iterable[str], leg: Callable[[str, Path, Path], None]) -> None:
    """Build the wheel once, and run each of the legs with it."""
    with tempfile.TemporaryDirectory(prefix="custpred-bare-") as folder:
        wheel = build(Path(folder) / "wheel")
        for name in names:
            leg(name, wheel, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:] or LEGS, leg)
