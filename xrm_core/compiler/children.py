"""Step 3: the sets of records that point at a record: child tables, ties, reverse links."""

from __future__ import annotations

from collections.abc import Mapping

from ..expressions import UNSAYABLE
from ..metamodel.catalog import Children, Entity, Field
from ..metamodel.text import Text, as_text
from .draft import Draft, language_of
from .entities import unsayable


def connect(draft: Draft, entities: Mapping[str, Entity]) -> None:
    """Fill `children` of all entities (just made, not yet seen by anyone) from the links that point to them."""
    found: dict[str, dict[str, Children]] = {name: {} for name in entities}
    for entity in entities.values():
        for field in entity.fields.values():
            if field.virtual or field.retired or not field.columns or field.columns[0].kind.kind != "ref":
                continue
            for target in field.columns[0].kind.entities:
                if target in found:
                    _add(
                        draft, entities[target], found[target], _children(draft, entities, entity, field, target), field
                    )
    for name, children in found.items():
        order = {f: i for i, f in enumerate(entities[name].fields)}
        ordered = sorted(children.values(), key=lambda c: (order.get(c.name, len(order)), c.kind != "reverse", c.name))
        object.__setattr__(entities[name], "children", {c.name: c for c in ordered})


def _children(draft: Draft, entities: Mapping[str, Entity], entity: Entity, field: Field, target: str) -> Children:
    made = draft.expanded.made.get(entity.name)
    if made is not None and made[0] == target and field.name == made[0]:
        owner, name, tie = made
        told = entities[owner].fields.get(name)
        label = told.label if told is not None else entity.plural
        return Children(name, entity.name, field.name, "many_to_many" if tie else "child_table", label, tie)
    name = getattr(field.options, "reverse", None) or f"{entity.name}_via_{field.name}"
    return Children(name, entity.name, field.name, "reverse", _label(draft, entity, field))


def _label(draft: Draft, entity: Entity, field: Field) -> Text:
    said = getattr(field.options, "reverse_label", None)
    if said is not None:
        return as_text(said, "", language_of(draft, field.layer))
    return entity.plural


def _add(draft: Draft, target: Entity, children: dict[str, Children], made: Children, field: Field) -> None:
    definition = draft.expanded.entities[field.entity]
    own = made.kind != "reverse"
    if made.name in children or (not own and (made.name in target.fields or made.name in target.columns)):
        message = f"'{target.name}' already has '{made.name}'"
        draft.problem(
            definition,
            ("fields", field.name, "reverse"),
            message,
            "reverse_clash",
            "give the link another name with 'reverse: ...'",
        )
        return
    if not own and made.name in UNSAYABLE:
        draft.problem(definition, ("fields", field.name, "reverse"), *unsayable(made.name))
    children[made.name] = made
