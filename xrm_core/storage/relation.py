"""What of an entity an actor may see, as the statements need it. The rules behind it are a matter of `xrm_core.access`."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from xrm_core.expressions import Mask, Typed, needs
from xrm_core.expressions.check_base import Sight


@dataclass(frozen=True)
class Relation:
    """where: an expression over `record` and `actor` that holds for visible rows (None: all); hidden: fields of the entity that
    do not exist for the actor; hides: the same for any entity and field that a path may lead to; mask: what he sees of the
    record's fields and of linked records; key: equal for relations that give the same statements; sight: what exists for him.
    With a sight the mask also says which rows of the entity there are, and `where` is for those who want to read it."""

    where: str | None = None
    hidden: frozenset[str] = frozenset()
    mask: Mask | None = None
    key: Hashable = None
    hides: Callable[[str, str], bool] | None = None
    sight: Sight | None = None

    def hidden_in(self, entity: str, typed: Typed) -> tuple[str, str] | None:
        """The first field that an expression over records of `entity` names, as (entity, field), which does not exist for the
        actor. What its formulas read is no matter of his: they are worked out over what he sees."""
        if not self.hidden and self.hides is None:
            return None
        for of, field in sorted(needs(typed, inside=False).fields):
            if (of == entity and field in self.hidden) or (self.hides is not None and self.hides(of, field)):
                return of, field
        return None


ALL = Relation()
"""Everything."""
