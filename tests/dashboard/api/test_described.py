"""The description of the interface: whole, and kept by every answer."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from dashboard.accounts.api_tokens import ApiToken
from tests.dashboard.conftest import MACHINE, People


def bearer() -> dict[str, str]:
    text = ApiToken.make(User.objects.get(username="root"), "schemathesis", scope="administer")[1]
    return {"Authorization": f"Bearer {text}", "Host": "127.0.0.1:8000", "Accept-Encoding": "identity"}


def operations(schema: Any) -> list[Any]:
    return [found.ok() for found in schema.get_all_operations()]


def test_every_answer_is_described(people: People) -> None:
    described = people.viewer.get("/api/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            good = [status for status in told["responses"] if status.startswith("2")]
            assert good, f"{method} {path} says nothing of its answer"
            assert "schema" in str(told["responses"][good[0]]) or good == ["204"], f"{method} {path}"


def test_a_token_opens_the_description_and_a_wrong_one_does_not(people: People) -> None:
    assert people.nobody.get("/api/openapi.json", headers=bearer()).status_code == 200
    wrong = people.nobody.get("/api/openapi.json", headers={"Authorization": "Bearer isoscope_x"})
    assert wrong.status_code == 401


def test_no_request_ends_in_a_fault_or_in_an_answer_that_is_not_described(people: People) -> None:
    headers = bearer()
    described = people.viewer.get("/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    schema.app = get_wsgi_application()
    for operation in operations(schema):
        examples = 4 if "picture" in operation.path else 10

        @settings(max_examples=examples, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), known=st.booleans() | st.just(True))
        def holds(case: Any, known: bool) -> None:
            if known and "machine_id" in (case.path_parameters or {}):
                case.path_parameters["machine_id"] = MACHINE
            answer = case.call(headers=headers)
            assert answer.status_code < 500 or answer.status_code == 503, f"{case.as_curl_command()}"
            case.validate_response(answer, checks=[status_code_conformance, response_schema_conformance])

        holds()


@pytest.mark.parametrize("path", ["/api/"])
def test_the_page_lists_every_request(people: People, path: str) -> None:
    page = people.viewer.get(path).content.decode()
    for described in people.viewer.get("/api/openapi.json").json()["paths"]:
        assert f"<code>{described}</code>" in page
