"""The services that write records, on both databases: links' rules, the bin, rows, history, lifecycles, numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.shop import World
from xrm_core.errors import BadRequest, Conflict, InvalidRecord, NotFound, Refused, VersionConflict
from xrm_core.language import speaking
from xrm_core.metamodel.values import ANONYMOUS, SYSTEM, Actor, Record
from xrm_core.services import deleting, past, records, transitions
from xrm_core.services.work import Work
from xrm_core.storage import history, query

TREE = """
entity: folder
fields:
  name: {type: text, required: true}
  inside: {type: link, to: folder, on_delete: cascade, reverse: folders}
  shortcut: {type: link, to: folder, on_delete: empty, reverse: shortcuts}
"""


def stored(w: Work, entity: str, id: str) -> Record | None:
    """A record as it is in the database, also from the bin."""
    return query.get(w.tx, w.catalog, entity, id, deleted=True)


def rows_of(w: Work, id: str) -> list[Record]:
    """The lines of a client."""
    return list(query.referring(w.tx, w.catalog, "client_lines", "client", id))


def refused(fault: pytest.ExceptionInfo[InvalidRecord]) -> dict[str | None, str]:
    """Codes of the problems by field."""
    return {p.field: p.code for p in fault.value.problems}


# ---- create and update
def test_what_is_not_named_stays(shop: World) -> None:
    """An update sets the named columns, counts the version, and says who; nothing is written where nothing differs."""
    id = shop.make("client", name="Keep", staff=3, budget="5")
    ada = Actor(shop.admin, "Ada")
    with shop.work(actor=ada) as w:
        changed = records.update_record(w, "client", id, {"staff": 4})
        assert (changed["staff"], str(changed["budget"]), changed["version"], changed["updated_by"]) == (
            4,
            "5.00",
            2,
            shop.admin,
        )
        assert changed["created_by"] is None, "the system made it"
        same = records.update_record(w, "client", id, {"staff": 4, "budget": "5.00"})
        assert (same["version"], same["updated_at"]) == (2, changed["updated_at"])
        assert len(past.history_of(w, "client", id)) == 2


def test_an_empty_value_empties(shop: World) -> None:
    """None takes a value away, from compound fields part by part; what is required cannot be taken away."""
    id = shop.make("client", name="Empty", budget="5", home_line1="Ring 1", home_country="AT", vip=True)
    with shop.work() as w:
        record = records.update_record(w, "client", id, {"budget": None, "home_line1": None, "vip": None})
        assert (record["budget"], record["home_line1"], record["home_country"], record["vip"]) == (
            None,
            None,
            "AT",
            False,
        )
        with pytest.raises(InvalidRecord) as fault:
            records.update_record(w, "client", id, {"name": "  "})
        assert refused(fault) == {"name": "required"}


def test_links_lead_to_what_is_there(shop: World) -> None:
    """A new link must lead to a live record of an allowed entity; one that was there may lead into the bin."""
    head, person = shop.make("client", name="Head"), shop.make("person", name="P")
    id = shop.make("client", name="Linked", head=head, contact=person, contact_entity="person")
    with shop.work() as w:
        for values in (
            {"head": person},
            {"contact": head, "contact_entity": "person"},
            {"contact": person, "contact_entity": "order"},
            {"lines": [{"product": head, "quantity": 1}]},
        ):
            with pytest.raises(InvalidRecord):
                records.update_record(w, "client", id, values)
        deleting.delete_record(w, "person", person)
        assert records.read_record(w, "client", id)["contact"] is None, "emptied, with the name of its entity"
        assert records.read_record(w, "client", id)["contact_entity"] is None


def test_texts_of_forms_are_read(shop: World) -> None:
    """`texts` reads what people type; typed values are taken as they are."""
    with shop.work() as w:
        record = records.create_record(
            w,
            "client",
            {
                "name": " Form ",
                "budget": "1,234.5",
                "vip": "yes",
                "since": "29 Feb 2020",
                "tags": "a, b",
                "visit": "1:30",
            },
            texts=True,
        )
        assert (
            record["name"],
            str(record["budget"]),
            record["vip"],
            record["since"].isoformat(),
            record["tags"],
            record["visit"].seconds,
        ) == ("Form", "1234.50", True, "2020-02-29", ["a", "b"], 5400)


def test_a_version_is_held(shop: World) -> None:
    """An update that names another version than the stored one is refused with the stored record."""
    id = shop.make("client", name="Version")
    with shop.work() as w:
        records.update_record(w, "client", id, {"staff": 1}, version=1)
        with pytest.raises(VersionConflict) as fault:
            records.update_record(w, "client", id, {"staff": 2}, version=1)
        assert (fault.value.current or {})["staff"] == 1


def test_nobody_writes_nothing(shop: World) -> None:
    """Whoever is not signed in is refused before anything is read; unknown and retired entities are not found."""
    with shop.work(actor=ANONYMOUS) as w, pytest.raises(Exception, match="sign in"):
        records.create_record(w, "client", {"name": "x"})
    with shop.work() as w, pytest.raises(NotFound):
        records.create_record(w, "nothing", {})


# ---- rows
def test_rows_are_compared_with_what_is_stored(shop: World) -> None:
    """Of the rows of a table only what differs is written: equal ones keep their version, others change, come and go."""
    a, b, c = (shop.make("product", code=f"DF{n}", name="x") for n in range(3))
    id = shop.make("client", name="Diff", lines=[{"product": a, "quantity": 1}, {"product": b, "quantity": 2}])
    with shop.work() as w:
        first, second = rows_of(w, id)
        records.update_record(
            w,
            "client",
            id,
            {
                "lines": [
                    {"product": a, "quantity": 1},
                    {"id": second["id"], "quantity": 5},
                    {"product": c, "quantity": 3},
                ]
            },
        )
        now = rows_of(w, id)
        assert [(r["id"], r["version"]) for r in now[:2]] == [(first["id"], 1), (second["id"], 2)]
        assert (now[2]["product"], now[2]["position"], now[2]["version"]) == (c, 2, 1)
        given = [{k: r[k] for k in ("id", "product", "quantity", "took", "position")} for r in now]
        assert records.update_record(w, "client", id, {"lines": given})["version"] == 2, "nothing differs"
        records.update_record(w, "client", id, {"lines": []})
        assert rows_of(w, id) == []
        gone = stored(w, "client_lines", first["id"])
        assert gone is not None
        assert gone["deleted_at"] is not None, "rows that go are in the bin"


def test_faults_of_rows_are_told_by_their_place(shop: World) -> None:
    """A fault in a row names table, place and column; the owner is not saved either."""
    product = shop.make("product", code="FR1", name="x")
    with shop.work() as w, pytest.raises(InvalidRecord) as fault:
        records.create_record(
            w,
            "client",
            {
                "name": "Rows",
                "lines": [{"product": product, "quantity": 1}, {"product": product, "quantity": -1}, {"quantity": 1}],
            },
        )
    assert refused(fault) == {"lines[1].quantity": "too_small", "lines[2].product": "required"}
    with shop.work() as w, pytest.raises(InvalidRecord) as fault:
        records.create_record(
            w, "client", {"name": "Rows", "lines": [{"product": product, "quantity": 1}, {"quantity": 1}]}
        )
    assert refused(fault) == {"lines[1].product": "required"}


def test_rows_are_records_of_their_own(shop: World) -> None:
    """A row can be changed by itself; the history of its owner tells of it."""
    product = shop.make("product", code="RO1", name="x")
    id = shop.make("client", name="Owner", lines=[{"product": product, "quantity": 1}])
    with shop.work() as w:
        (row,) = rows_of(w, id)
        records.update_record(w, "client_lines", row["id"], {"quantity": 9})
        entry = past.history_of(w, "client", id)[0]
        assert (entry.entity, entry.parent_id, str(entry.changes["quantity"][1])) == ("client_lines", id, "9.00")
        with pytest.raises(InvalidRecord):
            records.update_record(w, "client_lines", row["id"], {"client": None})


# ---- the bin
def test_cascades_go_all_the_way(tmp_path: Any) -> None:
    """Folders in folders go along however deep, circles too; shortcuts from outside are emptied, once each."""
    from xrm_core.testing import temporary_organisation

    with temporary_organisation(metadata={"entities/folder.yaml": TREE}) as runtime:
        with runtime.work(SYSTEM, "api", write=True) as w:
            top = str(records.create_record(w, "folder", {"name": "top"})["id"])
            inner = top
            for n in range(5):
                inner = str(
                    records.create_record(w, "folder", {"name": f"{n}", "inside": inner, "shortcut": top})["id"]
                )
            records.update_record(w, "folder", top, {"shortcut": inner})
            outside = str(records.create_record(w, "folder", {"name": "outside", "shortcut": inner})["id"])
        with runtime.work(SYSTEM, "api", write=True) as w:
            deleting.delete_record(w, "folder", top)
        with runtime.work(SYSTEM, "api", write=True) as w:
            left = query.find(w.tx, w.catalog, "folder", "true")
            assert [(r["name"], r["shortcut"], r["version"]) for r in left] == [("outside", None, 2)]
            assert outside == left[0]["id"]
            assert deleting.restore_record(w, "folder", top)["deleted_at"] is None
            back = query.find(w.tx, w.catalog, "folder", "record.name != 'outside'")
            assert sorted(r["name"] for r in back) == ["0", "1", "2", "3", "4", "top"], "all that went along is back"
            records.update_record(w, "folder", top, {"inside": back[-1]["id"]})
        with runtime.work(SYSTEM, "api", write=True) as w:
            deleting.delete_record(w, "folder", top)
            deleting.purge_record(w, "folder", top)
            assert [r["name"] for r in query.find(w.tx, w.catalog, "folder", "true")] == ["outside"]
            assert w.tx.ask("SELECT count(*) FROM folder") == [(1,)], "a circle is purged whole"


def test_restricted_records_stay_whole(shop: World) -> None:
    """A delete that is refused at one record has taken none of the others along."""
    head = shop.make("client", name="Restricted")
    remark, order = shop.make("remark", client=head, text="x"), shop.make("order", client=head)
    with pytest.raises(Conflict, match="order"), shop.work() as w:
        deleting.delete_record(w, "client", head)
    with shop.work() as w:
        assert all(
            (stored(w, e, id) or {})["deleted_at"] is None
            for e, id in (("client", head), ("remark", remark), ("order", order))
        )
        assert len(past.history_of(w, "client", head)) == 1


def test_back_from_the_bin(shop: World) -> None:
    """Rows that went along come back, rows that had gone before do not; a taken key and a lost owner keep a record in the bin."""
    a, b = (shop.make("product", code=f"BB{n}", name="x") for n in range(2))
    id = shop.make(
        "client",
        name="Back",
        email="back@example.com",
        lines=[{"product": a, "quantity": 1}, {"product": b, "quantity": 1}],
    )
    with shop.work() as w:
        records.update_record(w, "client", id, {"lines": [{"product": a, "quantity": 1}]})
    with shop.work() as w:
        deleting.delete_record(w, "client", id)
    with shop.work() as w:
        other = records.create_record(w, "client", {"name": "Thief", "email": "back@example.com"})["id"]
    with pytest.raises(Conflict, match="Email"), shop.work() as w:
        deleting.restore_record(w, "client", id)
    with shop.work() as w:
        deleting.delete_record(w, "client", str(other))
        assert deleting.restore_record(w, "client", id)["version"] == 4
        assert [r["product"] for r in rows_of(w, id)] == [a]
        with pytest.raises(Conflict):
            deleting.restore_record(w, "client", id)
    remark = shop.make("remark", client=id, text="x")
    with shop.work() as w:
        deleting.delete_record(w, "client", id)
        with pytest.raises(Conflict, match="in the bin"):
            deleting.restore_record(w, "remark", remark)


def test_what_is_purged_is_gone(shop: World) -> None:
    """A purge takes the row, its rows, its words and the values of its history; that it was stays known."""
    product = shop.make("product", code="PG1", name="x")
    id = shop.make("client", name="Purged person", note="private", lines=[{"product": product, "quantity": 1}])
    with shop.work() as w:
        (row,) = rows_of(w, id)
        with pytest.raises(Conflict):
            deleting.purge_record(w, "client", id)
        deleting.delete_record(w, "client", id, reason="asked for it")
        with pytest.raises(VersionConflict):
            deleting.purge_record(w, "client", id, 1)
        deleting.purge_record(w, "client", id, 2)
    with shop.work() as w:
        assert stored(w, "client", id) is None
        assert stored(w, "client_lines", row["id"]) is None
        entries = [*history.of(w.tx, w.catalog, "client", id), *history.of(w.tx, w.catalog, "client_lines", row["id"])]
        assert {e.action for e in entries} == {"create", "delete", "purge"}
        assert not any(e.changes or e.reason for e in entries)
        assert not w.tx.ask("SELECT 1 FROM xrm_search WHERE record_id = ?", (id,))
        with pytest.raises(NotFound):
            deleting.purge_record(w, "client", id)


def test_a_purge_goes_by_the_links(shop: World) -> None:
    """In the bin too a restricted link stands in the way, an emptied one is emptied, and what goes along is purged."""
    head = shop.make("client", name="Pointed")
    order, remark = shop.make("order", client=head), shop.make("remark", client=head, text="x")
    branch = shop.make("client", name="Branch", head=head)
    with shop.work() as w:
        deleting.delete_record(w, "client", branch)
        deleting.delete_record(w, "order", order)
        deleting.delete_record(w, "client", head)
    with pytest.raises(Conflict, match="1 order in the bin"), shop.work() as w:
        deleting.purge_record(w, "client", head)
    with shop.work() as w:
        deleting.purge_record(w, "order", order)
        deleting.purge_record(w, "client", head)
        assert stored(w, "remark", remark) is None
        assert deleting.restore_record(w, "client", branch)["head"] is None
        assert past.history_of(w, "client", branch)[1].changes == {"head": (head, None)}


def test_purging_is_for_administrators(shop: World) -> None:
    """Others are refused, whoever deleted the record."""
    id = shop.make("person", name="x")
    with shop.work(actor=Actor(shop.admin, "Ben", frozenset({"manager"}))) as w:
        deleting.delete_record(w, "person", id)
        with pytest.raises(Refused):
            deleting.purge_record(w, "person", id)


# ---- history
def test_former_values_come_back(shop: World) -> None:
    """Columns of an entry are set to what they held before it; child rows and foreign entries are not touched by it."""
    id, other = shop.make("client", name="Former", budget="5", staff=1), shop.make("client", name="Other")
    with shop.work() as w:
        records.update_record(w, "client", id, {"budget": "7", "budget_currency": "USD", "staff": 2})
        entry = past.history_of(w, "client", id)[0]
        back = past.restore_values(w, "client", id, entry.id, ["budget", "budget_currency"])
        assert (str(back["budget"]), back["budget_currency"], back["staff"]) == ("5.00", "EUR", 2)
        for wrong in (
            (other, entry.id, ["budget"]),
            (id, entry.id, ["name"]),
            (id, "x", ["budget"]),
            (id, other, ["budget"]),
        ):
            with pytest.raises(NotFound):
                past.restore_values(w, "client", *wrong)
        with pytest.raises(VersionConflict):
            past.restore_values(w, "client", id, entry.id, ["budget"], 2)


# ---- lifecycles
def test_records_are_born_in_an_allowed_state(shop: World) -> None:
    """People create in the first states; imports and samples in any."""
    with shop.work() as w:
        with pytest.raises(InvalidRecord) as fault:
            records.create_record(w, "client", {"name": "x", "stage": "closed"})
        assert refused(fault) == {"stage": "state"}
    with shop.work(door="import") as w:
        assert records.create_record(w, "client", {"name": "x", "stage": "closed"})["stage"] == "closed"


def test_transitions_hold_what_they_promise(shop: World) -> None:
    """A transition needs its fields, its guard, its reason and its role; it sets what it says, and nothing of it is lost on refusal."""
    id = shop.make("client", name="Nobody")
    plain = Actor(shop.admin, "Ben")
    with shop.work(actor=plain) as w:
        with pytest.raises(BadRequest):
            records.run_transition(w, "client", id, "fly")
        with pytest.raises(InvalidRecord) as fault:
            records.run_transition(w, "client", id, "activate", {"email": "n@y.example"})
        assert fault.value.problems[0].message == "Nobody cannot be a client"
        with pytest.raises(InvalidRecord) as fault:
            records.run_transition(w, "client", id, "activate", {"name": "Somebody"})
        assert refused(fault) == {"email": "required"}
        assert records.read_record(w, "client", id)["version"] == 1
        for wrong in ("x" * 1_001, "not\0text"):
            with pytest.raises(InvalidRecord) as fault:
                records.run_transition(w, "client", id, "close", reason=wrong)
            assert refused(fault) == {"reason": "invalid"}
        closed = records.run_transition(w, "client", id, "close", reason="why not")
        assert (closed["stage"], closed["closed_on"]) == ("closed", w.today)
        with pytest.raises(InvalidRecord) as fault:
            records.run_transition(w, "client", id, "activate", {"email": "n@y.example"})
        assert refused(fault) == {"stage": "transition"}
        with pytest.raises(Refused, match="the role Manager"):
            records.run_transition(w, "client", id, "reopen")
        offer = transitions.transitions_of(w, "client", closed)[0]
        assert (offer.name, offer.allowed, offer.reason) == ("reopen", False, "needs the role Manager")
        with speaking("de"):
            assert transitions.transitions_of(w, "client", closed)[0].reason == "braucht die Rolle Manager"
    with shop.work(actor=Actor(shop.admin, "Mei", frozenset({"manager"}))) as w:
        assert records.run_transition(w, "client", id, "reopen", {"closed_on": None})["stage"] == "active"


def test_a_rule_that_fails_undoes_a_transition(shop: World) -> None:
    """What holds for records holds after a transition too."""
    id = shop.make("client", name="Ruled", email="ruled@example.com")
    with pytest.raises(InvalidRecord) as fault, shop.work() as w:
        records.run_transition(w, "client", id, "activate", {"closed_on": w.today})
    assert refused(fault) == {"closed_on": "rule"}
    with shop.work() as w:
        assert records.read_record(w, "client", id)["stage"] == "fresh"


# ---- numbers
def test_numbers_are_the_platforms(shop: World) -> None:
    """People cannot set a number; imports bring theirs, and ours go on; gapless ones have no gap after a refusal."""
    with shop.work() as w:
        with pytest.raises(InvalidRecord) as fault:
            records.create_record(w, "client", {"name": "x", "number": "C-1"})
        assert refused(fault) == {"number": "read_only"}
        first = records.create_record(w, "ledger", {"text": "x"})["no"]
    shop.undone(lambda w: records.create_record(w, "ledger", {"text": "x"}))
    with shop.work() as w:
        assert int(records.create_record(w, "ledger", {"text": "x"})["no"][2:]) == int(first[2:]) + 1
    with shop.work(door="import") as w:
        assert records.create_record(w, "client", {"name": "Imported", "number": "OLD-7"})["number"] == "OLD-7"
