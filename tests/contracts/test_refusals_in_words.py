"""Refusals and explanations call things by their labels in the reader's language; the log says the same in English."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.errors import Refused, in_log
from xrm_core.language import _, speaking
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import access_log, accounts, records
from xrm_core.storage.faults import DriverFault, Fault
from xrm_core.storage.transaction import Transaction
from xrm_core.testing import temporary_organisation

METADATA = {
    "entities/boat.yaml": """\
entity: boat
label: {en: Boat, de: Schiff}
plural: {en: Boats, de: Schiffe}
title: "{name}"
fields:
  name: {type: text, required: true, label: {en: Name, de: Bezeichnung}}
  state: {type: choice, default: afloat, values: {afloat: Afloat, docked: Docked}}
lifecycle:
  field: state
  transitions: {dock: {label: {en: Dock, de: Anlegen lassen}, from: [afloat], to: docked}}
""",
    "access/roles.yaml": """\
role: sailor
label: {en: Sailor, de: Matrose}
---
role: captain
label: {en: Captain, de: Kapitän}
""",
    "access/grants.yaml": """\
grants:
  - {role: sailor, entity: boat, verbs: [read]}
  - {role: captain, entity: boat, verbs: [read, create, update, dock]}
""",
}


@dataclass
class Harbour:
    runtime: Any
    client: TestClient[Any]
    boat: str
    sessions: dict[str, str]

    def page(self, who: str, path: str) -> Any:
        """A page as somebody gets it."""
        self.client.cookies.set("xrm_session", self.sessions[who])
        return self.client.get(path)


@pytest.fixture
def harbour(database_url: str) -> Iterator[Harbour]:
    """A German administrator and a German sailor, and one boat."""
    with temporary_organisation(metadata=METADATA, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            ada = accounts.first_administrator(work, "Ada", "ada@example.com")
            records.update_record(work, "user", ada, {"language": "de"})
            sam = {"name": "Sam", "email": "sam@example.com", "language": "de", "roles": ["sailor"]}
            made = {"ada": ada, "sam": str(records.create_record(work, "user", sam)["id"])}
            sessions = {name: accounts.begin_session(work, id) for name, id in made.items()}
            boat = str(records.create_record(work, "boat", {"name": "Argo"})["id"])
        app = create_app(runtime, worker=False, watch=False)
        with TestClient(app, base_url="http://127.0.0.1") as client:
            yield Harbour(runtime, client, boat, sessions)


def test_a_refusal_names_labels_and_its_row_in_the_log_is_english(harbour: Harbour) -> None:
    """The page in German, without a code of a verb or an entity; the log of access keeps the English sentence."""
    refused = harbour.page("sam", "/e/boat/new")
    assert refused.status_code == 403
    assert "Keine Berechtigung für „anlegen“ bei Schiff" in refused.text
    assert "„create“" not in refused.text
    with harbour.runtime.work(SYSTEM, "cli") as work:
        told = [e.detail["message"] for e in access_log.read(work, access_log.Wanted(kinds=("refused",)))]
    assert told == ["nothing allows you to create a boat"]


def test_what_is_wrong_with_an_address_is_told_in_the_readers_language(harbour: Harbour) -> None:
    """An unknown field in a filter and in the order, and a place in a list that is none."""
    for asked, said in (("filter=record.zz==1", "boat hat kein Feld „zz“"), ("sort=zz", "kein Feld „zz“"), ("after=zz", "neu beginnen")):  # fmt: skip
        page = harbour.page("sam", f"/e/boat?{asked}").text
        assert said in page, asked
        assert "has no field" not in page
        assert "begin again" not in page.lower()


def test_an_explanation_is_in_words(harbour: Harbour) -> None:
    """Verdict, rules, fields and ways: labels of roles, verbs and fields, in German."""
    closed = harbour.page("ada", "/access/explain?user=sam@example.com&entity=boat&verb=update").text
    assert "Keine Berechtigung öffnet „ändern“ bei Schiff für eine der Rollen Matrose" in closed
    assert "die Rolle Kapitän" in closed
    opened = harbour.page("ada", "/access/explain?user=sam@example.com&entity=boat&verb=read").text
    assert "Geöffnet durch Berechtigung für Matrose (" in opened
    assert str(harbour.runtime.settings.root) not in opened
    system = harbour.page("ada", "/access/explain?user=sam@example.com&entity=boat&verb=read&field=created_at").text
    assert "Schiff: Angelegt" in system


def test_lines_of_the_log_are_english(
    harbour: Harbour, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away: German on the page, English in the log, one id in both."""
    real = Transaction.rows

    def away(self: Transaction, sql: str, *more: Any) -> Any:
        if "boat" in sql:
            raise DriverFault(Fault("gone"))
        return real(self, sql, *more)

    with caplog.at_level(logging.INFO, "xrm.web"):
        monkeypatch.setattr(Transaction, "rows", away)
        page = harbour.page("sam", "/e/boat")
    assert page.status_code == 503
    (line,) = (r.getMessage() for r in caplog.records if r.name == "xrm.web" and r.levelno >= logging.ERROR)
    with speaking("de"):
        german = DriverFault(Fault("gone")).message
    assert german[1:] in page.text
    english = DriverFault(Fault("gone")).message
    assert english != german
    assert line.endswith(english)
    assert line.partition(":")[0] in page.text


def test_the_english_of_a_message_is_kept_with_its_values() -> None:
    """Nested texts too; what nobody said stays as it is."""
    with speaking("de"):
        fault = Refused(_("the role {role}", role=_("none")))
        assert fault.message != "the role none"
        assert in_log(fault) == "the role none"
        assert in_log(Refused("Unübersetzt")) == "Unübersetzt"
    assert in_log(ValueError("plain")) == "plain"
