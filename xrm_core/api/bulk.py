"""Many records at once: newline-delimited JSON in, one result per row out."""

from __future__ import annotations

from typing import Any, Literal, cast

from ..errors import BadRequest, Problem
from ..services.bulk import RowResult, upsert_records
from ..services.work import Work
from .door import Answer, Asked
from .encoding import NDJSON, decode, encode

MAX_ROWS = 20_000
CHUNK = 2_000


def upsert(work: Work, asked: Asked) -> Answer:
    """POST /{entity}/bulk?key=a,b&mode=upsert: rows are created or updated by key; refused rows change nothing."""
    asked.only("key", "mode")
    mode = asked.query.get("mode", "upsert")
    if mode not in ("upsert", "create", "update"):
        raise BadRequest("mode is upsert, create or update", code="bad_parameter")
    key = tuple(k.strip() for k in asked.query.get("key", "").split(",") if k.strip())
    lines = [line for line in asked.body.split(b"\n") if line.strip()]
    if len(lines) > MAX_ROWS:
        raise BadRequest(f"at most {MAX_ROWS} rows at once", code="too_many", hint="send several requests")
    out: list[bytes] = []
    for start in range(0, len(lines), CHUNK):
        out += _chunk(work, asked.path["entity"], lines[start : start + CHUNK], start, key, mode)
    return Answer(b"".join(out), media_type=NDJSON)


def _chunk(work: Work, entity: str, lines: list[bytes], start: int, key: tuple[str, ...], mode: str) -> list[bytes]:
    rows: list[dict[str, Any]] = []
    index: list[int] = []
    results: dict[int, RowResult] = {}
    for n, line in enumerate(lines):
        try:
            row = decode(line)
            if not isinstance(row, dict):
                raise BadRequest("a row is a JSON object", code="bad_json")
        except BadRequest as fault:
            results[n] = RowResult(n, "refused", None, [Problem(fault.message, fault.code)])
        else:
            rows.append(row)
            index.append(n)
    for result in upsert_records(work, entity, rows, key, mode=cast("Literal['upsert', 'create', 'update']", mode)):
        results[index[result.index]] = result
    return [encode(_said(start + n, results[n])) + b"\n" for n in range(len(lines))]


def _said(line: int, result: RowResult) -> dict[str, Any]:
    said: dict[str, Any] = {"row": line + 1, "status": result.status, "id": result.id}
    if result.problems:
        said["errors"] = [{"field": p.field, "message": p.message, "code": p.code, "hint": p.hint} for p in result.problems]
    return said
