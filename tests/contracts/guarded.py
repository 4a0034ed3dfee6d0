"""A charity with two offices and people of several rights, and clients of its API that ask as one of them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from litestar.testing import TestClient

from tests.contracts.shop import plugin_folder
from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import accounts, records
from xrm_core.services.runtime import Runtime
from xrm_core.storage import query
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: donor
label: Donor
title: "{name}"
search: [name, tax_no]
keys: [[tax_no], [name, office]]
fields:
  name: {type: text, required: true, max: 80}
  office: {type: choice, values: {north: North, south: South}, required: true}
  tax_no: {type: text, max: 20, class: secret}
  note: {type: long_text, class: secret}
  limit: {type: decimal, scale: 2, class: money}
  twice: {type: formula, of: decimal, scale: 2, is: "record.limit * 2"}
  phone: {type: text, default: none yet}
  paper: {type: file, class: money}
  keeper: {type: user}
  stage: {type: choice, values: {fresh: Fresh, active: Active, closed: Closed}, default: fresh, required: true}
  closed_on: {type: date, class: secret}
  friend: {type: link, to: donor, on_delete: empty, reverse: friends}
  banks:
    type: child_table
    class: secret
    fields:
      iban: {type: text, required: true}
  lines:
    type: child_table
    fields:
      what: {type: text, required: true}
      cost: {type: decimal, scale: 2, class: money}
      remark: {type: long_text}
lifecycle:
  field: stage
  transitions:
    activate: {from: [fresh], to: active, require: [limit]}
    close: {from: [fresh, active], to: closed, when: "record.note != 'keep'", set: {closed_on: "today()"}}
---
entity: gift
label: Gift
title: "{what}"
timeline: {on: given_on, amount: amount}
fields:
  donor: {type: link, to: donor, required: true, on_delete: restrict, reverse: gifts}
  what: {type: text, required: true}
  amount: {type: money, class: money}
  given_on: {type: date, default: today}
---
entity: errand
label: Errand
fields:
  what: {type: text, required: true}
  about: {type: link, to: [donor, memo], on_delete: empty, label: About}
  why: {type: text, class: secret, label: Reason, required_when: "record.what == 'secret'"}
---
entity: memo
label: Memo
fields:
  donor: {type: link, to: donor, on_delete: restrict, reverse: memos}
  text: {type: text}
"""
ACCESS = """
department: north
label: North
---
department: south
label: South
---
department: books
label: Books
---
role: northerner
label: In the north
department: north
---
role: reader
label: Reader
department: south
---
role: treasurer
label: Treasurer
department: books
---
role: mover
label: Mover
---
classes:
  secret: {}
  money: {}
needs:
  secret: {books: W}
  money: {books: W, north: R}
---
grants:
  - {role: northerner, entity: donor, verbs: [read, create, update, delete], rows: "record.office == 'north'"}
  - {role: northerner, entity: gift, verbs: [read, create, update], rows: "record.donor.office == 'north'"}
  - {role: northerner, entity: errand, verbs: [read, create], rows: "record.created_by == actor.id"}
  - {role: reader, entity: donor, verbs: [read]}
  - {role: reader, entity: gift, verbs: [read, weigh], rows: "record.donor.office == 'south'"}
  - {role: treasurer, entity: donor, verbs: [read, activate]}
  - {role: treasurer, entity: donor, verbs: [update], rows: "record.stage == 'fresh'", fields: [note, limit, banks]}
  - {role: treasurer, entity: donor_banks, verbs: [read, create, update, delete]}
  - {role: treasurer, entity: gift, verbs: [read]}
  - {role: mover, entity: donor, verbs: [read, mark], fields: [name, office, stage]}
  - {role: mover, entity: donor, verbs: [read], fields: [limit], rows: "record.office == 'south'"}
"""
PLUGIN = '''
"""Two actions."""

from xrm_core.plugin import ActionSpec, NewRecord, Patch, hook


def mark(record, values, actor, reader):
    """A note on the donor and a memo, which the one who asks does not see."""
    return [Patch("donor", record["id"], {"note": "marked " + values["word"]}), NewRecord("memo", {"donor": record["id"], "text": "marked"})]


@hook
def xrm_actions():
    """Mark a donor; weigh a gift."""
    return [
        ActionSpec("mark", "donor", "Mark", run=mark, when="record.note != 'never'", fields={"word": {"type": "text", "default": "well"}, "other": {"type": "link", "to": "donor"}}),
        ActionSpec("weigh", "gift", "Weigh", run=lambda record, values, actor, reader: {"amount": str(record["amount"])}, effect="read"),
    ]
'''
PEOPLE = {"nora": ["northerner"], "rita": ["reader"], "tom": ["treasurer"], "max": ["mover"], "eve": []}


@dataclass
class Charity:
    """The organisation, its people, and its API."""

    runtime: Runtime
    api: TestClient[Any]
    tokens: Mapping[str, str]
    users: Mapping[str, str]

    def work(self, who: str | None = None, *, door: str = "api", write: bool = True) -> Any:
        """A transaction as one of the people, or as the platform."""
        return self.runtime.work(self.actor(who) if who else SYSTEM, door, write)

    def actor(self, who: str) -> Actor:
        """One of the people, with the rights of now."""
        with self.runtime.work(SYSTEM, "api") as work:
            return accounts.actor_by_id(work, self.users[who])

    def ask(self, who: str, method: str, url: str, **more: Any) -> Any:
        """A request to the API as one of the people."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **more.pop("headers", {})}
        return self.api.request(method, f"/api/{url}", headers=headers, **more)

    def make(self, entity: str, **values: Any) -> str:
        """A record, made by the platform; its id."""
        with self.work() as work:
            return str(records.create_record(work, entity, values)["id"])

    def stored(self, entity: str, id: str) -> dict[str, Any]:
        """What is stored of a record."""
        with self.work(write=False) as work:
            return dict(query.get(work.tx, work.catalog, entity, id, deleted=True) or {})

    def mark(self) -> str:
        """A mark of all that is stored: every table and every file."""
        made = hashlib.sha256()
        with self.work(write=False) as work:
            tables = sorted(sa.inspect(work.tx.conn).get_table_names())
            for name in tables:
                if name in ("xrm_access_log", "xrm_credential") or name.startswith("xrm_session"):
                    continue
                rows = sorted(repr(tuple(row)) for row in work.tx.conn.execute(sa.text(f'SELECT * FROM "{name}"')))
                made.update(f"{name}:{rows}".encode())
            for path in sorted(Path(work.files).rglob("*")):
                made.update(f"{path}:{path.read_bytes() if path.is_file() else ''}".encode())
        return made.hexdigest()


@contextmanager
def open_charity(url: str) -> Iterator[Charity]:
    """The organisation on a database, with its web application."""
    metadata = {"entities/charity.yaml": ENTITIES, "access/rights.yaml": ACCESS}
    with tempfile.TemporaryDirectory() as temporary:
        folders = [plugin_folder(Path(temporary), "marks", PLUGIN)]
        with temporary_organisation(metadata=metadata, folders=folders, url=url) as runtime:
            tokens, users = {}, {}
            with runtime.work(SYSTEM, "cli", write=True) as work:
                users["ada"] = accounts.first_administrator(work, "Ada", "ada@example.com")
                for name, roles in PEOPLE.items():
                    given = {"name": name, "email": f"{name}@example.com", "roles": roles}
                    users[name] = str(records.create_record(work, "user", given)["id"])
                for name, user in users.items():
                    tokens[name] = accounts.make_token(work, user, "test")[1]
            app = create_app(runtime, worker=False, watch=False)
            with TestClient(app, base_url="http://127.0.0.1") as api:
                yield Charity(runtime, api, tokens, users)
