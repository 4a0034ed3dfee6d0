"""Many records at once: newline-delimited JSON in, one result per row out.

All rows are one transaction and one answer, sent when it is committed: what the answer calls created is there for good.
"""

from __future__ import annotations

from typing import Any, cast

from ..errors import BadRequest, Problem
from ..services.bulk import RowResult, upsert_records
from ..services.work import Work
from .asked import Answer, Asked
from .encoding import NDJSON, decode, encode
from .problems import entry

MAX_BODY = 32 * 1024 * 1024
MAX_ROWS = 20_000
MAX_LINE = 1024 * 1024
CHUNK = 2_000
TAKES = (NDJSON, "application/ndjson", "application/jsonl", "application/json")


def upsert(work: Work, asked: Asked) -> Answer:
    """POST /{entity}/bulk?key=a,b&mode=upsert: rows are created or updated by key; refused rows change nothing."""
    asked.only("key", "mode")
    asked.names_no_version()
    mode = asked.choice("mode", "upsert", "create", "update")
    key = asked.names("key", 20)
    if asked.body.count(b"\n") > MAX_ROWS * 2:
        raise _too_many()
    lines = [(n, line) for n, line in enumerate(asked.body.split(b"\n"), 1) if line.strip()]
    if len(lines) > MAX_ROWS:
        raise _too_many()
    out: list[bytes] = []
    for start in range(0, len(lines), CHUNK):
        out += _chunk(work, asked.path["entity"], lines[start : start + CHUNK], key, mode)
    if not lines:
        upsert_records(work, asked.path["entity"], [], key, mode=cast("Any", mode))
    return Answer(b"".join(out), media_type=NDJSON)


def _too_many() -> BadRequest:
    return BadRequest(f"at most {MAX_ROWS} rows at once", code="too_many", hint="send several requests")


def _chunk(work: Work, entity: str, lines: list[tuple[int, bytes]], key: tuple[str, ...], mode: str) -> list[bytes]:
    rows: list[dict[str, Any]] = []
    places: list[int] = []
    results: dict[int, RowResult] = {}
    for place, (_, line) in enumerate(lines):
        try:
            rows.append(_row(line))
            places.append(place)
        except BadRequest as fault:
            results[place] = RowResult(place, "refused", None, [Problem(fault.message, fault.code)])
    for result in upsert_records(work, entity, rows, key, mode=cast("Any", mode)):
        results[places[result.index]] = result
    return [encode(_said(number, results[place])) + b"\n" for place, (number, _) in enumerate(lines)]


def _row(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise BadRequest(f"the row is longer than {MAX_LINE // 1024} KiB", code="too_large")
    row = decode(line, "row")
    if not isinstance(row, dict):
        raise BadRequest("a row is a JSON object", code="bad_json")
    return row


def _said(line: int, result: RowResult) -> dict[str, Any]:
    said: dict[str, Any] = {"line": line, "status": result.status, "id": result.id}
    if result.problems:
        said["errors"] = [entry(p) for p in result.problems]
    return said
