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
        "3 attributes.w: 'number' is not one of its values; one of: text, integer, decimal, boolean, date, entity",
        "5 values.x.n: a whole number is expected, found '1.5'",
        "5 values.x.probabilty: unknown key 'probabilty'; one of: n, c, d",
        "6 values.y.c: 'k' is no code of 'c'; one of: j",
        "6 values.y.colour: 'red' is not one of its values; one of: neutral, info, ok, warn, bad",
        "7 values.z.replaced_by: 'z' is the code itself",
        "7 values.z.valid_from: a date (2026-01-31) is expected, found 'soon'",
        "8 values.u.parent: parents run in a circle: u -> v -> u",
        "10 values.w.valid_until: valid_until is before valid_from",
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
