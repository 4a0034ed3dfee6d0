"""What of an entity an actor may see, as the statements need it. The rules behind it are a matter of `xrm_core.access`."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from xrm_core.expressions import Mask


@dataclass(frozen=True)
class Relation:
    """where: an expression over `record` and `actor` that holds for visible rows (None: all); hidden: fields that do not
    exist for the actor; mask: what he sees of linked records; key: equal for relations that give the same statements."""

    where: str | None = None
    hidden: frozenset[str] = frozenset()
    mask: Mask | None = None
    key: Hashable = None


ALL = Relation()
"""Everything."""
