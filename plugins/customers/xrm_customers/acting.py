"""What buttons on opportunities and quotes do, and what happens to quotes by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Patch, Reader, Record

from . import making


def make_order(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """An order from a won opportunity."""
    return [making.order_from_opportunity(record, actor, reader)]


def revise(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """A new revision of a quote; this one is superseded."""
    return [Patch("quote", record["id"], transition="supersede"), making.next_revision(record, reader)]


def expire_quotes(reader: Reader, today: date) -> Sequence[FurtherChange]:
    """Quotes that nobody answered expire when they are no longer valid."""
    over = reader.find("quote", "record.status == 'sent' && record.valid_until < today()", limit=10_000)
    return [Patch("quote", quote["id"], transition="expire") for quote in over]
