"""A small organisation of its own: clubs and people with child rows, ties and a lifecycle; no plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xrm_core.metamodel.imports import ImportDef
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import imports
from xrm_core.services.imports import Source, Tally
from xrm_core.services.lists import list_records
from xrm_core.services.organisation import bring_up, open_organisation
from xrm_core.services.runtime import Runtime

METADATA = """
entity: club
label: Club
title: "{name}"
fields:
  source: {type: text, max: 40}
  source_key: {type: text, max: 120}
  name: {type: text, required: true, max: 80}
  founded_on: {type: date}
  fee: {type: decimal, scale: 2, min: 0}
  open: {type: boolean, default: true}
  tags: {type: tags}
  rooms:
    type: child_table
    fields:
      label: {type: text, required: true, max: 20}
      seats: {type: integer, min: 1}
  members: {type: many_to_many, to: person, fields: {role: {type: text, max: 40}}}
keys: [[source, source_key]]
search: [name]
---
entity: person
label: Person
title: "{name}"
fields:
  source: {type: text, max: 40}
  source_key: {type: text, max: 120}
  name: {type: text, required: true, max: 80}
  email: {type: text, unique: true}
  leader: {type: link, to: person}
  club: {type: link, to: club}
  since: {type: date}
keys: [[source, source_key]]
---
entity: tie
label: Tie
fields:
  one: {type: link, to: person, required: true}
  other: {type: link, to: person, required: true}
  note: {type: text}
keys: [[one, other]]
"""


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The organisation over an empty database, once of each kind."""
    root = tmp_path / "organisation"
    (root / "metadata" / "entities").mkdir(parents=True)
    (root / "metadata" / "entities" / "all.yaml").write_text(METADATA)
    (root / "xrm.toml").write_text(
        f'[organisation]\nname = "Small"\ncurrency = "EUR"\n[database]\nurl = "{database_url}"\n[plugins]\nuse = []\n'
    )
    made = open_organisation(root)
    bring_up(made)
    yield made
    made.database.dispose()


class Desk:
    """Writes files and imports them."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self.runtime, self.folder = runtime, folder

    def file(self, name: str, text: str | bytes) -> Source:
        """A file to import."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Source(path, name)

    def mapping(self, *files: dict[str, Any], **more: Any) -> ImportDef:
        """A mapping named `test`."""
        return ImportDef.model_validate({"import": "test", "files": list(files), **more})

    def bring(self, mapping: ImportDef, *sources: Source, **more: Any) -> Tally:
        """Import the files."""
        return imports.import_files(self.runtime, SYSTEM, mapping, sources, **more)

    def all(self, entity: str, *columns: str, deleted: str = "no") -> list[tuple[Any, ...]]:
        """Values of all records, in the order they were made."""
        with self.runtime.work(SYSTEM, "test") as work:
            rows = list_records(work, Query(entity, columns, sort=("id",), limit=5000, deleted=deleted)).rows  # type: ignore[arg-type]
        return [tuple(row[c] for c in columns) for row in rows]


@pytest.fixture
def desk(runtime: Runtime, tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    folder = tmp_path / "files"
    folder.mkdir()
    return Desk(runtime, folder)
