"""The many records that a bench looks at: each copy stands beside copies of what stood beside its original."""

from __future__ import annotations

from pathlib import Path

from tests.contracts.test_samples import organisation
from xrm_core.cli.benching.multiply import multiply
from xrm_core.services.organisation import start_organisation
from xrm_core.storage import records

METADATA = """
entity: matter
fields:
  title: {type: text, required: true}
  verdict: {type: link, to: verdict}
  said: {type: text}
rules:
  - check: "record.verdict.kind == record.said && record.verdict.matter == record.id"
    when: "record.verdict != null"
    in_database: true
    message: The verdict is about this matter and of the kind it says.
---
entity: verdict
fields:
  matter: {type: link, to: matter, required: true}
  kind: {type: text, required: true}
"""


def test_copies_point_to_copies(tmp_path: Path, database_url: str) -> None:
    """Also to what is copied after them, so that they keep the rules of the database; nothing points to the original."""
    runtime = start_organisation(organisation(tmp_path, database_url, METADATA))
    with runtime.database.write() as tx:
        first, second = records.insert(tx, runtime.catalog, "matter", [{"title": "First"}, {"title": "Second"}])
        (told,) = records.insert(tx, runtime.catalog, "verdict", [{"matter": first, "kind": "granted"}])
        records.update(tx, runtime.catalog, "matter", first, None, {"verdict": told, "said": "granted"})
    assert multiply(runtime, "matter", 24, lambda done, of: None) == {"matter": 24, "verdict": 12}
    with runtime.database.read() as tx:
        own = tx.ask(
            "SELECT count(*) FROM matter m JOIN verdict v ON v.id = m.verdict AND v.matter = m.id AND v.kind = m.said"
        )
        others = tx.ask("SELECT count(*) FROM matter WHERE verdict IS NULL AND title LIKE 'Second%'")
        of_the_first = tx.ask("SELECT count(*) FROM matter WHERE verdict = ?", (told,))
    assert (own[0][0], others[0][0], of_the_first[0][0]) == (12, 12, 1)
    assert second
    runtime.database.dispose()
    again = start_organisation(tmp_path)  # the rule is there, and what stands in the tables keeps it
    again.database.dispose()
