"""What keeps the house, on the start page of those who look after it: jobs that failed, imports that stopped, people who may do
nothing. Each line leads to where it is mended; where all is in order, it says so."""

from __future__ import annotations

from urllib.parse import urlencode

from ..language import _, ngettext
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services.importing import imports
from ..services.lists import list_records
from ..services.sight import is_open
from ..services.work import Work
from ..storage import outbox
from .addresses import entity_url
from .models import Pill
from .models.desk import HouseLine
from .offered import imports_any

WITHOUT = (
    "record.status == 'active' && (record.roles == null || size(record.roles) == 0) && size(record.memberships) == 0"
)
"""People who can sign in, and have no role for good or for a time."""
LOOKED_AT = 30
"""Imports, the newest, among which those that stopped are looked for."""


def house(work: Work) -> tuple[HouseLine, ...]:
    """The lines for the reader; none for those who look after nothing."""
    if not work.access.is_unlimited:
        return ()
    return (_jobs(work), *_imports(work), *_people(work))


def _jobs(work: Work) -> HouseLine:
    counts = outbox.stats(work.tx).states
    dead, waiting = counts.get("dead", 0), counts.get("waiting", 0)
    if dead:
        pill = Pill(label=ngettext("{n} failed", "{n} failed", dead), tone="bad")
        return HouseLine(label=_("Jobs"), href="/jobs?state=dead", icon="list-checks", pill=pill)
    text = ngettext("{n} waits", "{n} wait", waiting) if waiting else _("None failed")
    return HouseLine(label=_("Jobs"), href="/jobs", icon="list-checks", text=text)


def _imports(work: Work) -> tuple[HouseLine, ...]:
    if not imports_any(work):
        return ()
    stopped = sum(1 for one in imports.imports_of(work, LOOKED_AT) if one["state"] == "failed")
    if stopped:
        pill = Pill(label=ngettext("{n} stopped", "{n} stopped", stopped), tone="bad")
        return (HouseLine(label=_("Imports"), href="/import", icon="file-up", pill=pill),)
    return (HouseLine(label=_("Imports"), href="/import", icon="file-up", text=_("None stopped")),)


def _people(work: Work) -> tuple[HouseLine, ...]:
    if not is_open(work, "user"):
        return ()
    label, base = say(work.entity("user").plural, work.language), entity_url("user")
    without = _count(work, WITHOUT)
    if without:
        pill = Pill(label=ngettext("{n} without a role", "{n} without a role", without), tone="warn")
        return (HouseLine(label=label, href=f"{base}?{urlencode({'filter': WITHOUT})}", icon="users", pill=pill),)
    active = _count(work, "record.status == 'active'")
    return (HouseLine(label=label, href=base, icon="users", text=ngettext("{n} active", "{n} active", active)),)


def _count(work: Work, filter: str) -> int:
    return list_records(work, Query("user", ("id",), filter, limit=1, count="capped")).count or 0
