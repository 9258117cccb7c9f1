"""Expensive results shared by preparations of the same rows, in the run's scratch folder.

A result is stored under a digest of its inputs, so it cannot be used for other rows.  The first
process computes it and the others wait: doing work twice would only slow both down.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.storage.files import load_state, save_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_folder: list[Path] = []


def keep_in(folder: Path) -> None:
    """Set the folder through which results are shared; without it nothing is shared."""
    _folder[:] = [folder]


def shared(make: Callable[[], object], *made_from: str | Iterable[str] | np.ndarray | None) -> Any:
    """Return the result of ``make``, plain data, computed once per run for equal inputs."""
    if not any(each.is_dir() for each in _folder):  # the run has finished and deleted its folder
        return make()
    name, folder = digest(*made_from), _folder[0] / "kept"
    folder.mkdir(exist_ok=True)
    with _alone(folder / f"{name}.lock"):
        if not (folder / f"{name}.json").exists():
            save_state(folder, name, make())
        return load_state(folder, name)


def digest(*made_from: str | Iterable[str] | np.ndarray | None) -> str:
    """Return a digest of texts and arrays."""
    found = hashlib.blake2b(digest_size=16)
    for part in made_from:
        if isinstance(part, np.ndarray):
            whole = f"{part.dtype}{part.shape}".encode() + part.tobytes()
        else:
            whole = repr(part if part is None or isinstance(part, str) else list(part)).encode()
        found.update(len(whole).to_bytes(8, "big") + whole)
    return found.hexdigest()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process; without file locks, work may be done twice."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
