"""The paths of the server: scores, reasons, health, counters, and the OpenAPI document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from custpred import __version__
from custpred.errors import CustpredError, DataError
from custpred.serving import schema
from custpred.serving.access import PATHS, PUBLIC, AccessControl, refusal, respond
from custpred.serving.limits import MAX_BYTES, MAX_EXPLAINED, MAX_ROWS
from custpred.serving.metrics import TYPE, Metrics
from custpred.serving.scorer import MicroBatches, Scored, Scorer
from custpred.text import plain

if TYPE_CHECKING:
    from custpred.results.result import Result
    from custpred.serving.access import Application, Receive, Send
    from custpred.serving.customers import Customer
    from custpred.storage.plain import JSON

PREDICT = "/predict"


class Paths:
    """The handlers of the paths.

    Parameters
    ----------
    result
        The run that is served.

    Raises
    ------
    DataError
        CP2443 if the run's customers are gathered from events.
    """

    def __init__(self, result: Result) -> None:
        predictor, record = result.predictor, result.record
        if predictor.intake.events:
            raise DataError(
                "The customers of this run are gathered from events, which a request does not contain.",
                code="CP2443",
                remedy="Score its events with 'custpred predict'.",
            )
        self.task, self.scorer = predictor.task, Scorer(predictor)
        self.gathering = MicroBatches(self.scorer)
        self.model = {"name": record.name, "run": record.run_id, "version": __version__}
        self.metrics = Metrics(self.model)

    async def predict(self, request: Request) -> Response:
        """Score customers: columns of a scored file without reasons, and notes on differences."""
        customers, _ = _customers(await _json(request), self.scorer, MAX_ROWS)
        one = len(customers) == 1
        scored = await self.gathering.score(customers[0]) if one else self.scorer.together(customers)
        self._count(scored)
        return respond(scored.plain())

    async def explain(self, request: Request) -> Response:
        """Explain the scores of customers, in percentage points that add up."""
        customers, body = _customers(await _json(request), self.scorer, MAX_EXPLAINED)
        top = body.get("top", 8)
        if isinstance(top, float) and top.is_integer():
            top = int(top)  # in JSON 8.0 is the same number
        if isinstance(top, bool) or not isinstance(top, int) or not 0 <= top <= MAX_ROWS:
            raise _unreadable(f"'top' as a whole number from 0 to {MAX_ROWS:,}")
        return respond({"explanations": self.scorer.explained(customers, top)})

    async def health(self) -> Response:
        """Report that the server is ready, and which run it serves."""
        return respond({"status": "ready", **self.model})

    async def counted(self) -> Response:
        """Return counters in Prometheus' text format."""
        return Response(self.metrics.text(), media_type=TYPE)

    async def refuse(self, request: Request, error: Exception) -> Response:
        """Return the response for an invalid request."""
        assert isinstance(error, CustpredError)
        return refusal(error, 413 if error.code == "CP2446" else 422, self.metrics)

    async def unknown(self, request: Request, error: Exception) -> Response:
        """Return the response to a path or method that this server does not have."""
        assert isinstance(error, HTTPException)
        path, method = plain(request.url.path, 60), plain(request.method, 20)
        allowed = (error.headers or {}).get("Allow")
        known = f"Send {allowed}." if allowed else f"It has {', '.join(PATHS)}."
        message = f"{path} does not take {method}." if allowed else f"This server has no path {path!r}."
        refused = DataError(message, code="CP2451", place=path, found=method if allowed else None, remedy=known)
        return refusal(refused, error.status_code, self.metrics, error.headers)

    async def broken(self, request: Request, error: Exception) -> Response:
        """Return the response to a request that met a bug; the server's log has its traceback."""
        message = f"A bug of custpred: {type(error).__name__}."
        refused = CustpredError(message, place=request.url.path, remedy="Please report it with the server's log.")
        return refusal(refused, 500, self.metrics)

    def _count(self, scored: Scored) -> None:
        self.metrics.customers += len(scored.predictions)
        self.metrics.notes.update(note.code for note in scored.notes)
        if self.task.kind == "binary":
            for row in scored.predictions:
                self.metrics.scores.add(row[f"probability of {self.task.positive}"])


class DirectPath:
    """Calls the handler of ``/predict`` without FastAPI, whose routing costs half a model's time.

    The other paths, other methods and the OpenAPI document are left to the application.
    """

    def __init__(self, app: Application, own: Paths) -> None:
        self.app, self.own = app, own

    async def __call__(self, scope: JSON, receive: Receive, send: Send) -> None:
        """Respond to a request."""
        if scope["type"] != "http" or scope["path"] != PREDICT or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self.own.predict(request)
        except CustpredError as error:
            response = await self.own.refuse(request, error)
        except Exception as error:
            await (await self.own.broken(request, error))(scope, receive, send)
            raise  # for the log
        await response(scope, receive, send)


class Documented(FastAPI):
    """An application whose OpenAPI document declares the token, if one is needed."""

    token = ""

    def openapi(self) -> JSON:
        """Return the OpenAPI document."""
        made: JSON = super().openapi()
        if self.token:
            made.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            made["security"] = [{"token": []}]
        return made


def application(result: Result, token: str = "") -> AccessControl:
    """Return the ASGI application that serves a run; errors as for ``Paths``.

    Parameters
    ----------
    token
        Token that requests except ``/health`` must send; empty if only this machine has access.
    """
    own = Paths(result)
    reader, task = own.scorer.reader, own.task
    app = Documented(title=f"custpred: {own.model['name']}", version=own.model["run"], docs_url=None, redoc_url=None)
    app.token = token
    for path, call, wanted, given in (
        (PREDICT, own.predict, schema.request(reader), schema.predicted(own.scorer)),
        ("/explain", own.explain, schema.explain_request(reader), schema.explained(task)),
    ):
        body = {"requestBody": {"required": True, "content": {"application/json": {"schema": wanted}}}}
        app.add_api_route(path, call, methods=["POST"], openapi_extra=body, responses=_responses(given))
    app.add_api_route(PUBLIC, own.health)
    app.add_api_route("/metrics", own.counted, response_class=Response)
    for path, get in (PUBLIC, own.health), ("/metrics", own.counted):
        app.add_api_route(path, get, methods=["HEAD"], include_in_schema=False)  # some load balancers send it
    for fault, answer in (CustpredError, own.refuse), (HTTPException, own.unknown), (Exception, own.broken):
        app.add_exception_handler(fault, answer)
    return AccessControl(DirectPath(app, own), own.metrics, token)


def _responses(given: JSON) -> dict[int | str, JSON]:
    """Return the responses of a path for the OpenAPI document."""
    refused = {"content": {"application/json": {"schema": schema.fault()}}}
    return {
        200: {"description": "Done.", "content": {"application/json": {"schema": given}}},
        413: {"description": "The request is too large.", **refused},
        422: {"description": "A customer or the request is invalid; the message says where.", **refused},
    }


async def _json(request: Request) -> object:
    """Return the body of a request.

    Raises
    ------
    DataError
        CP2446 if it is too large, CP2441 if it is not JSON, or the client left before its end.
    """
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MAX_BYTES:
                raise DataError(
                    f"Expected at most {MAX_BYTES:,} bytes in one request.",
                    code="CP2446",
                    remedy="Send fewer customers per request, or score a file with 'custpred predict'.",
                )
            parts.append(part)
    except ClientDisconnect as cause:
        raise _unreadable("a whole body") from cause
    try:
        return _decoded(b"".join(parts).decode("utf-8-sig"))
    except (ValueError, RecursionError) as cause:
        raise _unreadable("JSON in UTF-8") from cause


def _decoded(text: str) -> object:
    """Return the value of a JSON text; half of a surrogate pair is refused, as in the bytes."""
    found = DECODER.decode(text)
    if "\\ud" in text or "\\uD" in text:
        json.dumps(found, ensure_ascii=False).encode()
    return found


def _no_number(word: str) -> None:
    raise ValueError(word)


DECODER = json.JSONDecoder(parse_constant=_no_number)
"""Reads JSON without NaN and infinities; ``json.loads`` would make a decoder for each request."""


def _unreadable(wanted: str, found: str | None = None) -> DataError:
    return DataError(
        f"Expected {wanted}{f', got {found}' if found else ''}.",
        code="CP2441",
        place="body",
        found=found,
        remedy='Send {"customers": [{"column": value, ...}]}; /openapi.json has every column.',
    )


def _customers(body: object, scorer: Scorer, most: int) -> tuple[list[Customer], JSON]:
    """Return the customers of a request, and its body.

    Raises
    ------
    DataError
        CP2441 if there are no customers or too many; otherwise as ``CustomerReader.read``.
    """
    sent = body.get("customers") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(sent, list) or not 1 <= len(sent) <= most:
        found = f"a list of {len(sent):,}" if isinstance(sent, list) else None
        raise _unreadable(f"an object with 'customers', a list of 1 to {most:,}", found)
    return [scorer.reader.read(each, row) for row, each in enumerate(sent)], body
