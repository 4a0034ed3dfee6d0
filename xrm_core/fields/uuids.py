"""Ids of records as text: UUIDs (RFC 9562) in lower case with hyphens."""

from __future__ import annotations

import re
from typing import Any

from xrm_core.language import _
from xrm_core.metamodel.field_type import FieldFault

from .characters import shown

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII).fullmatch


def uuid_text(raw: Any, part: str | None = None) -> str | None:
    """The id in its canonical form; a blank is None. Raises FieldFault."""
    if type(raw) is str:
        if _CANONICAL(raw):
            return raw
        text = raw.strip().lower()
        if not text:
            return None
        if _CANONICAL(text):
            return text
    raise FieldFault(
        _("{value} is not the id of a record", value=shown(raw)),
        code="not_an_id",
        part=part,
        hint=_("give the id that the list shows"),
    )
