"""Errors as problem details."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from litestar.exceptions import MethodNotAllowedException

from xrm_core.api import problems
from xrm_core.errors import InvalidRecord, NotFound, PluginError, Problem, SignInNeeded, VersionConflict, Where
from xrm_core.storage.faults import DriverFault, Fault, Kind


def body(answer: Any) -> dict[str, Any]:
    """The body of a response."""
    return dict(json.loads(answer.content))


def test_each_fault_has_an_entry() -> None:
    """Field, message, code and way out; places in files do not travel."""
    fault = InvalidRecord(
        "no", code="invalid_record", problems=(Problem("a", "x", "f", Where("/etc/a.yaml", 3), "do b"), Problem("c"))
    )
    answer = problems.of_error(fault)
    assert (answer.status_code, answer.media_type) == (422, "application/problem+json")
    assert body(answer)["errors"] == [
        {"field": "f", "message": "a", "code": "x", "hint": "do b"},
        {"message": "c", "code": "invalid"},
    ]
    assert body(answer)["type"] == "urn:xrm:problem:invalid_record"


def test_statuses_and_headers() -> None:
    """401 says how to sign in, 503 when to come back, 412 what is stored."""
    assert problems.of_error(NotFound("x")).status_code == 404
    assert problems.of_error(SignInNeeded("x")).headers["WWW-Authenticate"] == "Bearer"
    assert problems.of_error(DriverFault(Fault("busy"))).headers["Retry-After"] == "1"
    conflict = problems.of_error(VersionConflict.of("a", {"version": 3, "name": "n"}, 1))
    assert (conflict.status_code, body(conflict)["current"]) == (412, {"version": 3, "name": "n"})


@pytest.mark.parametrize(
    ("kind", "status"),
    [("value", 422), ("unique", 409), ("foreign", 409), ("slow", 503), ("gone", 503), ("schema", 500), ("other", 500)],
)
def test_refusals_of_the_database(kind: Kind, status: int) -> None:
    """Each kind has the status that tells the client what to do."""
    assert problems.of_error(DriverFault(Fault(kind))).status_code == status


def test_faults_of_ours_stay_inside(caplog: pytest.LogCaptureFixture) -> None:
    """An id for the client, the rest for the log; of a plugin its name and the hook."""
    with caplog.at_level(logging.ERROR):
        said = body(problems.unexpected(ValueError("secret")))
    assert "secret" not in json.dumps(said)
    assert said["id"] in caplog.text
    assert "secret" in caplog.text
    broken = PluginError("plugin 'p' said secret", code="plugin_failed")
    broken.plugin, broken.hook, broken.reason = "p", "xrm_validate", "it raised KeyError"
    told = body(problems.of_error(broken))
    assert told["detail"].startswith("The plugin p failed in xrm_validate: it raised KeyError. Nothing was saved;")
    assert "secret" not in json.dumps(told)


def test_errors_of_the_web_server() -> None:
    """Unknown methods are told in our words, with those that there are."""
    request: Any = SimpleNamespace(headers={})
    answer = problems.handle(request, MethodNotAllowedException(headers={"Allow": "GET"}))
    assert (answer.status_code, body(answer)["code"], answer.headers["Allow"]) == (
        405,
        "method_not_allowed",
        "GET, HEAD",
    )
    assert problems.handle(request, ZeroDivisionError()).status_code == 500
