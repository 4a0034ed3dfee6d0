"""Thousands of generated requests to the demo organisation: no fault of ours, and no answer outside of its description.

Every operation of the document is asked in turn, one with values that fit its schemas, the next with values that do not (with
another XRM_GENERATED_SEED the other way round); most name records that exist. XRM_GENERATED says how many requests each gets.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import unquote_plus
from zlib import crc32

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import accounts, lists
from xrm_core.services.runtime import Runtime

EACH = int(os.environ.get("XRM_GENERATED", "4"))
SEED = int(os.environ.get("XRM_GENERATED_SEED", "0"))
LEAK = re.compile(
    r"sqlite|psycopg|postgres|sqlalchemy|xrm_core|Traceback|SELECT |INSERT INTO|UPDATE |constraint|/tmp/|/work|\.py\b|xrm_(?:history|search|idem)",
    re.I,
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
RUDE = [
    "'; DROP TABLE party; --", "\" OR 1=1 --", "\x00", "%00", "𝕏" * 50, "../../etc/passwd", "{{7*7}}", "${7*7}", "-1", "1e999", "null",
    "record.id", "((((((((((", "\u202e", "true", "9" * 40, "0001-01-01", "a.b.c.d.e.f", "*", "-", ",", ".", "id,id", "-id,id",
]  # fmt: skip


class Fuzz:
    """Makes requests worth sending out of generated ones, and checks the answers."""

    def __init__(self, runtime: Runtime, client: TestClient[Any], document: dict[str, Any]) -> None:
        self.client, self.schemas = client, document["components"]["schemas"]
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.cursors: list[str] = []
        with runtime.work(SYSTEM, "cli") as work:
            found = {e: lists.list_records(work, Query(e, ("id",), limit=40)).rows for e in work.catalog.entities}
        self.ids = {entity: [str(row["id"]) for row in rows] for entity, rows in found.items()}

    def send(self, case: Any, dice: Random) -> None:
        """Send a case, made livelier, and check what comes back."""
        entity = case.operation.path.split("/")[2]
        sent = case.as_transport_kwargs(base_url="http://127.0.0.1")
        address = str(sent["url"]).split("/")
        if "{id}" in case.operation.path and self.ids.get(entity) and dice.random() < 0.8:
            address[5] = dice.choice(self.ids[entity])
        query = dict(sent.get("params") or {})
        if case.operation.method.upper() == "GET":
            self._ask(case, entity, query, dice)
        if isinstance(sent.get("json"), dict):
            self._link(sent["json"], dice)
        content = json.dumps(sent["json"]) if "json" in sent else sent.get("data")
        headers = {k: v for k, v in sent["headers"].items() if k.lower() not in ("user-agent", "authorization")}
        try:
            answer = self.client.request(
                sent["method"], "/".join(address), params=query, headers=headers, content=content
            )
        except (UnicodeError, ValueError, TypeError, httpx.InvalidURL):  # what the client itself cannot send
            return
        self.statuses[answer.status_code] += 1
        self._check(case, answer)

    def _ask(self, case: Any, entity: str, query: dict[str, Any], dice: Random) -> None:
        """Questions about fields that there are, now and then with something rude in them."""
        columns = list(self.schemas[f"{entity}_part"]["properties"])
        for name, make in (
            ("fields", lambda: ",".join(dice.sample(columns, min(4, len(columns))))),
            ("sort", lambda: ",".join(dice.choice(("", "-")) + c for c in dice.sample(columns, min(2, len(columns))))),
            ("filter", lambda: f"record.{dice.choice(columns)} {dice.choice(('==', '!=', '<', '>='))} {dice.choice(('null', '1', 'true', repr('a'), 'today()', 'record.id'))}"),
            ("after", lambda: dice.choice(self.cursors or ["x"])), ("before", lambda: dice.choice(self.cursors or ["x"])),
        ):  # fmt: skip
            if any(p.name == name for p in case.operation.query) and dice.random() < 0.4:
                query[name] = make() if dice.random() < 0.8 else dice.choice(RUDE)
        if query.get("after") and query.get("before"):
            del query["before"]

    def _link(self, body: dict[str, Any], dice: Random) -> None:
        """Links to records that there are; a rude text here and there."""
        for name, value in body.items():
            if isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F-]{36}", value) and dice.random() < 0.9:
                owner = next((e for e in (name, name.removesuffix("_id"), "party") if self.ids.get(e)), "party")
                body[name] = dice.choice(self.ids.get(owner) or self.ids["party"])
            elif isinstance(value, str) and dice.random() < 0.1:
                body[name] = dice.choice(RUDE)
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, dict):
                        self._link(item, dice)

    def _check(self, case: Any, answer: Any) -> None:
        told = f"{case.method} {answer.request.url} {str(case.body)[:300]} -> {answer.status_code} {answer.text[:600]}"
        try:
            case.validate_response(schemathesis.Response.from_any(answer), checks=CHECKS)
        except BaseException as fault:  # gathered, so that one run tells all
            self.faults.append(f"{told}\n    {fault}")
            return
        if answer.status_code >= 400:
            said = answer.json()
            texts = [
                said["detail"],
                said.get("hint", ""),
                *(f"{e['message']} {e.get('hint', '')}" for e in said.get("errors", ())),
            ]
            asked = f"{unquote_plus(str(answer.request.url))} {case.body}"  # what was asked with may be said again
            leaked = [
                t for t in texts if any(m[0] not in asked for m in LEAK.finditer(t)) and not any(r in t for r in RUDE)
            ]
            if leaked:
                self.faults.append(f"{told}\n    leaks: {leaked}")
        elif answer.headers.get("content-type") == "application/json" and isinstance(answer.json(), dict):
            self.cursors = [
                *self.cursors[-20:],
                *[c for c in (answer.json().get("next"), answer.json().get("previous")) if c],
            ]


@pytest.fixture(scope="module")
def fuzz(brightwater: Runtime) -> Iterator[tuple[Fuzz, list[Any]]]:
    """The demo organisation with its sample, and all operations of its document."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with brightwater.work(SYSTEM, "cli", write=True) as work:
        token = accounts.make_token(work, accounts.first_administrator(work, "Ada", "ada@example.com"), "fuzz")[1]
    with TestClient(create_app(brightwater, worker=False, watch=False), base_url="http://127.0.0.1") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        document = client.get("/api/openapi.json").json()
        fuzz = Fuzz(brightwater, client, document)
        schema = schemathesis.openapi.from_dict(document)
        operations = [found.ok() for found in schema.get_all_operations()]
        yield (
            fuzz,
            sorted(
                (o for o in operations if not o.path.endswith("/bulk")),
                key=lambda o: Random(f"{SEED}{o.label}").random(),
            ),
        )


def test_generated_requests_are_answered_as_described(
    fuzz: tuple[Fuzz, list[Any]], request: pytest.FixtureRequest
) -> None:
    """Right and wrong requests to each operation: no 5xx, no answer outside of its schema, no word of the database."""
    made, operations = fuzz
    share = operations if "sqlite" in request.node.name else operations[::6]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    for n, operation in enumerate(share):
        first = (n + SEED) % 2  # one mode each: to make a strategy takes longer than to draw from it
        for mode in (modes[first], modes[1 - first]):
            if _try(made, operation, mode, f"{SEED}{n}{mode}") >= EACH:
                break
    told = "\n\n".join(made.faults[:40])
    assert not made.faults, (
        f"{len(made.faults)} faults in {made.statuses.total()} requests {dict(made.statuses)}\n\n{told}"
    )
    assert made.statuses.total() >= (2000 if len(share) == len(operations) else 300), made.statuses
    assert made.statuses[200] + made.statuses[201] > made.statuses.total() / 10, made.statuses
    print(dict(made.statuses))


def _try(made: Fuzz, operation: Any, mode: GenerationMode, seed: str) -> int:
    """Some requests to one operation; how many."""
    turn = 0

    @hypothesis.seed(crc32(seed.encode()))
    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(mode), extra=st.integers(0, 2**32))
    def run(case: Any, extra: int) -> None:
        nonlocal turn
        turn += 1
        made.send(case, Random(f"{seed}{turn}{extra}"))

    try:
        run()
    except Exception as fault:
        if type(fault).__name__ not in (
            "Unsatisfiable",
            "SkipTest",
        ):  # nothing wrong can be said to an operation without input
            raise
    return turn
