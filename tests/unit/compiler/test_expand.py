"""Mixins, child tables, ties and inline code lists written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xrm_core.metamodel.text import say

MIXIN = """
mixin: relationship
label: {en: Relationship, de: Beziehung}
title: "{name}"
search: [name]
keys: [[name]]
rules: [{check: "record.name != null", message: Name}]
fields:
  name: {type: text, max: 50}
  kind: {type: choice, values: [a, b]}
"""


def test_mixins(folder: Any) -> None:
    """An entity gets fields, keys, rules, search and title of its mixins, and may refine their fields."""
    folder.write("entities/m.yaml", MIXIN)
    folder.write(
        "entities/d.yaml", "entity: donor\nmixins: [relationship]\nfields: {own: {type: text}, name: {max: 90}}\n"
    )
    folder.write("entities/s.yaml", "entity: supplier\nmixins: [relationship]\ntitle: '{kind}'\nsearch: [kind]\n")
    catalog = folder.catalog()
    donor, supplier = catalog.entity("donor"), catalog.entity("supplier")
    assert list(donor.fields) == ["name", "kind", "own", "display"]
    assert donor.fields["name"].options.max == 90
    assert supplier.fields["name"].options.max == 50
    assert (donor.title, supplier.title) == ("{name}", "{kind}")
    assert (donor.search, supplier.search) == (("name",), ("name", "kind"))
    assert donor.keys == supplier.keys
    assert [r.check for r in supplier.rules] == ["record.name != null"]
    assert donor.fields["name"].mixin == "relationship"
    assert donor.fields["own"].mixin is None
    assert catalog.mixins == {"relationship": frozenset({"donor", "supplier"})}
    assert list(catalog.codes["relationship_kind"].values) == ["a", "b"]
    assert donor.columns["kind"].kind.options == ("a", "b")


def test_a_fault_of_a_mixin_is_told_once(folder: Any) -> None:
    """However many entities carry the mixin, and also when none does."""
    folder.write(
        "entities/m.yaml",
        "mixin: m\nfields:\n  x: {type: txet}\n  y: {type: text, mox: 3}\n  z: {type: formula, of: text, is: record.u}\n",
    )
    told = [
        "entities/m.yaml:3 fields.x.type: there is no field type 'txet'; did you mean 'text'?",
        "entities/m.yaml:4 fields.y.mox: unknown key 'mox'; did you mean 'max'?",
    ]
    assert folder.faults() == told
    for name in ("a", "b", "c"):
        folder.write(f"entities/{name}.yaml", f"entity: {name}\nmixins: [m]\n")
    assert folder.faults()[:2] == told


def test_unknown_mixin(one_fault: Callable[..., str]) -> None:
    """The nearest mixin is proposed, and what its fields would have been is no further fault."""
    files = {
        "entities/m.yaml": MIXIN,
        "entities/d.yaml": "entity: d\nmixins: [relation]\ntitle: '{name}'\nkeys: [[name]]\n",
    }
    said = one_fault(files)
    assert said == "entities/d.yaml:2 mixins[0]: there is no mixin 'relation'; did you mean 'relationship'?"


def test_other_faults_stand_beside_a_mixin_that_is_misspelt(folder: Any) -> None:
    """With the fields of the nearest mixin, what else is wrong with the entity is told at once, and nothing that is right."""
    folder.write("entities/m.yaml", MIXIN)
    folder.write("entities/d.yaml", "entity: d\nmixins: [relation]\ntitle: '{name}'\nkeys: [[nmae]]\n")
    mixin, key = folder.faults()
    assert mixin == "entities/d.yaml:2 mixins[0]: there is no mixin 'relation'; did you mean 'relationship'?"
    assert key.startswith("entities/d.yaml:4 keys")
    assert key.endswith("there is no field 'nmae' on 'd'; did you mean 'name'?")


def test_two_mixins_with_one_field(one_fault: Callable[..., str]) -> None:
    """Two mixins that bring the same field differently clash, with both places."""
    said = one_fault(
        {
            "entities/a.yaml": "mixin: a\nfields:\n  x: {type: text}\n",
            "entities/b.yaml": "mixin: b\nfields:\n  x: {type: integer}\n",
            "entities/e.yaml": "entity: e\nmixins: [a, b]\n",
        }
    )
    assert said == (
        "entities/b.yaml:3 fields.x: 'e' gets 'x' from mixin 'a' (organisation/entities/a.yaml:3) and from mixin 'b'; rename one of the two"
    )


CHILDREN = """
entity: party
fields:
  name: {type: text}
  addresses:
    type: child_table
    label: Addresses
    class: contact
    title: "{place}"
    keys: [[party, place]]
    rules: [{check: "record.place != 'x'", message: Not x}]
    fields:
      place: {type: text, required: true}
      kind: {type: choice, values: {home: Home, work: {en: Work, de: Arbeit}, old: {label: Old, retired: true}}}
      secret: {type: text, class: identity}
---
entity: campaign
fields:
  name: {type: text}
  members: {type: many_to_many, to: party, reverse: campaigns, fields: {since: {type: date}}}
  friends: {type: many_to_many, to: campaign, as: friend}
  marks: {type: many_to_many, to: [party, campaign]}
"""
CLASSES = "classes: {contact: {}, identity: {}}\n"


def test_child_tables(folder: Any) -> None:
    """A child table makes an entity with a link to the owner, a position, and its own keys, rules and title."""
    folder.write("entities/x.yaml", CHILDREN)
    folder.write("access/x.yaml", CLASSES)
    catalog = folder.catalog()
    rows, party = catalog.entity("party_addresses"), catalog.entity("party")
    assert list(rows.fields) == ["party", "position", "place", "kind", "secret", "display"]
    assert rows.parent == "party"
    assert rows.fields["party"].required
    assert rows.fields["party"].options.on_delete == "cascade"
    assert [k.columns for k in rows.keys] == [("party", "place")]
    assert (rows.rules[0].where.key, rows.rules[0].where.line) == ("fields.addresses.rules[0]", 11)
    assert rows.title == "{place}"
    assert say(rows.plural) == "Addresses"
    assert (rows.fields["place"].data_class, rows.fields["secret"].data_class) == ("contact", "identity")
    assert party.children["addresses"].kind == "child_table"
    assert (party.children["addresses"].entity, party.children["addresses"].by) == ("party_addresses", "party")
    assert party.fields["addresses"].virtual
    assert "addresses" not in party.columns
    codes = catalog.codes["party_addresses_kind"].values
    assert codes["work"].label == {"en": "Work", "de": "Arbeit"}
    assert codes["old"].retired


def test_ties(folder: Any) -> None:
    """A many-to-many makes an entity with a link to either side."""
    folder.write("entities/x.yaml", CHILDREN)
    folder.write("access/x.yaml", CLASSES)
    catalog = folder.catalog()
    tie = catalog.entity("campaign_members")
    assert list(tie.fields) == ["campaign", "party", "since", "display"]
    assert catalog.entity("campaign").children["members"].tie == "party"
    assert catalog.entity("campaign").children["members"].kind == "many_to_many"
    assert catalog.entity("party").children["campaigns"].by == "party"
    assert list(catalog.entity("campaign_friends").fields)[:2] == ["campaign", "friend"]
    assert list(catalog.entity("campaign_marks").columns)[-3:] == ["campaign", "target", "target_entity"]


def test_faults_in_a_child_table_have_their_place(folder: Any) -> None:
    """The key path of a fault leads through the field that makes the entity."""
    folder.write(
        "entities/x.yaml",
        "entity: p\nfields:\n  rows:\n    type: child_table\n    fields:\n      a: {type: text, mox: 3}\n      b: {type: link, to: q}\n"
        "      c: {type: formula, of: integer, is: record.b2}\n      p: {type: text}\n      deep: {type: child_table, fields: {x: {type: text}}}\n",
    )
    found = folder.faults()
    assert [f.partition(": ")[0] for f in found] == [
        "entities/x.yaml:6 fields.rows.fields.a.mox",
        "entities/x.yaml:7 fields.rows.fields.b.to",
        "entities/x.yaml:8 fields.rows.fields.c.is",
        "entities/x.yaml:9 fields.rows.fields.p",
        "entities/x.yaml:10 fields.rows.fields.deep",
    ]


def test_made_name_is_taken(folder: Any) -> None:
    """A made entity may not have the name of another one."""
    folder.write("entities/a.yaml", "entity: p\nfields:\n  rows: {type: child_table, fields: {a: {type: text}}}\n")
    folder.write("entities/b.yaml", "entity: p_rows\nfields: {a: {type: text}}\n")
    assert any("'p_rows' is also the name of the entity at" in fault for fault in folder.faults())


def test_a_mixins_child_table_is_made_for_each_entity(folder: Any) -> None:
    """Every entity that carries the mixin has rows of its own; their inline codes are shared by nobody."""
    folder.write("entities/m.yaml", "mixin: m\nfields:\n  notes: {type: child_table, fields: {text: {type: text}}}\n")
    folder.write("entities/a.yaml", "entity: a\nmixins: [m]\n---\nentity: b\nmixins: [m]\n")
    assert {"a_notes", "b_notes"} <= set(folder.catalog().entities)


def test_links_to_a_mixin(folder: Any) -> None:
    """A link to a mixin may point to all that carry it, also to those that another layer adds."""
    folder.write(
        "entities/m.yaml",
        "mixin: subject\n---\nentity: a\nmixins: [subject]\n---\nentity: note\nfields:\n  about: {type: link, to: {mixin: subject}, reverse: notes}\n",
        "one",
    )
    folder.write("entities/b.yaml", "entity: b\nmixins: [subject]\n")
    catalog = folder.catalog()
    assert catalog.entity("note").columns["about"].kind.entities == ("a", "b")
    assert set(catalog.entity("b").children) == {"notes"}
    assert catalog.targets("mixin:subject") == ("a", "b")
