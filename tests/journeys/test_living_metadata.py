"""Metadata changes under a running server: a fault is told on every page, a new entity is served at once."""

from __future__ import annotations

import time
from collections.abc import Callable

from .conftest import NewPerson, Server

ENTITY = """entity: zz_boat
label: Boat
plural: Boats
search: [name]
fields:
  name: {type: text, required: true}
  length: {type: decimal, scale: 2}
"""
SOON = 15.0
"""Seconds within which a change shows; the watcher looks twice a second, the rest is for a busy machine."""


def test_a_fault_shows_on_every_page_until_it_is_mended(server: Server, person: NewPerson) -> None:
    """The banner names file and fault to those who can mend it and to nobody else, the pages go on with what was right, and it goes
    when the file does."""
    ben = person()
    file = server.root / "metadata" / "entities" / "zz_wrong.yaml"
    try:
        file.write_text("entity: zz_wrong\nlabel: Wrong\nfields:\n  name: {type: txt}\n", "utf-8")
        _until(lambda: server.runtime.fault is not None)
        ben.go("/e/party")
        told = ben.text(".banner.bad")
        assert "zz_wrong.yaml:4" in told
        assert "txt" in told
        assert ben.tab.locator("table.list tbody tr").count() == 50
        ines = person("ines@brightwater.example")
        ines.go("/e/party")
        assert ines.tab.locator(".banner.bad").count() == 0
    finally:
        file.unlink()
    _until(lambda: server.runtime.fault is None)
    ben.go("/e/party")
    assert ben.tab.locator(".banner.bad").count() == 0


def test_a_new_entity_is_served_without_a_restart(server: Server, person: NewPerson) -> None:
    """A file more is a list, a form and records more, while the server runs."""
    ben = person()
    assert ben.go("/e/zz_boat").status == 404
    (server.root / "metadata" / "entities" / "zz_boat.yaml").write_text(ENTITY, "utf-8")
    _until(lambda: "zz_boat" in server.runtime.catalog.entities)
    ben.go("/e/zz_boat")
    assert "No boats yet" in ben.text()
    ben.tab.keyboard.press("c")
    ben.tab.wait_for_url("**/e/zz_boat/new")
    ben.tab.fill("#f-name", "Albatros")
    ben.tab.fill("#f-length", "12.5")
    ben.tab.click("#save")
    ben.tab.wait_for_url("**/e/zz_boat/0*")
    assert "12.5" in ben.text()


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < until, "nothing changed in time"
        time.sleep(0.05)
