"""Step 3, first half: what stands for more than it says is written out: mixins, child tables, ties, inline code lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import Problem
from .blocks import Block, Items, copied, key_path
from .merge import APPENDED, Definition, Definitions
from .validate import nearest, nearest_of

CHILD_TABLE, MANY_TO_MANY = "child_table", "many_to_many"
"""The two field types that make entities of their own; everything else about them is said by the types themselves."""
OWN_KEYS = ("plural", "title", "keys", "rules", "search", "icon", "description", "lifecycle")
"""Keys of a child table that are the made entity's."""


class Expanded:
    """Entities with everything written out. `made` says for each made entity its owner, the owner's field and the tie's link."""

    def __init__(self) -> None:
        self.entities: dict[str, Definition] = {}
        self.mixins_of: dict[str, tuple[str, ...]] = {}
        self.field_mixin: dict[tuple[str, str], str] = {}
        self.made: dict[str, tuple[str, str, str | None]] = {}
        self.codes: dict[str, Definition] = {}
        self.unknown: set[str] = set()
        """Entities of which a mixin is not known, nor a name near it: their fields are not all known either."""


def expand(definitions: Definitions, problems: list[Problem]) -> Expanded:
    """All entities of the catalog, the made ones included. The definitions' own blocks stay as they are."""
    done = Expanded()
    expander = _Expander(definitions, problems, done)
    for definition in definitions.of("entity").values():
        block = expander.with_mixins(definition)
        expander.add(Definition("entity", definition.name, definition.layer, block, definition.place))
    return done


class _Expander:
    def __init__(self, definitions: Definitions, problems: list[Problem], done: Expanded) -> None:
        self.definitions, self.files, self.problems, self.done = definitions, definitions.files, problems, done

    def problem(self, place: int, key: str, message: str, code: str, hint: str | None = None) -> None:
        self.problems.append(Problem(message, code, where=self.files.where(place, key), hint=hint))

    def add(self, definition: Definition, depth: int = 0) -> None:
        """Take an entity in, and those that its fields make."""
        other = self.done.entities.get(definition.name)
        if other is not None:
            there = self.files.where(other.place)
            self.problem(
                definition.place,
                "",
                f"'{definition.name}' is also the name of the entity at {there}",
                "defined_twice",
                "rename the field that makes it",
            )
            return
        self.done.entities[definition.name] = definition
        for name, block, place in fields_of(definition.block):
            if isinstance(block.get("values"), (Block, Items)):
                self.inline_codes(definition, name, block)
            if block.get("type") in (CHILD_TABLE, MANY_TO_MANY):
                if depth:
                    self.problem(
                        place,
                        key_path((*definition.at, "fields", name)),
                        "a child table cannot hold another one",
                        "nested",
                        "make it an entity with a link",
                    )
                    continue
                self.add(self.children(definition, name, block, place), depth + 1)

    # ---- mixins
    def with_mixins(self, definition: Definition) -> Block:
        """The entity's block with the fields, keys, rules, search and title of its mixins below its own. For a mixin that is
        not known the nearest name is taken, so that the entity's other faults are told too."""
        block = definition.block.copied()
        names = block.get("mixins")
        known = self.definitions.of("mixin")
        found: list[Definition] = []
        listed = names if isinstance(names, Items) else Items()
        for index, (name, place) in enumerate(zip(listed, listed.places, strict=True)):
            if isinstance(name, str) and name not in known:
                self.problem(
                    place, f"mixins[{index}]", f"there is no mixin '{name}'", "unknown_mixin", nearest(name, known)
                )
                name = nearest_of(name, known)
                if name is None:
                    self.done.unknown.add(definition.name)
            if isinstance(name, str) and known[name] not in found:
                found.append(known[name])
        self.done.mixins_of[definition.name] = tuple(m.name for m in found)
        if not found:
            return block
        merged = Block()
        for mixin in found:
            self._take_fields(definition, mixin, merged)
        for name, field, place in fields_of(block, everything=True):
            if isinstance(field, Block) and isinstance(merged.get(name), Block):
                over(merged[name], field)
            else:
                merged.put(name, field, place)
        block.put("fields", merged, block.places.get("fields", definition.place))
        for mixin in found:
            inherit(block, mixin.block)
        return block

    def _take_fields(self, definition: Definition, mixin: Definition, merged: Block) -> None:
        for name, field, place in fields_of(mixin.block, everything=True):
            if name in merged:
                if merged[name] != field:
                    first = self.done.field_mixin[definition.name, name]
                    message = f"'{definition.name}' gets '{name}' from mixin '{first}' ({self.files.where(merged.places[name])}) and from mixin '{mixin.name}'"
                    self.problem(place, f"fields.{name}", message, "clash", "rename one of the two")
                continue
            merged.put(name, copied(field), place)
            self.done.field_mixin[definition.name, name] = mixin.name

    # ---- made entities
    def children(self, owner: Definition, name: str, field: Block, place: int) -> Definition:
        """The entity of a child table's rows, or of a many-to-many's ties."""
        block = Block()
        made = f"{owner.name}_{name}"
        block.put("entity", made, place)
        for key in ("label", *OWN_KEYS):
            if key in field:
                block.put(key, field[key], field.places[key])
        if "label" in field and "plural" not in field:
            block.put("plural", field["label"], field.places["label"])
        if owner.block.get("history") is False:
            block.put("history", False, place)
        was = owner.block.get("was")
        if isinstance(was, str) or isinstance(field.get("was"), str):
            block.put("was", f"{was or owner.name}_{field.get('was') or name}", place)
        fields = Block()
        parent = link(owner.name, place, on_delete="cascade", reverse=name)
        if isinstance(was, str):
            parent.put("was", was, place)
        fields.put(owner.name, parent, place)
        tie: str | None = None
        if field.get("type") == MANY_TO_MANY:
            tie = self.tie(owner.name, field)
            to = field.get("to") or owner.name  # a missing target is told at the field
            other = link(to, field.places.get("to", place), on_delete="cascade")
            for key in ("reverse", "reverse_label"):
                if key in field:
                    other.put(key, field[key], field.places[key])
            target = self.definitions.of("entity").get(tie)
            if target is not None and "label" in target.block:
                other.put("label", target.block["label"], target.block.places["label"])
            if target is not None and isinstance(target.block.get("was"), str):
                other.put("was", target.block["was"], place)
            fields.put(tie, other, field.places.get("to", place))
        else:
            position = Block(
                {"type": "integer", "hidden": True, "default": 0, "required": True},
                dict.fromkeys(("type", "hidden", "default", "required"), place),
            )
            fields.put("position", position, place)
        for own, value, at in fields_of(field, everything=True):
            if own in fields:
                self.problem(
                    at,
                    f"fields.{name}.fields.{own}",
                    f"'{own}' is the name of a field that every row of '{name}' has",
                    "reserved",
                    "rename it",
                )
                continue
            value = copied(value)
            if isinstance(value, Block) and "class" in field and "class" not in value:
                value.put("class", field["class"], field.places["class"])
            fields.put(own, value, at)
        block.put("fields", fields, place)
        self.done.made[made] = (owner.name, name, tie)
        return Definition("entity", made, owner.layer, block, place, at=("fields", name))

    def tie(self, owner: str, field: Block) -> str:
        """Name of the tie's link to the other side: `as`, else the one entity or mixin it leads to, else `target`."""
        name, to = field.get("as"), field.get("to")
        if isinstance(to, Items) and len(to) == 1:
            to = to[0]
        if not isinstance(name, str):
            name = to if isinstance(to, str) else to.get("mixin") if isinstance(to, Block) else "target"
        return f"other_{name}" if name == owner else str(name)

    # ---- inline codes
    def inline_codes(self, definition: Definition, name: str, field: Block) -> None:
        """`values:` of a choice become a code list named after entity and field."""
        place = field.places["values"]
        if "codes" in field and self.files.layer(field.places["codes"]) == self.files.layer(place):
            return  # told by the field type: one of the two is enough
        values = field.pop("values")
        codes = f"{definition.name}_{name}"
        mixin = self.done.field_mixin.get((definition.name, name))
        if mixin is not None:
            codes = f"{mixin}_{name}"
        field.put("codes", codes, place)
        block = Block()
        block.put("codes", codes, place)
        if "label" in field:
            block.put("label", field["label"], field.places["label"])
        block.put("values", values, place)
        if codes in self.definitions.of("codes"):
            there = self.files.where(self.definitions.of("codes")[codes].place)
            self.problem(
                place,
                key_path((*definition.at, "fields", name, "values")),
                f"the code list '{codes}' is also defined at {there}",
                "defined_twice",
                "write 'codes: ...' in place of 'values: ...'",
            )
        self.done.codes.setdefault(
            codes, Definition("codes", codes, definition.layer, block, place, at=("fields", name))
        )


def link(to: Any, place: int, *, on_delete: str, reverse: str | None = None) -> Block:
    """The block of a required link."""
    block = Block()
    for key, value in {"type": "link", "to": to, "required": True, "on_delete": on_delete, "reverse": reverse}.items():
        if value is not None:
            block.put(key, value, place)
    return block


def over(under: Block, upper: Block) -> None:
    """Put an entity's own settings of a field over those of the mixin; nobody has to be asked."""
    for key, value in upper.items():
        old = under.get(key)
        if isinstance(old, Block) and isinstance(value, Block):
            over(old, value)
            continue
        if key in under and old != value:
            under.before = {**(under.before or {}), key: [*(under.before or {}).get(key, []), (under.places[key], old)]}
        under.put(key, value, upper.places[key])


def inherit(block: Block, mixin: Block) -> None:
    """Title where the entity has none; keys, rules and search fields beside its own."""
    for name in ("title", "next_step"):
        if name in mixin and name not in block:
            block.put(name, mixin[name], mixin.places[name])
    for key in APPENDED:
        added = mixin.get(key)
        if key in ("mixins", "items") or not isinstance(added, Items):
            continue
        own = block.get(key)
        joined = Items((copied(v) for v in added), list(added.places))
        for value, place in zip(own, own.places, strict=True) if isinstance(own, Items) else ():
            if value not in joined:
                joined.put(value, place)
        block.put(key, joined, block.places.get(key, mixin.places[key]))


def fields_of(block: Block, everything: bool = False) -> Iterator[tuple[str, Any, int]]:
    """(name, block, place) of the fields of an authored entity, mixin or child table; of `everything`, also what is no mapping."""
    fields = block.get("fields")
    if not isinstance(fields, Block):
        return
    for name, field in fields.items():
        if everything or isinstance(field, Block):
            yield name, field, fields.places[name]
