"""What holds before any grant is looked at: who asks is known, the entity exists, append-only entities stay as they were written."""

from __future__ import annotations

from ..errors import NotFound, Refused, SignInNeeded
from ..language import _
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.values import Actor


def require(catalog: Catalog, entity: str, actor: Actor, verb: str) -> None:
    """The actor must be signed in (or be the system) and the entity must exist. Raises SignInNeeded, NotFound, Refused."""
    if actor.kind == "anonymous":
        raise SignInNeeded(_("sign in first"), code="sign_in")
    found = catalog.entities.get(entity)
    if found is None or found.retired:
        raise NotFound(_("there is no entity {entity!r}", entity=entity), code="unknown_entity")


def require_mutable(entity: Entity, transition: str | None, *, creating: bool = False, deleting: bool = False) -> None:
    """Append-only entities take new records only. Raises Refused."""
    if entity.append_only and not creating:
        what = "deleted" if deleting else "changed"
        raise Refused(
            _("a {entity} cannot be {what} once it is written", entity=entity.name, what=what),
            code="append_only",
            hint=_("add a new one that replaces it"),
        )
