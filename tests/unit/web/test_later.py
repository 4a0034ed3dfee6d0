"""Modules of pages that come when they are needed."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from xrm_core.web import later as module
from xrm_core.web.later import Later, bring_pages, later


def test_a_module_is_asked_for_what_it_has() -> None:
    """A name of it is found, and one that it does not have is no name."""
    (paths,) = later("paths")
    from xrm_core.web import paths as known

    assert paths.is_link is known.is_link
    with pytest.raises(AttributeError, match="nothing_such"):
        paths.nothing_such  # noqa: B018  (asking is the test)


def test_all_pages_come_behind_the_start(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be imported is told, and the others come all the same."""
    monkeypatch.setattr(module, "_known", {"no_such_page": Later("no_such_page"), "axis": Later("svg.axis")})
    monkeypatch.delitem(sys.modules, "xrm_core.web.svg.axis", raising=False)
    with caplog.at_level(logging.ERROR, "xrm.web"):
        bring_pages().join(20)
    assert "xrm_core.web.svg.axis" in sys.modules
    assert [record.getMessage() for record in caplog.records] == ["the pages of no_such_page cannot be imported"]


def test_routes_name_pages_without_importing_them() -> None:
    """A start neither imports them nor what reads files, compiles metadata or shows values in a language."""
    code = "import sys, xrm_core.app, xrm_core.api.routes, xrm_core.web.routes, xrm_core.services.organisation; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert not loaded & {
        "xrm_core.web.desk",
        "xrm_core.web.importing",
        "xrm_core.services.importjobs",
        "xrm_core.compiler.check",
        "babel",
        "jinja2",
        "pycountry",
    }
    assert {"xrm_core.web.door", "xrm_core.compiler.cache"} <= loaded
