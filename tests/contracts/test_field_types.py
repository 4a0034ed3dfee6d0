"""Every field type on both databases, through the services: what is stored reads back the same, is found, and sorts the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from xrm_core.errors import InvalidRecord
from xrm_core.fields import built_in
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import files, lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.storage import query
from xrm_core.testing.organisation import temporary_organisation

METADATA = {
    "entities/other.yaml": "entity: other\nfields:\n  name: {type: text}\n",
    "codes/size.yaml": "codes: size\nvalues:\n  s: {label: Small}\n  m: {label: Middle}\n  l: {label: Large, valid_until: '2001-01-01', replaced_by: m}\n",
    "entities/thing.yaml": """\
entity: thing
title: "{f_text}"
fields:
  f_text: {type: text}
  f_long_text: {type: long_text}
  f_integer: {type: integer}
  f_decimal: {type: decimal, scale: 6}
  f_money: {type: money}
  f_price: {type: money, scale: 4, currency: USD}
  f_percent: {type: percent}
  f_boolean: {type: boolean}
  f_date: {type: date}
  f_datetime: {type: datetime}
  f_duration: {type: duration}
  f_email: {type: email}
  f_phone: {type: phone}
  f_url: {type: url}
  f_address: {type: address}
  f_person_name: {type: person_name}
  f_choice: {type: choice, codes: size}
  f_inline: {type: choice, values: [a, b]}
  f_multi_choice: {type: multi_choice, codes: size}
  f_tags: {type: tags}
  f_link: {type: link, to: other}
  f_links: {type: link, to: [other, thing], reverse: linked_things}
  f_user: {type: user}
  f_many_to_many: {type: many_to_many, to: other, fields: {share: {type: percent}}}
  f_child_table: {type: child_table, fields: {amount: {type: money, required: true}, note: {type: text}}}
  f_sequence: {type: sequence, pattern: "T-{n:04}"}
  f_file: {type: file, max_mb: 1}
  f_image: {type: image}
  f_json: {type: json}
  f_location: {type: location}
  f_colour: {type: colour}
  f_rating: {type: rating}
  f_formula: {type: formula, of: money, is: "record.f_money * 2", currency_from: f_money}
  f_rollup: {type: rollup, of: money, over: f_child_table, compute: sum, value: amount}
  f_country: {type: country}
  f_language: {type: language}
  f_currency: {type: currency}
  f_time_zone: {type: time_zone}
  f_hidden: {type: text, required: true, visible_when: "record.f_integer == 7"}
""",
}  # fmt: skip
MOST = 10**18 - 1
EDGES: dict[str, list[Any]] = {
    "f_text": ["a", "A", "ä", "Z", "z", "😀", "\uffff", "a\tb", "it's 100 % \\ \"_", "\u0301x", "{}", "ﬁ", "x" * 255],
    "f_long_text": ["# Title\n\nand *more*", "a\n\n\nb"],
    "f_integer": [0, -1, MOST, -MOST, 1],
    "f_decimal": [D("0.000000"), D("0.000001"), D("-999999999999.999999"), D("999999999999.999999"), D("0.100000")],
    "f_percent": [D("12.5000"), D("-0.0001"), D("99999999999999.9999")],
    "f_date": [date(1, 1, 1), date(9999, 12, 31), date(1582, 10, 10), date(2024, 2, 29)],
    "f_datetime": [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, 0, 1, tzinfo=UTC)],
    "f_duration": [timedelta(0), timedelta(microseconds=1), -timedelta(days=1, microseconds=7), timedelta(days=11_000_000)],
    "f_email": ["Ann@example.org", "info@xn--mller-kva.de"],
    "f_phone": ["+442071838750", "+442071838750;ext=12", "5467"],
    "f_url": ["https://example.org/ä?q=%20"],
    "f_choice": ["s", "m"],
    "f_inline": ["b", "a"],
    "f_multi_choice": [["s", "m"], ["m"]],
    "f_tags": [["vip", "Ä, \"b\""], ["z"]],
    "f_json": [{"b": [1, 2.5, None, True], "a": {"ä": "😀"}}, [], "x", 0, False, 1.5e-10, 10**17],
    "f_colour": ["#0b5cad"],
    "f_rating": [1, 5],
    "f_country": ["DE", "GB"],
    "f_language": ["pt-BR", "de"],
    "f_currency": ["EUR", "USD"],
    "f_time_zone": ["Europe/Berlin"],
    "f_boolean": [True],
    "f_address_line1": ["10 Downing St"],
    "f_person_name_given": ["Zoë"],
}  # fmt: skip
ORDERED = (
    "f_text",
    "f_integer",
    "f_decimal",
    "f_percent",
    "f_date",
    "f_datetime",
    "f_duration",
    "f_email",
    "f_rating",
    "f_country",
)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def shop(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """An organisation whose entity `thing` has a field of every type, once on each database."""
    if request.param == "sqlite":
        with temporary_organisation(metadata=METADATA) as runtime:
            yield runtime
        return
    server, name = str(request.getfixturevalue("pg_url")), f"xrm_types_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'")
        connection.execute(made.format(sql.Identifier(name)))
    url = sa.make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with temporary_organisation(metadata=METADATA, url=url) as runtime:
        yield runtime
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def create(shop: Runtime, values: dict[str, Any], *, texts: bool = False) -> str:
    """Create a thing in a transaction of its own; its id."""
    with shop.work(SYSTEM, "api", write=True) as work:
        return str(records.create_record(work, "thing", values, texts=texts)["id"])


def stored(shop: Runtime, id: str) -> dict[str, Any]:
    """The thing as the database has it."""
    with shop.work(SYSTEM, "api") as work:
        found = query.get(work.tx, work.catalog, "thing", id)
        assert found is not None
        return dict(found)


def test_every_type_has_a_field_here(shop: Runtime) -> None:
    """A new type comes into this suite by a field."""
    used = {field.type.name for field in shop.catalog.entity("thing").fields.values()}
    assert used == {kind.name for kind in built_in()}


@pytest.mark.parametrize("column", sorted(EDGES))
def test_stored_values_read_back_the_same(shop: Runtime, column: str) -> None:
    """The value and its Python type are the same after the database; the record is found by it."""
    entity = shop.catalog.entity("thing")
    field = entity.field(entity.field_of_column[column])
    operators = field.type.operators(field)
    for value in EDGES[column]:
        id = create(shop, {column: value})
        found = stored(shop, id)[column]
        assert found == value
        assert type(found) is type(value)
        if isinstance(value, D):
            assert found.as_tuple() == value.as_tuple()
        if "eq" in operators:
            with shop.work(SYSTEM, "api") as work:
                ids = [r["id"] for r in work.reader.find("thing", f"record.{column} == given.v", {"v": value}, 1000)]
            assert id in ids


@pytest.mark.parametrize("column", ORDERED)
def test_both_databases_sort_as_python_does(shop: Runtime, column: str) -> None:
    """Numbers by size, texts by code point, times by the clock."""
    for value in EDGES[column]:
        create(shop, {column: value})
    with shop.work(SYSTEM, "api") as work:
        page = lists.list_records(work, Query("thing", (column,), f"record.{column} != null", (column,), limit=500))
    found = [row[column] for row in page.rows]
    assert len(found) >= len(EDGES[column])
    assert found == sorted(found)


def test_an_update_of_one_part_leaves_the_others(shop: Runtime) -> None:
    """A change of the amount keeps its currency; a change of the street keeps the town; without an amount there is no currency."""
    id = create(
        shop,
        {
            "f_money": "5",
            "f_money_currency": "GBP",
            "f_price": "0.0125",
            "f_address_line1": "A",
            "f_address_locality": "B",
        },
    )
    with shop.work(SYSTEM, "api", write=True) as work:
        records.update_record(work, "thing", id, {"f_money": "7.50", "f_address_line1": "C"})
    now = stored(shop, id)
    assert (now["f_money"], now["f_money_currency"]) == (D("7.50"), "GBP")
    assert (now["f_price"], now["f_price_currency"]) == (D("0.0125"), "USD")
    assert (now["f_address_line1"], now["f_address_locality"]) == ("C", "B")
    with shop.work(SYSTEM, "api", write=True) as work:
        records.update_record(work, "thing", id, {"f_money": None})
    assert stored(shop, id)["f_money_currency"] is None


def test_a_form_is_read_as_people_write(shop: Runtime) -> None:
    """Texts of a form become values; a currency beside the amount is taken."""
    given = {
        "f_money": "£5,000.00",
        "f_date": "31/01/2026",
        "f_boolean": "yes",
        "f_choice": "Small",
        "f_country": "UK",
        "f_duration": "1:30",
        "f_tags": "a; b",
    }
    now = stored(shop, create(shop, given, texts=True))
    assert (now["f_money"], now["f_money_currency"], now["f_date"]) == (D("5000.00"), "GBP", date(2026, 1, 31))
    assert (now["f_boolean"], now["f_choice"], now["f_country"], now["f_tags"]) == (True, "s", "GB", ["a", "b"])
    assert now["f_duration"] == timedelta(hours=1.5)


def test_a_flag_that_nobody_set_is_no(shop: Runtime) -> None:
    """A record without the flag is found among those that say no."""
    id = create(shop, {"f_text": "unset"})
    assert stored(shop, id)["f_boolean"] is False
    with shop.work(SYSTEM, "api") as work:
        assert id in [
            r["id"] for r in work.reader.find("thing", "record.f_boolean == false && record.f_text == 'unset'")
        ]


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"f_text": "a\0", "f_integer": "x", "f_money": float("nan")}, {("f_text", "control_character"), ("f_integer", "not_a_number"), ("f_money", "not_a_number")}),
        ({"f_choice": "l"}, {("f_choice", "code_not_valid")}), ({"f_location_lat": "5"}, {("f_location_lon", "incomplete")} ),
        ({"f_links": str(uuid.UUID(int=5))}, {("f_links_entity", "entity_missing")}), ({"f_link": str(uuid.UUID(int=5))}, {("f_link", "link")}),
        ({"f_file": str(uuid.UUID(int=5))}, {("f_file", "link")}), ({"f_money": "1.005"}, {("f_money", "too_many_places")}),
        ({"f_child_table": [{"amount": "x"}]}, {("f_child_table[0].amount", "not_a_number")}), ({"f_integer": 7}, {("f_hidden", "required")}),
    ],
)  # fmt: skip
def test_refusals_name_the_column(shop: Runtime, values: dict[str, Any], problems: set[tuple[str, str]]) -> None:
    """Each fault comes with its column and code, all at once."""
    with pytest.raises(InvalidRecord) as caught:
        create(shop, values)
    assert {(p.field, p.code) for p in caught.value.problems} == problems


def test_a_stored_code_stays_when_it_is_no_longer_valid(shop: Runtime) -> None:
    """A record with a code that went out of use can still be changed."""
    id = create(shop, {"f_choice": "s", "f_text": "old"})
    with shop.work(SYSTEM, "api", write=True) as work:
        work.tx.conn.execute(sa.text("UPDATE thing SET f_choice = 'l' WHERE f_text = 'old'"))
    with shop.work(SYSTEM, "api", write=True) as work:
        records.update_record(work, "thing", id, {"f_choice": "l", "f_text": "older"})
    assert (stored(shop, id)["f_choice"], stored(shop, id)["f_text"]) == ("l", "older")


def test_rows_formulas_and_numbers(shop: Runtime) -> None:
    """Child rows, ties, formula, roll-up and sequence of one record."""
    with shop.work(SYSTEM, "api", write=True) as work:
        other = records.create_record(work, "other", {"name": "O"})["id"]
        thing = records.create_record(work, "thing", {
            "f_money": "2.50", "f_links": other, "f_links_entity": "other", "f_link": other,
            "f_child_table": [{"amount": "1.10"}, {"amount": "2.20", "note": "x"}], "f_many_to_many": [{"other": other, "share": "50"}],
        })  # fmt: skip
    with shop.work(SYSTEM, "api") as work:
        paths = ("f_formula", "f_rollup", "f_sequence", "f_money_currency", "f_link.display", "f_links_entity")
        row = query.get(work.tx, work.catalog, "thing", thing["id"], paths, work.context())
        assert row is not None
        assert (row["f_formula"], row["f_rollup"], row["f_money_currency"]) == (D("5.00"), D("3.30"), "EUR")
        assert row["f_sequence"].startswith("T-0")
        assert (row["f_link.display"], row["f_links_entity"]) == ("O", "other")
        rows = work.reader.children("thing", "f_child_table", thing["id"])
        assert [(r["amount"], r["amount_currency"], r["note"]) for r in rows] == [
            (D("1.10"), "EUR", None),
            (D("2.20"), "EUR", "x"),
        ]
        (tie,) = work.reader.children("thing", "f_many_to_many", thing["id"])
        assert (tie["other"], tie["share"]) == (other, D("50.0000"))


def test_files_are_kept_for_their_entity(shop: Runtime) -> None:
    """A file that was uploaded for a thing may be named by a thing."""
    with shop.work(SYSTEM, "web", write=True) as work:
        kept = files.keep(work, "a.txt", "text/plain", b"hello", "thing", "f_file")
        thing = records.create_record(work, "thing", {"f_file": kept})
    assert stored(shop, thing["id"])["f_file"] == kept


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
ANY: dict[str, st.SearchStrategy[Any]] = {
    "f_text": TEXT,
    "f_integer": st.integers(-MOST, MOST),
    "f_decimal": st.integers(-MOST, MOST).map(lambda n: D(n).scaleb(-6)),
    "f_date": st.dates(),
    "f_datetime": st.datetimes(timezones=st.just(UTC)),
    "f_duration": st.timedeltas(timedelta(days=-11_000_000), timedelta(days=11_000_000)),
    "f_tags": st.lists(TEXT, max_size=5),
    "f_json": st.recursive(st.none() | st.booleans() | st.integers(-MOST, MOST) | st.floats(-1e12, 1e12) | TEXT,
                           lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8),
}  # fmt: skip


def test_any_value_that_is_accepted_reads_back(shop: Runtime) -> None:
    """Values at random: what the services answer is what the database gives back."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.fixed_dictionaries(ANY))
    def holds(values: dict[str, Any]) -> None:
        with shop.work(SYSTEM, "api", write=True) as work:
            made = dict(records.create_record(work, "thing", values))
        found = stored(shop, made["id"])
        assert {name: found[name] for name in ANY} == {name: made[name] for name in ANY}

    holds()
