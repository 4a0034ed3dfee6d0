"""Making a new organisation's folder."""

from __future__ import annotations

import re
from pathlib import Path

from ..compiler.editors import FOLDERS
from ..errors import BadRequest

SETTINGS = """\
# Settings of {name}. Every key is explained in docs/settings.md.
[organisation]
name = "{name}"
language = "{language}"
languages = ["{language}"]
time_zone = "{zone}"
currency = "{currency}"

[database]
# A file beside this one; for growth: postgresql://user@host/name (or the environment variable XRM_DATABASE_URL).
url = "sqlite:///xrm.sqlite3"

[plugins]
# Without `use`, every installed plugin is in use.
folder = "plugins"

[server]
base_url = "http://127.0.0.1:8000"
hosts = ["127.0.0.1", "localhost"]
"""

EDITOR = """\
{
  "yaml.schemas": {
%s
  }
}
"""
"""Tells an editor with a YAML language server which schema belongs to which folder."""

ROLES = """\
# yaml-language-server: $schema=../../.schemas/access.schema.json
# Departments and roles of the organisation. Grants are added in files beside this one.
role: admin
label: {en: Administrator, de: Verwaltung}
---
department: management
label: {en: Management, de: Leitung}
"""

ENTITY = """\
# yaml-language-server: $schema=../../.schemas/entities.schema.json
# An entity of your own: change it, or delete the file. `xrm check` tells what is wrong, if anything.
entity: note
label: {en: Note, de: Notiz}
plural: {en: Notes, de: Notizen}
icon: sticky-note
title: "{title}"
fields:
  title: {type: text, required: true, max: 120}
  noted_on: {type: date, default: today}
  text: {type: long_text}
search: [title]
"""


def init_organisation(
    folder: Path, name: str, language: str = "en", zone: str = "UTC", currency: str = "EUR"
) -> list[Path]:
    """Write the folder of a new organisation; the files written. Raises BadRequest where the folder has something in it."""
    if folder.exists() and any(folder.iterdir()):
        raise BadRequest(f"{folder} is not empty", code="not_empty", hint="name a new folder")
    if not name.strip() or re.search(r'["\\\n]', name):
        raise BadRequest("the name has no quotes, backslashes or line ends", code="bad_name")
    files = {
        "xrm.toml": SETTINGS.format(name=name, language=language, zone=zone, currency=currency),
        "metadata/access/people.yaml": ROLES,
        "metadata/entities/note.yaml": ENTITY,
        ".gitignore": "xrm.sqlite3*\nfiles/\n.xrm/\n",
        ".vscode/settings.json": EDITOR
        % ",\n".join(f'    "./.schemas/{one}.schema.json": "metadata/{one}/*.yaml"' for one in FOLDERS),
    }
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    (folder / "plugins").mkdir(exist_ok=True)
    return [folder / path for path in files]
