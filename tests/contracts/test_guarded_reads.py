"""Reading and the actor's rights, on every way but lists: one record, nested rows, history, files, exports, the document."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.guarded import Charity
from xrm_core.errors import NotFound, Refused
from xrm_core.metamodel.values import Actor, Query
from xrm_core.services import accounts, exporting, files, importjobs, lists, past, records, transitions
from xrm_core.services import imports as importing
from xrm_core.services.signing.sessions import cookie_name
from xrm_core.storage import query

NUMBERS = count(1)


def name() -> str:
    """A name that nobody has yet."""
    return f"Read donor {next(NUMBERS)}"


def donor(charity: Charity, office: str = "north", **values: Any) -> str:
    """A donor, made by the platform."""
    return charity.make("donor", **{"name": name(), "office": office, **values})


def test_what_is_closed_is_absent(charity: Charity) -> None:
    """A foreign record is answered as one that there is not, a closed entity as one that there is not."""
    other, nothing = donor(charity, "south"), charity.users["eve"]
    for path in ("donor/{}", "donor/{}/history", "donor/{}/transitions", "donor/{}/actions", "donor/{}/files/phone"):
        foreign, absent = (charity.ask("nora", "GET", path.format(id)) for id in (other, nothing))
        assert foreign.status_code == absent.status_code == 404, path
        assert foreign.text.replace(other, "") == absent.text.replace(nothing, ""), path
    for path in (
        "{}",
        f"{{}}/{other}",
        "{}/export",
        f"{{}}/{other}/history",
        "{}?filter=record.x",
        f"{{}}/{other}/files/x",
    ):
        closed, unknown = (charity.ask("nora", "GET", path.format(one)) for one in ("memo", "mema"))
        assert closed.status_code == unknown.status_code == 404, path
        assert closed.text.replace("memo", "mema") == unknown.text, path
    for path, body in (("{}", {"text": "x"}), (f"{{}}/{other}/move", {})):
        closed, unknown = (charity.ask("nora", "POST", path.format(one), json=body) for one in ("memo", "mema"))
        assert closed.text.replace("memo", "mema") == unknown.text, path


def test_what_is_hidden_is_unknown(charity: Charity) -> None:
    """Hidden fields and sets are asked for as names that are none, in every parameter."""
    donor(charity, note="secret")
    for path in (
        "donor?fields={}",
        "donor?sort={}",
        "donor?filter=record.{} != null",
        "gift?fields=donor.{}",
        "donor/export?fields={}",
    ):
        for hidden in ("note", "banks", "memos", "tax_no"):
            if hidden in ("banks", "memos") and "sort" in path:
                continue
            told, unknown = (charity.ask("nora", "GET", path.format(one)) for one in (hidden, "zzzz"))
            assert told.status_code == unknown.status_code, (path, hidden)
            assert told.text.replace(hidden, "zzzz") == unknown.text, (path, hidden)


def test_a_record_holds_what_is_read_of_it(charity: Charity) -> None:
    """Fields never read are left out, those closed on this record are empty; lists, nested rows and boards say the same."""
    north, south = donor(charity, limit="5"), donor(charity, "south", limit="6")
    shown = {id: charity.ask("max", "GET", f"donor/{id}").json() for id in (north, south)}
    assert [shown[id]["limit"] for id in (north, south)] == [None, "6.00"]
    assert "phone" not in shown[north]
    page = charity.ask("max", "GET", f"donor?filter=record.id in ['{north}', '{south}']&sort=created_at").json()[
        "items"
    ]
    assert page == list(shown.values())
    charity.make("gift", donor=south, what="g", amount="3")
    assert (
        charity.ask("rita", "GET", f"donor/{south}?fields=gifts.what,gifts.donor.name").json()["gifts"][0]["what"]
        == "g"
    )
    assert "amount" not in charity.ask("rita", "GET", f"donor/{south}?fields=gifts").json()["gifts"][0]
    assert charity.ask("rita", "GET", f"donor/{north}?fields=gifts").json()["gifts"] == []


# ---- history
def test_history_goes_by_row_and_field(charity: Charity) -> None:
    """Entries of what is not read are not there, child rows' neither; a page is filled all the same."""
    id = donor(charity, note="a", limit="5", lines=[{"what": "x", "cost": "3"}], banks=[{"iban": "X"}])
    for n in range(7):
        with charity.work() as work:
            records.update_record(work, "donor", id, {"note": f"n{n}"})
    with charity.work() as work:
        records.update_record(work, "donor", id, {"phone": "7", "note": "z"})
    told = charity.ask("nora", "GET", f"donor/{id}/history?limit=3").json()["items"]
    assert [(e["entity"], e["action"]) for e in told] == [
        ("donor", "update"),
        ("donor_lines", "create"),
        ("donor", "create"),
    ]
    assert told[0]["changes"] == {"phone": {"before": "none yet", "after": "7"}}
    assert told[1]["changes"].keys() == {"what", "cost", "position", "donor"}
    assert "note" not in json.dumps(told)
    hers = charity.ask("rita", "GET", f"donor/{id}/history").json()["items"]
    assert "cost" not in json.dumps(hers)
    assert "limit" not in json.dumps(hers)
    with charity.work("eve") as work, pytest.raises(NotFound):
        past.history_of(work, "donor", id)
    other = donor(charity, "south")
    with charity.work("nora") as work, pytest.raises(NotFound):
        past.history_of(work, "donor", other)


def test_former_values_are_the_readers_to_bring_back(charity: Charity) -> None:
    """What is hidden was not changed, as far as the actor knows; what he may not write is refused."""
    id = donor(charity, note="a", limit="5")
    with charity.work() as work:
        records.update_record(work, "donor", id, {"note": "b", "limit": "6", "phone": "1"})
        entry = past.history_of(work, "donor", id)[0].id
    address, before = f"donor/{id}/restore_values", charity.mark()
    hidden = charity.ask("nora", "POST", address, json={"entry": entry, "columns": ["note"]})
    unknown = charity.ask("nora", "POST", address, json={"entry": entry, "columns": ["zote"]})
    assert (hidden.status_code, hidden.text.replace("note", "zote")) == (404, unknown.text)
    assert charity.ask("nora", "POST", address, json={"entry": entry, "columns": ["limit"]}).status_code == 403
    assert charity.mark() == before
    assert (
        charity.ask("nora", "POST", address, json={"entry": entry, "columns": ["phone"]}).json()["phone"] == "none yet"
    )


# ---- files
def test_a_file_goes_by_its_field_and_record(charity: Charity) -> None:
    """It is handed out to those who read the field that holds it; a fresh one to whoever brought it, and set by nobody else."""
    with charity.work() as work:
        paper = files.keep(work, "a.txt", "text/plain", b"paper", "donor", "paper")
    id = donor(charity, paper=paper)
    assert charity.ask("nora", "GET", f"donor/{id}/files/paper").content == b"paper"
    assert charity.ask("rita", "GET", f"donor/{id}/files/paper").status_code == 404
    for who, sees in (("nora", True), ("tom", True), ("rita", False), ("max", False), ("eve", False)):
        with charity.work(who) as work:
            if sees:
                assert files.fetch(work, paper).body == b"paper"
                continue
            with pytest.raises(NotFound) as foreign:
                files.fetch(work, paper)
            with pytest.raises(NotFound) as absent:
                files.fetch(work, id)
            assert foreign.value.message == absent.value.message
    with charity.work("tom") as work, pytest.raises(Exception, match="that you may put a file into"):
        files.keep(work, "b.txt", "text/plain", b"x", "donor", "paper")
    with charity.work() as work:
        fresh = files.keep(work, "c.txt", "text/plain", b"fresh", "donor", "paper")
    with charity.work("nora") as work, pytest.raises(NotFound):
        files.fetch(work, fresh)


# ---- out and in
def test_an_export_holds_what_a_list_does(charity: Charity) -> None:
    """Rows and columns as they are read; who may not read may not export."""
    donor(charity, note="secret")
    donor(charity, "south", note="secret")
    lines = charity.ask("nora", "GET", "donor/export?format=ndjson").text.splitlines()
    rows = [json.loads(line) for line in lines]
    assert {r["office"] for r in rows} == {"north"}
    assert "note" not in rows[0]
    with charity.work("nora") as work:
        assert len(rows) == lists.count_records(work, Query("donor"))
    with charity.work("eve") as work, pytest.raises(NotFound):
        exporting.export(work, Query("donor"))


def test_an_import_acts_as_who_began_it(charity: Charity, tmp_path: Path) -> None:
    """Rows outside of his rights are refused like other faulty ones; he acts with the rights that he has when it is done."""
    table = tmp_path / "donors.csv"
    one, two, three = name(), name(), name()
    table.write_text(f"name,office,phone\n{one},north,1\n{two},south,2\n{three},north,3\n", "utf-8")
    mapping = importing.mapping_for(charity.runtime.catalog, "donor", [importing.Source(table, "donors.csv")])
    nora = charity.actor("nora")
    tally = importing.import_files(charity.runtime, nora, mapping, [importing.Source(table, "donors.csv")])
    assert (tally.counts["created"], tally.counts["refused"]) == (2, 1)
    assert tally.refusals[0].problems[0].code == "not_allowed"
    with charity.work("nora") as work:
        page = lists.list_records(work, Query("donor", ("created_by", "name"), f"record.name == '{one}'"))
    assert page.rows[0]["created_by"] == charity.users["nora"]
    with charity.work("rita") as work, pytest.raises(NotFound):
        importjobs.refused_rows(work, str(tally.id))
    before = charity.mark()
    with pytest.raises(Refused):
        importing.start_import(charity.runtime, charity.actor("rita"), mapping, [importing.Source(table, "donors.csv")])
    assert charity.mark() == before


def test_a_job_has_the_rights_of_now(charity: Charity, tmp_path: Path) -> None:
    """Between asking and doing rights may be lost: nothing is done with them then."""
    with charity.work() as work:
        given = {"name": "Paul", "email": "paul@example.com", "roles": ["northerner"]}
        user = str(records.create_record(work, "user", given)["id"])
    table, only = tmp_path / "later.csv", name()
    table.write_text(f"name,office\n{only},north\n", "utf-8")
    mapping = importing.mapping_for(charity.runtime.catalog, "donor", [importing.Source(table, "later.csv")])
    actor = Actor(user, "Paul", frozenset({"northerner"}))
    id = importing.start_import(charity.runtime, actor, mapping, [importing.Source(table, "later.csv")])
    with charity.work() as work:
        records.update_record(work, "user", user, {"roles": []})
    importjobs.carry_out(charity.runtime, {"import": id, "actor": user, "acting": None})
    with charity.work() as work:
        assert lists.count_records(work, Query("donor", filter=f"record.name == '{only}'")) == 0


# ---- what is said of the metadata
def test_the_document_is_the_readers(charity: Charity) -> None:
    """Entities, fields and sets that somebody does not read are not in his document; no name of them is anywhere in it."""
    said = charity.ask("nora", "GET", "openapi.json")
    document = said.json()
    assert "/api/donor" in document["paths"]
    assert not [path for path in document["paths"] if path.startswith(("/api/memo", "/api/donor_banks"))]
    shown = document["components"]["schemas"]["donor"]["properties"]
    assert "phone" in shown
    for hidden in ("memo", "tax_no", "iban", "closed_on", '"note"', "banks"):
        assert hidden not in said.text, hidden
    assert "tax_no" in charity.ask("ada", "GET", "openapi.json").text
    assert charity.ask("rita", "GET", "openapi.json").headers["etag"] != said.headers["etag"]
    again = charity.ask("nora", "GET", "openapi.json", headers={"If-None-Match": said.headers["etag"]})
    assert again.status_code == 304


def test_offers_are_the_readers(charity: Charity) -> None:
    """Transitions are judged by what is stored, and name no field that is hidden."""
    id = donor(charity)
    with charity.work("rita") as work:
        offers = transitions.transitions_of(work, "donor", records.read_record(work, "donor", id))
    assert {o.name: (o.allowed, o.require) for o in offers} == {"activate": (False, ()), "close": (False, ())}
    assert [a["name"] for a in charity.ask("max", "GET", f"donor/{id}/actions").json()["items"]] == ["mark"]
    assert charity.ask("rita", "GET", f"donor/{id}/actions").json()["items"] == []


def test_a_repeated_request_is_the_actors_own(charity: Charity) -> None:
    """A key is one person's; an answer is not repeated to somebody whose rights have changed since."""
    moment = datetime.now(UTC).isoformat()
    headers = {"Idempotency-Key": moment}
    first = charity.ask("nora", "POST", "donor", json={"name": name(), "office": "north"}, headers=headers)
    assert first.status_code == 201
    assert charity.ask("rita", "POST", "donor", json={}, headers=headers).status_code == 403
    body = json.loads(first.request.content)
    assert charity.ask("nora", "POST", "donor", json=body, headers=headers).json() == first.json()
    with charity.work() as work:
        records.update_record(work, "user", charity.users["nora"], {"roles": ["northerner", "mover"]})
    try:
        assert charity.ask("nora", "POST", "donor", json=body, headers=headers).status_code == 409
    finally:
        with charity.work() as work:
            records.update_record(work, "user", charity.users["nora"], {"roles": ["northerner"]})


def test_a_tag_says_what_is_seen(charity: Charity) -> None:
    """Who does not see all of a record gets a tag of what he sees of it; it names the version of a write all the same."""
    id = donor(charity, "south", limit="5")
    tag = charity.ask("max", "GET", f"donor/{id}").headers["etag"]
    assert tag.startswith('"1-')
    assert charity.ask("max", "GET", f"donor/{id}", headers={"If-None-Match": tag}).status_code == 304
    assert charity.ask("ada", "GET", f"donor/{id}").headers["etag"] == '"1"'
    mine = donor(charity)
    tag = charity.ask("nora", "GET", f"donor/{mine}").headers["etag"]
    changed = charity.ask("nora", "PATCH", f"donor/{mine}", json={"phone": "8"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert charity.ask("nora", "GET", f"donor/{mine}").headers["etag"] == changed.headers["etag"]
    stale = charity.ask("nora", "PATCH", f"donor/{mine}", json={"phone": "9"}, headers={"If-Match": tag})
    assert stale.status_code == 412


def test_boards_and_pickers_hold_what_is_read(charity: Charity) -> None:
    """Their records and counts are those of a list; a board by what is hidden is none."""
    fresh = [donor(charity), donor(charity)]
    donor(charity, "south")
    view = charity.runtime.catalog.views["donor_board"]
    with charity.work("nora") as work:
        own = lists.count_records(work, Query("donor", filter="record.stage == 'fresh'"))
        (column,) = [c for c in lists.board(work, view, limit=100) if c.code == "fresh"]
        assert column.count == own
        assert len(column.rows) == own >= len(fresh)
        everybody = lists.lookup(work, "donor", "Read donor", limit=100)
        assert {charity_office(charity, one["id"]) for one in everybody} == {"north"}
        with pytest.raises(NotFound):
            lists.lookup(work, "memo", "")
    with charity.work("eve") as work, pytest.raises(NotFound):
        lists.board(work, view)


def charity_office(charity: Charity, id: str) -> str:
    """The office of a donor."""
    with charity.work(write=False) as work:
        return str(query.get(work.tx, work.catalog, "donor", id)["office"])  # type: ignore[index]


def test_jobs_are_for_administrators(charity: Charity) -> None:
    """What waits and what failed names records of everybody."""
    for who, status in (("nora", 403), ("ada", 200)):
        with charity.work() as work:
            secret = accounts.begin_session(work, charity.users[who])
        answer = charity.api.get("/jobs", headers={"Cookie": f"{cookie_name(charity.runtime.settings)}={secret}"})
        assert answer.status_code == status, who
