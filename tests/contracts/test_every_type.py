"""Every field type on its whole way, on both databases: API, filter, sort, list, record page, form, export, import, description."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.contracts.conftest import _postgres
from tests.contracts.isbn import ISBN
from tests.contracts.shop import plugin_folder
from xrm_core.app import create_app
from xrm_core.fields import built_in
from xrm_core.metamodel.imports import ImportDef
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, files, imports
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

PLUGIN = (
    '''
"""A type from outside."""

from xrm_core.plugin import FieldFault, T, ValueType, Widget, hook

'''
    + ISBN
)
METADATA = {
    "entities/other.yaml": "entity: other\ntitle: '{name}'\nfields:\n  name: {type: text}\n",
    "codes/size.yaml": "codes: size\nvalues:\n  s: {label: Small}\n  m: {label: Middle}\n",
    "entities/thing.yaml": """\
entity: thing
title: "{code}"
keys: [[code]]
fields:
  code: {type: text, required: true}
  text: {type: text}
  long_text: {type: long_text}
  integer: {type: integer}
  decimal: {type: decimal, scale: 6}
  money: {type: money}
  percent: {type: percent}
  boolean: {type: boolean}
  date: {type: date}
  datetime: {type: datetime}
  duration: {type: duration}
  email: {type: email}
  phone: {type: phone}
  url: {type: url}
  address: {type: address}
  person_name: {type: person_name}
  choice: {type: choice, codes: size}
  multi_choice: {type: multi_choice, codes: size}
  tags: {type: tags}
  link: {type: link, to: other}
  links: {type: link, to: [other, thing], reverse: things}
  user: {type: user}
  many_to_many: {type: many_to_many, to: other, fields: {share: {type: percent}}}
  child_table: {type: child_table, fields: {amount: {type: money, required: true}, note: {type: text}}}
  sequence: {type: sequence, pattern: "T-{n:04}"}
  file: {type: file}
  image: {type: image}
  json: {type: json}
  location: {type: location}
  colour: {type: colour}
  rating: {type: rating}
  formula: {type: formula, of: money, is: "record.money * 2", currency_from: money}
  rollup: {type: rollup, of: money, over: child_table, compute: sum, value: amount}
  country: {type: country}
  language: {type: language}
  currency: {type: currency}
  time_zone: {type: time_zone}
  isbn: {type: isbn}
""",
}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082".replace(
        " ", ""
    )
)


@dataclass(frozen=True)
class Case:
    """A field: what the API takes for the lower and the higher record, an expression that only the lower one meets, and the
    text that its page shows. `sorts`: it orders lists. `given`: people give it. `carried`: a table of a file holds it."""

    low: dict[str, Any]
    high: dict[str, Any]
    only_low: str
    shown: str
    sorts: bool = True
    given: bool = True
    carried: bool = True


def cases(ids: dict[str, str]) -> dict[str, Case]:
    """A case for each field, by the ids of what links point to."""

    def plain(
        name: str, low: Any, high: Any, shown: str | None = None, literal: str | None = None, **more: Any
    ) -> Case:
        return Case(
            {name: low}, {name: high}, f"record.{name} == {literal or json.dumps(low)}", shown or str(low), **more
        )

    return {
        "text": plain("text", "amber 1", "birch"),
        "long_text": Case({"long_text": "a **bold** word"}, {"long_text": "b"}, "record.long_text.contains('bold')", "<strong>bold</strong>", sorts=False),
        "integer": plain("integer", 2, 10),
        "decimal": plain("decimal", "2.500000", "10.000001", "2.5", "2.5"),
        "money": Case({"money": "2.50", "money_currency": "EUR"}, {"money": "10.00", "money_currency": "EUR"}, "record.money == 2.50", "2.50"),
        "percent": plain("percent", "2.5000", "10.0000", "2.5", "2.5"),
        "boolean": plain("boolean", False, True, "No"),
        "date": plain("date", "2024-02-29", "2025-01-01", "29", "date('2024-02-29')"),
        "datetime": plain("datetime", "2024-02-29T10:00:00Z", "2025-01-01T00:00:00Z", "11:00", "timestamp('2024-02-29T10:00:00Z')"),
        "duration": plain("duration", "PT1H30M", "PT40H", "1", "duration('1h30m')"),
        "email": plain("email", "ann@example.org", "ben@example.org"),
        "phone": plain("phone", "+442071838750", "+442071838751", "+44"),
        "url": plain("url", "https://example.org/a", "https://example.org/b", "example.org/a"),
        "address": Case({"address_line1": "1 Low Street", "address_locality": "Graz", "address_country": "AT"},
                        {"address_line1": "2 High Street", "address_locality": "Wien", "address_country": "AT"}, "record.address_locality == 'Graz'", "1 Low Street"),
        "person_name": Case({"person_name_given": "Zoë", "person_name_family": "Adler"}, {"person_name_given": "Al", "person_name_family": "Zorn"},
                            "record.person_name_family == 'Adler'", "Adler"),
        "choice": plain("choice", "s", "m", "Small"),
        "multi_choice": Case({"multi_choice": ["s"]}, {"multi_choice": ["m"]}, "'s' in record.multi_choice", "Small", sorts=False),
        "tags": Case({"tags": ["vip", "x, y"]}, {"tags": ["old"]}, "'vip' in record.tags", "vip", sorts=False),
        "link": Case({"link": ids["Alpha"]}, {"link": ids["Beta"]}, "record.link.name == 'Alpha'", "Alpha"),
        "links": Case({"links": ids["Alpha"], "links_entity": "other"}, {"links": ids["Beta"], "links_entity": "other"}, f"record.links == '{ids['Alpha']}'", "Alpha", sorts=False),
        "user": Case({"user": ids["Ada"]}, {"user": ids["Ben"]}, "record.user.name == 'Ada'", "Ada"),
        "many_to_many": Case({"many_to_many": [{"other": ids["Alpha"], "share": "25.0000"}]}, {"many_to_many": [{"other": ids["Beta"], "share": "75.0000"}]},
                             "record.many_to_many.exists(t, t.share < 50)", "Alpha", sorts=False, carried=False),
        "child_table": Case({"child_table": [{"amount": "1.10", "note": "first row"}]}, {"child_table": [{"amount": "9.00", "note": "other row"}]},
                            "record.child_table.exists(t, t.note == 'first row')", "first row", sorts=False, carried=False),
        "sequence": Case({}, {}, "record.sequence == 'T-0001'", "T-0001", given=False, carried=False),
        "file": Case({"file": ids["low.txt"]}, {}, "record.file != null", "low.txt", sorts=False),
        "image": Case({"image": ids["low.png"]}, {}, "record.image != null", "low.png", sorts=False),
        "json": Case({"json": {"a": [1, "ä"]}}, {}, "record.json != null", "ä", sorts=False),
        "location": Case({"location_lat": "48.208200", "location_lon": "16.373800"}, {"location_lat": "50.000000", "location_lon": "17.000000"}, "record.location_lat < 49", "48.2", sorts=False),
        "colour": plain("colour", "#0b5cad", "#ff0000"),
        "rating": plain("rating", 2, 5, "2"),
        "formula": Case({}, {}, "record.formula == 5", "5.00", given=False, carried=False),
        "rollup": Case({}, {}, "record.rollup < 2", "1.10", given=False, carried=False),
        "country": plain("country", "AT", "DE", "Austria"),
        "language": plain("language", "de", "fr", "German"),
        "currency": plain("currency", "CHF", "EUR", "Swiss Franc"),
        "time_zone": plain("time_zone", "Europe/Berlin", "Europe/Vienna", "Berlin"),
        "isbn": plain("isbn", "9780261102361", "9780306406157"),
    }  # fmt: skip


@dataclass
class World:
    """The organisation, a client that is signed in to API and pages, and the two records."""

    runtime: Runtime
    client: TestClient[Any]
    cases: dict[str, Case]
    ids: dict[str, str]


def opened(url: str, root: Path) -> Iterator[World]:
    """The organisation with the plugin on a database, and its two records made through the API."""
    with temporary_organisation(metadata=METADATA, folders=[plugin_folder(root, "books", PLUGIN)], url=url) as runtime:
        ids: dict[str, str] = {}
        with runtime.work(SYSTEM, "cli", write=True) as work:
            ids["Ada"] = accounts.first_administrator(work, "Ada", "ada@example.com")
            token, session = accounts.make_token(work, ids["Ada"], "test")[1], accounts.begin_session(work, ids["Ada"])
            ids["low.txt"] = files.keep(work, "low.txt", "text/plain", b"hello", "thing", "file")
            ids["low.png"] = files.keep(work, "low.png", "image/png", PNG, "thing", "image")
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            client.headers["Authorization"] = f"Bearer {token}"
            for entity, name, more in (
                ("other", "Alpha", {}),
                ("other", "Beta", {}),
                ("user", "Ben", {"email": "ben@example.com"}),
            ):
                ids[name] = client.post(f"/api/{entity}", json={"name": name, **more}).json()["id"]
            made = cases(ids)
            for code in ("low", "high"):
                values = {k: v for case in made.values() for k, v in getattr(case, code).items()}
                answer = client.post("/api/thing", json={"code": code, **values})
                assert answer.status_code == 201, answer.text
                ids[code] = answer.json()["id"]
            client.cookies.set("xrm_session", session)
            yield World(runtime, client, made, ids)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Once on each database."""
    root = tmp_path_factory.mktemp("plugin")
    if request.param == "sqlite":
        yield from opened("sqlite:///xrm.sqlite3", root)
        return
    with _postgres(str(request.getfixturevalue("pg_url"))) as url:
        yield from opened(url, root)


NAMES = sorted(cases(dict.fromkeys(("Alpha", "Beta", "Ada", "Ben", "low.txt", "low.png"), "")))


def test_every_type_has_a_case(world: World) -> None:
    """A new type comes into this suite by a field and a case."""
    fields = world.runtime.catalog.entity("thing").fields
    assert {f.type.name for f in fields.values()} == {kind.name for kind in built_in()} | {"isbn"}
    assert set(NAMES) == set(fields) - {"code", "display"}


def codes(world: World, **parameters: str) -> list[str]:
    """The codes of the records that the API lists."""
    answer = world.client.get("/api/thing", params={"fields": "code", **parameters})
    assert answer.status_code == 200, answer.text
    return [row["code"] for row in answer.json()["items"]]


def columns(world: World, name: str) -> list[str]:
    """The columns of a field, or its name where its values are rows of their own."""
    return [c.name for c in world.runtime.catalog.entity("thing").fields[name].columns] or [name]


def without_ids(value: Any) -> Any:
    """Rows without what the platform adds to them."""
    if isinstance(value, list):
        return [
            {k: v for k, v in row.items() if k in ("amount", "note", "other", "share")}
            if isinstance(row, dict)
            else row
            for row in value
        ]
    return value


@pytest.mark.parametrize("name", NAMES)
def test_the_api_gives_back_what_it_took(world: World, name: str) -> None:
    """Read one and the list answer the values that were sent, and the description has a property for each column."""
    case = world.cases[name]
    asked = ",".join(columns(world, name))
    row = world.client.get(f"/api/thing/{world.ids['low']}", params={"fields": asked}).json()
    assert {k: without_ids(row[k]) for k in case.low} == case.low
    schemas = world.client.get("/api/openapi.json").json()["components"]["schemas"]
    described = schemas["thing_part"]["properties"]
    assert set(columns(world, name)) <= set(described)


@pytest.mark.parametrize("name", NAMES)
def test_lists_filter_and_sort(world: World, name: str) -> None:
    """An expression over the field finds one of the two records; sorted up and down they change places."""
    case = world.cases[name]
    mine = "(record.code == 'low' || record.code == 'high')"
    assert codes(world, filter=f"{case.only_low} && {mine}") == ["low"]
    if case.sorts:
        asked = columns(world, name)[0]
        assert codes(world, filter=mine, sort=asked) == ["low", "high"]
        assert codes(world, filter=mine, sort=f"-{asked}") == ["high", "low"]


@pytest.mark.parametrize("name", NAMES)
def test_pages_show_it(world: World, name: str) -> None:
    """The record's page shows the value as people read it, and a list of that column answers."""
    page = world.client.get(f"/e/thing/{world.ids['low']}")
    assert page.status_code == 200
    assert world.cases[name].shown in page.text.replace("\u00a0", " ")
    assert world.client.get("/e/thing", params={"columns": name}).status_code == 200


class Inputs(HTMLParser):
    """The values that a browser would send with the form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self.names: set[str] = set()
        self.select = self.area = ""
        self.form = self.template = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect inputs, options and areas of the record's form."""
        at = dict(attrs)
        name, kind = at.get("name") or "", at.get("type")
        if tag == "form":
            self.form = "edit" in (at.get("action") or "")
        self.template = self.template or tag == "template"
        if not self.form or self.template or "disabled" in at:
            return
        if name:
            self.names.add(name)
        if tag == "input" and name and kind != "file" and (kind not in ("checkbox", "radio") or "checked" in at):
            self.pairs.append((name, at.get("value") or ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in at:
            self.pairs.append((self.select, at.get("value") or ""))
        elif tag == "textarea":
            self.area = name
            self.pairs.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        """Leave what was open."""
        self.form = self.form and tag != "form"
        self.template = self.template and tag != "template"
        self.select = "" if tag == "select" else self.select
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        """The text of an area."""
        if self.area and self.form and not self.template:
            self.pairs[-1] = (self.area, self.pairs[-1][1] + data)


def form_of(world: World, id: str) -> Inputs:
    """The inputs of a record's form."""
    page = world.client.get(f"/e/thing/{id}/edit")
    assert page.status_code == 200
    inputs = Inputs()
    inputs.feed(page.text)
    return inputs


@pytest.mark.parametrize("name", NAMES)
def test_forms_have_an_input_for_it(world: World, name: str) -> None:
    """What people give has inputs that carry its name."""
    if world.cases[name].given:
        assert [
            n
            for n in form_of(world, world.ids["low"]).names
            if n == name or n.startswith((f"{name}_", f"{name}[", f"{name}.", f"{name}-"))
        ]


def test_a_form_that_is_sent_unchanged_changes_nothing(world: World) -> None:
    """Every value survives its way through the form: as shown, as sent, as read."""
    address = f"/api/thing/{world.ids['low']}"
    asked = {"fields": ",".join(c for name in NAMES for c in columns(world, name))}
    before = world.client.get(address, params=asked).json()
    answer = world.client.post(
        f"/e/thing/{world.ids['low']}/edit",
        data=_grouped(form_of(world, world.ids["low"]).pairs),
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text[-3000:]
    after = world.client.get(address, params=asked).json()
    assert {k: without_ids(v) for k, v in after.items() if k != "version"} == {
        k: without_ids(v) for k, v in before.items() if k != "version"
    }


def test_what_a_form_sends_is_what_is_stored(world: World) -> None:
    """The inputs of one record, sent to a new one, make it equal in all that people give; rows of its own and files apart."""
    own = ("code", "many_to_many", "child_table", "file", "image")
    made = world.client.post("/api/thing", json={"code": "copy"}).json()["id"]
    pairs = _grouped([(n, v) for n, v in form_of(world, world.ids["low"]).pairs if not n.startswith((*own, "_"))])
    kept = _grouped([(n, v) for n, v in form_of(world, made).pairs if n.startswith((*own, "_"))])
    answer = world.client.post(f"/e/thing/{made}/edit", data={**pairs, **kept}, follow_redirects=False)
    assert answer.status_code == 303, answer.text[-3000:]
    asked = [c for name in NAMES if world.cases[name].given and name not in own for c in columns(world, name)]
    low, copy = (
        world.client.get(f"/api/thing/{id}", params={"fields": ",".join(asked)}).json()
        for id in (world.ids["low"], made)
    )
    assert {c: copy[c] for c in asked} == {c: low[c] for c in asked}


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def test_exports_come_back_as_new_records(world: World, tmp_path: Path) -> None:
    """A CSV of all columns of both records, imported under other codes, makes records with equal values."""
    carried = [c for name in NAMES if world.cases[name].carried for c in columns(world, name)]
    asked = ",".join(["code", *carried])
    text = world.client.get(
        "/api/thing/export",
        params={"fields": asked, "sort": "code", "filter": "record.code == 'low' || record.code == 'high'"},
    ).text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [r["code"] for r in rows] == ["high", "low"]
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows({**row, "code": f"{row['code']} again"} for row in rows)
    fields = {name: name for name in ["code", *carried]}
    mapping = ImportDef.model_validate(
        {
            "import": "t",
            "files": [{"file": "t.csv", "targets": [{"entity": "thing", "key": ["code"], "fields": fields}]}],
        }
    )
    told = imports.import_files(world.runtime, SYSTEM, mapping, [imports.Source(tmp_path / "t.csv", "t.csv")])
    assert told.counts["created"] == 2, told
    found = {
        r["code"]: r for r in world.client.get("/api/thing", params={"fields": asked, "limit": "10"}).json()["items"]
    }
    for code in ("low", "high"):
        assert {c: found[f"{code} again"][c] for c in carried} == {c: found[code][c] for c in carried}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"isbn": "123"}, "isbn", "isbn"),
        ({"integer": "x"}, "integer", "not_a_number"),
        ({"nothing": 1}, "nothing", "unknown_field"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(world: World, body: dict[str, Any], field: str, code: str) -> None:
    """Also by a type from outside: one problem, at its field."""
    answer = world.client.post("/api/thing", json={"code": "bad", **body})
    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
