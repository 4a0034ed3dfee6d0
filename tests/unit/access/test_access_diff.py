"""Who sees what, and who gains or loses between two states of it."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from tests.contracts.clinic import ACCESS, METADATA
from xrm_core.access.access_diff import Shift, access_diff
from xrm_core.access.access_map import AccessMap, Cell, access_map
from xrm_core.access.needs_report import access_doubts, needs_report
from xrm_core.metamodel.catalog import Catalog
from xrm_core.testing import temporary_organisation


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The clinic's."""
    return made()


def made(access: str = ACCESS) -> Catalog:
    """The clinic's catalog with this access metadata."""
    with temporary_organisation(metadata={**METADATA, "access/clinic.yaml": access}) as runtime:
        return runtime.catalog


def test_the_map_names_rows_fields_and_classes(catalog: Catalog) -> None:
    """A cell says on which rows, which fields, of which classes, by which grants; nothing stands for what is closed."""
    found = access_map(catalog)
    doctor = found.cells["doctor", "patient", "read"]
    assert doctor.condition == "record.doctor == actor.id || record.ward != null"
    assert doctor.classes == ("medical", "plain")
    assert "iban" not in doctor.fields
    clerk = found.cells["clerk", "patient", "read"]
    assert clerk.condition == "all, but not: record.sealed"
    assert clerk.classes == ("bank", "plain")
    assert ("doctor", "patient", "delete") not in found.cells
    assert ("clerk", "patient_visits", "read") not in found.cells
    assert found.cells["doctor", "patient_visits", "read"].rows == (
        "record.patient.doctor == actor.id || record.patient.ward != null",
    )
    assert found.cells["everyone", "ward", "read"].fields == ()
    assert found.cells["everyone in office", "ward", "read"].fields == ("name",)
    assert not found.of("anonymous")


def test_the_map_survives_being_kept(catalog: Catalog) -> None:
    """As plain values and back it is the same."""
    found = access_map(catalog)
    assert AccessMap.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rows: \"record.doctor == actor.id || record.ward != null\"", "rows: true", {"doctor gains read patient"}),
        ("{role: doctor, entity: patient, verbs: [create]}", "{role: doctor, entity: patient, verbs: [delete]}", {"doctor loses create patient", "doctor gains delete patient"}),
        ("{role: clerk, entity: patient, verbs: [read], rows: \"record.sealed\", deny: true}", "{role: auditor, entity: bill, verbs: [read]}", {"clerk gains read patient", "auditor gains read bill"}),
        ("medical: {medicine: W, office: \"-\"}", "medical: {medicine: R, office: R}", {"clerk gains read patient", "doctor loses update patient"}),
        ("rows: \"record.patient.doctor == actor.id\"", "rows: \"record.number == 'x'\"", {"doctor changes read bill"}),
        ("fields: [name, diagnosis]", "fields: [name, iban]", {"auditor gains read patient", "auditor loses read patient"}),
    ],
)  # fmt: skip
def test_who_gains_and_who_loses(catalog: Catalog, old: str, new: str, said: set[str]) -> None:
    """More rows, more fields or a deny less is a gain, the other way a loss; the other way round it is the opposite."""
    assert old in ACCESS
    before, after = access_map(catalog), access_map(made(ACCESS.replace(old, new)))
    told = {f"{s.who} {s.kind} {s.verb} {s.entity}" for s in access_diff(before, after)}
    assert said <= told, told
    back = {f"{s.who} {s.kind} {s.verb} {s.entity}" for s in access_diff(after, before)}
    turn = {"gains": "loses", "loses": "gains", "changes": "changes"}
    assert back == {" ".join(turn.get(word, word) for word in line.split()) for line in told}


def cell(
    rows: tuple[str, ...] | None, *fields: str, but: tuple[str, ...] = (), partly: tuple[tuple[str, str], ...] = ()
) -> Cell:
    """A cell of the map."""
    return Cell(rows, but, fields, partly, (), ())


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (cell(("a",), "x"), cell(("a", "b"), "x"), ["gains"]),
        (cell(None, "x"), cell(("a",), "x"), ["loses"]),
        (cell(("a",), "x"), cell(("b",), "x"), ["changes"]),
        (cell(None, "x"), cell(None, "x", but=("s",)), ["loses"]),
        (cell(("a",), "x"), cell(None, "x", but=("s",)), ["changes"]),
        (cell(None, "x"), cell(None, "x", "y"), ["gains"]),
        (cell(None, "x", "y"), cell(None, "x", "y", partly=(("y", "q"),)), ["loses"]),
        (cell(None, "x", partly=(("x", "q"),)), cell(None, "x", partly=(("x", "r"),)), ["changes"]),
        (cell(None, "x"), replace(cell(None, "x"), places=("f:2",)), []),
    ],
)  # fmt: skip
def test_one_cell(old: Cell, new: Cell, kinds: list[str]) -> None:
    """How two states of one cell compare; that a grant moved to another line is no difference."""
    key = ("r", "e", "read")
    found = access_diff(AccessMap((), {key: old}), AccessMap((), {key: new}))
    assert [s.kind for s in found] == kinds


def test_said() -> None:
    """A difference reads as a sentence."""
    shift = Shift("clerk", "bill", "read", "gains", "fields amount", ("a.yaml:3",))
    assert str(shift) == "clerk gains read bill: fields amount  (a.yaml:3)"


def test_the_needs_report(catalog: Catalog) -> None:
    """Each department with what it sees and by which column; classes nobody needs or has; exceptions with what is beyond the
    matrix."""
    report = needs_report(catalog)
    surgery = next(d for d in report.departments if d.department == "surgery")
    assert surgery.roles == ()
    office = {n.data_class: n for n in next(d for d in report.departments if d.department == "office").needs}
    assert office["bank"].fields == ("patient.iban", "bill.amount")
    assert (office["bank"].cell, office["bank"].column, office["bank"].roles) == ("W", "office", ("clerk",))
    assert "medical" not in office
    assert "gossip" in report.unneeded
    assert "gossip" in report.unused
    mine = [e for e in report.exceptions if e.role == "auditor"]
    assert [(e.entity, e.fields, e.beyond) for e in mine] == [("patient", ("name", "diagnosis"), ("diagnosis",))]


def test_fields_without_a_class() -> None:
    """A field without a class is listed with its place; rows of a table have that of the field which holds them."""
    entities = METADATA["entities/clinic.yaml"].replace(
        "diagnosis: {type: text, class: medical}", "diagnosis: {type: text}"
    )
    with temporary_organisation(metadata={**METADATA, "entities/clinic.yaml": entities}) as runtime:
        report = needs_report(runtime.catalog)
    assert [name for name, _ in report.unclassed if name.startswith("patient")] == ["patient.diagnosis"]
    assert all(":" in place for _, place in report.unclassed)


def test_doubts_about_rules(catalog: Catalog) -> None:
    """A role that changes what it cannot read, and a condition over fields that its role does not read, are doubts."""
    assert access_doubts(catalog) == []
    more = (
        '  - {role: auditor, entity: bill, verbs: [update], rows: "record.amount > 5"}\n'
        "  - {role: auditor, entity: ward, verbs: [delete]}\n"
    )
    problems = access_doubts(made(ACCESS + more))
    assert [(p.code, p.message) for p in problems] == [
        ("blind_write", "auditor may update bill records, but read none of them"),
        ("rule_reveals", "which records auditor sees of bill tells of bill.amount, which auditor may not read"),
    ]
    assert all(p.where is not None and p.where.line for p in problems)


def test_more_rules_than_one_question_holds() -> None:
    """Grants that together are too long are told beforehand, with the role that has them."""
    many = "".join(
        f"  - {{role: doctor, entity: patient, verbs: [read], rows: \"record.diagnosis == '{'x' * 60}{n}'\"}}\n"
        for n in range(60)
    )
    problems = [p for p in access_doubts(made(ACCESS + many)) if p.code == "rules_too_large"]
    assert [p.message for p in problems] == [
        f"the rules of the role doctor for {entity} are more than one question can hold"
        for entity in ("patient", "patient_visits")
    ]
