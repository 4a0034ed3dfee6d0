"""`--as USER`: what a command reads then is what that user reads, and the log of access says so."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from xrm_core.cli.commands import xrm
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.organisation import bring_up, open_organisation
from xrm_core.services.records import create_record

METADATA = """
entity: note
label: Note
title: "{title}"
fields:
  title: {type: text, required: true}
  price: {type: integer, class: money}
  mine: {type: boolean}
"""
ACCESS = """
role: clerk
label: Clerk
---
role: stranger
label: Stranger
---
classes: {money: {}}
---
grants:
  - {role: clerk, entity: note, verbs: [read], rows: "record.mine == true"}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two notes, of which a clerk reads one without its price; a stranger reads none."""
    for folder, text in (("entities", METADATA), ("access", ACCESS)):
        (tmp_path / "metadata" / folder).mkdir(parents=True)
        (tmp_path / "metadata" / folder / "all.yaml").write_text(text)
    (tmp_path / "xrm.toml").write_text(
        '[organisation]\nname = "Small"\n[database]\nurl = "sqlite:///xrm.sqlite3"\n[plugins]\nuse = []\n'
    )
    runtime = open_organisation(tmp_path)
    bring_up(runtime)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        for name in ("clerk", "stranger", "admin"):
            create_record(work, "user", {"name": name.title(), "email": f"{name}@example.org", "roles": [name]})
        for title, mine in (("Own", True), ("Foreign", False)):
            create_record(work, "note", {"title": title, "price": 3, "mine": mine})
    runtime.database.dispose()
    return tmp_path


def ran(root: Path, *words: str) -> Result:
    """A command."""
    return CliRunner().invoke(xrm, [*words, "--root", str(root)])


def test_an_export_holds_what_the_user_reads(root: Path) -> None:
    """All rows and fields for the system, his row without the closed field for the clerk, no such entity for the stranger."""
    whole = list(csv.DictReader(io.StringIO(ran(root, "export", "note").output)))
    assert {(row["title"], row["price"]) for row in whole} == {("Own", "3"), ("Foreign", "3")}
    (his,) = csv.DictReader(io.StringIO(ran(root, "export", "note", "--as", "clerk@example.org").output))
    assert his["title"] == "Own"
    assert "price" not in his
    refused = ran(root, "export", "note", "--as", "clerk@example.org", "--filter", "record.price == 3")
    assert "has no field 'price'" in str(refused.exception)
    assert "there is no entity 'note'" in str(ran(root, "export", "note", "--as", "stranger@example.org").exception)
    assert "there is no active user" in str(ran(root, "export", "note", "--as", "nobody@example.org").exception)


def test_it_is_told_in_the_log_of_access(root: Path) -> None:
    """That somebody asked as the clerk, and the export under the clerk's name."""
    ran(root, "export", "note", "--as", "clerk@example.org")
    told = json.loads(ran(root, "access", "log", "--json").output)
    kinds = {(event["kind"], event["actor_name"], event["door"]) for event in told}
    assert {("view_as", "system", "cli"), ("export", "Clerk", "cli")} <= kinds


def test_who_may_not_ask_why_others_see_is_refused(root: Path) -> None:
    """Explaining is for administrators, also on the command line."""
    question = ("access", "explain", "clerk@example.org", "note")
    assert ran(root, *question).exit_code == 0
    assert ran(root, *question, "--as", "admin@example.org").exit_code == 0
    assert "only administrators ask this" in str(ran(root, *question, "--as", "clerk@example.org").exception)
