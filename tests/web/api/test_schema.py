"""What the API says of itself holds for whatever is sent to it."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from typer.testing import CliRunner

from monitor.cli.commands import app
from tests.web.world import World
from web.app import create_app
from web.metrics import Metrics

HERE = {"host": "127.0.0.1"}
#: That a request is well-formed does not oblige the server to do it (nobody may be named who acts);
#: and it may be read more kindly than described (an instant as seconds since 1970).
LEFT_OUT = [positive_data_acceptance, negative_data_rejection]
#: Things that there are, for requests that get beyond "there is no such thing".
KNOWN = {
    "policy": "loom", "number": 1, "change": "loom@1-2", "subject": "loom@1-2", "delivery": 1,
}  # fmt: skip


@pytest.fixture
def schema(world: World) -> Any:
    """The description that a running application serves."""
    served = create_app(world.backend, lambda: {"ok": True}, Metrics(world.store.counts))
    return schemathesis.openapi.from_asgi("/api/openapi.json", served, headers=HERE)


def ask(operation: Any, examples: int) -> list[tuple[int, str]]:
    """Send generated requests of one operation, valid ones and others; what was answered.

    An answer that was not described (a status, a type, a body's shape), or a server's error,
    raises.
    """
    answered = []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @hypothesis.settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(
            case=operation.as_strategy(generation_mode=mode), known=hypothesis.strategies.booleans()
        )
        def send(case: Any, known: bool) -> None:
            if known:
                case.path_parameters.update({k: KNOWN[k] for k in case.path_parameters})
            answer = case.call_and_validate(headers=HERE, excluded_checks=LEFT_OUT)
            answered.append((answer.status_code, operation.label))

        with contextlib.suppress(Unsatisfiable):  # without parameters nothing can be wrong
            send()
    return answered


def operations(schema: Any) -> list[Any]:
    return [found.ok() for found in schema.get_all_operations()]


def test_whatever_is_sent_gets_an_answer_that_was_described(schema: Any) -> None:
    answered = [one for operation in operations(schema) for one in ask(operation, 6)]
    assert {200, 404, 422} <= {status for status, _ in answered}
    assert max(status for status, _ in answered) < 500


@pytest.mark.campaign
def test_thousands_of_requests_get_answers_that_were_described(schema: Any) -> None:
    answered = [one for operation in operations(schema) for one in ask(operation, 300)]
    assert len(answered) > 5000
    assert max(status for status, _ in answered) < 500


def test_every_operation_says_what_it_does_and_how_it_refuses(schema: Any) -> None:
    described = schema.raw_schema
    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        assert path.startswith("/api/v1/")
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            refusals = {status for status in operation["responses"] if status >= "400"}
            assert {"401", "403", "404", "421", "422", "503"} <= refusals, (method, path)
            for status in refusals:
                assert list(operation["responses"][status]["content"]) == [
                    "application/problem+json"
                ]


def test_the_printed_description_is_the_one_that_is_served(schema: Any) -> None:
    printed = CliRunner().invoke(app, ["openapi"])
    assert json.loads(printed.stdout) == schema.raw_schema
