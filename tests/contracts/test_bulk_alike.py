"""Many rows at once come out as one row at a time does: the same records, the same history, the same faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from xrm_core.errors import XrmError
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import records
from xrm_core.services.bulk import upsert_records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage import history, query, search
from xrm_core.storage import records as stored
from xrm_core.testing import temporary_organisation

ENTITIES = r"""
entity: place
fields:
  name: {type: text, required: true}
---
entity: thing
search: [name, tags, price]
keys: [[code]]
fields:
  code: {type: text, required: true, max: 12, pattern: '[A-Z][0-9]+'}
  name: {type: text, required: true, max: 30}
  note: {type: long_text}
  email: {type: email}
  phone: {type: phone}
  home: {type: url}
  kind: {type: choice, values: {a: Apple, b: Pear, c: {label: Old, retired: true}}, default: a}
  also: {type: multi_choice, values: [x, y, z], default: [x, y]}
  tags: {type: tags}
  count: {type: integer, min: 0, max: 99}
  size: {type: decimal, scale: 2, default: 1.5}
  share: {type: percent}
  price: {type: money, min: 0}
  fee: {type: money, default: 5}
  flag: {type: boolean, default: true}
  born: {type: date}
  from_day: {type: date, default: today}
  met: {type: datetime}
  span: {type: duration}
  spot: {type: location}
  home_address: {type: address}
  shade: {type: colour}
  extra: {type: json}
  tongue: {type: language}
  land: {type: country}
  place: {type: link, to: place}
  double: {type: integer, default: "= record.count * 2"}
  why: {type: text, required_when: "record.count > 50"}
  shut: {type: text, read_only: true}
  number: {type: sequence, pattern: "T-{n:04}"}
  parts: {type: child_table, fields: {part: {type: text, required: true, max: 5}, price: {type: money}}}
rules:
  - {check: "record.size < 100", message: Too big, field: size}
"""
TEXTS: dict[str, Sequence[Any]] = {
    "name": ["Ann", " Bob ", "x" * 31, "a\tb", "a\x00b", "", "Zoë", "two\nlines"],
    "note": ["one\r\ntwo", "back\\slash\tand tab", "\\N", "", "  "],
    "email": ["a@example.org", "A@Example.ORG", "nobody", "<b@example.org>"],
    "phone": ["+44 20 7946 0000", "abc"],
    "home": ["https://example.org", "example.org", "javascript:alert(1)"],
    "kind": ["a", "b", "c", "Pear", "none"],
    "tags": ["one, two", "three"],
    "count": ["1", "51", "-1", "1.5", "many", "1,000"],
    "size": ["1.5", "100.01", "1.555", "NaN"],
    "share": ["12.5", "x"],
    "price": ["1.50", "EUR 3", "-1", "1.505", ""],
    "price_currency": ["EUR", "USD", "XXX", ""],
    "flag": ["true", "false", "maybe"],
    "born": ["2001-02-03", "2001-02-31", "soon"],
    "met": ["2001-02-03T04:05:06Z", "then"],
    "span": ["PT1H", "long"],
    "spot_lat": ["51.5", "91"],
    "spot_lon": ["1.5"],
    "home_address_line1": ["1 Road"],
    "home_address_country": ["DE", "XY"],
    "shade": ["#aabbcc", "grue"],
    "tongue": ["de", "qq"],
    "land": ["DE", "Germany", "XY"],
    "place": ["here", "nowhere", "not an id"],
    "why": ["because"],
    "shut": ["no"],
    "number": ["T-0007"],
    "double": ["4"],
    "unknown": ["?"],
}
TYPED: dict[str, Sequence[Any]] = {
    **TEXTS,
    "name": [*TEXTS["name"], 5, True, ["a"]],
    "also": [["x"], ["z", "x"], ["w"], "x", []],
    "tags": [["one", "two"], [], "one", [1]],
    "count": [1, 51, -1, 1.5, 1.0, True, Decimal(2), "7"],
    "size": [Decimal("1.5"), 2, 1.25, True, Decimal("99.999")],
    "price": ["1.50", 3, Decimal("2.5"), -1, None],
    "flag": [True, False, 1, 0, "true"],
    "extra": [{"a": [1, None]}, [], 0, "text", False],
    "parts": [[{"part": "one"}, {"part": "two", "price": "5"}], [{"part": "too long"}, {}], [], "none", [5]],
}
SEEN_APART = {"id", "created_at", "updated_at", "number"}
"""What differs from one record to the next, however it is written."""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with things of every type, on either database."""
    with temporary_organisation(metadata={"entities/all.yaml": ENTITIES}, url=database_url) as made:
        yield made


def rows_of(seed: int, choices: Mapping[str, Sequence[Any]], count: int) -> list[dict[str, Any]]:
    """Rows that name some columns, most of them rightly."""
    random = Random(seed)
    rows = []
    for n in range(count):
        row: dict[str, Any] = {"code": f"A{seed}{n:03}", "name": f"Thing {n}"}
        for name in random.sample(sorted(choices), random.randrange(8)):
            usual = random.random() < 0.6
            row[name] = choices[name][0] if usual else random.choice([*choices[name], None])
        if random.random() < 0.05:
            del row["code"]
        rows.append(row)
    return rows


def one_by_one(work: Work, rows: Sequence[Mapping[str, Any]], texts: bool) -> list[Any]:
    """What becomes of each row that is written by itself."""
    found: list[Any] = []
    for row in rows:
        try:
            with work.tx.savepoint():
                found.append(str(records.create_record(work, "thing", row, texts=texts)["id"]))
        except XrmError as fault:
            work.forget()
            found.append(problems_of(fault.problems))
    return found


def problems_of(problems: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What tells problems apart."""
    return [(p.code, p.field, p.message, p.hint) for p in problems]


def content(work: Work, id: str) -> dict[str, Any]:
    """Everything that is kept of a record: its columns, child rows, history, and whether search finds it by its code's fields."""
    record = query.get(work.tx, work.catalog, "thing", id)
    assert record is not None
    parts = query.referring(work.tx, work.catalog, "thing_parts", "thing", id)
    own = [e for e in history.of(work.tx, work.catalog, "thing", id) if e.entity == "thing"]
    found = search.find(work.tx, work.catalog, str(record["name"]).split()[0], ("thing",), 5000)
    return {
        "record": {k: v for k, v in record.items() if k not in SEEN_APART},
        "numbered": record["number"] is not None,
        "parts": [(p["part"], p["price"], p["price_currency"], p["position"]) for p in parts],
        "history": [
            (e.action, e.version, e.door, e.actor_name, {k: v for k, v in e.changes.items() if k not in SEEN_APART})
            for e in own
        ],
        "found": ("thing", id) in found,
    }


@pytest.mark.parametrize("door", ["api", "import"])
@pytest.mark.parametrize("texts", [False, True])
def test_many_rows_come_out_as_each_by_itself(
    runtime: Runtime, texts: bool, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For rows of all field types, right and wrong, with and without values: records, child rows, history, search and
    problems are those of the single path."""
    for module in (stored, search):
        monkeypatch.setattr(module, "COPY_FROM", 20)
    for seed in (1, 2):
        rows = rows_of(seed, TEXTS if texts else TYPED, 120)
        with runtime.work(SYSTEM, door, write=True) as work:
            here = str(records.create_record(work, "place", {"name": "Here"})["id"])
            nowhere = "0190163d-8694-739b-aea5-966c26f8ad91"
            rows = [
                {**r, "place": {"here": here, "nowhere": nowhere}.get(p, p)} if (p := r.get("place")) else r
                for r in rows
            ]
            try:
                with work.tx.savepoint():
                    singly = [
                        one if isinstance(one, list) else content(work, one) for one in one_by_one(work, rows, texts)
                    ]
                    raise _Undo
            except _Undo:
                work.forget()
            many = upsert_records(work, "thing", rows, texts=texts)
            together = [problems_of(r.problems) if r.status == "refused" else content(work, str(r.id)) for r in many]
        for row, single, bulk in zip(rows, singly, together, strict=True):
            assert bulk == single, row
        assert 20 < sum(isinstance(one, dict) for one in together) < 120


class _Undo(Exception):
    """What was written singly is undone."""
