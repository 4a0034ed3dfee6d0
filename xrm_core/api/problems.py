"""Errors as RFC 9457 problem details, with one entry for each field and fault. Nothing of the database or the files shows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from litestar import Request, Response
from litestar.exceptions import HTTPException

from ..errors import PluginError, Problem, VersionConflict, XrmError
from ..language import _
from .encoding import PROBLEM, encode

log = logging.getLogger("xrm.api")
TITLES: Mapping[int, str] = {
    400: "Bad request", 401: "Sign-in needed", 403: "Refused", 404: "Not found", 405: "Method not allowed", 409: "Conflict",
    412: "Changed meanwhile", 413: "Too large", 415: "Unsupported media type", 422: "Not valid",
    500: "Internal error", 503: "Unavailable",
}  # fmt: skip
HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
CODES: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def problem(
    status: int, detail: str, code: str, errors: Sequence[Mapping[str, Any]] = (), headers: Mapping[str, str] | None = None, **more: Any
) -> Response[bytes]:  # fmt: skip
    """A problem response. `code` is stable and names the kind of problem, also in `type`."""
    body = {
        "type": f"urn:xrm:problem:{code}", "title": TITLES.get(status, "Error"), "status": status, "detail": detail,
        "code": code, **more,
    }  # fmt: skip
    if errors:
        body["errors"] = errors
    sent = {**HEADERS, **(headers or {})}
    if status == 401:
        sent["WWW-Authenticate"] = "Bearer"
    if status == 503:
        sent["Retry-After"] = "1"
    return Response(encode(body), status_code=status, media_type=PROBLEM, headers=sent)


def entry(fault: Problem) -> dict[str, Any]:
    """One fault as an entry of `errors`."""
    known = (("field", fault.field), ("message", fault.message), ("code", fault.code), ("hint", fault.hint))
    return {k: v for k, v in known if v is not None}


def of_error(fault: XrmError) -> Response[bytes]:
    """The problem response of one of our errors."""
    if fault.status >= 500 and fault.status != 503:
        return unexpected(fault)
    more: dict[str, Any] = {"hint": fault.hint} if fault.hint else {}
    if isinstance(fault, VersionConflict) and fault.current is not None:
        more["current"] = fault.current
    return problem(fault.status, fault.message, fault.code, [entry(p) for p in fault.problems], **more)


def tellable(fault: Exception) -> XrmError:
    """The error as a client may read it; what is a fault of ours goes to the log."""
    if isinstance(fault, XrmError) and (fault.status < 500 or fault.status == 503):
        return fault
    id = uuid4().hex[:12]
    log.error("request failed (%s)", id, exc_info=fault)
    return XrmError(_("An error of the platform; it is in the log as {id}.", id=id), code="internal")


def unexpected(fault: Exception) -> Response[bytes]:
    """The problem response of a fault of ours or of a plugin: an id to look for in the log; of a plugin also its name, the hook
    and the reason, in words of ours."""
    id = uuid4().hex[:12]
    log.error("request failed (%s)", id, exc_info=fault)
    if isinstance(fault, PluginError):
        code = fault.code if fault.code.startswith("plugin_") else "plugin_failed"
        return problem(500, _("{told}; all that is known is in the log as {id}.", told=fault.told, id=id), code, id=id)
    return problem(500, _("An error of the platform; it is in the log as {id}.", id=id), "internal", id=id)


def allowed(fault: HTTPException) -> dict[str, str]:
    """The header that says which methods an address answers to; HEAD goes wherever GET goes."""
    known = {m.strip() for k, v in (fault.headers or {}).items() if k.lower() == "allow" for m in v.split(",")}
    return {"Allow": ", ".join(sorted(known | ({"HEAD"} if "GET" in known else set())))} if known else {}


def handle(_: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """Litestar's door for errors."""
    if isinstance(fault, XrmError):
        return of_error(fault)
    if isinstance(fault, HTTPException):
        status = fault.status_code
        if status >= 500:
            return unexpected(fault)
        headers = allowed(fault)
        return problem(
            status,
            DETAILS.get(status, TITLES.get(status, "The request cannot be answered.")),
            CODES.get(status, "http"),
            headers=headers,
        )
    return unexpected(fault)


DETAILS: Mapping[int, str] = {
    404: "There is nothing at this address.", 405: "This address does not answer to that method.", 413: "The body is too large.",
    400: "The request cannot be read.",
}  # fmt: skip
