"""Bodies of writes, as they are read: never unpacked, never in another encoding, never larger than may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO, Any

from litestar import Request
from litestar.exceptions import InternalServerException

from ..errors import BadRequest
from ..language import _, joined

NOT_FOR_WRITES: Mapping[str, str] = {
    "if-unmodified-since": "say which version you saw with If-Match", "if-none-match": "it is for reading", "content-range": "send all of it",
}  # fmt: skip
"""Headers that would change what a write means: one that is not heeded must not be passed over in silence."""
ONCE = frozenset({b"authorization", b"content-type", b"idempotency-key", b"if-match"})
"""Headers of a write that must not be given twice: which of them counts would be a guess."""
CHARSET = re.compile(r'charset\s*=\s*"?([\w.:-]{1,40})', re.I)
UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})
IN_MEMORY = 1024 * 1024
"""Bytes of a body that is laid down, before it goes to a file."""


class TooLarge(BadRequest):
    """The body is larger than may be."""

    status = 413


class WrongMedia(BadRequest):
    """The body is of another media type."""

    status = 415


class Laid:
    """A body on its way into a file."""

    def __init__(self, file: IO[bytes], lines: int) -> None:
        self.file, self.left = file, lines

    def write(self, piece: bytes) -> None:
        """The next piece. Raises BadRequest where there are too many lines."""
        self.left -= piece.count(b"\n")
        if self.left < 0:
            raise BadRequest(_("the body has too many lines"), code="too_many", hint=_("send several requests"))
        self.file.write(piece)


async def body_of(
    request: Request[Any, Any, Any], headers: Mapping[str, str], takes: tuple[str, ...], most: int, laid: Laid | None
) -> bytes:
    """The body; empty where it is laid down. `takes`: media types, none: any. Raises BadRequest, TooLarge, WrongMedia."""
    given = [name for name, __ in request.scope["headers"] if name in ONCE]
    if len(given) != len(set(given)):
        twice = next(name for name in given if given.count(name) > 1).decode().title()
        raise BadRequest(_("the header {twice} is given twice", twice=twice), code="bad_parameter")
    for name, meant in NOT_FOR_WRITES.items():
        if name in headers:
            raise BadRequest(
                _("{title} is not for writes here; {meant}", title=name.title(), meant=meant), code="bad_parameter"
            )
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise WrongMedia(_("the body is compressed"), code="media_type", hint=_("send it as it is"))
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise TooLarge(_("the body is larger than {n} MiB", n=most // 2**20), code="too_large")
            if laid is None:
                pieces.append(piece)
            else:
                laid.write(piece)
    except InternalServerException:  # what the framework makes of a client that went away
        raise BadRequest(_("the body ended before its end"), code="cut_off") from None
    if size and takes:
        _check_media(headers.get("content-type", takes[0]), takes)
    return b"".join(pieces)


def _check_media(given: str, takes: tuple[str, ...]) -> None:
    media, __, more = given.partition(";")
    if media.strip().lower() not in takes:
        raise WrongMedia(_("the body is {kinds}", kinds=joined(takes, "or")), code="media_type")
    said = CHARSET.search(more) if more else None
    if said and said[1].lower() not in UTF_8:
        raise WrongMedia(_("the body is UTF-8, not {charset}", charset=said[1]), code="media_type")
