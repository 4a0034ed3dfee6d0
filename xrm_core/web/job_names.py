"""What work in the background is called: by the labels of plugins and the platform's own words, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import N_, _
from ..metamodel.text import called, humanise, say
from ..services import errands, schedules
from ..services.work import Work

KINDS = {
    "after_commit": N_("What follows a save"),
    "import_check": N_("Check of an import"),
    "import_run": N_("Import"),
    "import_undo": N_("Undo of an import"),
    "export": N_("Export"),
    "export_shown": N_("Export"),
    "several": N_("Change of several records"),
    "several_undo": N_("Undo of a change of several records"),
    "schedule": N_("Work that comes again"),
    "sweep": N_("Clearing up"),
    "sign_in_mail": N_("Letter about signing in"),
    "errand": N_("Errand"),
}
"""What the platform's own kinds of jobs are called."""


def job_name(work: Work, kind: str, payload: Mapping[str, Any]) -> str:
    """The name of a job: of a schedule or an errand what its plugin calls it, of other work what it is, and of which records."""
    name = str(payload.get("name", ""))
    label = _of_plugin(work, kind, name)
    if label:
        return label
    told = _(KINDS[kind]) if kind in KINDS else humanise(kind)
    entity = work.catalog.entities.get(str(payload.get("entity", "")))
    more = say(entity.label, work.language) if entity is not None else humanise(name)
    return _("{work}: {of}", work=told, of=more) if more else told


def _of_plugin(work: Work, kind: str, name: str) -> str:
    """The label that a plugin gave its schedule or errand; '' where it gave none, or is not in use any more."""
    if kind == schedules.KIND and name in work.host.schedules:
        return called(work.host.schedules[name].label)
    if kind == errands.KIND and name in work.host.errands:
        return called(work.host.errands[name].label)
    return ""
