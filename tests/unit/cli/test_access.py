"""The commands about access, in an organisation of their own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contracts.clinic import ACCESS, METADATA
from tests.unit.cli.test_commands import run, said
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import access_log, records
from xrm_core.services.runtime import Runtime
from xrm_core.storage import access_log as storage
from xrm_core.storage.access_log import Event
from xrm_core.testing import temporary_organisation


@pytest.fixture
def clinic() -> Iterator[Runtime]:
    """The clinic with a clerk."""
    with temporary_organisation(metadata=METADATA) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            records.create_record(work, "user", {"name": "Carl", "email": "carl@x.org", "roles": ["clerk"]})
        yield runtime


def out(runtime: Runtime, *args: str) -> str:
    """What `xrm access ...` prints for people."""
    return run("access", *args, "--root", runtime.settings.root).stdout


def values(runtime: Runtime, *args: str) -> Any:
    """What it prints for programs."""
    return said("access", *args, "--root", runtime.settings.root)


def test_needs(clinic: Runtime) -> None:
    """For each department the classes with why, then what is left over."""
    text = out(clinic, "needs", "--department", "office")
    assert "office  (roles: clerk)" in text
    assert "W of office" in text
    assert "\nsurgery" not in text
    assert "classes that nobody needs by the matrix: " in text
    assert "gossip" in text
    assert "auditor read patient: name, diagnosis (beyond the matrix: diagnosis)" in text
    assert {d["department"] for d in values(clinic, "needs")["departments"]} == {"medicine", "surgery", "office"}


def test_explain(clinic: Runtime) -> None:
    """The verdict with grant, rows and statement; a refusal with what would open it."""
    text = out(clinic, "explain", "carl@x.org", "patient", "--field", "iban")
    assert "Carl, read patient.iban: ALLOWED" in text
    assert "grant to clerk" in text
    assert 'FROM "patient"' in text
    refused = values(clinic, "explain", "carl@x.org", "patient", "--field", "diagnosis")
    assert refused["allowed"] is False
    assert {"text": "the role admin", "role": "admin", "places": []} in refused["ways"]
    assert "REFUSED" in out(clinic, "explain", "carl@x.org", "ward", "--verb", "delete")


def test_map_and_diff(clinic: Runtime) -> None:
    """The map by role; the difference between what is in force, the files, and a revision."""
    text = out(clinic, "map", "--role", "clerk", "--entity", "patient")
    assert "all, but not: record.sealed" in text
    assert "doctor" not in text
    assert "read, update" in text  # verbs that open the same stand in one line
    for wrong, near in (("--role", "clrk"), ("--entity", "patiens")):
        fault = run("access", "map", wrong, near, "--root", clinic.settings.root, fails=True).exception
        assert "did you mean" in str(getattr(fault, "hint", ""))
    assert values(clinic, "map")["clerk"]["entities"]["bill"]["read"]["rows"] is None
    assert "nobody gains or loses anything" in out(clinic, "diff")
    root = clinic.settings.root
    for args in (["init", "-q"], ["add", "metadata"], ["-c", "user.name=t", "-c", "user.email=t@x.org", "commit", "-qm", "first"]):  # fmt: skip
        subprocess.run(["git", "-C", str(root), *args], check=True, capture_output=True)
    (root / "metadata/access/clinic.yaml").write_text(ACCESS.replace("fields: [name, diagnosis]", "fields: [name]"))
    for before in ([], ["HEAD"], ["HEAD", "files"]):
        assert "access lost:\n  auditor loses read patient: fields diagnosis" in out(clinic, "diff", *before)
    assert values(clinic, "diff", "files", "HEAD")[0]["kind"] == "gains"
    trees = subprocess.run(["git", "-C", str(root), "worktree", "list"], check=True, capture_output=True)
    assert len(trees.stdout.splitlines()) == 1


def test_plan_says_who_gains_and_loses(clinic: Runtime) -> None:
    """`xrm plan` shows the change of rights beside that of the schema; `xrm check` doubts what is probably not meant."""
    root = clinic.settings.root
    more = ACCESS + "  - {role: auditor, entity: bill, verbs: [delete]}\n"
    (root / "metadata/access/clinic.yaml").write_text(more.replace("verbs: [read, create, update]}", "verbs: [read]}"))
    text = run("plan", "--root", root, "--out", root / "plan.json").stdout
    assert "access gained:\n  auditor gains delete bill: rows all" in text
    assert "access lost:\n  clerk loses create, update bill: " in text
    told = said("plan", "--root", root, "--out", root / "plan.json")
    assert {s["kind"] for s in told["access"]} == {"gains", "loses"}
    assert "auditor may delete bill records, but read none of them" in run("check", root).stdout


def test_log(clinic: Runtime) -> None:
    """The log with its filters, and the one way to shorten it, which it tells of."""
    with clinic.database.write() as tx:
        storage.add(tx, [Event(datetime(2020, 1, 1, tzinfo=UTC), None, "Old", "sign_in", "web")])
    text = out(clinic, "log")
    assert "roles: nothing -> clerk" in text
    assert "Old" in text
    assert [e["actor_name"] for e in values(clinic, "log", "--kind", "sign_in", "--until", "2021-01-01")] == ["Old"]
    assert values(clinic, "log", "--who", "nobody") == []
    assert run("access", "log", "--kind", "sing_in", "--root", clinic.settings.root, fails=True).exception is not None
    fresh = run("access", "log", "--forget-before", "2999-01-01", "--root", clinic.settings.root, fails=True)
    assert "30 days" in str(fresh.exception)
    assert values(clinic, "log", "--forget-before", "2021-01-01") == {"removed": 1}
    with clinic.work(SYSTEM, "cli") as work:
        assert [e.kind for e in access_log.read(work, storage.Wanted(kinds=("log_shortened", "sign_in")))] == [
            "log_shortened"
        ]
    assert json.loads(json.dumps(values(clinic, "log", "--kind", "log_shortened")))[0]["detail"]["rows"] == 1


def test_outside_of_git(clinic: Runtime) -> None:
    """A state that is neither a folder nor a revision is said to be neither."""
    assert "folder" in str(run("access", "diff", "v1", "--root", clinic.settings.root, fails=True).exception)
