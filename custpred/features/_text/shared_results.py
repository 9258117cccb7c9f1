"""Costly results that several preparations of the same rows share, kept in the run's scratch folder.

A result is filed under a digest of all that it was made from, so that no preparation gets one of other rows.  Whoever
asks first makes it, and the others wait: two workers that do the same work at once would only be in each other's way.
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
    """Share results through a folder from now on; nothing is kept before."""
    _folder[:] = [folder]


def kept(make: Callable[[], Any], *made_from: str | Iterable[str] | np.ndarray | None) -> Any:
    """Return what ``make`` gives, plain data, made once in a run for all that ask for the same."""
    if not any(each.is_dir() for each in _folder):  # a run that is over has taken its folder along
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
    """Hold a lock that ends with the process; where the system has none, two may make the same."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
