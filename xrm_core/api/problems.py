"""Errors as RFC 9457 problem details, with one entry for each field and fault. Nothing of the database or the files shows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from litestar import Request, Response
from litestar.exceptions import HTTPException

from ..errors import PluginError, VersionConflict, XrmError
from .encoding import PROBLEM, encode

log = logging.getLogger("xrm.api")
TITLES: Mapping[int, str] = {
    400: "Bad request", 401: "Sign-in needed", 403: "Refused", 404: "Not found", 405: "Method not allowed", 409: "Conflict",
    412: "Changed meanwhile", 413: "Too large", 415: "Unsupported media type", 422: "Not valid", 428: "Precondition required",
    500: "Internal error", 503: "Unavailable",
}  # fmt: skip


def problem(status: int, detail: str, code: str, errors: list[dict[str, Any]] | None = None, **more: Any) -> Response[bytes]:
    """A problem response."""
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail, "code": code, **more}
    if errors:
        body["errors"] = errors
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(encode(body), status_code=status, media_type=PROBLEM, headers=headers)


def of_error(fault: XrmError) -> Response[bytes]:
    """The problem response of one of our errors."""
    if fault.status >= 500 and not isinstance(fault, PluginError) and fault.status != 503:
        return unexpected(fault)
    errors = [
        {k: v for k, v in (("field", p.field), ("message", p.message), ("code", p.code), ("hint", p.hint)) if v is not None}
        for p in fault.problems
    ]
    more: dict[str, Any] = {"hint": fault.hint} if fault.hint else {}
    if isinstance(fault, VersionConflict) and fault.current is not None:
        more["current"] = fault.current
    status = 422 if isinstance(fault, PluginError) else fault.status
    return problem(status, fault.message, fault.code, errors, **more)


def unexpected(fault: Exception) -> Response[bytes]:
    """The problem response of a fault of our own: an id to look for in the log, and nothing else."""
    id = uuid4().hex[:12]
    log.exception("request failed (%s)", id, exc_info=fault)
    return problem(500, f"An error of the platform; it is in the log as {id}.", "internal", id=id)


def handle(_: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """Litestar's door for errors."""
    if isinstance(fault, XrmError):
        return of_error(fault)
    if isinstance(fault, HTTPException):
        return problem(fault.status_code, TITLES.get(fault.status_code, fault.detail), "http")
    return unexpected(fault)
