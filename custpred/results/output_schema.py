"""The JSON Schema of the output of ``--json``: an envelope, and each command's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.errors import EXIT_BUDGET, EXIT_BUG, EXIT_DONE, EXIT_FAULT, EXIT_INTERRUPT, EXIT_REQUIREMENT
from custpred.results.json_output import SCHEMA

if TYPE_CHECKING:
    from custpred.storage.plain import JSON

_RUN = "name folder report metric score fallback requirements"
RESULTS = {
    "run": _RUN,
    "demo": _RUN,
    "resume": _RUN,
    "new": "path recipe",
    "check": "recipe mistakes",
    "show": "recipe values",
    "migrate": "recipe out changes",
    "plan": "recipe decisions",
    "profile": "report rows columns findings",
    "predict": "out run notes",
    "leaderboard": "metric models",
    "explain": "key start answer parts decision words",
    "gates": "model steps rows",
    "report": "report",
    "list": "",
    "schema": "",
    "sample": "out rows columns",
    "explain-code": "code meaning",
    "dashboard": "address",
    "serve": "address token",
    "compare": "verdict rows out",
    "promote": "registry role",
    "models": "models",
    "monitor": "advice out",
    "retrain": f"{_RUN} promoted comparison",
    "mcp": "",
    "export": "out engine table",
}
"""Keys that are always present in each command's result, in version 1."""


def schema() -> JSON:
    """Return the JSON Schema of a command's output.

    >>> sorted(schema()["properties"])
    ['command', 'custpred', 'errors', 'exit_code', 'result', 'schema', 'warnings']
    """
    text, maybe = {"type": "string"}, {"type": ["string", "null"]}
    error = {"code": text, "message": text, "place": maybe, "key": maybe, "column": maybe, "remedy": maybe, "found": {}}
    ends = [EXIT_DONE, EXIT_BUG, EXIT_FAULT, EXIT_REQUIREMENT, EXIT_BUDGET, EXIT_INTERRUPT]
    properties = {
        "schema": {"const": SCHEMA},
        "custpred": {**text, "description": "The version of custpred that wrote it."},
        "command": {**maybe, "description": "The command; null if it is unknown."},
        "exit_code": {
            "enum": [*ends, None],
            "description": "Exit code of the process; null if it keeps running, as a server does.",
        },
        "result": {"type": ["object", "null"], "description": "The result; null if the command failed."},
        "warnings": {"type": "array", "items": _map({"code": maybe, "message": text})},
        "errors": {"type": "array", "items": _map(error), "description": "Errors, one for each mistake."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_map(properties),
        "allOf": [_of(command, keys.split()) for command, keys in RESULTS.items() if keys],
    }


def _map(properties: JSON) -> JSON:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _of(command: str, keys: list[str]) -> JSON:
    """Return the rule that a command's result has its keys, or is the text of ``--help``."""
    result = {"anyOf": [{"type": "null"}, {"required": keys}, {"required": ["text"]}]}
    return {
        "if": {"properties": {"command": {"const": command}}},
        "then": {"properties": {"result": result}},
    }
