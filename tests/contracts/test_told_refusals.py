"""Pages about what did not work: in the reader's words, with the names that things have for him."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.errors import ImportFault
from xrm_core.language import speaking
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.services.importing.readers.open import open_table
from xrm_core.testing import temporary_organisation

METADATA = {
    "entities/boat.yaml": "entity: boat\nlabel: {en: Boat, de: Boot}\nplural: {en: Boats, de: Boote}\nfields: {name: {type: text, required: true}}\n",
    "access/roles.yaml": "role: sailor\nlabel: {en: Sailor, de: Seemann}\n---\ngrants: [{role: sailor, entity: boat, verbs: [read]}]\n",
}


@pytest.fixture
def sailor() -> Iterator[tuple[Any, TestClient[Any], str]]:
    """Somebody who reads boats and looks after nothing; the runtime, the pages and the id."""
    with temporary_organisation(metadata=METADATA) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            given = {"name": "Sam", "email": "sam@example.com", "roles": ["sailor"]}
            id = str(records.create_record(work, "user", given)["id"])
            session = accounts.begin_session(work, id)
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            client.cookies.set("xrm_session", session)
            yield runtime, client, id


def test_a_refusal_calls_roles_and_lists_by_their_labels(sailor: tuple[Any, TestClient[Any], str]) -> None:
    """The role that is missing has its label in the reader's language, a list is called as in a sentence, and there is an id."""
    runtime, client, id = sailor
    page = html.unescape(client.get("/e/boat/nothing").text)
    assert "All boats" in page
    assert 'class="mono"' in page
    label = runtime.catalog.roles["admin"].label
    assert label is not None
    assert label["en"] in html.unescape(client.get("/jobs").text)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        records.update_record(work, "user", id, {"language": "de"})
    answer = client.get("/jobs")
    assert answer.status_code == 403
    assert label["de"] in html.unescape(answer.text)
    assert "'admin'" not in html.unescape(answer.text)


def test_a_file_that_is_no_table_is_told_in_the_readers_language(tmp_path: Path) -> None:
    """What it is, what an import takes, and how a line of quotation marks is mended."""
    picture = tmp_path / "bild.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    quoted = tmp_path / "offen.csv"
    quoted.write_text('Name,Ort\nA,B\n"C,D\n', "utf-8")
    with speaking("de"):
        with pytest.raises(ImportFault) as fault:
            open_table(picture)
        assert fault.value.message == "bild.csv ist ein Bild"
        assert (fault.value.hint or "").startswith("ein Import nimmt")
        told = [row[2] for row in open_table(quoted).rows if len(row) > 2 and row[2]]
    assert told
    assert "Anführungszeichen" in str(told[0])
