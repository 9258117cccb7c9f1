"""A spec is validated, frozen configuration that builds a plain object.

Every value of a recipe key is one file with one subclass of the folder's spec.  The folder is the
registry: ``kinds()`` lists its files, ``find()`` imports one.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from custpred.errors import CustpredWarning, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.errors import MissingDependency
    from custpred.storage.plain import JSON
    from custpred.task import Setting, Suited


class Range:
    """Search range of a number; whole numbers where the field is an ``int``.

    Parameters
    ----------
    low, high
        Both ends are included.
    log
        Search in the logarithm, for step sizes and penalties.

    >>> 0.05 in Range(0.01, 0.2, log=True), 0.5 in Range(0.01, 0.2)
    (True, False)
    """

    def __init__(self, low: float, high: float, *, log: bool = False) -> None:
        self.low, self.high, self.log = low, high, log

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __repr__(self) -> str:
        return f"Range({self.low}, {self.high}, log={self.log})"


class Choices:
    """Search range of a categorical option.

    >>> "l1" in Choices("l1", "l2"), "l3" in Choices("l1", "l2")
    (True, False)
    """

    def __init__(self, *values: object) -> None:
        self.values = values

    def __contains__(self, value: object) -> bool:
        return value in self.values

    def __repr__(self) -> str:
        return f"Choices{self.values!r}"


Auto = Literal["auto"]
LIBRARIES: set[str] = set()
"""The libraries (``Spec.modules``) of all kinds imported so far."""


class Plugins:
    """Whether ``kind: shop.survival`` may import a user-defined module; off by default."""

    allowed: ClassVar[bool] = False

    @classmethod
    @contextmanager
    def may(cls, allowed: bool) -> Iterator[None]:
        """Allow plugins inside a ``with`` block; nested blocks never revoke an outer permission."""
        before, cls.allowed = cls.allowed, allowed or cls.allowed
        try:
            yield
        finally:
            cls.allowed = before


class Spec(BaseModel):
    """Validated, frozen options of one kind; subclasses add fields and ``build``.

    >>> from custpred.missing.base import Missing
    >>> spec = Missing.parse({"kind": "median", "indicator": True})
    >>> spec.kind(), spec.dump()
    ('median', {'kind': 'median', 'indicator': True})
    >>> spec.with_(indicator=False) == Missing.parse("median")
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    packages: ClassVar[tuple[str, ...]] = ()
    """Distributions whose versions a run records, besides those that custpred always uses."""
    modules: ClassVar[tuple[str, ...]] = ()
    """Libraries that it imports when it works: workers load them before the first job."""
    shorthand: ClassVar[tuple[str, ...]] = ()
    """Of a folder's contract: options that say the kind, so that ``kind`` can be left out."""
    synonyms: ClassVar[tuple[str, ...]] = ()
    """Names of other packages for the kind, which messages translate."""
    renamed: ClassVar[dict[str, str]] = {}
    """Current names by earlier ones, which are read with a note; used by ``custpred migrate``."""

    @classmethod
    def kind(cls) -> str:
        """Return the name that recipes use: the file's name, or the dotted module of a plugin."""
        package, _, name = cls.__module__.rpartition(".")
        return name if package == cls._folder() else cls.__module__

    def unavailable(self) -> MissingDependency | None:
        """Return the missing package that this kind needs, without importing it, or None."""
        return None

    @classmethod
    def family(cls) -> type[Spec]:
        """Return the folder's contract class, which ``base.py`` defines."""
        return next(each for each in cls.__mro__ if each.__module__.endswith(".base") and issubclass(each, Spec))

    @classmethod
    def _folder(cls) -> str:
        return cls.family().__module__.rpartition(".")[0]

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """List the folder's files: every value that the recipe key may take."""
        return _files(cls._folder())

    @classmethod
    def known(cls, kind: str) -> type[Self] | None:
        """Return the class of a kind of the folder; None for other names, such as a plugin's."""
        return cls.find(kind) if kind in cls.kinds() else None

    @classmethod
    def every(cls) -> tuple[type[Self], ...]:
        """Import all kinds of the folder: small files, whose libraries are imported later."""
        return tuple(map(cls.find, cls.kinds()))

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return why ``auto`` should include this kind for these customers; None: only by name.

        Asked of models, features and metrics; decided by names, kinds and counts, without imports.
        """
        return None

    @classmethod
    def find(cls, kind: str) -> type[Self]:
        """Import the spec of one kind.

        Raises
        ------
        PydanticCustomError
            For an unknown kind, with the nearest known name.
        """
        if "." in kind and Plugins.allowed:
            module = import_module(kind)
        elif kind in cls.kinds():
            module = import_module(f"{cls._folder()}.{kind}")
        else:
            known, what = ", ".join(cls.kinds()), cls._folder().rpartition(".")[2]
            text = f"{kind!r} is not one of {what}.{cls._hint(kind)} Known: {known}."
            raise PydanticCustomError("unknown_kind", "{text}", {"text": text})
        family = cls.family()
        own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
        return cast("type[Self]", next(each for each in own if issubclass(each, family)))

    @classmethod
    def _hint(cls, kind: str) -> str:
        """Return what to write instead of an unknown kind: a sentence after a blank, or nothing."""
        own = " A dotted kind is your own module: allow it with --plugins (plugins=True in Python)."
        meant = next((each.kind() for each in cls.every() if kind.casefold().replace("-", "_") in each.synonyms), kind)
        return own if "." in kind else did_you_mean(meant, cls.kinds())

    @classmethod
    def parse(cls, value: object) -> Self:
        """Make a spec from ``"median"``, ``{"kind": "median", ...}`` or a spec."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.find(value)()
        if isinstance(value, dict):
            options = dict(value)
            kind = options.pop("kind", None) or cls._kind_of(options)
            if kind is None:
                text = f"expected a key 'kind', such as {{kind: {cls.kinds()[0]}}}"
                raise PydanticCustomError("no_kind", "{text}", {"text": text})
            return cls.find(str(kind))._read(options)
        text = f"expected a name or a map with the key 'kind', got {type(value).__name__}"
        raise PydanticCustomError("not_a_spec", "{text}", {"text": text})

    @classmethod
    def _kind_of(cls, options: JSON) -> str | None:
        """Guess the kind of a map without one; folders with a shorthand say how."""
        return None

    @classmethod
    def _read(cls, options: JSON) -> Self:
        for old, new in cls.renamed.items():
            if old in options and new not in options:
                key = f"{cls._folder().rpartition('.')[2]}.{old}"
                text = f"{key} is now called {new}; the old name is still read, and 'custpred migrate' replaces it."
                warnings.warn(text, CustpredWarning, stacklevel=2)
                options[new] = options.pop(old)
        return cls.model_validate(options)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        LIBRARIES.update(cls.modules)

    def __hash__(self) -> int:
        return hash((type(self), self.model_dump_json()))  # options may hold lists and maps

    def dump(self) -> JSON:
        """Return plain data that ``parse`` reads back: the kind and what is not default."""
        return {"kind": self.kind(), **self.model_dump(mode="json", exclude_defaults=True, by_alias=True)}

    def with_(self, **changes: object) -> Self:
        """Return a checked copy with some options changed."""
        return type(self).model_validate({**self.model_dump(), **changes})

    @classmethod
    def space(cls) -> dict[str, Range | Choices]:
        """Return the search range of every option that has one."""
        fields = cls.model_fields.items()
        return {name: mark for name, field in fields for mark in field.metadata if isinstance(mark, Range | Choices)}

    @classmethod
    def options(cls) -> Iterator[tuple[str, Any, str]]:
        """Yield each option's name, default and description."""
        for name, field in cls.model_fields.items():
            yield field.alias or name, field.get_default(call_default_factory=True), field.description or ""

    @classmethod
    def summary(cls) -> str:
        """Return the first sentence of the docstring, for lists and the generated documentation."""
        return (cls.__doc__ or "").strip().partition("\n")[0]


@cache
def _files(folder: str) -> tuple[str, ...]:
    files = iter_modules(sys.modules[folder].__path__)
    return tuple(sorted(m.name for m in files if m.name != "base" and not m.name.startswith("_")))


class OneOf:
    """Mark a field of any kind: ``Annotated[Missing | Auto, OneOf(Missing, auto=True)]``."""

    def __init__(self, family: type[Spec], *, auto: bool = False, none: bool = False) -> None:
        self.family, self.auto, self.none = family, auto, none

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._validate, serialization=core_schema.plain_serializer_function_ser_schema(_dump)
        )

    def _validate(self, value: object) -> Spec | str | None:
        if self.none and value is None:
            return None
        return "auto" if self.auto and value == "auto" else self.family.parse(value)

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JSON:
        """Return a mark that ``custpred.recipe.inspect.schema`` resolves: kinds may nest."""
        return {
            "x-kinds": self.family.__module__.split(".")[-2],
            "x-auto": self.auto,
            "x-many": isinstance(self, ManyOf),
        }


class ManyOf(OneOf):
    """Mark a field that takes a list of kinds of a folder; one alone needs no brackets."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        shown = core_schema.plain_serializer_function_ser_schema(_dump)
        each = core_schema.no_info_plain_validator_function(self.family.parse, serialization=shown)
        return core_schema.no_info_wrap_validator_function(
            self._several, core_schema.tuple_variable_schema(each), serialization=shown
        )

    def _several(self, value: Any, handler: Any) -> Any:
        own = value if isinstance(value, list | tuple) else [value]
        return value if self.auto and value == "auto" else handler(own)


def _dump(value: Any) -> Any:
    if isinstance(value, Spec):
        return value.dump()
    return value if isinstance(value, str | None) else [_dump(each) for each in value]
