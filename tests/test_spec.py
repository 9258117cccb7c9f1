"""Specs: kinds are files, options are fields, everything round-trips."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from custpred.features.base import Feature
from custpred.missing.base import Missing
from custpred.models.base import Model
from custpred.recipe.inspect import families
from custpred.spec import Choices, ManyOf, OneOf, Plugins, Range, Spec

NEEDED = {"given": {"column": "part"}, "group": {"column": "household"}}
"""Options without which a kind cannot be."""
EVERY = [(key, kind) for key, family in families().items() for kind in family.kinds()]
every_kind = pytest.mark.parametrize(("key", "kind"), EVERY, ids=[f"{key}-{kind}" for key, kind in EVERY])


def _made(key: str, kind: str) -> Spec:
    return families()[key].find(kind)(**NEEDED.get(kind, {}))


@st.composite
def options(draw: st.DrawFn, spec: type[Spec]) -> dict[str, Any]:
    """Return values from the search ranges of a kind."""
    found: dict[str, Any] = {}
    for name, mark in spec.space().items():
        if isinstance(mark, Choices):
            found[name] = draw(st.sampled_from(mark.values))
        elif spec.model_fields[name].annotation is int:
            found[name] = draw(st.integers(int(mark.low), int(mark.high)))
        else:
            found[name] = draw(st.floats(mark.low, mark.high))
    return found


@every_kind
def test_every_kind_round_trips(key: str, kind: str) -> None:
    """A kind's plain data, through JSON, parse to the same spec."""
    spec = _made(key, kind)
    assert families()[key].parse(json.loads(json.dumps(spec.dump()))) == spec


@every_kind
def test_every_kind_is_named_after_its_file(key: str, kind: str) -> None:
    """The kind is the file's name, and the summary is a sentence."""
    spec = families()[key].find(kind)
    assert spec.kind() == kind
    assert spec.__module__.rpartition(".")[2] == kind
    assert len(spec.summary()) > 15


@every_kind
def test_every_kind_pickles(key: str, kind: str) -> None:
    """A spec pickles, hashes like an equal one, and is frozen."""
    spec = _made(key, kind)
    again = pickle.loads(pickle.dumps(spec))
    assert again == spec
    assert hash(again) == hash(spec)
    for name in list(type(spec).model_fields)[:1]:
        with pytest.raises(ValidationError):
            setattr(spec, name, None)


@every_kind
def test_every_option_is_described(key: str, kind: str) -> None:
    """Each option has a description, and a default inside its range."""
    spec = families()[key].find(kind)
    silent = [name for name, _, text in spec.options() if not text]
    outside = [n for n, mark in spec.space().items() if spec.model_fields[n].get_default() not in mark]
    assert (silent, outside) == ([], [])


@settings(max_examples=40, derandomize=True, deadline=None)
@given(data=st.data())
def test_searched_options_round_trip(data: st.DataObject) -> None:
    """Any value of a search range round-trips through JSON."""
    key, kind = data.draw(st.sampled_from([each for each in EVERY if families()[each[0]].find(each[1]).space()]))
    spec = _made(key, kind).with_(**data.draw(options(families()[key].find(kind))))
    assert families()[key].parse(json.loads(json.dumps(spec.dump()))) == spec


def test_a_name_is_short_for_a_kind() -> None:
    """``median``, ``{kind: median}`` and the spec itself are the same."""
    spec = Missing.parse("median")
    assert Missing.parse({"kind": "median"}) == spec
    assert Missing.parse(spec) is spec


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("medain", "'medain' is not one of missing. Did you mean 'median'? Known: constant, "),
        ({"indicator": True}, "expected a key 'kind', such as {kind: "),
        (3, "expected a name or a map with the key 'kind', got int"),
        (None, "expected a name or a map with the key 'kind', got NoneType"),
    ],
)
def test_an_unknown_kind_is_explained(value: object, words: str) -> None:
    """The error says what was expected and the nearest kind."""
    with pytest.raises(PydanticCustomError) as caught:
        Missing.parse(value)
    assert str(caught.value).startswith(words)


def test_private_files_and_the_contract_are_no_kinds() -> None:
    """``base`` and files with a leading underscore cannot be used."""
    assert not [kind for kind in Feature.kinds() if kind == "base" or kind.startswith("_")]
    with pytest.raises(PydanticCustomError):
        Feature.parse("_matrix")


def test_changes_are_checked() -> None:
    """``with_`` returns a changed copy and validates the change."""
    spec = Model.parse("lightgbm")
    assert spec.with_(num_leaves=7).num_leaves == 7
    assert spec.num_leaves != 7
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        spec.with_(num_leaves=1)


def test_unknown_options_are_refused() -> None:
    """A misspelled option is an error, never ignored."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        Model.parse({"kind": "lightgbm", "num_leafs": 7})


def test_a_plugin_must_be_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dotted kind is imported only if plug-ins are allowed, and keeps its dotted name."""
    (tmp_path / "shop_models_of_test.py").write_text(
        "from custpred.models.base import Model\n\n\nclass Own(Model):\n    '''Our own learner, for a test.'''\n"
        "    depth: int = 3\n"
    )
    (tmp_path / "shop_of_test").mkdir()
    (tmp_path / "shop_of_test" / "own.py").write_text((tmp_path / "shop_models_of_test.py").read_text())
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PydanticCustomError, match="--plugins"):
        Model.parse("shop_of_test.own")
    assert "shop_of_test" not in sys.modules
    monkeypatch.setattr(Plugins, "allowed", True)
    spec = Model.parse({"kind": "shop_of_test.own", "depth": 5})
    assert spec.dump() == {"kind": "shop_of_test.own", "depth": 5}
    assert Model.parse(spec.dump()) == spec


def test_one_and_many_in_a_field() -> None:
    """A field of one kind accepts ``auto`` if allowed; one of many needs no brackets."""
    one = TypeAdapter(Annotated[Any, OneOf(Missing, auto=True)])
    many = TypeAdapter(Annotated[tuple[Model, ...], ManyOf(Model)])
    assert one.validate_python("auto") == "auto"
    assert one.validate_python("mean").kind() == "mean"
    assert [each.kind() for each in many.validate_python("logistic")] == ["logistic"]
    assert [each.kind() for each in many.validate_python(["logistic", {"kind": "mlp"}])] == ["logistic", "mlp"]
    with pytest.raises(ValidationError):
        many.validate_python("auto")


def test_ranges_contain_their_ends() -> None:
    """Text is never in a range; choices contain their values."""
    assert 1 in Range(1, 3)
    assert 3.0 in Range(1, 3)
    assert 3.01 not in Range(1, 3)
    assert "2" not in Range(1, 3)
    assert "l2" in Choices("l1", "l2")
    assert repr(Range(1, 3, log=True)) == "Range(1, 3, log=True)"
    assert repr(Choices("a")) == "Choices('a',)"


def test_the_space_is_the_marked_fields() -> None:
    """Only marked fields are searched, and the mark stays with its field."""

    class Toy(Missing):
        """A toy."""

        rate: Annotated[float, Field(gt=0, description="Rate."), Range(0.1, 1)] = 0.5
        seed: int = Field(0, description="Seed.")

    assert list(Toy.space()) == ["rate"]
    assert [(name, default) for name, default, _ in Toy.options()][-2:] == [("rate", 0.5), ("seed", 0)]
