"""Everything that metadata says is said in the reader's language: menu, lists, forms, codes, and the messages of rules."""

from __future__ import annotations

from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.testing import temporary_organisation

METADATA = {
    "entities/boat.yaml": """\
entity: boat
label: {en: Boat, de: Schiff}
plural: {en: Boats, de: Schiffe}
title: "{name}"
fields:
  name: {type: text, required: true, label: {en: Name, de: Bezeichnung}}
  crew: {type: integer, label: {en: Crew, de: Mannschaft}}
  state: {type: choice, default: afloat, label: {en: State, de: Verfassung}, values: {afloat: {label: {en: Afloat, de: Schwimmt}}}}
rules:
  - {check: "record.crew == null || record.crew > 0", field: crew, message: {en: A boat needs a crew., de: Ein Schiff braucht Leute.}}
""",
    "menu/main.yaml": "menu: main\nlabel: {en: Harbour, de: Hafen}\nitems:\n  - {entity: boat}\n",
}


def test_a_german_reader_meets_german_labels(database_url: str) -> None:
    """Menu, list, record, form, codes and the message of a rule."""
    with temporary_organisation(metadata=METADATA, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            ada = accounts.first_administrator(work, "Ada", "ada@example.com")
            records.update_record(work, "user", ada, {"language": "de"})
            session, token = accounts.begin_session(work, ada), accounts.make_token(work, ada, "test")[1]
            boat = records.create_record(work, "boat", {"name": "Argo"})["id"]
        with TestClient(
            create_app(runtime, worker=False, watch=False),
            base_url="http://127.0.0.1",
            cookies={"xrm_session": session},
        ) as client:
            pages = {path: client.get(path).text for path in ("/e/boat", f"/e/boat/{boat}", f"/e/boat/{boat}/edit")}
            for path, page in pages.items():
                for word in ("Hafen", "Schiffe", "Bezeichnung", "Mannschaft", "Verfassung", "Schwimmt"):
                    assert word in page, (path, word)
            refused = client.patch(f"/api/boat/{boat}", json={"crew": 0}, headers={"Authorization": f"Bearer {token}"})
            assert [e["message"] for e in refused.json()["errors"]] == ["Ein Schiff braucht Leute."]
