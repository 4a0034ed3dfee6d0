"""What is enforced at present: nobody without a sign-in reaches data, entities without people's business stay closed, and
append-only entities stay as they were written. Grants and the needs matrix are read and checked with the metadata."""

from __future__ import annotations

from ..errors import NotFound, Refused, SignInNeeded
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.values import Actor


def require(catalog: Catalog, entity: str, actor: Actor, verb: str) -> None:
    """The actor must be signed in (or be the system) and the entity must exist. Raises SignInNeeded, NotFound, Refused."""
    if actor.kind == "anonymous":
        raise SignInNeeded("sign in first", code="sign_in")
    found = catalog.entities.get(entity)
    if found is None or found.retired:
        raise NotFound(f"there is no entity {entity!r}", code="unknown_entity")
    if verb == "purge" and not actor.is_system and "admin" not in actor.roles:
        raise Refused(f"purging a {entity} needs the role admin", code="refused")
    if (
        entity == "user"
        and verb in ("create", "update", "delete")
        and not actor.is_system
        and "admin" not in actor.roles
    ):
        raise Refused("managing users needs the role admin", code="refused")


def require_mutable(entity: Entity, transition: str | None, *, creating: bool = False, deleting: bool = False) -> None:
    """Append-only entities take new records only. Raises Refused."""
    if entity.append_only and not creating:
        what = "deleted" if deleting else "changed"
        raise Refused(
            f"a {entity.name} cannot be {what} once it is written",
            code="append_only",
            hint="add a new one that replaces it",
        )
