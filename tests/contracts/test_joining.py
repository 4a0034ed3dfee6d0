"""Two records beside each other that become one: whose values stay, what moves, what is refused, as one act, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.errors import BadRequest, NotFound, VersionConflict
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, joining, records
from xrm_core.services.runtime import Runtime
from xrm_core.storage import query
from xrm_core.testing import temporary_organisation

ACCESS = """
department: desk
label: desk
---
role: data_steward
label: Data steward
department: desk
---
role: clerk
label: Clerk
department: desk
---
needs:
  identity: {desk: W}
  contact: {desk: W}
  internal: {desk: W}
---
grants:
  - {role: data_steward, entity: party, verbs: [read, update, merge]}
  - {role: data_steward, entity: party_names, verbs: [read, create, update, delete]}
  - {role: data_steward, entity: party_contact_points, verbs: [read, create, update, delete]}
  - {role: data_steward, entity: supplier, verbs: [read]}
  - {role: clerk, entity: party, verbs: [read, update]}
"""
BED = """
entity: bed
fields:
  name: {type: text}
  party: {type: link, to: party}
"""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """Parties with suppliers, and beds that a data steward does not see."""
    metadata = {"entities/bed.yaml": BED, "access/rights.yaml": ACCESS}
    with temporary_organisation(["parties", "suppliers"], metadata, url=database_url) as made:
        yield made


class Pages:
    """The pages as an administrator and as somebody who may do less get them."""

    def __init__(self, runtime: Runtime, client: TestClient[Any], role: str) -> None:
        self.client = client
        with runtime.work(SYSTEM, "cli", write=True) as work:
            user = str(records.create_record(work, "user", {"name": role, "email": f"{role}@x.example", "roles": [role]})["id"])  # fmt: skip
            client.cookies.set("xrm_session", accounts.begin_session(work, user))
        self.last = ""

    def get(self, path: str) -> str:
        """A page."""
        self.last = self.client.get(path).text
        return self.last

    def send(self, path: str, **more: str) -> Any:
        """The form of the last page sent, as a browser does without scripts."""
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.last)
        picked = re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)" checked', self.last)
        sent = {k: unescape(v) for k, v in [*hidden, *picked]} | more
        answer = self.client.post(path, data=sent)
        self.last = answer.text
        return answer


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient[Any]]:
    """A browser's side of the organisation."""
    with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as made:
        yield made


def pair(runtime: Runtime) -> tuple[str, str]:
    """Two parties that are one: the first goes, the second stays."""
    with runtime.work(SYSTEM, "api", write=True) as w:
        dept = str(w.reader.find("department", "true")[0]["id"])
        old, new = (
            str(records.create_record(w, "party", {"kind": "organisation", "name": name, **more})["id"])
            for name, more in (
                ("Delf", {"country": "NL", "website": "https://delf.example", "contact_points": [{"kind": "email", "value": "delf@x.example"}]}),
                ("Delph", {"country": "BE"}),
            )
        )  # fmt: skip
        for party in (old, new):
            records.create_record(w, "supplier", {"party": party, "department": dept})
        for name in ("Roses", "Herbs"):
            records.create_record(w, "bed", {"name": name, "party": old})
    return old, new


def party(runtime: Runtime, id: str) -> Any:
    """A party as it is stored."""
    with runtime.work(SYSTEM, "api") as w:
        return query.get(w.tx, w.catalog, "party", id)


def test_what_a_merge_would_do_is_told_and_nothing_is_written(runtime: Runtime) -> None:
    """Links that move, rows that are added, what stays behind and why; afterwards both are as they were."""
    old, new = pair(runtime)
    before = party(runtime, old), party(runtime, new)
    with runtime.work(SYSTEM, "web", write=True) as w:
        told = joining.foresee(w, "party", old, new, ["country"])
    assert not told.refused
    assert [(g.entity, g.count) for g in told.moves] == [("bed", 2)]
    assert {(g.name, g.count) for g in told.rows} == {("contact_points", 1), ("names", 1)}
    assert [(g.entity, g.count, g.why) for g in told.stays] == [("supplier", 1, "double")]
    assert (party(runtime, old), party(runtime, new)) == before
    with runtime.work(SYSTEM, "web", write=True) as w, pytest.raises(BadRequest, match="two different"):
        joining.join_records(w, "party", old, old)
    with runtime.work(SYSTEM, "web", write=True) as w:
        assert [p.code for p in joining.foresee(w, "party", old, old).refused] == ["same_record"]
        with pytest.raises(NotFound):
            joining.foresee(w, "bed", old, new)


def test_the_values_chosen_stay_and_a_newer_version_is_refused(runtime: Runtime) -> None:
    """What is taken of the one that goes is written to the one that stays; an empty value never takes the place of one."""
    old, new = pair(runtime)
    version = party(runtime, new)["version"]
    with runtime.work(SYSTEM, "web", write=True) as w:
        records.update_record(w, "party", new, {"website": "https://delph.example", "legal_name": "Delph BV"})
    with pytest.raises(VersionConflict), runtime.work(SYSTEM, "web", write=True) as w:
        joining.join_records(w, "party", old, new, ["country"], versions=(None, version))
    with runtime.work(SYSTEM, "web", write=True) as w:
        joining.join_records(w, "party", old, new, ["country", "legal_name", "nothing"])
    stays = party(runtime, new)
    assert (stays["name"], stays["country"], stays["website"], stays["legal_name"]) == (
        "Delph", "NL", "https://delph.example", "Delph BV",
    )  # fmt: skip
    assert party(runtime, old)["merged_into"] == new
    with runtime.work(SYSTEM, "web", write=True) as w:
        (told,) = joining.foresee(w, "party", old, new).refused
    assert told.code == "transition"


def test_the_page_shows_both_and_one_undo_takes_all_back(runtime: Runtime, client: TestClient[Any]) -> None:
    """Values that differ are chosen, a filled one before an empty one; the form alone does it; a page that is out of date is shown
    again with what is there now; what follows is taken back by one undo."""
    old, new = pair(runtime)
    pages = Pages(runtime, client, "admin")
    drawn = pages.get(f"/e/party/{old}/do/merge?merged_into={new}")
    assert re.search(r'name="_take.website" value="gone" checked', drawn)
    assert re.search(r'name="_take.country" value="stays" checked', drawn)
    assert 'name="_take.kind"' not in drawn, "alike in both"
    assert "Beds" in drawn
    assert "the other one has its own" in drawn
    assert f'href="/e/party/{new}/merge?into={old}"' in drawn, "the way round"
    assert 'name="_take.name" value="gone" checked' in pages.get(f"/e/party/{old}/merge?into={new}&all=gone")
    with runtime.work(SYSTEM, "web", write=True) as w:
        records.update_record(w, "party", new, {"country": "FR"})
    answer = pages.send(f"/e/party/{old}/merge", **{"_take.name": "gone", "_take.country": "gone"})
    assert answer.status_code == 422
    assert "France" in pages.last
    assert re.search(r'name="_take.country" value="gone" checked', pages.last), "what was chosen is kept"
    assert pages.send(f"/e/party/{old}/merge").status_code == 200
    assert "Delf was merged into Delph" in pages.last
    stays = party(runtime, new)
    assert (stays["name"], stays["country"], stays["website"]) == ("Delf", "NL", "https://delf.example")
    pages.send(re.findall(r'action="(/undo/[^"]+)"', pages.last)[0])
    assert "Undone" in pages.last
    stays, gone = party(runtime, new), party(runtime, old)
    assert (stays["name"], stays["country"], stays["website"]) == ("Delph", "FR", None)
    assert (gone["status"], gone["merged_into"]) == ("active", None)
    with runtime.work(SYSTEM, "api") as w:
        assert len(w.reader.children("party", "bed_via_party", old)) == 2
        assert [c["value"] for c in w.reader.children("party", "contact_points", old)] == ["delf@x.example"]


def test_the_way_there_from_a_form_and_from_a_list(runtime: Runtime, client: TestClient[Any]) -> None:
    """The step asks for the other record and leads to the page of both; two records ticked lead there, others are asked for."""
    old, new = pair(runtime)
    pages = Pages(runtime, client, "admin")
    assert "Compare the two" in pages.get(f"/e/party/{old}/do/merge")
    assert "Merge two records" in pages.send(f"/e/party/{old}/do/merge", merged_into=new).text
    assert party(runtime, old)["status"] == "active", "nothing is done before both were shown"
    assert "/e/party/bulk/pair" in pages.get("/e/party")
    told = client.post("/e/party/bulk/pair", data={**token(pages), "selected": [old]}).text
    assert "Tick the two records" in told
    answer = client.post("/e/party/bulk/pair", data={**token(pages), "selected": [new, old]}, follow_redirects=False)
    assert answer.headers["location"] == f"/e/party/{old}/merge?into={new}"


def test_who_sees_less_is_told_less(runtime: Runtime, client: TestClient[Any]) -> None:
    """Records that are not the reader's are not counted, though they move; who may not merge has no page and no button."""
    old, new = pair(runtime)
    pages = Pages(runtime, client, "data_steward")
    drawn = pages.get(f"/e/party/{old}/merge?into={new}")
    assert "Beds" not in drawn
    assert "what you do not see moves along" in drawn
    assert pages.send(f"/e/party/{old}/merge", **{"_take.country": "gone"}).status_code == 200
    assert party(runtime, new)["country"] == "NL"
    with runtime.work(SYSTEM, "api") as w:
        assert len(w.reader.children("party", "bed_via_party", new)) == 2
    old, new = pair(runtime)
    clerk = Pages(runtime, client, "clerk")
    assert "bulk/pair" not in clerk.get("/e/party")
    assert client.get(f"/e/party/{old}/merge?into={new}").status_code == 403
    assert client.post(f"/e/party/{old}/merge", data={**token(clerk), "into": new}).status_code == 403
    assert party(runtime, old)["status"] == "active"


def token(pages: Pages) -> dict[str, str]:
    """The token of the last page."""
    return {"_csrf": re.findall(r'name="_csrf" value="([^"]+)"', pages.last)[0]}
