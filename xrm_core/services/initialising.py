"""Making a new organisation's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import available_timezones

from ..compiler.editors import FOLDERS
from ..errors import BadRequest
from ..fields.standards import currencies, languages

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
---
# Classes of data: a field names one with `class:`, and the needs matrix (`needs:`) says which department sees it.
classes:
  general: {label: {en: General, de: Allgemeines}}
needs:
  general: {management: W}
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
  title: {type: text, required: true, max: 120, class: general}
  noted_on: {type: date, default: today, class: general}
  text: {type: long_text, class: general}
search: [title]
"""


def init_organisation(
    folder: Path, name: str, language: str = "en", zone: str = "UTC", currency: str = "EUR",
    email: str = "admin@example.org",
) -> list[Path]:  # fmt: skip
    """Write the folder of a new organisation; the files written. `email`: of the first administrator, only looked at here.

    Raises BadRequest, before anything is written, where the folder has something in it or a value is not known.
    """
    if folder.exists() and not folder.is_dir():
        raise BadRequest(f"{folder} is a file", code="not_empty", hint="name a new folder")
    if folder.exists() and any(folder.iterdir()):
        raise BadRequest(f"{folder} is not empty", code="not_empty", hint="name a new folder")
    if not name.strip() or re.search(r'["\\\x00-\x1f]', name):
        raise BadRequest(
            f"{name!r} is no name for an organisation: it may not be blank or hold double quotes, backslashes or line ends",
            code="bad_name",
            hint="give another with --name",
        )
    _refuse_unknown("language", language, languages(), "en")
    _refuse_unknown("currency", currency, currencies(), "EUR")
    _refuse_unknown("time zone", zone, dict.fromkeys(available_timezones()), "Europe/Vienna")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise BadRequest(f"{email!r} is no e-mail address", code="bad_email", hint="write it as name@example.org")
    files = {
        "xrm.toml": SETTINGS.format(name=name, language=language, zone=zone, currency=currency),
        "metadata/access/people.yaml": ROLES,
        "metadata/entities/note.yaml": ENTITY,
        ".gitignore": "xrm.sqlite3*\nfiles/\nmail/\n.xrm/\n.xrm-key\n",
        ".vscode/settings.json": EDITOR
        % ",\n".join(f'    "./.schemas/{one}.schema.json": "metadata/{one}/*.yaml"' for one in FOLDERS),
    }
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    (folder / "plugins").mkdir(exist_ok=True)
    return [folder / path for path in files]


def _refuse_unknown(what: str, value: str, known: Mapping[str, object], example: str) -> None:
    if value not in known:
        near = get_close_matches(value, known, 1) or get_close_matches(value.upper(), known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"write one like {example}"
        raise BadRequest(f"{value!r} is no {what} that is known", code="unknown_value", hint=hint)
