"""Which rows of an entity an actor may see: what plugins' `xrm_row_scope` hooks leave, joined by AND; they narrow, never widen."""

from __future__ import annotations

from ..metamodel.values import Actor
from ..plugin.host import Host
from ..storage.relation import ALL, Relation


def relation_of(host: Host, entity: str, actor: Actor) -> Relation:
    """The relation that every question about an entity goes through. The system sees all rows."""
    if actor.is_system or not host.implements("xrm_row_scope"):
        return ALL
    rules = [rule for _, rule in host.answers("xrm_row_scope", entity=entity, actor=actor)]
    if not rules:
        return ALL
    where = " && ".join(f"({rule})" for rule in rules)
    return Relation(where=where, key=where)
