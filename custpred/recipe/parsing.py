"""From the text of a recipe to plain data with positions: strict YAML 1.2 without references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from custpred.errors import RecipeError
from custpred.text import plain

if TYPE_CHECKING:
    from custpred.storage.plain import JSON

DEEPEST = 40
"""Maximum nesting of a recipe; more is a mistake or an attack."""

Place = tuple[str | int, ...]


def parsed(text: str, name: str) -> tuple[JSON, dict[Place, str]]:
    """Return the plain data of a text, and the position of each key; raises as ``written``."""
    yaml = YAML(typ="rt", pure=True)
    try:
        _refuse(yaml, text, name)
        tree = yaml.load(text)
    except RecipeError:
        raise
    except DuplicateKeyError as error:
        mark: Any = error.problem_mark
        what = str(error.problem).partition(" with value")[0]
        raise RecipeError([f"{name}:{mark.line + 1}:{mark.column + 1} CP1102 {what}. Keep one of them."]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        what = str(error.problem or error.context)
        remedy = " Indent with blanks, not with tabs." if r"'\t'" in what else ""
        raise RecipeError([f"{where} CP1101 this is not YAML: {what}.{remedy}"]) from None
    except ValueError:
        raise RecipeError([_unreadable(text, name)]) from None
    except (YAMLError, RecursionError) as error:
        raise RecipeError([f"{name} CP1101 this is not YAML: {plain(str(error).splitlines()[0])}."]) from None
    if not isinstance(tree, dict):
        raise RecipeError([f"{name}:1:1 CP1101 expected a map of keys such as 'customers' and 'target'."])
    places: dict[Place, str] = {}
    return _plain(tree, (), places, name), places


def _unreadable(text: str, name: str) -> str:
    """Return the message about the first value that looks like a date or number but is none."""
    for event in YAML(typ="rt", pure=True).parse(text):
        value, mark = getattr(event, "value", None), event.start_mark
        try:
            if value is not None and event.style is None:
                YAML(typ="rt", pure=True).load(value)
        except YAMLError:  # such as "a: b" in a key of several lines
            continue
        except ValueError as error:
            why = str(error).partition(";")[0]
            return f"{name}:{mark.line + 1}:{mark.column + 1} CP1101 {plain(value, 60)} cannot be read: {why}."
    return f"{name} CP1101 a value cannot be read."


def _refuse(yaml: YAML, text: str, name: str) -> None:
    """Refuse aliases, anchors, merges, tags and excessive nesting before anything is built."""
    depth = 0
    for event in yaml.parse(text):
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        tagged = getattr(event, "tag", None) or getattr(event, "ctag", None)
        merged = getattr(event, "value", None) == "<<" and event.style is None
        if kind == "AliasEvent" or getattr(event, "anchor", None) or merged or (tagged and str(tagged) != "None"):
            where = f"{name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
            raise RecipeError([f"{where} CP1109 aliases, anchors, merges and tags are not allowed. Write them out."])
        if depth > DEEPEST:
            raise RecipeError([f"{name}:{event.start_mark.line + 1}:1 CP1109 the recipe is nested too deeply."])


def _plain(tree: object, path: Place, places: dict[Place, str], name: str) -> Any:
    """Return plain data, and record the position of each key and item."""
    if isinstance(tree, CommentedMap):
        return {str(k): _plain(v, _noted(tree, k, path, places, name), places, name) for k, v in tree.items()}
    if isinstance(tree, CommentedSeq):
        return [_plain(v, _noted(tree, i, path, places, name), places, name) for i, v in enumerate(tree)]
    if isinstance(tree, bool) or tree is None:
        return tree
    kind: type = next((kind for kind in (int, float) if isinstance(tree, kind)), str)
    return kind(tree)


def _noted(
    tree: CommentedMap | CommentedSeq, key: str | int, path: Place, places: dict[Place, str], name: str
) -> Place:
    listed, mark = isinstance(tree, list), tree.lc
    line, column = mark.item(key) if listed else mark.key(key)
    here = (*path, key if listed else str(key))
    places[here] = f"{name}:{line + 1}:{column + 1}"
    return here
