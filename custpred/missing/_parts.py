"""One recipe line can ask for several things; each step does one: these are the steps, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custpred.missing.base import Missing


def parts(spec: Missing) -> tuple[Missing, ...]:
    """Split a strategy into steps that remove training rows and steps that change columns."""
    own = {name: each.halves() for name, each in spec.own().items()}
    first = [remove.with_(of=(name,)) for name, (_, remove) in own.items() if remove is not None]
    if first:
        leave = spec.find("leave")()
        spec = spec.with_(columns={name: change or leave for name, (change, _) in own.items()})
    change, last = spec.halves()
    return (*first, *(each for each in (change, last) if each is not None))
