"""The proof of access: it holds for our metadata, it fails where access does, and no way to records stands beside it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

from tests.contracts.clinic import METADATA
from xrm_core import services
from xrm_core.access.access import Access
from xrm_core.access.masking import EVERYTHING, Opening
from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import lists, records
from xrm_core.services.proving import CHANNELS, EXEMPT, covered, prove, proving_ground
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

ROOT = Path(__file__).resolve().parents[2]
OWN_PAGES = "/account"
"""Pages about nothing but how one signs in."""
ROLES = frozenset({"fundraiser", "sales", "finance", "auditor", "nobody"})
"""Roles of the demo organisation that are proved on its pages and its API too on every build; `xrm access prove` takes all of them there."""
CELLS = 15_000
SERVICES = (
    "actions", "apart", "boards", "bulk", "counting", "deleting", "desk", "exporting", "exportjobs", "figures", "files", "finding", "integrated", "joining", "linking",
    "lists", "mentions", "network", "notices", "past", "records", "reversing", "saved_views", "several", "severaljobs", "similar", "spans", "transitions", "undoing",
)  # fmt: skip
"""Rooms of the services that answer or change records."""
BENEATH = {
    "access_explain": "says why, for who may ask; test_access_explain",
    "access_log": "keeps what was done; test_access_log",
    "drafts": "a write under way, before and after which guarding asks",
    "importing": "rows of a file that its sender gave, for who may import; test_import_wizard, test_guarded_writes",
    "importjobs": "rows of a file that its sender gave, for who may import; test_import_wizard, test_guarded_writes",
    "naming": "titles through lists.list_records",
    "numbering": "asks the catalog alone",
    "people": "what nobody may do to users, asked of a write; test_people_guards",
    "permits": "the decision itself",
    "saving": "the write itself, which guarding asks before and after",
    "seen_by": "records.read_record and lists.list_records with the rights of whom the work is done for",
    "sight": "the decision itself",
    "written": "what a write worked out, for its caller",
}
"""Rooms of the services that name an entity as well, and why they are no way to records of their own."""


def test_our_metadata_is_proved() -> None:
    """Every role of the demo organisation gets, from every service, what the oracle says; some of every department from every page too."""
    with proving_ground(ROOT, scale=0.2) as runtime:
        report = prove(runtime, create_app(runtime, worker=False, watch=False), on_pages=ROLES)
    assert not report.problems, "\n".join(c.differs for c in report.problems[:20])
    assert not report.unsaid, report.unsaid[:5]
    assert len(report.cells) >= CELLS
    assert {c.channel for c in report.cells} == CHANNELS.keys()
    assert {c.role for c in report.cells} >= {*runtime.catalog.roles, "nobody"} - {"admin"}


@pytest.fixture
def clinic(database_url: str) -> Iterator[Runtime]:
    """The clinic with patients and bills, on each database."""
    with temporary_organisation(metadata=METADATA, url=database_url) as runtime:
        with runtime.work(SYSTEM, "sample", write=True) as work:
            ward = records.create_record(work, "ward", {"name": "W"})["id"]
            for n in range(6):
                values = {
                    "name": f"P{n}",
                    "diagnosis": "d",
                    "iban": "i",
                    "sealed": n == 1,
                    "ward": ward if n % 2 else None,
                }
                patient = records.create_record(work, "patient", {**values, "visits": [{"text": "v"}]})["id"]
                records.create_record(work, "bill", {"number": str(n), "patient": patient, "amount": n})
        yield runtime


def test_a_small_organisation_is_proved(clinic: Runtime) -> None:
    """Denies, child rows, exceptions and transitions: all roles, all channels, both databases."""
    report = prove(clinic, create_app(clinic, worker=False, watch=False))
    assert not report.problems, "\n".join(c.differs for c in report.problems[:20])
    assert {c.role for c in report.cells} == {"doctor", "clerk", "auditor", "nobody", "nobody in a department"}
    assert report.to_json()["cells"] == len(report.cells) > 400


@pytest.mark.parametrize("hole", ["rows", "fields", "verbs", "count"])
def test_holes_are_found(clinic: Runtime, monkeypatch: pytest.MonkeyPatch, hole: str) -> None:
    """Where access forgets the rows, the fields, or the verbs, or one service its relation, the proof says so."""
    real = Access.opening

    def opening(self: Access, entity: str, verb: str = "read") -> Opening:
        found = real(self, entity, verb)
        if found.is_closed or self.is_unlimited:
            return EVERYTHING if hole == "verbs" and verb == "update" else found
        if hole == "rows":
            return Opening(None, found.fields, {})
        return Opening(found.where, None, {}) if hole == "fields" else found

    if hole == "count":
        monkeypatch.setattr(lists, "count_records", lambda work, query: 3)
    else:
        monkeypatch.setattr(Access, "opening", opening)
    report = prove(clinic, roles=frozenset({"doctor", "clerk", "auditor"}))
    assert report.problems


def asked_functions() -> set[str]:
    """Public functions of the services that take a work and name what they are about."""
    found = set()
    for module in pkgutil.iter_modules(services.__path__):
        if module.name in SERVICES:
            room = importlib.import_module(f"xrm_core.services.{module.name}")
            for name, function in inspect.getmembers(room, inspect.isfunction):
                taken = list(inspect.signature(function).parameters)
                about = {"entity", "query", "view", "children"} & set(taken)
                if (
                    function.__module__ == room.__name__
                    and not name.startswith("_")
                    and taken[:1] == ["work"]
                    and about
                ):
                    found.add(f"{module.name}.{name}")
    return found


def test_every_room_of_the_services_says_what_it_is() -> None:
    """A new room whose functions take a work and name an entity is a way to records, or says why it is none."""
    rooms = set()
    for module in pkgutil.walk_packages(services.__path__, "xrm_core.services."):
        name = module.name.removeprefix("xrm_core.services.").partition(".")[0]
        if name not in ("proving", "signing"):
            room = importlib.import_module(module.name)
            functions = [f for _, f in inspect.getmembers(room, inspect.isfunction) if f.__module__ == module.name]
            taken = [list(inspect.signature(f).parameters) for f in functions if not f.__name__.startswith("_")]
            rooms |= {name for given in taken if given[:1] == ["work"] and {"entity", "query", "view"} & set(given)}
    assert rooms <= {*SERVICES, *BENEATH}, f"neither proved nor said: {sorted(rooms - {*SERVICES, *BENEATH})}"
    assert not set(SERVICES) & BENEATH.keys()


def routes_of(runtime: Runtime) -> set[str]:
    """Routes that name an entity, and all that answer those who are signed in."""
    app = create_app(runtime, worker=False, watch=False)
    found = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            path = route.path.replace(":str", "")
            for handler in route.route_handlers:
                reads = handler.opt.get("policy") == "signed_in" and not path.startswith(OWN_PAGES)
                found |= {
                    f"{m} {path}" for m in handler.http_methods
                    if m not in ("OPTIONS", "HEAD") and ("{entity}" in path or (reads and m == "GET"))
                }  # fmt: skip
    return found


def test_every_screen_of_our_plugins_is_asked() -> None:
    """Each screen that people can go to is offered by the rights on an entity, so that the proof asks for it; the others name a
    part of an address, or are public."""
    with temporary_organisation(plugins=("parties", "requests")) as runtime:
        places = [one for one in runtime.host.screens if one.is_place]
    assert places
    assert all(one.screen.entity is not None or one.screen.policy.startswith("role:") for one in places)


def test_every_way_to_records_is_registered() -> None:
    """A service or route about records is covered by a channel of the proof, or is exempt with a reason."""
    with temporary_organisation() as runtime:
        ways = asked_functions() | routes_of(runtime)
    known = covered() | EXEMPT.keys()
    assert ways <= known, f"no channel proves: {sorted(ways - known)}"
    assert all(reason for reason in EXEMPT.values())


def test_the_registry_names_only_what_there_is() -> None:
    """What channels cover, and what is exempt, exists."""
    with temporary_organisation() as runtime:
        ways = asked_functions() | routes_of(runtime)
    assert covered() | EXEMPT.keys() <= ways, sorted((covered() | EXEMPT.keys()) - ways)
