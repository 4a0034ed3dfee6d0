"""The first step of an import: which files, which mapping; and what imports are called, also those that ran before."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch
from typing import Any

from ..metamodel.text import as_text, humanise, say
from ..services import imports as importing
from ..services.work import Work
from .asked import Asked, Shown
from .cells import figure, moment
from .models import FormError, FormField, ImportMapping, ImportPage, JobRow, Option, Pill
from .offered import mappings_of, may_import

STATES = {
    "ready": ("Ready", "info"), "running": ("Running", "accent"), "done": ("Done", "ok"), "failed": ("Stopped", "bad"),
    "cancelling": ("Stopping", "warn"), "cancelled": ("Cancelled", "warn"), "undoing": ("Being undone", "warn"), "undone": ("Undone", "neutral"),
}  # fmt: skip
STATUSES = (
    ("created", "New", "ok"),
    ("updated", "Changed", "info"),
    ("unchanged", "Unchanged", "neutral"),
    ("refused", "Refused", "bad"),
    ("left_out", "Left out", "neutral"),
)
ACCEPT = ".csv,.tsv,.txt,.xlsx,.xls,.ods,.json,.ndjson,.vcf,.dbf,.gz,.bz2"
BY_FIELDS = "_fields"
"""What is sent instead of a mapping's name: the columns are called as the fields of an entity."""
MAX_NAMES = 4
"""How many names of files are shown of a mapping that knows more."""


def choose(work: Work, asked: Asked, errors: tuple[FormError, ...] = ()) -> Shown:
    """GET /import."""
    chosen = asked.posted("mapping") or asked.get("mapping")
    mappings = []
    for name in sorted(mappings_of(work), key=lambda name: label_of(work, name).casefold()):
        found, label = work.catalog.imports[name], label_of(work, name)
        names = [p for f in found.files for p in f.patterns]
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES + 1 else ""
        patterns = ", ".join(names[:MAX_NAMES] if more else names) + more
        text = say(as_text(getattr(found, "description", None), ""), work.language)
        mappings.append(ImportMapping(name=name, label=label, text=text, files=patterns, selected=name == chosen))
    file = FormField(
        name="file",
        label="Files",
        widget="file",
        accept=ACCEPT,
        hint="One file, or all files of a set at once. Nothing is written before you have seen the check.",
    )
    known = {name: say(work.entity(name).plural, work.language) for name in entities_of(work)}
    picked = asked.posted("entity") or asked.get("entity")
    entity = FormField(
        name="entity",
        label="Records of",
        widget="select",
        errors=tuple(e.text for e in errors if e.field == "entity"),
        options=(
            Option(value="", label="—", selected=picked not in known),
            *(Option(value=n, label=label, selected=n == picked) for n, label in sorted(known.items(), key=lambda p: p[1].casefold())),
        ),
    )  # fmt: skip
    recent = tuple(_recent(work, one) for one in importing.imports_of(work, 10))
    page = ImportPage(
        title="Import",
        step="choose",
        action="/import",
        mappings=tuple(mappings),
        file_field=file,
        entity_field=entity if known else None,
        by_fields=chosen == BY_FIELDS or bool(asked.get("entity")),
        errors=errors,
        recent=recent,
    )
    return Shown("import.html", page, "Import", 422 if errors else 200)


def entities_of(work: Work) -> tuple[str, ...]:
    """The entities that a table without a mapping can be brought into: the reader may, and a key tells their records apart."""
    return tuple(
        e.name
        for e in work.catalog.entities.values()
        if e.parent is None
        and not e.retired
        and (any(key.when is None for key in e.keys) or any(f.unique for f in e.fields.values()))
        and may_import(work, e.name)
    )


def label_of(work: Work, mapping: str) -> str:
    """What a mapping is called."""
    found = work.catalog.imports.get(mapping)
    if found is None and mapping in work.catalog.entities:
        return say(work.entity(mapping).plural, work.language)
    return say(as_text(getattr(found, "label", None), humanise(mapping)), work.language)


def guess(work: Work, names: Sequence[str]) -> list[str]:
    """The mappings that know all these files by their names."""

    def knows(mapping: Any, name: str) -> bool:
        return any(fnmatch(name.casefold(), p.casefold()) for f in mapping.files for p in f.patterns)

    found = ((name, work.catalog.imports[name]) for name in mappings_of(work))
    return [mapping for mapping, of in found if names and all(knows(of, name) for name in names)]


def _recent(work: Work, one: dict[str, Any]) -> JobRow:
    label, tone = STATES.get(one["state"], (one["state"], "neutral"))
    counts = (one["counts"] or {}).get("counts", {})
    text = ", ".join(f"{figure(work, counts[k])} {name.lower()}" for k, name, _ in STATUSES if counts.get(k))
    return JobRow(
        id=one["id"],
        title=f"{label_of(work, one['mapping'])}: {one['source']}"[:120],
        state=Pill(label=label, tone=tone),
        when=moment(work, one["created_at"]).text,
        text=text,
        href=f"/import/{one['id']}",
        error=one["error"] or "",
    )
