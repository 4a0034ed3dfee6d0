"""Records that look like the one being typed: found for those who may see them, by what they may see of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records, similar
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

GUESTS = """
entity: guest
label: Guest
plural: Guests
title: "{name}"
fields:
  name: {type: text, required: true, index: true}
  office: {type: choice, values: {north: North, south: South}, default: north}
  tax_no: {type: text, class: secret}
  town: {type: text}
  note: {type: text}
  state: {type: choice, values: {there: There, merged: Merged}, default: there, required: true}
  into: {type: link, to: guest, on_delete: empty}
  ways:
    type: child_table
    class: secret
    fields:
      value: {type: text, required: true}
search: [name]
similar:
  like: [name]
  sure: [tax_no]
  same: [ways.value]
  near: [town]
  when: "record.state != 'merged'"
  merge: {transition: merge, into: into}
lifecycle:
  field: state
  transitions:
    merge: {from: [there], to: merged, require: [into]}
"""
ACCESS = """
department: north
label: north
---
department: books
label: books
---
role: northerner
label: northerner
department: north
---
role: keeper
label: keeper
department: books
---
classes:
  secret: {}
needs:
  secret: {books: W}
---
grants:
  - {role: northerner, entity: guest, verbs: [read, create], rows: "record.office == 'north'"}
  - {role: keeper, entity: guest, verbs: [read, create, update, merge]}
  - {role: keeper, entity: guest_ways, verbs: [read, create, update, delete]}
"""


class House:
    """The organisation with its two people and their sessions."""

    def __init__(self, runtime: Runtime, client: TestClient[Any]) -> None:
        self.runtime, self.client = runtime, client
        self.users: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        with runtime.work(SYSTEM, "cli", write=True) as work:
            for name, role in (("Nora", "northerner"), ("Kay", "keeper")):
                values = {"name": name, "email": f"{name.lower()}@example.com", "roles": [role]}
                self.users[name] = str(records.create_record(work, "user", values)["id"])
                self.sessions[name] = accounts.begin_session(work, self.users[name])

    def make(self, name: str, **values: Any) -> str:
        """A guest, made by the platform."""
        with self.runtime.work(SYSTEM, "api", write=True) as work:
            return str(records.create_record(work, "guest", {"name": name, **values})["id"])

    def alike(self, who: str, **typed: Any) -> list[tuple[str, str, tuple[str, ...]]]:
        """What somebody is told of what he types: title, grade, paths of equal values."""
        with self.runtime.work(SYSTEM, "web") as work:
            work.actor = accounts.actor_by_id(work, self.users[who])
            found = similar.like_typed(work, work.entity("guest"), typed)
            return [(one.title, one.likeness.grade, tuple(path for path, __ in one.shared)) for one in found]

    def pairs(self, who: str) -> list[set[str]]:
        """The pairs that somebody is told of."""
        with self.runtime.work(SYSTEM, "web") as work:
            work.actor = accounts.actor_by_id(work, self.users[who])
            return [{p.one.title, p.other.title} for p in similar.pairs(work, work.entity("guest")).pairs]

    def page(self, who: str, path: str, form: dict[str, str] | None = None) -> str:
        """A page as somebody gets it; `form` is sent with the inputs of the last page."""
        self.client.cookies.set("xrm_session", self.sessions[who])
        if form is None:
            self.last = self.client.get(path).text
            return self.last
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.last))
        sent = {k: unescape(v) for k, v in hidden.items()} | form
        self.last = self.client.post(path, data=sent).text
        return self.last

    def undo(self, who: str) -> str:
        """Press the button of the last page's note; what the next page's note says."""
        self.page(who, re.findall(r'action="(/undo/[^"]+)"', self.last)[0], {})
        return re.findall(r"<p>(Undone|Done again|Not taken back[^<]*)</p>", self.last)[0]


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """The house on each database."""
    metadata = {"entities/guest.yaml": GUESTS, "access/rights.yaml": ACCESS}
    with (
        temporary_organisation(metadata=metadata, url=database_url) as runtime,
        TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client,
    ):
        yield House(runtime, client)


def test_what_one_may_not_see_makes_nothing_alike(house: House) -> None:
    """Records out of sight are not named, values out of sight are not compared; those who may see them are told."""
    house.make("Anna Meier", town="Emden", tax_no="T7", ways=[{"value": "a@x.de"}])
    house.make("Anna Meyer", office="south", town="Emden")
    assert house.alike("Nora", name="Anna Meier", town="Emden") == [("Anna Meier", "probable", ("town",))]
    assert house.alike("Nora", name="Bernd Oltmanns", tax_no="T7", ways=[{"value": "a@x.de"}]) == []
    assert house.alike("Kay", name="Bernd Oltmanns", tax_no="T7") == [("Anna Meier", "certain", ("tax_no",))]
    assert house.alike("Kay", name="B", ways=[{"value": "A@x.de"}]) == [("Anna Meier", "possible", ("ways.value",))]
    assert [one[0] for one in house.alike("Kay", name="meier anna")] == ["Anna Meier"]
    assert {one[0] for one in house.alike("Kay", name="Anna Meier", town="Emden")} == {"Anna Meier", "Anna Meyer"}
    assert house.alike("Kay", note="Anna Meier") == house.alike("Kay") == []


def test_pairs_are_those_that_one_sees_both_of(house: House) -> None:
    """Neighbours by name and equals by number; who does not see both of a pair, or what makes it one, is not told of it."""
    house.make("Anna Meier", town="Emden")
    house.make("Anna Meyer", office="south", town="Emden")
    house.make("Zoe Quist", tax_no="T9")
    house.make("Bo Quast", tax_no="T9")
    assert house.pairs("Nora") == []
    assert [sorted(pair) for pair in house.pairs("Kay")] == [["Bo Quast", "Zoe Quist"], ["Anna Meier", "Anna Meyer"]]


def test_the_form_names_them_and_takes_one_without_scripts(house: House) -> None:
    """A button looks for similar records; one of them is taken in place of the new one, with what was typed where it has nothing;
    the page of pairs leads into merging for those who may."""
    house.make("Anna Meier", town="Emden")
    house.make("Anna Maier", town="Emden")
    assert "Look for similar ones" in house.page("Kay", "/e/guest/new")
    found = house.page("Kay", "/e/guest/new", {"name": "Anna Meier", "town": "Emden", "_refresh": "_similar"})
    assert "Looks like 2 existing guests" in found
    assert found.index("Same name") < found.index("Similar name")
    id = re.search(r'name="_use" value="([^"]+)"', found)
    assert id is not None
    taken = house.page("Kay", "/e/guest/new", {"name": "Anna M", "note": "tall", "town": "Leer", "_use": id[1]})
    assert f'action="/e/guest/{id[1]}/edit"' in taken
    assert 'value="Anna Meier"' in taken
    assert 'value="tall"' in taken
    assert 'value="Emden"' in taken
    assert "Leer" not in taken
    house.page("Kay", "/e/guest/new")
    look = {"name": "Anna Meier", "town": "Emden", "_fields": "name,town", "_differs": id[1]}
    assert "Looks like an existing guest" in house.page("Kay", "/e/guest/new", look)
    assert f'type="hidden" name="_differs" value="{id[1]}"' in house.last
    house.page("Kay", "/e/guest/new", {"name": "Anna Meier", "town": "Emden", "_then": "open"})
    assert sorted(sorted(pair) for pair in house.pairs("Kay")) == [["Anna Maier", "Anna Meier"]] * 2, (
        "one of three is told apart"
    )
    pairs = house.page("Kay", "/e/guest/similar")
    assert f"/e/guest/{id[1]}/merge?into=" in pairs
    assert "Keep this one" not in house.page("Nora", "/e/guest/similar")


def test_a_pair_that_is_told_apart_is_not_named_again(house: House) -> None:
    """Who sees both says that they are not the same; it is kept with his name for all, and he or an administrator takes it back."""
    one, other = house.make("Anna Meier", town="Emden"), house.make("Anna Maier", town="Emden")
    south = house.make("Anna Meyer", office="south", town="Leer")
    form = {"one": one, "other": other}
    house.page("Kay", "/e/guest/similar")
    house.page("Kay", "/e/guest/similar", form)
    house.page("Kay", "/e/guest/similar", {"one": one, "other": south})
    assert house.pairs("Nora") == []
    assert {"Anna Meier", "Anna Maier"} not in house.pairs("Kay")
    told = house.page("Nora", "/e/guest/similar")
    assert "One pair told apart" in told
    assert "Today" in told
    assert "Take back" not in told
    house.page("Nora", "/e/guest/similar", {**form, "back": "1"})
    assert house.pairs("Nora") == [], "only who said it takes it back"
    assert "Not found" in house.page("Nora", "/e/guest/similar", {"one": one, "other": south})
    house.page("Kay", "/e/guest/similar")
    house.page("Kay", "/e/guest/similar", {**form, "back": "1"})
    assert house.pairs("Nora") == [{"Anna Meier", "Anna Maier"}]
    apart = [house.page("Kay", "/e/guest/similar", form), house.pairs("Nora")]
    assert house.undo("Kay") == "Undone"
    assert house.pairs("Nora") == [{"Anna Meier", "Anna Maier"}]
    assert house.undo("Kay") == "Done again"
    assert house.pairs("Nora") == apart[1] == []
