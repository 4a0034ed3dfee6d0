"""Entities in force: fields, columns, titles, keys, lifecycles, reverse links."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from xrm_core.compiler.behaviour import english_plural
from xrm_core.compiler.schema import schema_of
from xrm_core.metamodel.text import say

NAMES = "s, n, display, id, version, created_at, created_by, updated_at, updated_by, deleted_at"


def test_fields_and_columns(folder: Any) -> None:
    """Compound fields are flat columns; each column knows its field; computed fields are not stored."""
    folder.write(
        "entities/a.yaml",
        "entity: gift\nfields:\n  amount: {type: money, min: 0.01, unique: true}\n  net: {type: formula, of: money, is: record.amount}\n"
        "  share: {type: decimal, default: 0.10}\n",
    )
    gift = folder.catalog(currency="EUR").entity("gift")
    assert list(gift.columns)[7:] == ["amount", "amount_currency", "share"]
    assert gift.field_of_column["amount_currency"] == "amount"
    assert gift.fields["amount"].options.min == Decimal("0.01")
    assert gift.fields["share"].default == Decimal("0.1")
    assert gift.fields["net"].formula == "record.amount"
    assert not gift.fields["net"].columns[0].stored
    assert gift.fields["net"].read_only
    assert [k.columns for k in gift.keys] == [("amount", "amount_currency")]


def test_column_clash(one_fault: Callable[..., str]) -> None:
    """Two fields that need the same column are an error."""
    said = one_fault({"entities/a.yaml": "entity: a\nfields:\n  x: {type: money}\n  x_currency: {type: text}\n"})
    assert said == "entities/a.yaml:4 fields.x_currency: 'x_currency' is taken by field 'x'; rename the field"


@pytest.mark.parametrize("word", ["true", "false", "null", "in"])
@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("entities/a.yaml", "entity: a\nfields:\n  {}: {{type: text}}\n", "3 fields.{}"),
        (
            "entities/a.yaml",
            "entity: a\nfields:\n  {}: {{type: child_table, fields: {{n: {{type: integer}}}}}}\n",
            "3 fields.{}",
        ),
        ("entities/a.yaml", "entity: a\nfields:\n  {}: {{type: formula, of: integer, is: '1'}}\n", "3 fields.{}"),
        ("entities/a.yaml", "entity: '{}'\nfields:\n  n: {{type: text}}\n", "1"),
        ("entities/a.yaml", "entity: a\nfields:\n  up: {{type: link, to: a, reverse: '{}'}}\n", "3 fields.up.reverse"),
        ("codes/a.yaml", "codes: a\nattributes: {{{}: integer}}\nvalues: [x]\n", "2 attributes.{}"),
    ],
)
def test_words_of_expressions_are_no_names(
    one_fault: Callable[..., str], word: str, file: str, text: str, place: str
) -> None:
    """What an expression could never read may not be called so: fields, entities, sets of records, attributes of codes."""
    said = one_fault({file: text.format(word)})
    assert said.startswith(f"{file}:{place.format(word)}")
    assert said.endswith(
        f"'{word}' is a word of expressions and cannot be a name; call it '{word}_' or by another word"
    )


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ("{name: {type: text}, number: {type: text}}", "{name}"),
        ("{number: {type: sequence, pattern: '{n}'}, remark: {type: text}}", "{number}"),
        ("{day: {type: date}, remark: {type: text}}", "{remark}"),
        ("{day: {type: date}, other: {type: link, to: b}}", "{other}"),
        ("{day: {type: date}, same: {type: link, to: a}}", "{created_at}"),
        ("{}", "{created_at}"),
    ],
)
def test_default_title(folder: Any, fields: str, title: str) -> None:
    """Without a template, the name, else the number, else a text, else a link gives the title."""
    folder.write("entities/a.yaml", f"entity: a\nfields: {fields}\n---\nentity: b\nfields: {{name: {{type: text}}}}\n")
    entity = folder.catalog().entity("a")
    assert entity.title == title
    assert entity.fields["display"].formula


def test_title_through_links_and_compound_fields(folder: Any) -> None:
    """A template may name links, fields of linked records, compound fields and choices."""
    folder.write(
        "entities/a.yaml",
        "entity: a\ntitle: '{person}: {b} ({b.name}, {kind})'\nfields:\n  person: {type: person_name}\n  b: {type: link, to: b}\n"
        "  kind: {type: choice, values: [x]}\n---\nentity: b\nfields: {name: {type: text}}\n",
    )
    formula = folder.catalog().entity("a").fields["display"].formula
    assert "record.person_given" in formula
    assert "record.b.display" in formula
    assert "record.b.name" in formula
    assert "codeLabel(record.kind)" in formula


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{nmae}", "a has no field 'nmae'; did you mean 'name'?"),
        ("{name.x}", "'name' is no link to one entity, it has no 'x'"),
        ("{name name}", "'{name name}' is not a field; write a field's name in the braces"),
    ],
)
def test_faulty_titles(one_fault: Callable[..., str], template: str, said: str) -> None:
    """A wrong template is an error at its line."""
    assert one_fault({"entities/a.yaml": f"entity: a\ntitle: '{template}'\nfields: {{name: {{type: text}}}}\n"}) == (
        f"entities/a.yaml:2 title: {said}"
    )


def test_titles_in_a_circle(one_fault: Callable[..., str]) -> None:
    """Titles that need one another are one error."""
    said = one_fault(
        {
            "entities/a.yaml": "entity: a\ntitle: '{b}'\nfields: {b: {type: link, to: b}}\n",
            "entities/b.yaml": "entity: b\ntitle: '{a}'\nfields: {a: {type: link, to: a}}\n",
        }
    )
    assert said.startswith("entities/a.yaml:2 title: the formula a.display reads itself: a.display -> b.display")


def test_lifecycle(folder: Any) -> None:
    """States come from the code list; a record is born in the default, else the first state."""
    folder.write(
        "entities/a.yaml",
        "entity: a\nfields:\n  s: {type: choice, values: [x, y, z]}\nlifecycle:\n  field: s\n  transitions:\n"
        "    go: {from: [x], to: y, label: {en: Go}, set: {s: \"'y'\"}}\n    back: {from: any, to: x, reason: required}\n    end: {from: [y], to: z}\n",
    )
    lifecycle = folder.catalog().entity("a").lifecycle
    assert lifecycle.states == ("x", "y", "z")
    assert lifecycle.create_in == ("x",)
    assert lifecycle.transitions["back"].sources == ("y", "z")
    assert lifecycle.transitions["go"].set == {"s": "'y'"}
    assert folder.catalog().entity("a").fields["s"].default == "x"


def test_faulty_lifecycle(folder: Any) -> None:
    """Unknown states, fields and roles, wrong guards and effects are errors; a state nothing leads to is a doubt."""
    folder.write(
        "entities/a.yaml",
        "entity: a\nfields:\n  s: {type: choice, values: [x, y, z]}\n  n: {type: integer}\nlifecycle:\n  field: s\n  create_in: [q]\n  transitions:\n"
        "    go:\n      from: [x, w]\n      to: yy\n      require: [m]\n      may: [boss]\n      when: old.n > record.m\n      set: {n: \"'text'\", o: '1'}\n",
    )
    assert [f.removeprefix("entities/a.yaml:") for f in folder.faults()] == [
        "7 lifecycle.create_in[0]: 'q' is no code of 'a_s'; one of: x, y, z",
        "10 lifecycle.transitions.go.from[1]: 'w' is no code of 'a_s'; one of: x, y, z",
        "11 lifecycle.transitions.go.to: 'yy' is no code of 'a_s'; did you mean 'y'?",
        f"12 lifecycle.transitions.go.require[0]: there is no field 'm' on 'a'; one of: {NAMES}",
        "13 lifecycle.transitions.go.may[0]: there is no role 'boss'",
        "14 lifecycle.transitions.go.when: a has no field 'm' (at character 16 of 'old.n > record.m')",
        "15 lifecycle.transitions.go.set.n: the result must be int, found text (at character 1 of ''text'')",
        "15 lifecycle.transitions.go.set.o: there is no field 'o' on 'a'; one of: " + NAMES,
    ]


def test_unreachable_states_are_doubts(folder: Any) -> None:
    """A state to which no transition leads may be meant for imports."""
    folder.write(
        "entities/a.yaml",
        "entity: a\nfields:\n  s: {type: choice, values: [x, y, z]}\nlifecycle:\n  field: s\n  transitions: {go: {from: [x], to: y}}\n",
    )
    assert [d.partition("; ")[0] for d in folder.doubts()] == [
        "entities/a.yaml:6 lifecycle.transitions: no transition leads to 'z'"
    ]


def test_lifecycle_needs_a_choice(one_fault: Callable[..., str]) -> None:
    """A text has no states."""
    said = one_fault({"entities/a.yaml": "entity: a\nfields: {s: {type: text}}\nlifecycle: {field: s}\n"})
    assert (
        said
        == "entities/a.yaml:3 lifecycle.field: 's' is no choice, so it has no states; give it type choice and a code list"
    )


def test_reverse_links(folder: Any) -> None:
    """A link makes a set at the other end, named by the author or after entity and field."""
    folder.write(
        "entities/a.yaml",
        "entity: a\nlabel: Gift\nfields:\n  x: {type: link, to: b}\n  y: {type: link, to: b, reverse: given, reverse_label: Given}\n---\nentity: b\nfields: {name: {type: text}}\n",
    )
    children = folder.catalog().entity("b").children
    assert {n: (c.entity, c.by, c.kind, say(c.label)) for n, c in children.items()} == {
        "a_via_x": ("a", "x", "reverse", "Gifts"),
        "given": ("a", "y", "reverse", "Given"),
    }


def test_reverse_clash(one_fault: Callable[..., str]) -> None:
    """A set may not have the name of a field at the other end."""
    said = one_fault(
        {
            "entities/a.yaml": "entity: a\nfields:\n  x: {type: link, to: b, reverse: name}\n---\nentity: b\nfields: {name: {type: text}}\n"
        }
    )
    assert (
        said
        == "entities/a.yaml:3 fields.x.reverse: 'b' already has 'name'; give the link another name with 'reverse: ...'"
    )


def test_former_names(folder: Any) -> None:
    """`was` is kept for the migration; it may not point to what is still there."""
    folder.write(
        "entities/a.yaml",
        "entity: a\nwas: old_a\nfields: {x: {type: text, was: old_x}}\n---\ncodes: c\nvalues: {n: {was: o}}\n",
    )
    catalog = folder.catalog()
    assert (catalog.entity("a").was, catalog.entity("a").fields["x"].was, catalog.codes["c"].values["n"].was) == (
        "old_a",
        "old_x",
        "o",
    )
    folder.write(
        "entities/b.yaml",
        "entity: b\nwas: a\nfields:\n  x: {type: text, was: z}\n  y: {type: text, was: z}\n---\ncodes: d\nvalues: {n: {was: o}, o: }\n",
    )
    assert [f.partition("; ")[0] for f in folder.faults()] == [
        "entities/b.yaml:2 was: 'a' is an entity that is still there",
        "entities/b.yaml:5 fields.y.was: 'z' is also the former name of 'x'",
        "entities/b.yaml:8 values.n.was: 'o' is a code that is still there",
    ]


@pytest.mark.parametrize(
    ("word", "several"),
    [
        ("Donor", "Donors"),
        ("Party", "Parties"),
        ("Address", "Addresses"),
        ("Day", "Days"),
        ("Box", "Boxes"),
        ("Branch", "Branches"),
    ],
)
def test_plural(word: str, several: str) -> None:
    """English plurals by the common rules."""
    assert english_plural(word) == several


def test_code_attributes_in_expressions(folder: Any) -> None:
    """`code(record.stage).probability` reads the attribute of the code."""
    folder.write(
        "entities/a.yaml",
        "entity: a\nfields:\n  s: {type: choice, codes: stage}\n  p: {type: formula, of: decimal, is: code(record.s).probability}\n"
        "  f: {type: formula, of: text, is: code(record.s).phase}\n---\ncodes: stage\nattributes: {probability: decimal, phase: codes}\n"
        "values: {x: {probability: 0.25, phase: early}}\n---\ncodes: phase\nvalues: [early, late]\n",
    )
    catalog = folder.catalog()
    assert catalog.codes["stage"].values["x"].attributes == {"probability": Decimal("0.25"), "phase": "early"}
    assert schema_of(catalog).codes["stage"].rows["x"]["probability"] == Decimal("0.25")


def test_names_that_a_database_cannot_hold(folder: Any) -> None:
    """A made table or a column whose name is too long for a database, or taken by the platform, is an error."""
    long = "a" * 40
    folder.write(
        "entities/a.yaml",
        f"entity: {long}\nfields:\n  {'b' * 30}: {{type: child_table, fields: {{x: {{type: text}}}}}}\n"
        f"  {'c' * 60}: {{type: money}}\n---\nentity: xrm_file\n",
    )
    assert [f.partition("; ")[0] for f in folder.faults(currency="EUR")] == [
        f"entities/a.yaml:3 fields.{'b' * 30}.entity: '{long}_{'b' * 30}' has more than 63 characters",
        f"entities/a.yaml:4 fields.{'c' * 60}: '{'c' * 60}_currency' has more than 63 characters",
        "entities/a.yaml:6: names that begin with 'xrm_' are the platform's",
    ]


def test_a_reverse_set_cannot_hide_a_column(one_fault: Callable[..., str]) -> None:
    """Names of system columns are taken at the other end too."""
    files = {"entities/a.yaml": "entity: a\nfields:\n  x: {type: link, to: a, reverse: created_by}\n"}
    assert one_fault(files).startswith("entities/a.yaml:3 fields.x.reverse: 'a' already has 'created_by'")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("x: {type: decimal, currency_from: y}", "there is no field 'y' on 'a'"),
        ("x: {type: decimal, currency_from: n}\n  n: {type: text}", "'n' is no money or currency field"),
        ("x: {type: decimal, currency_from: c, unit: kg}\n  c: {type: currency}", "unit does not go with currency_from"),
        ("c: {type: currency}\n  rows: {type: child_table, fields: {x: {type: decimal, currency_from: d}}}", "there is no field 'd' on 'a_rows' or 'a'"),
    ],
)  # fmt: skip
def test_the_currency_of_an_amount(one_fault: Callable[..., str], fields: str, said: str) -> None:
    """It comes from a field that says one, on the entity or on the record that a row belongs to."""
    assert said in one_fault({"entities/a.yaml": f"entity: a\nfields:\n  {fields}\n"})


def test_where_the_currency_of_an_amount_is_read(folder: Any) -> None:
    """The column of the entity, or the path to the owner's; of its own currency field before the owner's."""
    folder.write(
        "entities/a.yaml",
        "entity: a\nfields:\n  c: {type: currency}\n  m: {type: money}\n  x: {type: decimal, currency_from: m}\n"
        "  rows: {type: child_table, fields: {y: {type: decimal, currency_from: c}, z: {type: formula, of: decimal, is: record.y, currency_from: m}}}\n",
    )
    catalog = folder.catalog()
    rows = catalog.entity("a_rows").fields
    told = [catalog.currency_of(f) for f in (catalog.entity("a").fields["x"], rows["y"], rows["z"], rows["a"])]
    assert told == ["m_currency", "a.c", "a.m_currency", None]
