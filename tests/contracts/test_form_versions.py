"""Forms that name no version that their record ever had: nobody can tell what they were drawn from, so nothing is saved unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

PORT = """
entity: port
title: "{name}"
fields:
  name: {type: text, required: true}
  depth: {type: integer}
  state: {type: choice, values: {open: Open, shut: Shut}, default: open}
lifecycle:
  field: state
  transitions: {close: {from: [open], to: shut}}
"""
NO_VERSIONS = ("", "abc", "?", "0", "-1", "3", "1.0", "9" * 30, "<b>1</b>")
"""None of these is a version of a record that was changed once."""


class Ports:
    """An organisation of ports, and somebody who sends forms about one of them, which was changed once since it was made."""

    def __init__(self, runtime: Runtime, client: TestClient[Any]) -> None:
        self.runtime, self.client = runtime, client
        with runtime.work(SYSTEM, "cli", write=True) as work:
            self.session = accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
        self.renew()

    def renew(self) -> None:
        """Go on with another port."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            self.id = str(records.create_record(work, "port", {"name": "Cork", "depth": 9})["id"])
            records.update_record(work, "port", self.id, {"depth": 10})

    def send(self, path: str, **values: str) -> Any:
        """Send a form with its token; the answer as it came."""
        from xrm_core.web.guards import csrf_token

        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": f"xrm_session={self.session}", "HX-Request": "true"}
        data = {"_csrf": csrf_token(self.session), **values}
        return self.client.post(f"/e/port/{self.id}/{path}", data=data, headers=headers, follow_redirects=False)

    def stored(self) -> tuple[str, int, str]:
        """What the record holds."""
        with self.runtime.work(SYSTEM, "cli") as work:
            found = work.reader.get("port", self.id) or {}
        return found.get("name", ""), found.get("depth", 0), found.get("state", "")


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of a form."""
    return dict(re.findall(r'type="hidden" name="(_\w+)" value="([^"]*)"', page))


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    """One for all tests; each renews its port."""
    with (
        temporary_organisation(metadata={"entities/port.yaml": PORT}) as runtime,
        TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client,
    ):
        yield Ports(runtime, client)


@pytest.mark.parametrize("version", NO_VERSIONS)
def test_a_form_asks_what_to_keep(ports: Ports, version: str) -> None:
    """All that was typed is there, beside what is stored; what is chosen is saved, and nothing else."""
    ports.renew()
    typed = {"name": "Cobh", "depth": "11", "_fields": "name,depth"}
    refused = ports.send("edit", _version=version, **typed)
    assert refused.status_code == 409
    assert ports.stored() == ("Cork", 10, "open")
    assert "It cannot be told what this form was drawn from" in refused.text
    assert 'value="Cobh"' in refused.text
    assert "<b>1</b>" not in refused.text
    assert '"original"' not in refused.text
    again = hidden(refused.text)
    known = {name: again[name] for name in ("_version", "_seen")}
    assert ports.send("edit", **known, **typed).status_code == 409  # nothing was chosen
    added = ports.send("edit", **known, **typed, _refresh="depth")
    assert hidden(added.text)["_version"] == known["_version"]  # nor is it known after the form was drawn anew
    chosen = {"_keep.name": "theirs", "_keep.depth": "mine"}
    assert ports.send("edit", **known, **typed, **chosen).status_code == 303
    assert ports.stored() == ("Cork", 11, "open")


@pytest.mark.parametrize("version", NO_VERSIONS)
def test_a_value_where_it_stands_asks_too(ports: Ports, version: str) -> None:
    """The input of one field, the same."""
    ports.renew()
    typed = {"depth": "11", "_fields": "depth"}
    refused = ports.send("field/depth", _version=version, **typed)
    assert (refused.status_code, ports.stored()[1]) == (409, 10)
    assert 'value="11"' in refused.text
    known = {name: value for name, value in hidden(refused.text).items() if name in ("_version", "_seen")}
    assert ports.send("field/depth", **known, **typed, **{"_keep.depth": "mine"}).status_code == 204
    assert ports.stored()[1] == 11


@pytest.mark.parametrize("way", ["do/close", "delete"])
def test_steps_and_deletions_are_refused(ports: Ports, way: str) -> None:
    """A button that says which state it was pressed in, but not so that it can be told, does nothing."""
    ports.renew()
    refused = ports.send(way, _version="abc")
    assert refused.status_code in (409, 422)
    assert "annot be told which state of the record you saw" in refused.text
    assert ports.stored() == ("Cork", 10, "open")
    assert ports.send(way, _version="2").status_code == 303
    assert ports.stored() != ("Cork", 10, "open")
