"""What a request may be about, read off the record that somebody looks at: the party, the relationship, the record itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xrm_core.plugin import Catalog, Entity, Record

PARTY, RELATIONSHIP, SUBJECT, OUTCOME = "party", "relationship", "subject", "outcome"
NAMES = (PARTY, RELATIONSHIP, "about", OUTCOME)
"""The links of a request that say what it is about."""
OWN = frozenset(
    ("request", "decision", "slot", "article", "article_use", "training_need", "request_mail", "urgent_budget")
)
"""What requests are made of: they have buttons of their own."""


def about(entity: Entity, record: Record, catalog: Catalog) -> Mapping[str, str] | None:
    """What a request brings along that is asked for on the page of a record; None where none would be about it."""
    if entity.name in OWN:
        return None
    found: dict[str, str] = {}
    if entity.name == PARTY:
        found[PARTY] = str(record["id"])
    elif entity.name in catalog.mixins.get(RELATIONSHIP, ()):
        found |= {RELATIONSHIP: str(record["id"]), "relationship_entity": entity.name}
    elif entity.name == OUTCOME:
        found[OUTCOME] = str(record["id"])
    elif entity.name in catalog.mixins.get(SUBJECT, ()):
        found |= {"about": str(record["id"]), "about_entity": entity.name}
    elif not {PARTY, RELATIONSHIP} <= entity.fields.keys():
        return None
    for name, target, id in _links(entity, record):
        if target == PARTY and (name == PARTY or PARTY not in found):
            found.setdefault(PARTY, id)
        elif target in catalog.mixins.get(RELATIONSHIP, ()) and RELATIONSHIP not in found:
            found |= {RELATIONSHIP: id, "relationship_entity": target}
        elif target == OUTCOME:
            found.setdefault(OUTCOME, id)
    return found or None


def _links(entity: Entity, record: Record) -> Iterator[tuple[str, str, str]]:
    """Field, entity and id of what a record points to, as far as it is seen; its field `party` before others."""
    for field in sorted(entity.fields.values(), key=lambda one: one.name != PARTY):
        targets = field.columns[0].kind.entities if field.columns else ()
        id = record.get(field.columns[0].name) if targets else None
        if not id:
            continue
        target = record.get(f"{field.name}_entity") if len(targets) > 1 else targets[0]
        if target:
            yield field.name, str(target), str(id)


def unsent(entity: Entity, record: Record, catalog: Catalog) -> Mapping[str, str] | None:
    """A request that is not sent yet: its page leads to the choice of who does it."""
    return {"request": str(record["id"])} if entity.name == "request" and record.get("status") == "unclear" else None
