"""A party that is merged into another one takes along all that points to it, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord, XrmError
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import past, records
from xrm_core.services.deleting import delete_record
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage import query
from xrm_core.testing import temporary_organisation

GARDEN = """
entity: gardener
mixins: [relationship]
fields:
  stage: {type: choice, values: {asked: Asked, active: Active}, default: asked, required: true}
  phase: {is: "record.stage == 'active' ? 'maintaining' : 'forming'"}
---
entity: bed
fields:
  name: {type: text}
  gardener: {type: link, to: gardener}
  guests: {type: many_to_many, to: party, keys: [[bed, party]]}
  any: {type: link, to: [party, gardener], on_delete: empty}
"""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """All plugins, and a domain of YAML that none of them knows."""
    plugins = ["parties", "donors", "suppliers", "customers"]
    with temporary_organisation(plugins, {"entities/garden.yaml": GARDEN}, url=database_url) as made:
        yield made


@pytest.fixture
def work(runtime: Runtime) -> Callable[[], Any]:
    """A transaction of the system through the API's door."""
    return lambda: runtime.work(SYSTEM, "api", write=True)


def make(w: Work, entity: str, **values: Any) -> str:
    """Create a record; its id."""
    return str(records.create_record(w, entity, values)["id"])


def department(w: Work) -> str:
    """Any department."""
    return str(w.reader.find("department", "true")[0]["id"])


def rows(w: Work, id: str, table: str, entity: str = "party") -> Sequence[Any]:
    """Rows or sets of a record."""
    return w.reader.children(entity, table, id)


def merge(w: Work, old: str, new: str) -> None:
    """Merge the one into the other."""
    records.run_transition(w, "party", old, "merge", {"merged_into": new}, reason="the same")


def test_consents_are_copied_and_stay(work: Callable[[], Any]) -> None:
    """What was said about contact counts for the party that is kept; the statements themselves are not touched. Nothing is merged
    into the one that is gone: two parties that are each merged into the other would both be lost."""
    with work() as w:
        old, new = (make(w, "party", kind="person", name=name) for name in ("Ann Cole", "Anne Cole"))
        said = {
            "purpose": "fundraising",
            "channel": "email",
            "basis": "consent",
            "source": "form",
            "proof": "by letter",
        }
        make(w, "consent", party=new, status="given", given_on=w.today - timedelta(days=9), **said)
        make(w, "consent", party=old, status="given", given_on=w.today - timedelta(days=9), **said)
        make(w, "consent", party=old, status="withdrawn", given_on=w.today, **said)
        merge(w, old, new)
        assert sorted(c["status"] for c in rows(w, new, "consents")) == ["given", "withdrawn"]
        assert sorted(c["status"] for c in rows(w, old, "consents")) == ["given", "withdrawn"]
        for one in (new, make(w, "party", kind="person", name="Anna Cole")):
            with pytest.raises(XrmError, match="merged into another itself"):
                merge(w, one, old)


def test_relationships_and_what_hangs_on_them(work: Callable[[], Any]) -> None:
    """A relationship that the other party lacks moves; of two of one kind the older hands over what points to it, in domains
    that no plugin knows as well."""
    with work() as w:
        dept = department(w)
        old, new = (make(w, "party", kind="organisation", name=name) for name in ("Delf", "Delph"))
        customer = make(w, "customer", party=old, department=dept)
        suppliers = [make(w, "supplier", party=p, department=dept) for p in (old, new)]
        gardeners = [make(w, "gardener", party=p, department=dept) for p in (old, new)]
        spend = make(w, "spend", supplier=suppliers[0], amount=Decimal(5), booked_on=w.today)
        bed = make(w, "bed", name="Roses", gardener=gardeners[0], any=old, any_entity="party")
        both = make(w, "bed", guests=[{"party": old}, {"party": new}])
        one = make(w, "bed", guests=[{"party": old}])
        merge(w, old, new)
        assert query.get(w.tx, w.catalog, "customer", customer)["party"] == new  # type: ignore[index]
        assert query.get(w.tx, w.catalog, "spend", spend)["supplier"] == suppliers[1]  # type: ignore[index]
        stored = query.get(w.tx, w.catalog, "bed", bed)
        assert stored is not None
        assert (stored["gardener"], stored["any"], stored["any_entity"]) == (gardeners[1], new, "party")
        assert [g["party"] for g in rows(w, one, "guests", "bed")] == [new]
        assert {g["party"] for g in rows(w, both, "guests", "bed")} == {old, new}
        assert past.history_of(w, "bed", bed)[0].door == "hook"


def test_issued_receipts_go_along_as_they_are(work: Callable[[], Any]) -> None:
    """Gifts with an issued receipt and the receipt itself move with a merge, printed name and number unchanged; by any other
    way they are still refused."""
    with work() as w:
        dept = department(w)
        parties = [
            make(w, "party", kind="person", name=name, addresses=[{"address_line1": "1 Quay", "purpose": "home"}])
            for name in ("Ivor Penrose", "Ifor Penrose", "Somebody Else")
        ]
        donors = [make(w, "donor", party=p, department=dept) for p in parties]
        paid = {"status": "received", "received_on": w.today, "method": "transfer"}
        gift = make(w, "donation", donor=donors[0], amount=Decimal(25), **paid)
        receipt = make(w, "receipt", party=parties[0], donations=[{"donation": gift}])
        records.run_transition(w, "receipt", receipt, "issue")
        printed = query.get(w.tx, w.catalog, "receipt", receipt)
        assert printed is not None
        with pytest.raises(InvalidRecord, match="never changed"):
            records.update_record(w, "receipt", receipt, {"party": parties[2]})
        with pytest.raises(InvalidRecord, match="was issued for this gift"):
            records.update_record(w, "donation", gift, {"donor": donors[2]})
        merge(w, parties[0], parties[1])
        after = query.get(w.tx, w.catalog, "receipt", receipt)
        assert after is not None
        assert after["party"] == parties[1]
        assert [after[k] for k in ("number", "name_as_printed", "status")] == [
            printed[k] for k in ("number", "name_as_printed", "status")
        ]
        assert query.get(w.tx, w.catalog, "donation", gift)["donor"] == donors[1]  # type: ignore[index]


def unmerge(w: Work, id: str) -> Any:
    """Undo the merge; the party as it is then."""
    records.run_transition(w, "party", id, "unmerge", reason="two after all")
    return query.get(w.tx, w.catalog, "party", id)


def test_an_undone_merge_puts_back_what_it_moved(work: Callable[[], Any]) -> None:
    """Relationships, what hangs on them, ties, rows and issued papers are where they were; the survivor is as it was."""
    with work() as w:
        dept = department(w)
        point = {"kind": "email", "value": "delf@x.example", "since": "2020-01-31"}
        old = make(
            w, "party", kind="organisation", name="Delf", contact_points=[point], identifiers=[{"scheme": "GB-COH", "value": "01234567"}],
        )  # fmt: skip
        new = make(w, "party", kind="organisation", name="Delph", names=[{"name": "Delphi", "kind": "former"}])
        suppliers = [make(w, "supplier", party=p, department=dept) for p in (old, new)]
        customer = make(w, "customer", party=old, department=dept)
        spend = make(w, "spend", supplier=suppliers[0], amount=Decimal(5), booked_on=w.today)
        bed = make(w, "bed", name="Roses", any=old, any_entity="party", guests=[{"party": old}])
        donors = [make(w, "donor", party=p, department=dept) for p in (old, new)]
        paid = {"status": "received", "received_on": w.today, "method": "transfer"}
        gift = make(w, "donation", donor=donors[0], amount=Decimal(25), **paid)
        before = {t: [dict(r) for r in rows(w, new, t)] for t in ("names", "contact_points", "identifiers")}
        mine = {t: len(rows(w, old, t)) for t in ("names", "contact_points", "identifiers")}
        merge(w, old, new)
        assert [c["value"] for c in rows(w, new, "contact_points")] == ["delf@x.example"]
    with work() as w:
        party = unmerge(w, old)
        assert (party["status"], party["merged_into"], party["left_by_unmerge"], party["merge_moves"]) == (
            "active",
            None,
            None,
            None,
        )
        assert query.get(w.tx, w.catalog, "customer", customer)["party"] == old  # type: ignore[index]
        assert query.get(w.tx, w.catalog, "spend", spend)["supplier"] == suppliers[0]  # type: ignore[index]
        assert query.get(w.tx, w.catalog, "bed", bed)["any"] == old  # type: ignore[index]
        assert [g["party"] for g in rows(w, bed, "guests", "bed")] == [old]
        assert query.get(w.tx, w.catalog, "donation", gift)["donor"] == donors[0]  # type: ignore[index]
        assert query.get(w.tx, w.catalog, "donor", donors[0])["end_reason"] is None  # type: ignore[index]
        for table, kept in before.items():
            assert [r["id"] for r in rows(w, new, table)] == [r["id"] for r in kept], table
            assert len(rows(w, old, table)) == mine[table], table
        (back,) = rows(w, old, "contact_points")
        assert (back["value"], back["since"].isoformat()) == ("delf@x.example", "2020-01-31")


def test_what_was_changed_since_stays_and_is_said(work: Callable[[], Any]) -> None:
    """A link that somebody moved on, a row that was changed, a record that is gone, and consents, which nobody takes back."""
    with work() as w:
        old, new, third = (make(w, "party", kind="organisation", name=name) for name in ("Delf", "Delph", "Delta"))
        records.update_record(w, "party", old, {"contact_points": [{"kind": "email", "value": "delf@x.example"}]})
        said = {
            "purpose": "fundraising",
            "channel": "email",
            "basis": "consent",
            "source": "form",
            "proof": "by letter",
        }
        make(w, "consent", party=old, status="given", given_on=w.today, **said)
        moved, gone, back = (
            make(w, "bed", name=name, any=old, any_entity="party") for name in ("Moved", "Gone", "Back")
        )
        donors = [make(w, "donor", party=p, department=department(w)) for p in (old, new)]
        merge(w, old, new)
        assert query.get(w.tx, w.catalog, "donor", donors[0])["stage"] == "former"  # type: ignore[index]
        records.update_record(w, "bed", moved, {"any": third, "any_entity": "party"})
        delete_record(w, "bed", gone)
        (point,) = rows(w, new, "contact_points")
        records.update_record(w, "party", new, {"contact_points": [{"id": point["id"], "value": "delph@x.example"}]})
    with work() as w:
        party = unmerge(w, old)
        told = party["left_by_unmerge"].split("\n")
        assert len(told) == 4, told
        assert any("bed" in line and "changed since" in line for line in told)
        assert any(gone in line and "no longer there" in line for line in told)
        assert any(line.startswith("delf@x.example") for line in told)
        assert "1 consent that was copied stays there too" in told
        assert query.get(w.tx, w.catalog, "bed", moved)["any"] == third  # type: ignore[index]
        assert query.get(w.tx, w.catalog, "bed", back)["any"] == old  # type: ignore[index]
        assert [c["value"] for c in rows(w, new, "contact_points")] == ["delph@x.example"]
        assert [c["value"] for c in rows(w, old, "contact_points")] == ["delf@x.example"]
        donor = query.get(w.tx, w.catalog, "donor", donors[0])
        assert donor is not None
        assert (donor["stage"], donor["end_reason"], donor["until"]) == ("prospect", None, None)
        again = make(w, "bed", name="Again", any=old, any_entity="party")
        merge(w, old, new)
        assert query.get(w.tx, w.catalog, "bed", again)["any"] == new  # type: ignore[index]
        assert unmerge(w, old)["merged_into"] is None
