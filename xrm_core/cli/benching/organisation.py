"""The bench's organisation: clients of sixteen fields, engagements that point to them, and as many records as asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from ...metamodel.values import SYSTEM
from ...services import accounts
from ...services.organisation import start_organisation
from ...services.runtime import Runtime
from ...storage import records, search
from ...storage.ids import new_id

ALL_PLUGINS = """\
[organisation]
name = "Bench"
currency = "EUR"
[database]
url = "{url}"
"""
"""Settings of an organisation with the plugins that are installed."""
SETTINGS = ALL_PLUGINS + "[plugins]\nuse = []\n"
"""The same without any."""
ENTITIES = """\
entity: client
title: "{name}"
search: [name, email]
fields:
  number: {type: text, max: 20, required: true, unique: true}
  name: {type: text, max: 200, required: true}
  kind: {type: choice, values: {person: Person, organisation: Organisation, household: Household}, required: true}
  status: {type: choice, values: {active: Active, inactive: Inactive}, required: true, default: active}
  email: {type: email}
  phone: {type: text, max: 40}
  language: {type: language}
  country: {type: country}
  city: {type: text, max: 100}
  since: {type: date}
  revenue: {type: money, min: 0}
  employees: {type: integer, min: 0}
  score: {type: decimal, scale: 2}
  vip: {type: boolean, default: false, required: true}
  rating: {type: rating, max: 5}
  note: {type: text, max: 500}
---
entity: engagement
title: "{client}"
fields:
  client: {type: link, to: client, required: true}
  stage: {type: choice, values: {lead: Lead, active: Active, lapsed: Lapsed}, required: true, default: lead}
  value: {type: money, min: 0}
  opened_on: {type: date}
"""
VIEWS = """\
view: clients
entity: client
columns: [name, kind, city, since, revenue]
filter: "record.status == 'active'"
sort: [-since]
---
view: engagements
entity: engagement
columns: [client, stage, value, opened_on]
filter: "record.stage == 'active'"
sort: [-opened_on]
"""
CITIES = ("Wien", "Graz", "Linz", "Bonn", "Lyon", "Oslo", "Bath", "Riga", "Gent", "Brno")
CHUNK = 5000


def make_organisation(root: Path, url: str) -> Runtime:
    """The bench's organisation in a folder, on a database that is empty."""
    (root / "metadata" / "entities").mkdir(parents=True)
    (root / "metadata" / "views").mkdir()
    (root / "xrm.toml").write_text(SETTINGS.format(url=url), "utf-8")
    (root / "metadata" / "entities" / "bench.yaml").write_text(ENTITIES, "utf-8")
    (root / "metadata" / "views" / "bench.yaml").write_text(VIEWS, "utf-8")
    return start_organisation(root)


def client_values(n: int) -> dict[str, Any]:
    """The n-th client, in the form that the API takes: sixteen fields."""
    random = Random(n)  # noqa: S311  # made-up data
    return {
        "number": f"C-{n:07}", "name": f"{random.choice(CITIES)} {random.randrange(10**6):06} {random.choice(('GmbH', 'Ltd', 'AG'))}",
        "kind": random.choice(("person", "organisation", "household")), "status": "active" if random.random() < 0.7 else "inactive",
        "email": f"c{n}@example.org", "phone": f"+44 20 7946 {n % 10000:04}", "language": random.choice(("de", "en", "fr")),
        "country": random.choice(("AT", "DE", "FR")), "city": random.choice(CITIES), "since": date(2000, 1, 1) + timedelta(days=random.randrange(9000)),
        "revenue": Decimal(random.randrange(10**8)) / 100, "revenue_currency": "EUR", "employees": random.randrange(5000),
        "score": Decimal(random.randrange(10000)) / 100, "vip": random.random() < 0.1, "rating": random.randrange(1, 6), "note": f"note {n}",
    }  # fmt: skip


def fill(runtime: Runtime, count: int, moved: Callable[[int, int], None]) -> list[str]:
    """Write `count` clients and half as many engagements, as a loaded backup would be: rows and search entries, no hooks."""
    now, ids = datetime.now(UTC), []
    for start in range(0, count, CHUNK):
        rows = [with_system(client_values(n), now) for n in range(start, min(start + CHUNK, count))]
        ids += [row["id"] for row in rows]
        random = Random(start)  # noqa: S311  # made-up data
        links = [
            with_system(
                {
                    "client": row["id"],
                    "stage": random.choice(("lead", "active", "lapsed")),
                    "value": Decimal(random.randrange(10**6)),
                    "value_currency": "EUR",
                    "opened_on": row["since"],
                },
                now,
            )
            for row in rows[::2]
        ]
        with runtime.work(SYSTEM, "import", write=True) as work:
            records.insert(work.tx, runtime.catalog, "client", rows)
            records.insert(work.tx, runtime.catalog, "engagement", links)
            search.index(work.tx, runtime.catalog, "client", rows)
        moved(min(start + CHUNK, count), count)
    return ids


def with_system(values: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A new record as it is stored: the values, and the platform's own columns."""
    return {
        **values,
        "id": new_id(),
        "version": 1,
        "created_at": now,
        "created_by": None,
        "updated_at": now,
        "updated_by": None,
        "deleted_at": None,
    }


def bench_token(runtime: Runtime) -> str:
    """A token of the bench's administrator."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        return accounts.make_token(work, accounts.first_administrator(work, "Bench", "bench@example.org"), "bench")[1]


def csv_lines(count: int, first: int) -> Iterator[str]:
    """Lines of a CSV file of new clients, header first."""
    yield ",".join(client_values(0)) + "\n"
    for n in range(first, first + count):
        yield ",".join(str(v) for v in client_values(n).values()) + "\n"
