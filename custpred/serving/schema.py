"""JSON Schema of requests and responses, made from a model's contract, for the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.serving.limits import MAX_EXPLAINED, MAX_ROWS

if TYPE_CHECKING:
    from custpred.columns.contract import Expected
    from custpred.serving.customers import CustomerReader
    from custpred.serving.scorer import Scorer
    from custpred.storage.plain import JSON
    from custpred.task import Task

TYPES = {"number": ["number", "null"], "code": ["number", "null"], "text": ["string", "null"]}
TYPES |= {"date": ["string", "null"], "category": ["string", "number", "boolean", "null"]}
MAX_LEVELS = 30
"""Maximum listed levels of a column."""


def customer(reader: CustomerReader) -> JSON:
    """Return the schema of a customer: an object with every column that models use."""
    columns = {name: _column(each.column.kind, each.intake.by_name.get(name)) for name, each in reader.columns.items()}
    if reader.amount is not None:
        columns.setdefault(reader.amount, {"type": TYPES["number"], "description": "The value of the customer."})
    if reader.key is not None:
        columns[reader.key] = {"description": "The customer's id, any value, which is returned unchanged."}
    return {"type": "object", "properties": columns, "required": reader.required, "additionalProperties": True}


def _column(kind: str, expected: Expected | None) -> JSON:
    made: JSON = {"type": TYPES[kind]}
    if kind == "date":
        made["format"] = "date"
    if expected is None:
        return made
    sentences = [f"Missing in {expected.missing:.1%} of the training customers."]
    if expected.low is not None and expected.high is not None:
        sentences.insert(0, f"In training {expected.low:g} to {expected.high:g}.")
    if expected.levels:
        more = ", ..." if len(expected.levels) > MAX_LEVELS else ""
        sentences.insert(0, f"In training {', '.join(expected.levels[:MAX_LEVELS])}{more}.")
    return {**made, "description": " ".join(sentences)}


def request(reader: CustomerReader, most: int = MAX_ROWS) -> JSON:
    """Return the schema of a request's body."""
    rows = {"type": "array", "items": customer(reader), "minItems": 1, "maxItems": most}
    return _object({"customers": rows})


def explain_request(reader: CustomerReader) -> JSON:
    """Return the schema of the body of a request for reasons."""
    made = request(reader, MAX_EXPLAINED)
    top = {"type": "integer", "minimum": 0, "maximum": 1000, "description": "Reasons listed one by one; 0: all."}
    return {**made, "properties": {**made["properties"], "top": top}}


def prediction(scorer: Scorer) -> JSON:
    """Return the schema of one row of scores, with the names of a scored file."""
    task = scorer.predictor.task
    share = {"type": "number", "minimum": 0, "maximum": 1}
    made: JSON = {f"probability of {label}": share for label in task.labels}
    if task.kind != "multiclass":
        made["rank"] = {"type": "integer", "minimum": 1}
    if task.kind == "regression":
        made["prediction"] = {"type": "number"}
    return {"type": "object", "properties": made, "additionalProperties": True}


def predicted(scorer: Scorer) -> JSON:
    """Return the schema of a response with scores."""
    note: JSON = {name: {"type": "string"} for name in ("code", "severity", "text")}
    note |= {"column": {"type": ["string", "null"]}, "numbers": {"type": "object"}}
    notes = {"type": "array", "items": _object(note)}
    rows = {"type": "array", "items": prediction(scorer)}
    return _object({"predictions": rows, "notes": notes})


def explained(task: Task) -> JSON:
    """Return the schema of a response with reasons."""
    part = {"column": {"type": "string"}, "value": {}, "part": {"type": "number"}}
    made: JSON = {name: {"type": "number"} for name in ("start", "answer", "rest")}
    made |= {"parts": {"type": "array", "items": {"type": "object", "properties": part}}, "unit": {"type": "string"}}
    if task.labels:
        made["label"] = {"type": "string", "enum": list(task.labels)}
    one = {"type": "object", "properties": made, "required": ["start", "answer", "parts", "rest"]}
    rows = {"type": "array", "items": one}
    return _object({"explanations": rows})


def fault() -> JSON:
    """Return the schema of an error response."""
    made = {name: {"type": ["string", "null"]} for name in ("place", "column", "found", "remedy")}
    own = {"code": {"type": "string", "pattern": "^CP[0-9]{4}$"}, "message": {"type": "string"}, **made}
    return _object({"error": _object(own)})


def _object(properties: JSON) -> JSON:
    return {"type": "object", "properties": properties, "required": list(properties)}
