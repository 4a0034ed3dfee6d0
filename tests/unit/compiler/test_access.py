"""Departments, roles, grants, the needs matrix, data classes."""

from __future__ import annotations

from typing import Any

import pytest

ENTITIES = """
mixin: rel
fields: {owner: {type: link, to: person}, stage: {type: text}}
---
entity: donor
mixins: [rel]
fields: {iban: {type: text, class: bank}, s: {type: choice, values: [x, y]}}
lifecycle: {field: s, transitions: {win: {from: [x], to: y}}}
---
entity: person
fields: {name: {type: text, class: identity}}
"""
ACCESS = """
department: top
label: Top
---
department: sales
label: Sales
parent: top
---
role: seller
label: Seller
department: sales
---
classes: {bank: {read_logged: true}, identity: {label: Who}}
needs:
  bank: {sales: R, seller: W, steward: W}
---
grants:
  - {role: seller, entity: donor, verbs: [read, update, win], rows: "record.owner == actor.id", without: [iban]}
  - {role: seller, mixin: rel, verbs: [read], rows: true}
"""


def test_all_of_it(folder: Any) -> None:
    """What access metadata says is in the catalog."""
    folder.write(
        "entities/x.yaml", ENTITIES.replace("to: person", "to: user") + "---\nentity: user\nfields: {n: {type: text}}\n"
    )
    folder.write("access/x.yaml", ACCESS)
    catalog = folder.catalog()
    assert catalog.departments["sales"].parent == "top"
    assert catalog.roles["seller"].department == "sales"
    assert [(g.entity, g.mixin, g.verbs) for g in catalog.grants] == [
        ("donor", None, ["read", "update", "win"]),
        (None, "rel", ["read"]),
    ]
    assert catalog.needs.classes["bank"].read_logged
    assert catalog.needs.needs["bank"]["seller"] == "W"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("department: a\nlabel: A\nparent: b\n---\ndepartment: b\nlabel: B\nparent: a\n", "3 parent: departments run in a circle: a -> b -> a; take one parent out"),
        ("role: r\nlabel: R\ndepartment: salse\n", "3 department: there is no department 'salse'; did you mean 'sales'?"),
        ("grants:\n  - {role: selller, entity: donor, verbs: [read]}\n", "2 grants[0].role: there is no role 'selller'; did you mean 'seller'?"),
        ("grants:\n  - {role: seller, verbs: [read]}\n", "2 grants[0].entity: exactly one of 'entity' and 'mixin' is needed; a grant opens one entity, or all that carry a mixin"),
        ("grants:\n  - {role: seller, entity: doner, verbs: [read]}\n", "2 grants[0].entity: there is no entity 'doner'; did you mean 'donor'?"),
        ("grants:\n  - {role: seller, mixin: rell, verbs: [read]}\n", "2 grants[0].mixin: there is no mixin 'rell'; did you mean 'rel'?"),
        ("grants:\n  - {role: seller, entity: donor, verbs: []}\n", "2 grants[0].verbs: this names no verb, and so opens or closes nothing; one of: read, create"),
        ("grants:\n  - {role: seller, entity: donor, verbs: [raed]}\n", "2 grants[0].verbs[0]: there is no verb 'raed'; did you mean 'read'?"),
        ("grants:\n  - {role: seller, entity: donor, verbs: [read], fields: [ibann]}\n", "2 grants[0].fields[0]: there is no field 'ibann' on 'donor'; did you mean 'iban'?"),
        ("grants:\n  - {role: seller, entity: donor, verbs: [read], rows: record.ownr == actor.id}\n", "2 grants[0].rows: donor has no field 'ownr'"),
        ("grants:\n  - {role: seller, mixin: rel, verbs: [read], rows: record.iban == 'x'}\n", None),
        ("grants:\n  - {role: anonymous, entity: donor, verbs: [read]}\n", "2 grants[0].role: this opens records to everybody on the network; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: anonymous, entity: donor, verbs: [read], public: acknowledged}\n", None),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read]}\n", "2 grants[0].role: this opens all records to everybody who is signed in; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: true, public: acknowledged}\n", None),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: 1 == 1}\n", "2 grants[0].rows: this condition asks neither for the record nor for the reader; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: record.id == record.id}\n", "2 grants[0].rows: this condition holds for every record; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: record.id == record.id, public: acknowledged}\n", None),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: true || record.owner == actor.id}\n", "2 grants[0].rows: this condition holds for every record; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: record.id != null}\n", "2 grants[0].rows: this condition holds for every record; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: record.owner == null || record.owner != null}\n", "2 grants[0].rows: this condition holds for every record; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: record.owner == actor.id || !(record.owner == actor.id)}\n", "2 grants[0].rows: this condition holds for every record; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: \"record.owner == actor.id ? true : !(record.id != record.id)\"}\n", "2 grants[0].rows: this condition holds for every record; write 'public: acknowledged' if that is meant"),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: record.owner == actor.id && record.id == record.id}\n", None),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], rows: record.owner == actor.id}\n", None),
        ("grants:\n  - {role: everyone, entity: donor, verbs: [read], deny: true}\n", None),
        ("grants:\n  - {role: seller, mixin: rel, verbs: [read], fields: [stagee]}\n", "2 grants[0].fields[0]: there is no field 'stagee' on 'donor'; did you mean 'stage'?"),
        ("grants: {role: seller}\n", "1 grants: a list is expected"),
        ("grants:\n  - seller\n", "2 grants[0]: a grant is a mapping with role, entity, verbs"),
        ("grants: []\nneeds: {}\n", "2 needs: one document says both 'grants' and 'needs'; separate the two by a line of ---"),
        ("needs:\n  bnak: {sales: R}\n", "2 needs.bnak: there is no data class 'bnak'; did you mean 'bank'?"),
        ("needs:\n  identity: {slaes: R}\n", "2 needs.identity.slaes: there is no department or role 'slaes'; did you mean 'sales'?"),
        ("needs:\n  identity: {sales: X}\n", "2 needs.identity.sales: 'X' is not one of its values; one of: R, W, -"),
    ],
)  # fmt: skip
def test_faults(folder: Any, text: str, said: str | None) -> None:
    """What access metadata names must exist."""
    folder.write(
        "entities/x.yaml", ENTITIES.replace("to: person", "to: user") + "---\nentity: user\nfields: {n: {type: text}}\n"
    )
    folder.write("access/x.yaml", ACCESS)
    folder.write("access/y.yaml", text)
    found = folder.faults()
    assert len(found) == (said is not None), found
    assert all(f.startswith(f"access/y.yaml:{said}") for f in found)


def test_deny_over_what_may_be_empty(folder: Any) -> None:
    """A deny that compares a field which may be empty also closes records where it is; one that asks whether it is empty,
    or compares a field that never is, is in order."""
    fields = "  x: {type: text, class: c}\n  y: {type: integer, required: true, class: c}\n"
    folder.write("entities/x.yaml", f"entity: a\nfields:\n{fields}")
    deny = '  - {role: r, entity: a, verbs: [read], deny: true, rows: "%s"}\n'
    head = (
        "classes: {c: {}}\n---\nrole: r\nlabel: R\n---\ngrants:\n  - {role: r, entity: a, verbs: [read], rows: true}\n"
    )
    folder.write("access/x.yaml", head + deny % "record.x == 'q'" + deny % "record.x == null" + deny % "record.y == 1")
    assert folder.faults() == []
    assert folder.doubts() == [
        "access/x.yaml:8 grants[1].rows: records whose 'x' is empty are closed by this too; "
        "make 'x' required with a default, or ask for 'record.x != null' if that is not meant"
    ]


def test_unknown_class(folder: Any) -> None:
    """A field's data class must be declared."""
    folder.write("entities/x.yaml", "entity: a\nfields:\n  x: {type: text, class: bnak}\n")
    folder.write("access/x.yaml", "classes: {bank: {}}\n")
    assert folder.faults() == ["entities/x.yaml:3 fields.x.class: there is no data class 'bnak'; did you mean 'bank'?"]


def test_doubts(folder: Any) -> None:
    """A field without a class, and a rule that also holds where a value is empty, are doubts."""
    folder.write(
        "entities/x.yaml", "entity: a\nfields:\n  x: {type: text}\n  y: {type: text, class: c, required: true}\n"
    )
    folder.write(
        "access/x.yaml",
        "classes: {c: {}}\n---\nrole: r\nlabel: R\n---\ngrants:\n  - {role: r, entity: a, verbs: [read], rows: \"record.x != 'q'\"}\n"
        "  - {role: r, entity: a, verbs: [read], rows: \"!(record.x == 'q')\"}\n  - {role: r, entity: a, verbs: [read], rows: \"record.y != 'q'\"}\n",
    )
    assert folder.faults() == []
    assert folder.doubts() == [
        "access/x.yaml:7 grants[0].rows: '!=' also holds where 'x' is empty; add '&& record.x != null' if that is not meant",
        "access/x.yaml:8 grants[1].rows: '!' also holds where 'x' is empty; add '&& record.x != null' if that is not meant",
        "entities/x.yaml:3 fields.x: 'x' has no data class; write 'class: ...', so that the needs matrix says who sees it",
    ]
