"""Errors as RFC 9457 problem details, with one entry for each field and fault. Nothing of the database or the files shows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from litestar import Request, Response
from litestar.exceptions import HTTPException

from ..errors import PluginError, Problem, VersionConflict, XrmError
from ..language import N_, _, best_of, speak
from .encoding import PROBLEM, encode

log = logging.getLogger("xrm.api")
TITLES: Mapping[int, str] = {
    400: N_("Bad request"), 401: N_("Sign-in needed"), 403: N_("Refused"), 404: N_("Not found"), 405: N_("Method not allowed"), 409: N_("Conflict"),
    412: N_("Changed meanwhile"), 413: N_("Too large"), 415: N_("Unsupported media type"), 422: N_("Not valid"),
    500: N_("Internal error"), 503: N_("Unavailable"),
}  # fmt: skip
HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
CODES: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def problem(
    status: int, detail: str, code: str, errors: Sequence[Mapping[str, Any]] = (), headers: Mapping[str, str] | None = None, **more: Any
) -> Response[bytes]:  # fmt: skip
    """A problem response. `code` is stable and names the kind of problem, also in `type`."""
    body = {
        "type": f"urn:xrm:problem:{code}", "title": _(TITLES.get(status, N_("Error"))), "status": status, "detail": detail,
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


def handle(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """Litestar's door for errors."""
    if isinstance(fault, XrmError):
        return of_error(fault)
    if isinstance(fault, HTTPException):
        if asked := best_of(request.headers.get("accept-language", "")):
            speak(asked)  # no door of ours has heard the client yet
        status = fault.status_code
        if status >= 500:
            return unexpected(fault)
        headers = allowed(fault)
        return problem(
            status,
            _(DETAILS.get(status, TITLES.get(status, N_("The request cannot be answered.")))),
            CODES.get(status, "http"),
            headers=headers,
        )
    return unexpected(fault)


DETAILS: Mapping[int, str] = {
    404: N_("There is nothing at this address."), 405: N_("This address does not answer to that method."), 413: N_("The body is too large."),
    400: N_("The request cannot be read."),
}  # fmt: skip
