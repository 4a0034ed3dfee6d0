"""One line of a short list: what waits, for whom, until when."""

from __future__ import annotations

from datetime import date

from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services.records import create_record
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation
from xrm_core.web.asked import Asked
from xrm_core.web.desk import start_page
from xrm_core.web.models.desk import DeskCard, DeskPage

METADATA = {
    "access/roles.yaml": "role: admin\nlabel: Administrator\n---\nrole: clerk\nlabel: Clerk\n---\nrole: outsider\nlabel: Outsider\n---\n"
    "grants:\n"
    "  - {role: clerk, entity: errand, verbs: [read], rows: true, public: acknowledged}\n"
    "  - {role: clerk, entity: body, verbs: [read], rows: true, public: acknowledged}\n"
    "  - {role: outsider, entity: errand, verbs: [read], rows: true, public: acknowledged}\n",
    "entities/body.yaml": "entity: body\nlabel: Body\ntitle: '{name}'\nfields:\n  name: {type: text, required: true}\n",
    "entities/errand.yaml": "entity: errand\nlabel: Errand\ntitle: '{number}'\nfields:\n"
    "  number: {type: sequence, pattern: 'E-{n:03}'}\n  subject: {type: text}\n  urgent: {type: boolean}\n"
    "  body: {type: link, to: body}\n  helper: {type: link, to: body}\n  place: {type: text}\n"
    "  made_on: {type: date}\n  due_on: {type: date}\n",
    "views/errand.yaml": "entity: errand\nviews:\n"
    "  - {view: named, columns: [due_on, number, urgent, subject, body, helper], sort: [due_on], start: true, roles: [clerk, outsider]}\n"
    "  - {view: led, columns: [number, body, made_on, place], sort: [made_on], due: due_on, start: true, roles: [clerk]}\n"
    "  - {view: old, columns: [number, body, made_on], sort: [made_on], due: '', start: true, roles: [clerk]}\n",
}


def _cards(runtime: Runtime, role: str) -> dict[str, DeskCard]:
    """The lists on the start page of somebody with a role."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        told = {"name": role, "email": f"{role}@example.org", "roles": [role]}
        id = str(create_record(work, "user", told)["id"])
    with runtime.work(Actor(id, name=role, roles=frozenset({role})), "web") as work:
        page = start_page(work, Asked("GET", "/", {}, (), (), {}, {})).page
    assert isinstance(page, DeskPage)
    return {card.records.name: card for card in page.waits}


def _lines(card: DeskCard) -> list[list[str]]:
    """What the lines of a list show."""
    return [[cell.text for cell in row.cells if cell.kind not in ("empty", "hidden")] for row in card.records.rows]


def test_a_line_says_what_waits_for_whom_and_until_when() -> None:
    """Words lead, else a link with the number behind it; of those whom it concerns the first that is filled and for the reader; the day
    by which it is due stands last, shown by the view or not. What is due by no day is never overdue."""
    with temporary_organisation(metadata=METADATA) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            ann, bob = (create_record(work, "body", {"name": name})["id"] for name in ("Ann", "Bob"))
            for n, body in enumerate((ann, None), start=1):
                days = {"made_on": date(2020, 1, n), "due_on": date(2020, 2, n)}
                told = {"subject": f"Thing {n}", "helper": bob, "place": "Hall", "urgent": True}
                create_record(work, "errand", {**told, **days, "body": body})
        clerk = _cards(runtime, "clerk")
        outsider = _cards(runtime, "outsider")
    assert _lines(clerk["named"]) == [["Thing 1", "Ann", "1 Feb 2020"], ["Thing 2", "Bob", "2 Feb 2020"]]
    assert _lines(outsider["named"]) == [["Thing 1", "E-001", "1 Feb 2020"], ["Thing 2", "E-002", "2 Feb 2020"]]
    assert _lines(clerk["led"])[0] == ["Ann", "E-001", "Hall", "1 Feb 2020"]
    assert [pill.label for pill in clerk["led"].pills] == ["2 overdue"]
    assert _lines(clerk["old"])[0] == ["Ann", "E-001", "1 Jan 2020"]
    assert clerk["old"].pills == ()
