"""What an entity does with its fields, and what a document may say at all: one fault, at its place, with its way out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

STATES = "entity: a\nfields:\n  s: {type: choice, values: [n, o]%s}\nlifecycle:\n  field: s\n  %s\n"
CASES = {
    "keys: [[]]": "4 keys[0]: a key needs at least one field; name the fields, or take it out",
    "keys: [{fields: [x], when: 'record.l.x != null'}]": "4 keys[0].when: the condition of a key cannot depend on 'l.x'; use fields of the record itself",
    "keys: [{fields: [x], when: 'record.d >= today()'}]": "4 keys[0].when: the condition of a key cannot depend on other records, the actor or the clock; use fields of the record itself",
    "connects: [x]": "4 connects[0]: 'x' is no link; name a field that holds one",
    "timeline: {on: x}": "4 timeline.on: 'x' is no date; name a field that holds one",
    "timeline: {on: d, amount: x}": "4 timeline.amount: 'x' is no amount; name a field that holds one",
    "title: '{x'": "4 title: '{x' has a brace without its partner; write a field's name in the braces, as in '{name}'",
}
FIELDS = {
    "{type: link, to: []}": "fields.y.to: write the name of an entity, a list of names, or {mixin: name}",
    "{type: link, to: {entity: a}}": "fields.y.to: write the name of an entity, a list of names, or {mixin: name}",
    "{type: choice, codes: b, values: [x]}": "fields.y: give either codes (the name of a code list) or values",
    "{type: choice, values: [x, x]}": "fields.y.values[1]: 'x' is written twice; keep one of the two",
    "{type: choice, codes: nowhere}": "fields.y.codes: there is no code list 'nowhere'",
    "{type: many_to_many}": "fields.y: 'to' is missing",
    "{type: formula, of: integer, is: '1', unique: true}": "fields.y.unique: 'y' is not stored, so it cannot be unique; take 'unique' out",
    "{type: formula, of: integer, is: '1', required: true}": "fields.y.required: 'y' is not stored, so it cannot be required; take 'required' out",
    "{type: child_table, unique: true, fields: {n: {type: text}}}": "fields.y.unique: 'y' is not stored, so it cannot be unique; take 'unique' out",
    "{type: formula, of: money, is: '1.5', currency_from: x}": "fields.y.currency_from: there is no field 'x' on 'a'",
    "{type: integer, default: today}": "fields.y.default: the default does not fit: “today” is not a number; write digits, as in 1234.50",
    "{type: choice, values: [x, null]}": "fields.y.values[1]: a code is expected, a text or a number; put quotes around a text like true or null",
    "{type: sequence, at: ship}": "fields.y.at: there is no transition 'ship'",
}


@pytest.mark.parametrize("line", CASES)
def test_what_an_entity_does_with_its_fields(one_fault: Callable[..., str], line: str) -> None:
    """Keys, ties and the timeline are told where they ask for what the fields do not hold."""
    text = "entity: a\nfields: {x: {type: text}, d: {type: date},\n  l: {type: link, to: a}}\n" + line + "\n"
    assert one_fault({"entities/a.yaml": text}) == f"entities/a.yaml:{CASES[line]}"


def test_a_key_may_depend_on_a_formula_of_the_record(folder: Callable[..., str]) -> None:
    """A formula over the record's own columns can be the condition of a key."""
    text = "entity: a\nfields:\n  x: {type: text}\n  d: {type: date}\n  open: {type: formula, of: boolean, is: 'record.d == null'}\nkeys: [{fields: [x], when: record.open}]\n"
    folder.write("entities/a.yaml", text)  # type: ignore[attr-defined]
    assert folder.faults() == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("field", FIELDS)
def test_one_fault_of_a_field(one_fault: Callable[..., str], field: str) -> None:
    """Told once: neither the title nor the rows that the field makes repeat it."""
    files = {
        "entities/a.yaml": f"entity: a\nfields:\n  y: {field}\n",
        "codes/b.yaml": "codes: b\nvalues: [x]\n",
    }
    assert one_fault(files) == f"entities/a.yaml:3 {FIELDS[field]}"


def test_a_field_called_id(one_fault: Callable[..., str]) -> None:
    """The name is taken; the title that would have been made of it is not told as well."""
    said = one_fault({"entities/a.yaml": "entity: a\nfields: {id: {type: text}}\n"})
    assert said == "entities/a.yaml:2 fields.id: 'id' is taken by the platform; rename the field"


@pytest.mark.parametrize(
    ("default", "rest", "said"),
    [
        (
            ", default: o",
            "create_in: [n]",
            "6 lifecycle.create_in: new records get 'o', the default of 's', and may not be born in it; add 'o' to create_in",
        ),
        (
            "",
            "transitions: {restore: {from: [n], to: o}}",
            "6 lifecycle.transitions.restore: 'restore' is taken by the platform; rename the transition",
        ),
        (
            "",
            "transitions: {go: {from: n, to: o}}",
            "6 lifecycle.transitions.go.from: a list or 'any' is expected, found 'n'; write [n]",
        ),
    ],
)
def test_lifecycles(one_fault: Callable[..., str], default: str, rest: str, said: str) -> None:
    """A record can be born, a transition has an address of its own, and its sources are a list."""
    assert one_fault({"entities/a.yaml": STATES % (default, rest)}) == f"entities/a.yaml:{said}"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("entities/a.yaml", "entity: a\nfields: {x: {type: text}}\nform: b\n", "1 entity: one document says both 'form' and 'entity'; separate the two by a line of ---"),
        ("codes/a.yaml", "codes: a\nvalues:\n  x: {replaced_by: y}\n  y: {replaced_by: x}\n", "3 values.x.replaced_by: replacements run in a circle: x -> y -> x"),
        ("views/a.yaml", "view: v\nentity: user\nsort: [name, -roles]\n", "3 sort[1]: records cannot be sorted by 'roles', which holds several values; sort by a field of one value"),
        ("menu/a.yaml", "menu: a\nlabel: A\nitems:\n  - {page: 'javascript:alert(1)'}\n", "4 items[0].page: 'javascript:alert(1)' is no address; write a path of this server (/search) or a whole address (https://...)"),
        ("codes/a.yaml", "codes: a\nvalues:\n  x: &x {help: H}\n  y:\n    <<: *x\n", "5 values.y.<<: '<<' (merging of mappings) is not understood; write the keys out, or share a mixin"),
    ],
)  # fmt: skip
def test_documents(folder: Callable[..., str], name: str, text: str, said: str) -> None:
    """One thing a document, no circles of replacements, addresses that are some, and no merge keys."""
    folder.write("entities/user.yaml", "entity: user\nfields: {name: {type: text}, roles: {type: tags}}\n")  # type: ignore[attr-defined]
    folder.write(name, text)  # type: ignore[attr-defined]
    assert folder.faults()[0] == f"{name}:{said}"  # type: ignore[attr-defined]
