"""Sample records of the metadata: made through the path of every record, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.organisation import start_organisation
from xrm_core.services.proving import proving_ground
from xrm_core.services.sampling import make_sample

ROOT = Path(__file__).resolve().parents[2]
METADATA = """
entity: club
fields:
  name: {type: text, required: true}
  number: {type: text, unique: true}
  head: {type: link, to: club}
  since: {type: date}
  seats: {type: child_table, fields: {of: {type: link, to: club}, label: {type: text}}}
---
sample: small
entity: club
records:
  one: {name: One, head: {sample: large.two}, since: "=addDays(today(), -3)", seats: [{of: {sample: large.two}, label: A}]}
  key: {name: By key, head: {number: N2}}
---
sample: large
entity: club
records:
  two: {name: Two, number: N2}
"""


def organisation(folder: Path, url: str, metadata: str) -> Path:
    """A small organisation with this metadata."""
    (folder / "metadata/entities").mkdir(parents=True)
    (folder / "metadata/entities/club.yaml").write_text(metadata)
    (folder / "xrm.toml").write_text(
        f'[organisation]\nname = "Small"\n[plugins]\nuse = []\n[database]\nurl = "{url}"\n'
    )
    return folder


def test_samples_name_one_another(tmp_path: Path, database_url: str) -> None:
    """Links to other sample records and by key, rows of child tables, and dates counted from today."""
    runtime = start_organisation(organisation(tmp_path, database_url, METADATA))
    counts = make_sample(runtime, ())
    assert counts["club"] == 3
    with runtime.work(SYSTEM, "cli") as work:
        clubs = {r["name"]: r for r in work.reader.find("club", "true")}
        assert clubs["One"]["head"] == clubs["By key"]["head"] == clubs["Two"]["id"]
        assert (work.today - clubs["One"]["since"]).days == 3
        (seat,) = work.reader.children("club", "seats", clubs["One"]["id"])
        assert (seat["of"], seat["label"]) == (clubs["Two"]["id"], "A")
    runtime.database.dispose()


def test_a_small_sample_is_whole() -> None:
    """The sample of all plugins and of the metadata can be made however small: every entity that a large one fills has records."""
    with proving_ground(ROOT, scale=0.01) as runtime, runtime.work(SYSTEM, "cli") as work:
        for entity in ("party", "customer", "order", "donor", "donation", "supplier", "contract", "request"):
            assert work.reader.find(entity, "true", limit=1), entity
        told = "a score of health says by which version of the formula it came about"
        assert all(row["model"] for row in work.reader.find("health_reading", "true", limit=500)), told


def test_a_wrong_sample_makes_nothing(tmp_path: Path, database_url: str) -> None:
    """A record that the checks refuse is named with its values, and no sample record is left."""
    wrong = METADATA.replace("name: By key", "name: ''")
    runtime = start_organisation(organisation(tmp_path, database_url, wrong))
    with pytest.raises(InvalidRecord, match="sample row 1 of club"):
        make_sample(runtime, ())
    with runtime.work(SYSTEM, "cli") as work:
        assert not work.reader.find("club", "true")
    runtime.database.dispose()
