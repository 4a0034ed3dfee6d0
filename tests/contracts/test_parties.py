"""Parties through the services, on both databases: names, kept forms, primaries, connections, accounts, merging."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord, XrmError
from xrm_core.metamodel.values import SYSTEM, Record
from xrm_core.services import bulk, deleting, records
from xrm_core.services.work import Work
from xrm_core.storage import query

Open = Callable[..., AbstractContextManager[Work]]


def make(w: Work, entity: str, **values: Any) -> str:
    """Create a record; its id."""
    return str(records.create_record(w, entity, values)["id"])


def stored(w: Work, entity: str, id: str) -> Record:
    """The stored record."""
    found = query.get(w.tx, w.catalog, entity, id)
    assert found is not None
    return found


def rows(w: Work, id: str, table: str) -> list[Record]:
    """Child rows of a party."""
    return list(w.reader.children("party", table, id))


def test_person_is_named_by_parts(work: Open) -> None:
    """The name of a person is composed from its parts, and follows them; a name alone is taken apart."""
    with work() as w:
        id = make(w, "party", kind="person", person_name_given="Helga", person_name_family="Brandt")
        assert stored(w, "party", id)["name"] == "Helga Brandt"
        records.update_record(w, "party", id, {"person_name_family": "Brandt-Lüders"})
        assert stored(w, "party", id)["name"] == "Helga Brandt-Lüders"
        other = make(w, "party", kind="person", name="Lord David van der Evans MP")
        found = stored(w, "party", other)
        assert (found["name"], found["person_name_prefix"], found["person_name_family"]) == (
            "Lord David van der Evans MP",
            "Lord",
            "van der Evans",
        )
        with pytest.raises(InvalidRecord):
            make(w, "party", kind="person")


def test_contacts_keep_what_was_typed(work: Open) -> None:
    """E-mail and phone are kept in one form beside what was typed; what is not understood stays, marked."""
    with work() as w:
        id = make(w, "party", kind="organisation", name="Pumps", country="DE", contact_points=[
            {"kind": "email", "value": " Info@Bücher.Example "}, {"kind": "phone", "value": "030 23125 042"}, {"kind": "fax", "value": "ext. 4711"},
        ])  # fmt: skip
        email, phone, fax = rows(w, id, "contact_points")
        assert (email["value"], email["raw"]) == ("Info@xn--bcher-kva.example", "Info@Bücher.Example")
        assert (phone["value"], phone["raw"], phone["quality"]) == ("+493023125042", "030 23125 042", "unchecked")
        assert (fax["value"], fax["quality"]) == ("ext. 4711", "unparsed")
        party = stored(w, "party", id)
        assert (party["email"], party["phone"]) == (email["value"], phone["value"])


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("email", "not an address", "is no e-mail address"), ("email", "anna@", "is no e-mail address"),
        ("email", "anna@localhost", "is no e-mail address"), ("fax", "ask Anna", "has no digits to dial"),
        ("web", "our page", "is no web address"), ("web", "javascript:alert(1)", "is no web address"),
        ("web", "intranet", "is no web address"),
    ],
)  # fmt: skip
def test_what_can_be_no_contact_is_refused(work: Open, kind: str, value: str, told: str) -> None:
    """Each kind in its own words at the row, in a party that is made, in a row that is added, and when the kind becomes another."""
    row = {"kind": kind, "value": value}
    with work() as w:
        with pytest.raises(InvalidRecord) as made:
            make(w, "party", kind="organisation", name="Pumps", contact_points=[row])
        (problem,) = made.value.problems
        assert told in problem.message
        assert value in problem.message
        assert problem.field == "contact_points[0].value"
        id = make(w, "party", kind="organisation", name="Pumps", contact_points=[{"kind": "social", "value": value}])
        with pytest.raises(InvalidRecord, match=told):
            make(w, "party_contact_points", party=id, **row)
        (social,) = rows(w, id, "contact_points")
        with pytest.raises(InvalidRecord, match=told):
            records.update_record(w, "party_contact_points", social["id"], {"kind": kind})


def test_from_a_file_it_is_kept_and_marked(work: Open) -> None:
    """No row of a file is lost for an address that is none: it is kept as it stands there, and said not to be understood."""
    points = [{"kind": "email", "value": "not an address"}, {"kind": "web", "value": "our page"}]
    with work(door="import") as w:
        id = make(w, "party", kind="organisation", name="Pumps", contact_points=points)
        assert [(p["value"], p["quality"]) for p in rows(w, id, "contact_points")] == [
            ("not an address", "unparsed"), ("our page", "unparsed"),
        ]  # fmt: skip


def test_a_contact_of_old_stays_readable(work: Open) -> None:
    """What was stored before there was a check is shown and does not stand in the way of other changes."""
    with work() as w:
        id = make(
            w, "party", kind="organisation", name="Pumps", contact_points=[{"kind": "email", "value": "a@x.example"}]
        )
        (row,) = rows(w, id, "contact_points")
        w.tx.do('UPDATE "party_contact_points" SET "value" = ? WHERE "id" = ?', ("not an address", row["id"]))
        w.forget()
        kept = {"id": row["id"], "kind": "email", "value": "not an address", "label": "desk"}
        records.update_record(w, "party", id, {"name": "Pumps Ltd", "contact_points": [kept]})
        (row,) = rows(w, id, "contact_points")
        assert (row["value"], row["label"]) == ("not an address", "desk")


@pytest.mark.parametrize(
    "value", ["www.example.org", "https://bücher.example/a?b=1", "HTTP://example.org:8080", "example.org"]
)
def test_web_addresses_are_kept_as_typed(work: Open, value: str) -> None:
    """With or without scheme, path and port."""
    with work() as w:
        id = make(w, "party", kind="organisation", name="Pumps", contact_points=[{"kind": "web", "value": value}])
        assert [row["value"] for row in rows(w, id, "contact_points")] == [value]


def test_one_primary_of_each_kind(work: Open) -> None:
    """A new primary clears the old one in the same save, also when the row is saved by itself."""
    with work() as w:
        id = make(
            w,
            "party",
            kind="organisation",
            name="Two mails",
            contact_points=[{"kind": "email", "value": "a@x.example"}],
        )
        assert [r["primary"] for r in rows(w, id, "contact_points")] == [True]
        make(w, "party_contact_points", party=id, kind="email", value="B@X.example", primary=True)
        assert {r["value"]: r["primary"] for r in rows(w, id, "contact_points")} == {
            "a@x.example": False,
            "B@x.example": True,
        }
        assert stored(w, "party", id)["email"] == "B@x.example"
        second = next(r for r in rows(w, id, "contact_points") if r["primary"])
        deleting.delete_record(w, "party_contact_points", second["id"])
        assert stored(w, "party", id)["email"] == "a@x.example"


def test_party_goes_to_the_bin_with_its_rows(work: Open) -> None:
    """Deleting a party takes its rows along."""
    with work() as w:
        id = make(
            w,
            "party",
            kind="organisation",
            name="Short-lived",
            contact_points=[{"kind": "email", "value": "c@x.example"}],
        )
        deleting.delete_record(w, "party", id)
        assert query.get(w.tx, w.catalog, "party", id) is None


def test_mailing_address_follows_season_and_quality(work: Open) -> None:
    """A letter goes to the address in season, else to the primary one; never to an undeliverable one."""
    always = {"season_from": "01-01", "season_to": "12-31"}
    with work() as w:
        home = {"address_line1": "1 Home Row", "address_locality": "Cork", "purpose": "home", "primary": True}
        hut = {"address_line1": "2 Hut Lane", "address_locality": "Doolin", "purpose": "seasonal", **always}
        id = make(w, "party", kind="organisation", name="Summer guests", addresses=[home, hut])
        assert records.read_record(w, "party", id, ("mailing_address",))["mailing_address"] == "2 Hut Lane, Doolin"
        records.update_record(w, "party", id, {"addresses": [home, {**hut, "quality": "undeliverable"}]})
        assert records.read_record(w, "party", id, ("mailing_address",))["mailing_address"] == "1 Home Row, Cork"


def test_identifiers_are_unique_unless_claimed(work: Open) -> None:
    """A register number belongs to one party; one that somebody merely stated may occur again, a wrong one is refused."""
    with work() as w:
        make(w, "party", kind="organisation", name="First", identifiers=[{"scheme": "GB-COH", "value": "0403761"}])
        make(
            w,
            "party",
            kind="organisation",
            name="Claims it",
            identifiers=[{"scheme": "GB-COH", "value": ":00403761", "claimed": True}],
        )
    with work() as w, pytest.raises(XrmError):
        make(w, "party", kind="organisation", name="Second", identifiers=[{"scheme": "GB-COH", "value": "403761"}])
    with work() as w, pytest.raises(InvalidRecord, match="does not look like"):
        make(w, "party", kind="organisation", name="Third", identifiers=[{"scheme": "GB-CHC", "value": "12"}])
    with work(door="import") as w:
        id = make(w, "party", kind="organisation", name="Fourth", identifiers=[{"scheme": "GB-CHC", "value": "12"}])
        assert rows(w, id, "identifiers")[0]["claimed"] is True


def test_connections_fit_their_kind(work: Open) -> None:
    """Ends, symmetry, overlaps and circles are checked."""
    with work() as w:
        a, b = (make(w, "party", kind="person", name=f"Person {n}") for n in "AB")
        o, p = (make(w, "party", kind="organisation", name=f"Body {n}") for n in "OP")
        tie = stored(w, "connection", make(w, "connection", **{"from": max(a, b), "to": min(a, b)}, kind="spouse_of"))
        assert (tie["from"], tie["to"]) == (min(a, b), max(a, b))
        for values, message in (
            ({"from": o, "to": a, "kind": "employee_of"}, "goes from Person to Organisation"),
            ({"from": a, "to": b, "kind": "spouse_of"}, "on record already"),
            ({"from": a, "to": a, "kind": "friend_of"}, "itself"),
        ):
            with pytest.raises(InvalidRecord, match=message):
                make(w, "connection", **values)
        make(w, "connection", **{"from": o, "to": p}, kind="branch_of")
        with pytest.raises(InvalidRecord, match="circle"):
            make(w, "connection", **{"from": p, "to": o}, kind="branch_of")
        term = {"from": a, "to": o, "kind": "officer_of"}
        make(w, "connection", **term, since=date(2001, 1, 3), until=date(2003, 1, 3))
        make(w, "connection", **term, since=date(2003, 1, 3), until=date(2005, 1, 3))
        with pytest.raises(InvalidRecord, match="on record already"):
            make(w, "connection", **term, since=date(2004, 1, 1))


def test_account_is_verified_by_four_eyes(work: Open) -> None:
    """Who changed an account cannot verify it; a changed account has not been verified."""
    with work() as w:
        mei, ada = (make(w, "user", name=n, email=f"{n}@x.example", roles=["finance"]) for n in ("mei", "ada"))
        party = make(w, "party", kind="organisation", name="Payee")
    as_mei, as_ada = (
        replace(SYSTEM, id=i, name="x", roles=frozenset({"finance", "admin"}), kind="user") for i in (mei, ada)
    )
    with work(as_mei) as w:
        account = make(
            w, "bank_account", party=party, holder="Payee", iban="DE62 0000 0000 0000 0000 17", proof_checked=True
        )
        assert stored(w, "bank_account", account)["label"] == "Payee …0017"
        with pytest.raises(XrmError):
            records.run_transition(w, "bank_account", account, "verify")
    with work(as_ada) as w:
        records.run_transition(w, "bank_account", account, "verify")
        assert stored(w, "bank_account", account)["verified_by"] == ada
        records.update_record(w, "bank_account", account, {"holder": "Payee and Sons"})
        assert stored(w, "bank_account", account)["status"] == "unverified"
        with pytest.raises(InvalidRecord, match="IBAN"):
            records.update_record(w, "bank_account", account, {"iban": "DE62 0000 0000 0000 0000 18"})


def test_merged_party_hands_over(work: Open) -> None:
    """Ties, contacts and numbers of a merged party go to the one it is merged into, and its name is kept there."""
    with work() as w:
        kept = make(
            w,
            "party",
            kind="organisation",
            name="Delph Trust",
            contact_points=[{"kind": "email", "value": "d@x.example"}],
        )
        gone = make(
            w,
            "party",
            kind="organisation",
            name="Delf Trust",
            contact_points=[{"kind": "email", "value": "e@x.example"}],
            identifiers=[{"scheme": "GB-CHC", "value": "123456"}],
        )
        person = make(w, "party", kind="person", name="Maeve Quarry")
        tie = make(w, "connection", **{"from": person, "to": gone}, kind="employee_of")
        records.run_transition(w, "party", gone, "merge", {"merged_into": kept}, reason="the same")
        assert stored(w, "connection", tie)["to"] == kept
        assert [r["value"] for r in rows(w, kept, "contact_points")] == ["d@x.example", "e@x.example"]
        assert [r["primary"] for r in rows(w, kept, "contact_points")] == [True, False]
        assert [r["value_norm"] for r in rows(w, kept, "identifiers")] == ["123456"]
        assert [r["name"] for r in rows(w, kept, "names")] == ["Delf Trust"]
        assert stored(w, "party", gone)["status"] == "merged"


def test_import_again_changes_nothing(work: Open) -> None:
    """The same rows once more are unchanged, child rows and all."""
    row = {"kind": "person", "name": "Ivor Penrose", "source": "test", "source_key": "1", "country": "GB", "contact_points": [{"kind": "phone", "value": "020 7946 0123"}],
           "addresses": [{"address_line1": "3 The Green", "address_locality": "Leeds", "purpose": "home"}]}  # fmt: skip
    with work(door="import") as w:
        assert bulk.upsert_records(w, "party", [row], ("source", "source_key"))[0].status == "created"
    with work(door="import") as w:
        assert bulk.upsert_records(w, "party", [row], ("source", "source_key"))[0].status == "unchanged"


def test_death_ends_contact(work: Open) -> None:
    """A recorded death stops every contact; only a person can die, and only on a day."""
    with work() as w:
        id = make(w, "party", kind="person", name="Ivor Merrion")
        with pytest.raises(InvalidRecord, match="Died on"):
            records.run_transition(w, "party", id, "decease")
        records.run_transition(w, "party", id, "decease", {"died_on": w.today})
        found = stored(w, "party", id)
        assert (found["status"], found["do_not_contact"], found["do_not_contact_reason"]) == (
            "deceased",
            True,
            "deceased",
        )
        body = make(w, "party", kind="organisation", name="Merrion Ltd")
        with pytest.raises(InvalidRecord, match="dissolved"):
            records.run_transition(w, "party", body, "decease", {"died_on": w.today})


def test_consent_is_proved_and_never_changed(work: Open) -> None:
    """A given consent says how it was given; it is followed by a newer one, never changed or deleted."""
    with work() as w:
        party = make(w, "party", kind="person", name="Nora Lockhart")
        given = {"party": party, "purpose": "fundraising", "channel": "email", "basis": "consent", "source": "form"}
        with pytest.raises(InvalidRecord, match="how consent was given"):
            make(w, "consent", **given)
        id = make(w, "consent", **given, proof="card in the box of 3 May")
        with pytest.raises(XrmError):
            records.update_record(w, "consent", id, {"status": "withdrawn"})
        with pytest.raises(XrmError):
            deleting.delete_record(w, "consent", id)
