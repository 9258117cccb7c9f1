"""The two types of plain data: what JSON files hold, and what fitted steps and models are saved as."""

from __future__ import annotations

from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]
"""A map as JSON holds it: numbers, texts, lists and maps of these, by text keys."""
State: TypeAlias = dict[str, Any]
"""A map that ``storage.files.save_state`` writes: JSON values, and NumPy arrays and bytes beside them."""
