"""Many records at once: newline-delimited JSON in, one result per row out.

All rows are one transaction and one answer, sent when it is committed: what the answer calls created is there for good.
With `commit=parts` there may be many more: each part of them is a transaction of its own, and is answered when it is committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, cast

from msgspec import Struct

from ..errors import BadRequest, Problem, XrmError
from ..language import _
from ..services import linking
from ..services.bulk import RowResult, upsert_records
from ..services.work import Work
from .asked import Answer, Asked
from .encoding import NDJSON, decode, encode
from .problems import entry

MAX_BODY = 32 * 1024 * 1024
MAX_ROWS = 20_000
MAX_LINE = 1024 * 1024
CHUNK = 2_000
MAX_POURED = 256 * 1024 * 1024
"""Bytes of a body that is taken in parts."""
MAX_POURED_LINES = 1_000_000
TAKES = (NDJSON, "application/ndjson", "application/jsonl", "application/json")


def upsert(work: Work, asked: Asked) -> Answer:
    """POST /{entity}/bulk?key=a,b&mode=upsert: rows are created or updated by key; refused rows change nothing."""
    key, mode = _how(asked)
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


class Part(Struct, frozen=True):
    """Some of the rows of a large body."""

    entity: str
    key: tuple[str, ...]
    mode: str
    lines: list[tuple[int, bytes]]

    def run(self, work: Work) -> bytes:
        """Write them; a result for each."""
        if not self.lines:
            upsert_records(work, self.entity, [], self.key, mode=cast("Any", self.mode))
        return b"".join(_chunk(work, self.entity, self.lines, self.key, self.mode))

    def refused(self, fault: XrmError) -> bytes:
        """A result for each where all of it is refused."""
        problems = [Problem(fault.message, fault.code, hint=fault.hint)]
        said = [_said(n, RowResult(0, "refused", None, problems)) for n, __ in self.lines]
        return b"".join(encode(one) + b"\n" for one in said)


def parts(asked: Asked, body: IO[bytes]) -> Iterator[Part]:
    """POST /{entity}/bulk?commit=parts: the rows in parts, at least one."""
    key, mode = _how(asked)
    if "idempotency-key" in asked.headers:
        raise BadRequest(
            _("a write in parts has no Idempotency-Key; rows are matched by their key"), code="bad_parameter"
        )
    rows = _lines(body)
    lines = list(islice(rows, CHUNK))
    yield Part(asked.path["entity"], key, mode, lines)
    while lines := list(islice(rows, CHUNK)):
        yield Part(asked.path["entity"], key, mode, lines)


def _lines(body: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines that are not empty, with their numbers; of one that is too long its beginning."""
    number = 0
    while line := body.readline(MAX_LINE + 2):
        number += 1
        rest = line
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = body.readline(MAX_LINE + 2)
        if line.strip():
            yield number, line


def _how(asked: Asked) -> tuple[tuple[str, ...], str]:
    """Columns of the key, and the mode. Raises BadRequest."""
    asked.only("key", "mode", "commit")
    asked.names_no_version()
    asked.choice("commit", "once", "parts")
    return asked.names("key", 20), asked.choice("mode", "upsert", "create", "update")


def is_in_parts(query: bytes) -> bool:
    """Does a request ask for parts?"""
    return b"commit=parts" in query.split(b"&")


def _too_many() -> BadRequest:
    return BadRequest(
        _("at most {max_rows} rows at once", max_rows=MAX_ROWS),
        code="too_many",
        hint=_("send several requests, or all of it with commit=parts"),
    )


def _chunk(work: Work, entity: str, lines: list[tuple[int, bytes]], key: tuple[str, ...], mode: str) -> list[bytes]:
    rows: list[dict[str, Any]] = []
    places: list[int] = []
    results: dict[int, RowResult] = {}
    for place, (__, line) in enumerate(lines):
        try:
            rows.append(_row(line))
            places.append(place)
        except BadRequest as fault:
            results[place] = RowResult(place, "refused", None, [Problem(fault.message, fault.code)])
    if not work.access.opens(entity, "create"):
        work.access.require(entity, "update")
    linked, faults = linking.link_by_keys(work, entity, rows)
    for result in upsert_records(work, entity, linked, key, mode=cast("Any", mode)):
        result.problems = linking.better(result.problems, faults[result.index])
        results[places[result.index]] = result
    return [encode(_said(number, results[place])) + b"\n" for place, (number, _) in enumerate(lines)]


def _row(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise BadRequest(_("the row is longer than {max_line} KiB", max_line=MAX_LINE // 1024), code="too_large")
    row = decode(line, "row")
    if not isinstance(row, dict):
        raise BadRequest(_("a row is a JSON object"), code="bad_json")
    return row


def _said(line: int, result: RowResult) -> dict[str, Any]:
    said: dict[str, Any] = {"line": line, "status": result.status, "id": result.id}
    if result.problems:
        said["errors"] = [entry(p) for p in result.problems]
    return said
