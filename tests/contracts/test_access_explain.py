"""Explain, map and diff of access on both databases, and the rights that a database holds as in force."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.contracts.clinic import ACCESS, METADATA
from xrm_core.access.access_diff import access_diff
from xrm_core.access.explaining import Explanation
from xrm_core.errors import BadRequest, NotFound, Refused
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.services.access_explain import explain_access
from xrm_core.services.access_force import changed_rights, keep_rights, map_of_state, rights_in_force
from xrm_core.services.organisation import compile_organisation
from xrm_core.services.runtime import Runtime
from xrm_core.storage import access_log as storage
from xrm_core.storage.access_log import Wanted
from xrm_core.testing import temporary_organisation


@dataclass
class Clinic:
    """The clinic with a doctor, a clerk and three patients: one of the doctor's, one in a ward, one of nobody."""

    runtime: Runtime
    ids: dict[str, str]

    def why(
        self, user: str, entity: str, id: str | None = None, verb: str = "read", field: str | None = None
    ) -> Explanation:
        """The answer of `explain`."""
        with self.runtime.work(SYSTEM, "cli") as work:
            return explain_access(work, f"{user}@x.org", entity, self.ids.get(id or "", id), verb=verb, field=field)

    @property
    def access_file(self) -> Path:
        """Where the grants stand."""
        return self.runtime.settings.metadata / "access" / "clinic.yaml"


@pytest.fixture
def clinic(database_url: str) -> Iterator[Clinic]:
    """The clinic on each database."""
    with temporary_organisation(metadata=METADATA, url=database_url) as runtime:
        ids = {}
        with runtime.work(SYSTEM, "sample", write=True) as work:
            for name, role, home in (
                ("dora", "doctor", "surgery"),
                ("carl", "clerk", "office"),
                ("aud", "auditor", None),
                ("nob", None, None),
            ):
                found = work.tx.ask("SELECT id FROM department WHERE code = ?", (home or "",))
                values = {
                    "name": name.title(),
                    "email": f"{name}@x.org",
                    "roles": [role] if role else [],
                    "department": str(found[0][0]) if found else None,
                }
                ids[name] = str(records.create_record(work, "user", values)["id"])
            ids["ward"] = str(records.create_record(work, "ward", {"name": "W"})["id"])
            for name, values in (
                ("mine", {"doctor": ids["dora"]}),
                ("warded", {"ward": ids["ward"], "sealed": True}),
                ("lost", {}),
            ):
                ids[name] = str(records.create_record(work, "patient", {"name": name, **values})["id"])
            ids["bill"] = str(records.create_record(work, "bill", {"number": "1", "patient": ids["lost"]})["id"])
        yield Clinic(runtime, ids)  # fmt: skip


def line_of(text: str) -> int:
    """The line of the access metadata on which a text first stands."""
    return next(n for n, line in enumerate(ACCESS.split("\n"), 1) if text in line)


def test_allowed_by_a_grant(clinic: Clinic) -> None:
    """What is open names the grant by file and line, its condition, and the statement with the reader's own values."""
    told = clinic.why("dora", "patient", "mine", field="diagnosis")
    assert told.allowed
    assert told.because.startswith("opened by grant to doctor (")
    assert told.because.endswith(f"/access/clinic.yaml:{line_of('role: doctor, entity: patient')})")
    (reason,) = told.reasons
    assert (reason.holds, reason.opens, reason.condition) == (
        True,
        True,
        "record.doctor == actor.id || record.ward != null",
    )
    assert told.need is not None
    assert ("surgery", "medicine", "W") in told.need.cells
    assert re.search(r'"patient"\."doctor"\)? = ', told.sql)  # SQLite is told to leave an index alone
    assert clinic.ids["dora"] in told.parameters
    assert not told.ways


def test_refused_by_a_condition(clinic: Clinic) -> None:
    """A record that no condition holds for says which would have to, and which role sees it."""
    told = clinic.why("dora", "patient", "lost")
    assert (told.allowed, told.because) == (False, "no grant holds for this record")
    texts = [way.text for way in told.ways]
    assert (
        texts[0]
        == "that the record meets the condition of this grant: record.doctor == actor.id || record.ward != null"
    )
    assert [w.role for w in told.ways if w.role] == ["auditor", "clerk", "admin"]


def test_refused_by_the_matrix(clinic: Clinic) -> None:
    """A field whose class is closed names the cell that would open it, the exception, and roles that have it."""
    told = clinic.why("carl", "patient", "mine", field="diagnosis")
    assert not told.allowed
    assert told.because == "its class 'medical' is not opened to clerk by the needs matrix, nor by a grant"
    texts = [way.text for way in told.ways]
    assert "the cell R for office in the row medical of the needs matrix" in texts
    assert "an exception: a grant to clerk for patient with fields: [diagnosis]" in texts
    assert {w.role for w in told.ways if w.role} == {"auditor", "admin"}
    assert told.need is not None
    assert ("office", "office", "-") in told.need.cells


def test_refused_by_a_deny(clinic: Clinic) -> None:
    """A deny that beats a grant is named."""
    told = clinic.why("carl", "patient", "warded")
    assert not told.allowed
    assert told.because.startswith("closed by deny to clerk (")
    assert told.because.endswith(f"/access/clinic.yaml:{line_of('deny: true')})")
    assert told.ways[0].text == "that the deny does not apply: record.sealed"
    assert clinic.why("carl", "patient", "mine").allowed


def test_refused_without_a_grant(clinic: Clinic) -> None:
    """Nothing said is closed: the grant that is missing is written out."""
    told = clinic.why("nob", "patient")
    assert (told.allowed, told.because) == (False, "no grant opens 'read' on patient to one of the roles none")
    assert "a grant in the metadata: {role: everyone, entity: patient, verbs: [read]}" in [w.text for w in told.ways]
    assert told.sql == ""
    assert clinic.why("nob", "ward").allowed


def test_other_verbs(clinic: Clinic) -> None:
    """Verbs that change are explained by their own grants and rows; a transition by those who may make it too."""
    update = clinic.why("dora", "patient", "warded", verb="update")
    assert (update.allowed, update.rows) == (False, "record.doctor == actor.id")
    assert clinic.why("dora", "patient", "mine", verb="update").allowed
    assert clinic.why("dora", "patient", verb="create").allowed
    assert not clinic.why("dora", "patient", verb="delete").allowed
    assert clinic.why("carl", "bill", "bill", verb="pay").allowed
    refused = clinic.why("dora", "bill", "bill", verb="pay")
    assert (refused.allowed, refused.because) == (False, "the transition 'pay' is for clerk")


def test_child_rows_follow_their_record(clinic: Clinic) -> None:
    """Rows of a table are open where the record is, and the field that holds them."""
    assert clinic.why("dora", "patient_visits", field="text").allowed
    assert not clinic.why("carl", "patient_visits").allowed


def test_it_agrees_with_what_is_read(clinic: Clinic) -> None:
    """For every user and patient the explanation says what a read really gives."""
    for user in ("dora", "carl", "aud", "nob"):
        for name in ("mine", "warded", "lost"):
            with clinic.runtime.work(SYSTEM, "cli") as work:
                work.actor = accounts.actor_by_id(work, clinic.ids[user])
                try:
                    row = records.read_record(work, "patient", clinic.ids[name])
                except NotFound:
                    row = None
            told = clinic.why(user, "patient", name)
            assert told.allowed == (row is not None), (user, name)


def test_faults(clinic: Clinic) -> None:
    """What does not exist is said with what was meant; nobody but administrators asks."""
    with pytest.raises(NotFound, match="no active user"):
        clinic.why("nobody", "patient")
    with pytest.raises(NotFound, match="patent"):
        clinic.why("dora", "patent")
    with pytest.raises(BadRequest, match="diagnose"):
        clinic.why("dora", "patient", field="diagnose")
    with pytest.raises(BadRequest, match="reed"):
        clinic.why("dora", "patient", verb="reed")
    with pytest.raises(NotFound):
        clinic.why("dora", "patient", clinic.ids["ward"])
    with clinic.runtime.work(SYSTEM, "web") as work:
        work.actor = accounts.actor_by_id(work, clinic.ids["dora"])
        with pytest.raises(Refused):
            explain_access(work, clinic.ids["carl"], "patient")
        work.actor = replace(work.actor, roles=frozenset({"admin"}), scopes=("read",))
        with pytest.raises(Refused):
            explain_access(work, clinic.ids["carl"], "patient")


def changed(clinic: Clinic, old: str, new: str) -> None:
    """Other metadata, in force."""
    text = clinic.access_file.read_text("utf-8")
    assert old in text
    clinic.access_file.write_text(text.replace(old, new), "utf-8")
    catalog = compile_organisation(clinic.runtime.settings, clinic.runtime.host)
    said = [str(s).partition("  (")[0] for s in changed_rights(clinic.runtime.database, catalog)]
    clinic.runtime.catalog = catalog
    keep_rights(clinic.runtime)
    with clinic.runtime.work(SYSTEM, "cli") as work:
        (event, *_) = storage.page(work.tx, Wanted(kinds=("grant_changed",)), 1)
    assert [str(s).partition("  (")[0] for s in event.detail["who"]] == said
    clinic.said = said  # type: ignore[attr-defined]  # for the test that asks


def test_rights_in_force_are_kept_and_their_changes_told(clinic: Clinic) -> None:
    """The database knows the rights in force; metadata that change them say who gains and loses, once."""
    found = rights_in_force(clinic.runtime.database)
    assert found is not None
    assert found.cells["doctor", "patient", "read"].classes == ("medical", "plain")
    changed(
        clinic,
        "{role: clerk, entity: bill, verbs: [read, create, update]}",
        "{role: clerk, entity: bill, verbs: [read, update]}",
    )
    assert clinic.said == ["clerk loses create bill: rows all; amount, number, patient, state"]  # type: ignore[attr-defined]
    with clinic.runtime.work(SYSTEM, "cli") as work:
        before = len(storage.page(work.tx, Wanted(kinds=("grant_changed",)), 99))
    keep_rights(clinic.runtime)
    with clinic.runtime.work(SYSTEM, "cli") as work:
        assert len(storage.page(work.tx, Wanted(kinds=("grant_changed",)), 99)) == before
    assert access_diff(found, found) == []


def test_states(clinic: Clinic, tmp_path: Path) -> None:
    """A state is what is in force, the files, a folder of metadata or of an organisation; else it is said what one may be."""
    runtime = clinic.runtime

    def shifts(before: str, after: str) -> list[str]:
        maps = [map_of_state(runtime.settings, runtime.host, s, runtime.database) for s in (before, after)]
        return [f"{s.who} {s.kind} {s.verb} {s.entity}" for s in access_diff(*maps)]

    assert shifts("force", "files") == []
    other = tmp_path / "other"
    shutil.copytree(runtime.settings.root, other)
    text = ACCESS.replace("fields: [name, diagnosis]", "fields: [name]")
    (other / "metadata" / "access" / "clinic.yaml").write_text(text, "utf-8")
    assert shifts("files", str(other / "metadata")) == ["auditor loses read patient"]
    assert shifts(str(other), "force") == ["auditor gains read patient"]
    for wrong in ("no-such-thing", "--upload-pack=x"):
        with pytest.raises(BadRequest, match="folder"):
            shifts(wrong, "files")
