"""A small organisation with every kind of field, link rule, lifecycle and hook, and a client for its API."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import accounts, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: product
label: Product
title: "{code} {name}"
search: [code, name]
keys: [[code]]
fields:
  code: {type: text, required: true, max: 20, pattern: "[A-Z]{2}[0-9]+"}
  name: {type: text, required: true, max: 80}
  price: {type: money, min: 0}
---
entity: client
label: {en: Client, de: Kunde}
title: "{name}"
search: [name, email]
keys: [[email]]
fields:
  number: {type: sequence, pattern: "C-{n:04}"}
  name: {type: text, required: true, max: 80}
  email: {type: email}
  phone: {type: phone}
  site: {type: url}
  note: {type: long_text}
  staff: {type: integer, min: 0, max: 100000}
  weight: {type: decimal, scale: 3}
  budget: {type: money, min: 0}
  share: {type: percent, min: 0, max: 100}
  vip: {type: boolean}
  since: {type: date, not_after: today}
  met_at: {type: datetime}
  visit: {type: duration}
  where: {type: location}
  home: {type: address}
  person: {type: person_name}
  colour: {type: colour}
  mood: {type: rating, max: 5}
  tags: {type: tags}
  extra: {type: json}
  country: {type: country}
  speaks: {type: language}
  pays_in: {type: currency}
  zone: {type: time_zone}
  kinds: {type: multi_choice, values: {shop: Shop, office: Office}}
  stage: {type: choice, values: {fresh: Fresh, active: Active, closed: Closed}, default: fresh, required: true}
  why: {type: text, max: 200}
  closed_on: {type: date}
  checked: {type: text, read_only: true}
  owner: {type: user}
  head: {type: link, to: client, on_delete: empty, reverse: branches}
  contact: {type: link, to: [person, client], on_delete: empty}
  interests: {type: many_to_many, to: product, fields: {degree: {type: integer, min: 1, max: 5}}}
  lines:
    type: child_table
    keys: [[client, product]]
    fields:
      product: {type: link, to: product, required: true}
      quantity: {type: decimal, scale: 2, required: true, min: 0}
      took: {type: duration}
  pieces: {type: rollup, of: decimal, scale: 2, over: lines, compute: sum, value: quantity}
  per_head: {type: formula, of: money, is: "record.budget / record.staff"}
rules:
  - {check: "record.closed_on == null || record.stage == 'closed'", field: closed_on, message: Only a closed client has a last day}
lifecycle:
  field: stage
  transitions:
    activate: {from: [fresh], to: active, require: [email], when: "record.name != 'Nobody'", message: Nobody cannot be a client}
    close: {from: [fresh, active], to: closed, reason: required, set: {closed_on: "today()"}}
    reopen: {from: [closed], to: active, may: [manager]}
---
entity: person
label: Person
fields:
  name: {type: text, required: true}
---
entity: order
label: Order
fields:
  client: {type: link, to: client, required: true, on_delete: restrict, reverse: orders}
  total: {type: money}
---
entity: remark
label: Remark
fields:
  client: {type: link, to: client, required: true, on_delete: cascade, reverse: remarks}
  text: {type: text, required: true}
---
entity: ledger
label: Entry
append_only: true
fields:
  text: {type: text, required: true}
  no: {type: sequence, pattern: "L-{n}", gapless: true}
"""
ROLES = """
role: manager
label: Manager
---
grants:
  - {role: everyone, entity: product, verbs: [read, create, update, delete], public: acknowledged}
  - {role: everyone, entity: client, verbs: [read, create, update, delete], public: acknowledged}
  - {role: everyone, entity: person, verbs: [read, create, update, delete], public: acknowledged}
  - {role: everyone, entity: order, verbs: [read, create, update, delete], public: acknowledged}
  - {role: everyone, entity: remark, verbs: [read, create, update, delete], public: acknowledged}
  - {role: everyone, entity: ledger, verbs: [read, create], public: acknowledged}
"""
PLUGIN = '''
"""Hooks that complete, object, follow up, and break when told to."""

from xrm_core.plugin import ActionSpec, NewRecord, Patch, Problem, hook

COMMITTED = []


@hook(entity="client")
def xrm_before_save(change):
    """Names are tidy; one explodes, one sets a field that is not there, one is checked by two plugins."""
    name = change.after["name"] or ""
    if name == "Explode":
        raise ValueError("secret detail of the plugin")
    if name == "Misspelt":
        return {"nmae": name}
    if name == "Clash":
        return {"checked": "by extras"}
    return {"name": " ".join(name.split())} if name else {}


@hook("xrm_validate", entity="client", batch=True)
def objections(changes, reader):
    """Nothing may be called Forbidden."""
    return [[Problem("That name is taken by history", field="name")] if c.after["name"] == "Forbidden" else [] for c in changes]


@hook(entity="client")
def xrm_after_save(change, reader):
    """Greedy clients order at once; a looping one calls for itself; a counted one is changed again."""
    name = change.after["name"]
    if name == "Greedy" and change.action == "create":
        return [NewRecord("order", {"client": change.id, "total": "10.00"})]
    if name == "Loop":
        return [NewRecord("client", {"name": "Loop"})]
    if name == "Counted" and change.action == "create":
        return [Patch("client", change.id, {"why": "counted"})]
    return []


@hook(entity="client")
def xrm_after_commit(changes, actor):
    """Remember what was committed; a jammed one fails."""
    if any(c.after.get("name") == "Jammed" for c in changes):
        raise OSError("out of paper")
    COMMITTED.extend((c.id, c.action, c.after.get("name"), actor.name) for c in changes)


def praise(record, values, actor, reader):
    """An order of a given total, and a word on the client."""
    if values["total"] == 13:
        raise RuntimeError("unlucky")
    return [NewRecord("order", {"client": record["id"], "total": values["total"]}), Patch("client", record["id"], {"why": values["word"]})]


def weigh(record, values, actor, reader):
    """How many orders the client has."""
    return {"orders": len(reader.children("client", "orders", record["id"]))}


@hook
def xrm_actions():
    """Praise, and weigh."""
    return [
        ActionSpec(
            "praise", "client", {"en": "Praise", "de": "Loben"}, run=praise, when="record.stage != 'closed'",
            fields={"total": {"type": "decimal", "scale": 2, "required": True, "min": 0}, "word": {"type": "text", "max": 20, "default": "good"}},
        ),
        ActionSpec("weigh", "client", "Weigh", run=weigh, effect="read"),
    ]
'''
SECOND = '''
"""A second opinion."""

from xrm_core.plugin import hook


@hook(entity="client")
def xrm_before_save(change):
    """Sets what the other plugin sets, differently."""
    return {"checked": "by seconds"} if change.after["name"] == "Clash" else {}
'''


@dataclass
class World:
    """The organisation, and clients of its API for an administrator and for a plain user."""

    runtime: Runtime
    api: TestClient[Any]
    token: str
    plain: str
    admin: str
    names: int = field(default=0)

    def work(self, *, actor: Actor = SYSTEM, door: str = "api", write: bool = True) -> Any:
        """A transaction: `with world.work() as w`."""
        return self.runtime.work(actor, door, write)

    def name(self) -> str:
        """A name that nobody has yet."""
        self.names += 1
        return f"Client {self.names}"

    def client(self, **values: Any) -> dict[str, Any]:
        """A new client, made through the API."""
        answer = self.api.post("/api/client", json={"name": self.name(), **values})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def make(self, entity: str, **values: Any) -> str:
        """A new record, made through the services; its id."""
        with self.work() as w:
            return str(records.create_record(w, entity, values)["id"])

    def undone(self, do: Callable[[Work], object]) -> None:
        """Do something in a transaction that fails at its end."""
        with suppress(ZeroDivisionError), self.work() as work:
            do(work)
            raise ZeroDivisionError

    def count(self, entity: str) -> int:
        """How many records there are, by the API."""
        return int(self.api.get(f"/api/{entity}?count=exact&limit=1").json()["count"])


def plugin_folder(root: Path, name: str, code: str, files: Mapping[str, str] | None = None) -> Path:
    """A plugin as a folder."""
    folder = root / name
    folder.mkdir()
    (folder / "plugin.yaml").write_text(f"name: {name}\ntitle: {name.title()}\nversion: '1'\n", "utf-8")
    (folder / "plugin.py").write_text(code, "utf-8")
    for path, text in (files or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def token_of(work: Work, name: str, roles: list[str]) -> str:
    """A token of a new user with these roles."""
    id = records.create_record(work, "user", {"name": name, "email": f"{name.lower()}@example.com", "roles": roles})[
        "id"
    ]
    return accounts.make_token(work, str(id), "test")[1]


@contextmanager
def open_shop(url: str) -> Iterator[World]:
    """The organisation on a database, with its web application."""
    metadata = {"entities/shop.yaml": ENTITIES, "access/roles.yaml": ROLES}
    with tempfile.TemporaryDirectory() as temporary:
        folders = [plugin_folder(Path(temporary), "extras", PLUGIN), plugin_folder(Path(temporary), "seconds", SECOND)]
        with temporary_organisation(metadata=metadata, folders=folders, url=url) as runtime:
            with runtime.work(SYSTEM, "cli", write=True) as work:
                admin = accounts.first_administrator(work, "Ada", "ada@example.com")
                token, plain = accounts.make_token(work, admin, "test")[1], token_of(work, "Ben", [])
            app = create_app(runtime, worker=False, watch=False)
            with TestClient(app, base_url="http://127.0.0.1") as api:
                api.headers["Authorization"] = f"Bearer {token}"
                yield World(runtime, api, token, plain, admin)
