"""Schemathesis sends valid and invalid requests: responses fit the OpenAPI document."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import custpred as cp

schemathesis = pytest.importorskip("schemathesis", reason="Schemathesis is not installed; 'make extras' has it")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def document(telecom: cp.Result) -> Any:
    """Return the document of the telecom run's server, which is called in this process."""
    from custpred.serving.app import application

    served = application(telecom)

    async def at_home(scope: Any, receive: Any, send: Any) -> None:
        """Call the server by a local host name, as others are refused."""
        own = [(name, b"127.0.0.1" if name == b"host" else value) for name, value in scope.get("headers", ())]
        await served({**scope, "headers": own}, receive, send)

    return schemathesis.openapi.from_asgi("/openapi.json", at_home)


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_responses_fit_the_document(document: Any, path: str, mode: str) -> None:
    """No request causes a server error, and invalid customers are refused with a code."""
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    seen: set[int] = set()

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=document[path]["POST"].as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    def check(case: Any) -> None:
        response = case.call()
        seen.add(response.status_code)
        assert response.status_code in {200, 413, 415, 422}
        # Two columns may have one name but for spaces and accents, which no schema can rule out.
        case.validate_response(response, excluded_checks=[positive_data_acceptance])
        if response.status_code == 422:
            error = response.json()["error"]
            assert error["code"].startswith("CP")
            assert error["message"]

    check()
    assert 200 in seen if mode == "positive" else 422 in seen
