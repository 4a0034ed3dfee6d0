"""Mistakes in mappings are told when metadata is checked, not when somebody imports."""

from __future__ import annotations

from pathlib import Path

from xrm_core.compiler import inspect
from xrm_core.services.organisation import metadata_roots, open_host
from xrm_core.services.settings import load_settings

MAPPING = """\
import: wrong
files:
  - file: a.csv
    when: {column: Name, matches: "["}
    targets:
      - entity: user
        target: one
        key: [email]
        fields:
          email: {column: Mail, extract: "(("}
          name: {first: [{target: nowhere}, {column: Name, whole: "*"}]}
"""


def test_targets_and_patterns_are_looked_at(tmp_path: Path) -> None:
    """A target that the file does not have and texts that are no regular expressions: each with file, line and key."""
    (tmp_path / "metadata/imports").mkdir(parents=True)
    (tmp_path / "metadata/imports/wrong.yaml").write_text(MAPPING)
    (tmp_path / "xrm.toml").write_text('[organisation]\nname = "Small"\n[plugins]\nuse = []\n')
    settings = load_settings(tmp_path)
    host = open_host(settings)
    report = inspect(metadata_roots(settings, host), host.field_types, settings.facts(), host.functions, host.actions)
    found = [(p.where.line, p.where.key, p.code) for p in report.problems if p.where is not None]
    assert found == [
        (4, "files[0].when.matches", "pattern"),
        (10, "files[0].targets[0].fields.email.extract", "pattern"),
        (11, "files[0].targets[0].fields.name.first[0].target", "unknown_target"),
        (11, "files[0].targets[0].fields.name.first[1].whole", "pattern"),
    ]
