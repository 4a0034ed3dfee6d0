"""One folder, twenty mistakes: twenty errors, each with its place and the way out, and none that only follows from another."""

from __future__ import annotations

from typing import Any

FILES = {
    "entities/donor.yaml": """\
entity: donor
label: Donor
fields:
  name: {type: text, requird: true}
  since: {type: dat}
  stage: {type: choice, codes: donor_stages}
  party: {type: link, to: partie}
  version: {type: integer}
  old: {type: text, was: name}
  score: {type: integer, min: many}
  grade: {type: formula, of: integer, is: "record.name + 1"}
keys: [[nmae]]
""",
    "entities/party.yaml": """\
entity: party
fields:
  name: {type: text, required: true}
  name: {type: text}
  status: {type: choice, codes: party_status, default: open}
rules:
  - {check: "record.naem != null", message: Wrong}
lifecycle:
  field: status
  transitions:
    close: {from: [active], to: closd}
""",
    "codes/lists.yaml": """\
codes: party_status
attributes: {phase: integer}
values:
  active: {phase: one}
  closed: {phase: 2, replaced_by: gone}
---
codes: donor_stage
values: {new: New}
""",
    "forms/party.yaml": """\
form: party
tabs:
  - label: Main
    sections:
      - fields: [name, statu]
""",
    "views/party.yaml": """\
view: open_parties
columns: [name, status]
filter: "record.status == 'actve'"
""",
    "access/roles.yaml": """\
role: reader
label: Reader
department: sales
---
grants:
  - {role: raeder, entity: party, verbs: [read]}
""",
    "menu/main.yaml": "menu: main\nlabel: Main\nitems:\n\t- {entity: party}\n",
}

EXPECTED = [
    "access/roles.yaml:3 department: there is no department 'sales'",
    "access/roles.yaml:6 grants[0].role: there is no role 'raeder'; did you mean 'reader'?",
    "codes/lists.yaml:4 values.active.phase: a whole number is expected, found 'one'",
    "codes/lists.yaml:5 values.closed.replaced_by: there is no code 'gone'; one of: active, closed",
    "entities/donor.yaml:4 fields.name.requird: unknown key 'requird'; did you mean 'required'?",
    "entities/donor.yaml:5 fields.since.type: there is no field type 'dat'; did you mean 'date'?",
    "entities/donor.yaml:6 fields.stage.codes: there is no code list 'donor_stages'; did you mean 'donor_stage'?",
    "entities/donor.yaml:7 fields.party.to: there is no entity 'partie'; did you mean 'party'?",
    "entities/donor.yaml:8 fields.version: 'version' is taken by the platform; rename the field",
    "entities/donor.yaml:9 fields.old.was: 'name' is a field that is still there; "
    "take `was` out, or rename one of the two",
    "entities/donor.yaml:10 fields.score.min: a whole number is expected, found 'many'",
    "entities/donor.yaml:11 fields.grade.is: '+' cannot be used with text and int "
    "(at character 15 of 'record.name + 1'); string(…) makes text of a number",
    "entities/donor.yaml:12 keys[0][0]: there is no field 'nmae' on 'donor'; did you mean 'name'?",
    "entities/party.yaml:4 fields.name: 'name' is written twice (first in line 3); keep one of the two",
    "entities/party.yaml:5 fields.status.default: the default does not fit: “open” is not a code of Party status; "
    "choose one of active, closed",
    "entities/party.yaml:7 rules[0].check: party has no field 'naem' (at character 8 of 'record.naem != null'); "
    "did you mean 'name'?",
    "entities/party.yaml:11 lifecycle.transitions.close.to: 'closd' is no code of 'party_status'; "
    "did you mean 'closed'?",
    "forms/party.yaml:5 tabs[0].sections[0].fields[1]: there is no field 'statu' on 'party'; did you mean 'status'?",
    "menu/main.yaml:4: not readable as YAML: a tab cannot be used here; indent with spaces",
    "views/party.yaml:3 filter: 'actve' is not one of its options (at character 18 of 'record.status == 'actve''); "
    "did you mean 'active'?",
]


def test_every_mistake_is_told_once(folder: Any) -> None:
    """All mistakes of a folder are told at once, by file and line, each with its key, the fault and the way out."""
    for name, text in FILES.items():
        folder.write(name, text)
    assert folder.faults() == EXPECTED
    assert len(EXPECTED) == 20


def test_an_expression_that_cannot_be_read_is_told_beside_an_unknown_mixin(folder: Any) -> None:
    """Which names a missing mixin would bring nobody knows; that a text is no expression is known all the same."""
    text = "entity: a\nmixins: [gone]\nfields:\n  x: {type: integer, max: 5, visible_when: 'record.x >'}\nrules:\n  - {check: record.y > 1, message: M}\n"
    folder.write("entities/a.yaml", text)
    mixin, condition = folder.faults()
    assert mixin.startswith("entities/a.yaml:2 mixins[0]: there is no mixin 'gone'")
    assert condition.startswith("entities/a.yaml:4 fields.x.visible_when: a value expected, found the end")


def test_a_number_out_of_bounds_is_told_in_words(folder: Any) -> None:
    """The bound and what was found."""
    folder.write("entities/a.yaml", "entity: a\nfields:\n  x: {type: text, max: -5}\n")
    assert folder.faults() == ["entities/a.yaml:3 fields.x.max: a number of at least 1 is expected, found '-5'"]
