"""Idempotency-Key: a request that is repeated with its key gets the first answer, and changes nothing.

The key is claimed in the transaction of the write, before it. A second request with the key, at whatever moment, waits for
that transaction to end; a refused request gives its key back. So there is one record for each key, on both databases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from ..errors import BadRequest, Conflict
from ..language import _
from ..services.permits import sees_all
from ..services.work import Work
from ..storage import idempotency
from .asked import Answer, Asked
from .encoding import encode

KEPT_HEADERS = ("Location", "ETag")


def answer(work: Work, handler: Callable[[Work, Asked], Answer], asked: Asked) -> Answer:
    """The handler's answer, or the one that was given before. Raises BadRequest for a key that is none, and Conflict
    where it was used for another request."""
    key = asked.headers["idempotency-key"]
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise BadRequest(_("an Idempotency-Key has 1 to 200 printable characters"), code="bad_parameter")
    place = work.actor.deputy_for
    actor, request = (
        (work.actor.id or f"{work.actor.kind} {work.actor.name}") + (f" for {place}" if place else ""),
        _mark(work, asked),
    )
    if not idempotency.claim(work.tx, actor, key, request, work.now):
        return _again(idempotency.find(work.tx, actor, key), request)
    made = handler(work, asked)
    body = made.value if isinstance(made.value, bytes) else b"" if made.status == 204 else encode(made.value)
    headers = {name: made.headers[name] for name in KEPT_HEADERS if name in made.headers}
    kept = idempotency.Kept(request, made.status, encode([made.media_type, headers]).decode(), body)
    idempotency.keep(work.tx, actor, key, kept)
    return made


def _mark(work: Work, asked: Asked) -> str:
    """What makes two requests the same. For those who have not all rights: that these are still the same, too, as the answer
    holds what its reader might see then."""
    rights = (
        "" if sees_all(work) else f"{work.catalog.version} {sorted(work.actor.roles)} {sorted(work.actor.departments)}"
    )
    query = "&".join(f"{k}={v}" for k, v in sorted(asked.query.items()))
    parts = (asked.method, asked.url, query, asked.headers.get("if-match", ""), rights)
    return hashlib.sha256("\0".join(parts).encode() + b"\0" + asked.body).hexdigest()


def _again(kept: idempotency.Kept | None, request: str) -> Answer:
    if kept is None or kept.request != request:
        raise Conflict(
            _("this Idempotency-Key was used for another request"),
            code="idempotency",
            hint=_("use a new key for each request"),
        )
    media, headers = msgspec.json.decode(kept.headers, type=tuple[str, dict[str, str]])
    return Answer(kept.body, kept.status, {"Idempotency-Replayed": "true", **headers}, media)
