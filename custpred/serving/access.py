"""Access control: requests need the token, or this machine's host name; all are counted."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi import Response

from custpred.errors import CustpredError, DataError
from custpred.serving.hosts import LOOPBACK
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from custpred.serving.metrics import Metrics
    from custpred.storage.plain import JSON

    Receive = Callable[[], Awaitable[JSON]]
    Send = Callable[[JSON], Awaitable[None]]
    Application = Callable[[JSON, Receive, Send], Awaitable[None]]

PATHS = ("/predict", "/explain", "/health", "/metrics", "/openapi.json")
PUBLIC = "/health"
"""Paths that need no token: whether the server is up."""


class AccessControl:
    """Accepts requests with the token, or with this machine's own host name; counts all requests.

    Otherwise a page of another site could reach a server on this machine through a host name that
    resolves to it (DNS rebinding).
    """

    def __init__(self, app: Application, metrics: Metrics, token: str) -> None:
        self.app, self.metrics, self.token = app, metrics, token.encode()

    async def __call__(self, scope: JSON, receive: Receive, send: Send) -> None:
        """Respond to a request, and count it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: JSON) -> None:
            nonlocal status
            status = message.get("status", status)
            with suppress(RuntimeError):  # uvloop raises this if the client has disconnected
                await send(message)

        try:
            refused = self._refused(scope)
            await (refused or self.app)(scope, receive, noted)
        finally:
            path = scope["path"] if scope["path"] in PATHS else "other"
            self.metrics.served(path, status, time.perf_counter() - began)

    def _refused(self, scope: JSON) -> Response | None:
        headers = dict(scope["headers"])
        if self.token:
            given = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
            if scope["path"] == PUBLIC or secrets.compare_digest(given, self.token):
                return None
            error = DataError(
                "Expected the token that the server printed when it started.",
                code="CP2444",
                remedy="Send it as the header 'Authorization: Bearer TOKEN'.",
            )
            return refusal(error, 401, self.metrics, {"WWW-Authenticate": "Bearer"})
        host = headers.get(b"host", b"").decode("latin-1")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        if name.strip("[]") in LOOPBACK:
            return None
        error = DataError(
            f"This server accepts only local host names, not {plain(host, 60)!r}.",
            code="CP2445",
            remedy="Call it as http://127.0.0.1, or start it with --host for other machines.",
        )
        return refusal(error, 403, self.metrics)


def respond(content: JSON, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response."""
    return Response(json.dumps(content, ensure_ascii=False), status, headers, "application/json")


def refusal(error: CustpredError, status: int, metrics: Metrics, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response with an error, and count it."""
    metrics.refused[error.code] += 1
    names = ("code", "message", "place", "column", "found", "remedy")
    return respond({"error": {name: getattr(error, name) for name in names}}, status, headers)
