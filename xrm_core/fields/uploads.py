"""Checking a file that is uploaded: its size, and the media type that its first bytes tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from xrm_core.language import _, joined
from xrm_core.metamodel.field_type import FieldFault

from .characters import shown
from .file import FileOptions

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
"""First bytes of the kinds that browsers show; a file that claims to be one of them must begin so."""
_TELLING = frozenset(kind for _, kind in _SIGNS) | {"image/webp"}


def told_type(body: bytes) -> str | None:
    """The media type that the first bytes tell, of those that have a sign."""
    for sign, kind in _SIGNS:
        if body.startswith(sign):
            return kind
    return "image/webp" if body[:4] == b"RIFF" and body[8:12] == b"WEBP" else None


def check_upload(field: Field, name: str, media_type: str, body: bytes) -> str:
    """The media type to keep with a file that is uploaded for the field.

    A claim that the first bytes do not bear out becomes `application/octet-stream`. Raises FieldFault when the file is
    larger than the field allows, or of a kind that it does not.
    """
    options = cast(FileOptions, field.options)
    if options.max_mb is not None and len(body) > options.max_mb * 2**20:
        hint = _("make it smaller, or keep it elsewhere and link to it")
        raise FieldFault(
            _("{value} is larger than {max_mb} MB", value=shown(name), max_mb=options.max_mb),
            code="too_large",
            hint=hint,
        )
    claimed = media_type.partition(";")[0].strip().lower() or "application/octet-stream"
    told = told_type(body)
    kind = told or ("application/octet-stream" if claimed in _TELLING else claimed)
    if options.accept and not any(_fits(kind, allowed) for allowed in options.accept):
        hint = _("choose a file of the kind {names}", names=joined(options.accept, "or"))
        raise FieldFault(
            _("{value} is of the kind {kind}, which is not taken here", value=shown(name), kind=kind),
            code="wrong_kind",
            hint=hint,
        )
    return kind


def _fits(kind: str, allowed: str) -> bool:
    return kind == allowed or (allowed.endswith("/*") and kind.startswith(allowed[:-1]))
