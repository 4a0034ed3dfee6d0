"""Code lists in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from xrm_core.metamodel.text import say


def test_short_and_long_forms(folder: Any) -> None:
    """A list of codes, bare labels, labels by language and full entries say the same in different length."""
    folder.write(
        "codes/a.yaml",
        "codes: a\nvalues: [x_y, 7, on]\n---\ncodes: b\nvalues: {x: Label, y: {en: Yes, de: Ja}, z: , n: {label: No}}\n",
    )
    codes = folder.catalog().codes
    assert [(c, say(v.label)) for c, v in codes["a"].values.items()] == [("x_y", "X y"), ("7", "7"), ("on", "On")]
    assert [(c, say(v.label, "de")) for c, v in codes["b"].values.items()] == [
        ("x", "Label"),
        ("y", "Ja"),
        ("z", "Z"),
        ("n", "No"),
    ]


def test_attributes_and_validity(folder: Any) -> None:
    """Attributes have the declared types; days are dates."""
    folder.write(
        "codes/a.yaml",
        "codes: a\nattributes: {n: integer, d: decimal, b: boolean, on: date, t: text}\nvalues:\n"
        "  x: {n: 3, d: 0.1, b: true, on: 2026-01-31, t: {en: T, de: U}, valid_from: 2020-01-01, valid_until: 2020-12-31, replaced_by: y, colour: warn}\n  y:\n",
    )
    value = folder.catalog().codes["a"].values["x"]
    assert value.attributes == {
        "n": 3,
        "d": Decimal("0.1"),
        "b": True,
        "on": date(2026, 1, 31),
        "t": {"en": "T", "de": "U"},
    }
    assert (value.valid_from, value.valid_until, value.replaced_by) == (date(2020, 1, 1), date(2020, 12, 31), "y")
    assert not value.is_valid(date(2021, 1, 1))
    assert folder.catalog().codes["a"].values["y"].attributes["n"] is None


def test_faults(folder: Any) -> None:
    """Each wrong part of a list is one error at its line."""
    folder.write(
        "codes/a.yaml",
        "codes: a\nsteward: nobody\nattributes: {n: integer, c: codes, d: codes:gone, w: number}\nvalues:\n"
        "  x: {n: 1.5, probabilty: 3}\n  y: {c: k, colour: red}\n  z: {valid_from: soon, replaced_by: z}\n"
        "  u: {parent: v}\n  v: {parent: u}\n  w: {valid_from: 2020-02-01, valid_until: 2020-01-01}\n---\ncodes: c\nvalues: [j]\n",
    )
    assert [f.removeprefix("codes/a.yaml:") for f in folder.faults()] == [
        "2 steward: there is no role 'nobody'",
        "3 attributes.d: there is no code list 'gone'; one of: a, c",
        "3 attributes.w: 'number' is not one of its values; one of: text, integer, decimal, boolean, date, entity, department, list",
        "5 values.x.n: a whole number is expected, found '1.5'",
        "5 values.x.probabilty: unknown key 'probabilty'; one of: n, c, d",
        "6 values.y.c: 'k' is no code of 'c'; one of: j",
        "6 values.y.colour: 'red' is not one of its values; one of: neutral, info, ok, warn, bad",
        "7 values.z.replaced_by: 'z' is the code itself",
        "7 values.z.valid_from: a date (2026-01-31) is expected, found 'soon'",
        "8 values.u.parent: parents run in a circle: u -> v -> u",
        "10 values.w.valid_until: valid_until is before valid_from",
    ]


def test_attributes_name_what_there_is(folder: Any) -> None:
    """An attribute may name a department or a code list, lie within bounds, and be required of every code that is not retired."""
    folder.write("access/departments.yaml", "department: sales\nlabel: Sales\n")
    folder.write(
        "codes/a.yaml",
        'codes: a\nattributes: {by: department, of: list, n: "integer:1..4", m: "integer:0.."}\nrequired: [n, x]\nvalues:\n'
        "  x: {by: sale, n: 5}\n  y: {of: b, n: 1, m: -1}\n  z: {by: sales, of: a}\n  u: {n: 4, retired: true}\n  v: {n: 0}\n"
        "  w: {retired: true}\n",
    )
    assert [f.removeprefix("codes/a.yaml:") for f in folder.faults()] == [
        "3 required: there is no attribute 'x'; one of: by, of, n, m",
        "5 values.x.by: there is no department 'sale'; did you mean 'sales'?",
        "5 values.x.n: a whole number, 1 to 4, is expected, found 5",
        "6 values.y.m: a whole number, 0 or more, is expected, found -1",
        "6 values.y.of: there is no code list 'b'; one of: a",
        "7 values.z.n: the code says no n; give n: every code of 'a' has one",
        "9 values.v.n: a whole number, 1 to 4, is expected, found 0",
    ]


def test_an_attribute_may_be_about_one_entity_and_asked_for_by_another(folder: Any) -> None:
    """An attribute may name only one entity, or what carries a mixin; and may be required where other attributes hold something."""
    folder.write("entities/a.yaml", "mixin: scored\n---\nentity: team\nmixins: [scored]\n---\nentity: room\n")
    folder.write(
        "codes/a.yaml",
        'codes: a\nattributes: {one: "entity:team", all: "entity:scored", no: "entity:teem", kind: text, of: list}\n'
        "required_when: {of: {kind: choice}, off: {kind: x}}\nvalues:\n"
        "  u: {one: room}\n  v: {one: team, all: team, kind: choice, of: a}\n  w: {one: teams}\n  x: {all: room}\n"
        "  y: {kind: choice}\n  z: {kind: choice, retired: true}\n",
    )
    assert [f.removeprefix("codes/a.yaml:") for f in folder.faults()] == [
        "2 attributes.no: there is no entity or mixin 'teem'; did you mean 'team'?",
        "3 required_when.off: there is no attribute 'off'; did you mean 'of'?",
        "5 values.u.one: this is about 'team', not about 'room'; write team",
        "7 values.w.one: there is no entity or mixin 'teams'; did you mean 'team'?",
        "8 values.x.all: this is about 'scored', not about 'room'; one of: scored, team",
        "9 values.y.of: the code says no of, and its kind is choice; give of, or say another kind",
    ]


def test_codes_may_hold_expressions(folder: Any) -> None:
    """An attribute may be an expression over the entity or mixin that another attribute names; it is checked where it stands."""
    folder.write(
        "entities/a.yaml", "mixin: scored\nfields: {points: {type: integer}}\n---\nentity: team\nmixins: [scored]\n"
    )
    folder.write(
        "codes/a.yaml",
        'codes: a\nattributes: {over: entity, is: "expression:over", w: "expression:gone"}\nvalues:\n'
        '  x: {over: scored, is: "record.points * 2"}\n  y: {over: team, is: "record.point"}\n  z: {is: "1"}\n  u: {over: teem}\n',
    )
    assert [f.removeprefix("codes/a.yaml:") for f in folder.faults()] == [
        "2 attributes.w: there is no attribute of type entity 'gone'; one of: over",
        "5 values.y.is: team has no field 'point' (at character 8 of 'record.point'); did you mean 'points'?",
        "6 values.z.is: the code names no over, which the expression is about; give over: the name of an entity or mixin",
        "7 values.u.over: there is no entity or mixin 'teem'; did you mean 'team'?",
    ]


def test_expressions_of_codes_give_what_the_list_says(folder: Any) -> None:
    """A list may say what the expressions of its codes give, and that an attribute names a step of a lifecycle or a field."""
    folder.write(
        "entities/a.yaml",
        "entity: team\nfields:\n  points: {type: integer}\n  stage: {type: choice, codes: stage, default: old}\n"
        "lifecycle: {field: stage, transitions: {rest: {from: [old], to: done}}}\n",
    )
    folder.write(
        "codes/a.yaml",
        "codes: stage\nvalues: [old, done]\n---\ncodes: a\n"
        'attributes: {over: entity, n: "expression:over:decimal", y: "expression:over:boolean", step: "transition:over", f: "field:over"}\nvalues:\n'
        '  x: {over: team, n: "record.points", y: "record.points > 1", step: rest, f: points}\n'
        '  z: {over: team, n: "record.stage", y: "record.points", step: rets, f: pionts}\n',
    )
    assert [f.removeprefix("codes/a.yaml:") for f in folder.faults()] == [
        "8 values.z.f: there is no field 'pionts' on 'team'; did you mean 'points'?",
        "8 values.z.n: the result must be decimal, found text (at character 1 of 'record.stage')",
        "8 values.z.step: there is no transition of 'team' called 'rets'; did you mean 'rest'?",
        "8 values.z.y: the result must be bool, found int (at character 1 of 'record.points')",
    ]
