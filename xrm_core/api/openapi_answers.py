"""Refusals in the OpenAPI document: what each status means, with an example, as a client meets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .problems import TITLES

Schema = dict[str, Any]
PROBLEM = "application/problem+json"
TEXT: Schema = {"type": "string"}


def _refusal(
    status: int, description: str, code: str, detail: str, headers: Mapping[str, Schema] | None = None, **more: Any
) -> Schema:
    example = {
        "type": f"urn:xrm:problem:{code}",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}, "example": example}}
    made: Schema = {"description": description, "content": content}
    return {**made, "headers": dict(headers)} if headers else made


def _header(description: str, example: str) -> Schema:
    return {"description": description, "schema": TEXT, "example": example}


NAMES: Mapping[int, str] = {
    400: "bad_request", 401: "sign_in", 403: "refused", 404: "not_found", 409: "conflict", 412: "changed", 413: "too_large",
    415: "media_type", 422: "not_valid", 500: "internal", 503: "unavailable",
}  # fmt: skip
RESPONSES: Mapping[str, Schema] = {
    "bad_request": _refusal(
        400, "The request itself: a parameter, a header, the JSON, a cursor", "bad_parameter", "unknown parameter 'pretty'",
        hint="known are filter, sort, fields, after, before, limit, count, q, deleted",
    ),
    "sign_in": _refusal(
        401, "Nobody is signed in, or the token is not valid any more", "sign_in", "sign in, or send a token: Authorization: Bearer xrm_...",
        {"WWW-Authenticate": _header("How to sign in", "Bearer")},
    ),
    "refused": _refusal(403, "Signed in, and not allowed", "refused", "changing users is for administrators"),
    "not_found": _refusal(404, "Not there, or not for the one who asks: the two are not told apart", "not_found", "there is no donor '0198...'"),
    "conflict": _refusal(
        409, "The stored state does not allow it: a key that is used, a record that is referred to, a used Idempotency-Key", "not_unique",
        "another record has this already", errors=[{"field": "email", "message": "this email is used by another record", "code": "not_unique"}],
    ),
    "changed": _refusal(
        412, "The record is not at the version that If-Match names; `current` holds it as stored", "version_conflict",
        "this donor is at version 4, not 3", hint="read it again and repeat the change", current={"id": "01981fd2-7c1e-7000-8000-000000000001", "version": 4},
    ),
    "too_large": _refusal(413, "The body is larger than may be", "too_large", "the body is larger than 4 MiB"),
    "media_type": _refusal(415, "The body is of another media type, another encoding, or compressed", "media_type", "the body is application/json"),
    "not_valid": _refusal(
        422, "Values, rules, guards or filters do not hold; `errors` has an entry for each field and fault", "invalid_record", "donation was not saved: see amuont",
        errors=[{"field": "amuont", "message": "donation has no field 'amuont'", "code": "unknown_field", "hint": "did you mean 'amount'?"}],
    ),
    "internal": _refusal(
        500, "A fault of the platform or of a plugin; the log has the reason under `id`", "internal", "An error of the platform; it is in the log as 5c1f0e9b7a21.", id="5c1f0e9b7a21",
    ),
    "unavailable": _refusal(
        503, "Busy, unreachable, or too slow: nothing was changed", "unavailable", "the database cannot be reached",
        {"Retry-After": _header("Seconds after which to try again", "1")},
    ),
}  # fmt: skip


def refused(statuses: Iterable[int]) -> dict[str, Schema]:
    """References to the refusals of an operation, by status."""
    return {str(status): {"$ref": f"#/components/responses/{NAMES[status]}"} for status in statuses}
