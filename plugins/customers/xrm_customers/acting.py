"""What buttons on opportunities and quotes do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Patch, Reader, Record

from . import making


def make_order(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """An order from a won opportunity."""
    return [making.order_from_opportunity(record, actor, reader)]


def revise(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """A new revision of a quote; this one is superseded."""
    return [Patch("quote", record["id"], transition="supersede"), making.next_revision(record, reader)]
