"""The way into an import: files, what they become, mappings kept for next time; and what imports are called, those before too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from ..errors import XrmError
from ..language import N_, _, ngettext
from ..metamodel.text import as_text, humanise, say
from ..services import importjobs
from ..services import imports as importing
from ..services.importing import kept
from ..services.importing.drafts import Part, Plan, origin_of
from ..services.importing.preview import look
from ..services.importing.sources import matches
from ..services.runtime import Runtime
from ..services.work import Work
from .asked import Asked, Go, Shown, Upload
from .cells import capital, figure, moment
from .models import Action, FormError, FormField, JobRow, Option, Pill
from .models.importing import ImportStartPage, KeptMapping
from .offered import mappings_of, may_import

STATES = {
    "draft": (N_("Begun"), "info"), "ready": (N_("Ready"), "info"), "running": (N_("Running"), "accent"), "done": (N_("Done"), "ok"),
    "failed": (N_("Stopped"), "bad"), "cancelling": (N_("Stopping"), "warn"), "cancelled": (N_("Cancelled"), "warn"),
    "undoing": (N_("Being undone"), "warn"), "undone": (N_("Undone"), "neutral"),
}  # fmt: skip
STATUSES = (
    ("created", N_("New"), "ok"),
    ("updated", N_("Changed"), "info"),
    ("unchanged", N_("Unchanged"), "neutral"),
    ("refused", N_("Refused"), "bad"),
    ("left_out", N_("Left out"), "neutral"),
)
ACCEPT = ".csv,.tsv,.txt,.xlsx,.xls,.ods,.json,.ndjson,.vcf,.ics,.dbf,.gz,.bz2"
MAX_PARTS = 30
LEAST = 5
"""So many columns have to be known by a mapping that takes every file of a kind."""
EVERY = ("*", "*.csv", "*.json", "*.ndjson", "*.xlsx", "*.txt")
"""Patterns that say nothing of what is in a file."""


def choose(work: Work, asked: Asked, errors: tuple[FormError, ...] = ()) -> Shown:
    """GET /import."""
    file = FormField(name="file", label=_("Files"), widget="file", accept=ACCEPT, errors=_of("file", errors))
    chosen = asked.posted("of") or asked.get("of")
    page = ImportStartPage(
        title=_("Import"),
        action="/import",
        file_field=file,
        of=of_field(work, chosen, [], errors, empty=_("Find out by the columns")),
        errors=errors,
        kept=tuple(_kept(one, work) for one in kept.every(work)),
        recent=tuple(_recent(work, one) for one in importing.imports_of(work, 12)),
    )
    return Shown("import.html", page, _("Import"), 422 if errors else 200)


def _of(name: str, errors: Sequence[FormError]) -> tuple[str, ...]:
    return tuple(e.text for e in errors if e.field == name)


def of_field(
    work: Work, chosen: str, first: Sequence[str], errors: tuple[FormError, ...] = (), *, empty: str = "", columns: Sequence[str] = ()
) -> FormField:  # fmt: skip
    """What the rows become: records of an entity, or what a mapping says that is declared or was kept. `first` fit best."""
    known = {f"e:{n}": say(work.entity(n).plural, work.language) for n in entities_of(work)}
    maps = {f"m:{n}": label_of(work, n) for n in mappings_of(work)}
    stored = {f"k:{one.id}": one.label for one in (kept.fitting(work, columns) if columns else kept.every(work))}
    every = {**known, **maps, **stored}
    groups = ((_("Kept mappings"), stored), (_("Declared mappings"), maps), (_("Records of"), known))
    best = [name for name in first if name in every]
    options = [Option(value="", label=empty, selected=not chosen)] if empty else []
    options += [Option(value=n, label=every[n], selected=n == chosen, group=_("Fits best")) for n in best]
    options += [
        Option(value=n, label=label, selected=n == chosen and n not in best, group=group)
        for group, found in groups
        for n, label in sorted(found.items(), key=lambda pair: pair[1].casefold())
        if n not in best
    ]
    return FormField(
        name="of",
        label=_("What each row is"),
        widget="select",
        value=chosen,
        options=tuple(options),
        errors=_of("of", errors),
    )


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


def guess(work: Work, names: Sequence[str], columns: Sequence[str] = ()) -> list[str]:
    """The declared mappings that know all these files by their names; of those that take every table of a kind (`*.json`) only
    such as know most of the columns."""

    def knows(mapping: Any, name: str) -> bool:
        found = [
            f for f in mapping.files for p in f.patterns if matches(name, p)
            and (p.casefold() not in EVERY or _takes(f, columns))
        ]  # fmt: skip
        return bool(found)

    found = ((name, work.catalog.imports[name]) for name in mappings_of(work))
    return [mapping for mapping, of in found if names and all(knows(of, name) for name in names)]


def _takes(file: Any, columns: Sequence[str]) -> bool:
    """Does a file of a mapping speak of most of these columns (of nested data: of the first parts of their paths)?"""
    heads = {re.split(r"[.\[]", column)[0] for column in columns}
    named = set(re.findall(r"[\"{]([A-Za-z_][\w ]*)", file.model_dump_json(by_alias=True, exclude_unset=True)))
    return len(heads & named) >= LEAST and 2 * len(heads & named) > len(heads)


class Uploads:
    """The handler that takes files: it needs the runtime, since the import is noted in a transaction of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def __call__(self, work: Work, asked: Asked) -> Shown | Go:
        """POST /import: keep the files, look at each, note the import."""
        files = [(v.name, v.body) for k, v in asked.form if k == "file" and isinstance(v, Upload) and v.name]
        errors = []
        if not files:
            errors.append(FormError(text=_("Choose at least one file"), field="file"))
        if len(files) > MAX_PARTS:
            errors.append(FormError(text=_("At most {n} files come in one import", n=MAX_PARTS), field="file"))
        if errors:
            return choose(work, asked, tuple(errors))
        sources = importjobs.keep_uploads(work, files)
        plan = Plan([Part(name=s.name, path=str(s.path)) for s in sources], origin=origin_of(sources[0].name))
        try:
            for part in plan.parts:
                seen = look(part.source)
                part.headings, part.format, part.nested = list(seen.columns), seen.format, seen.nested
        except XrmError as fault:
            if fault.status not in (404, 409, 422):
                raise
            importjobs.drop_uploads(work, sources)
            text = capital(fault.message) + (f" ({fault.hint})" if fault.hint else "")
            return choose(work, asked, (FormError(text=text, field="file"),))
        with self.runtime.work(work.actor, "web", write=True) as writing:
            id = importjobs.begin_draft(writing, sources, msgspec.to_builtins(plan))
        chosen = asked.posted("of")
        return Go(f"/import/{id}/file" + (f"?of={chosen}" if chosen else ""))


def _kept(one: kept.Kept, work: Work) -> KeptMapping:
    entity = say(work.entity(one.entity).plural, work.language)
    count = len(one.columns)
    told = ngettext("{n} column", "{n} columns", count)
    who = _("for everybody") if one.shared else _("for you alone")
    forget = Action(
        label=_("Forget"), href=f"/import/mappings/{one.id}/forget", method="post", icon="trash-2", style="ghost",
        confirm=_("Forget the mapping {name}?", name=one.label),
    ) if one.mine or "admin" in work.actor.roles else None  # fmt: skip
    return KeptMapping(id=one.id, label=one.label, text=f"{entity} · {told} · {who}", forget=forget)


def forget(work: Work, asked: Asked) -> Go:
    """POST /import/mappings/{id}/forget."""
    kept.forget(work, str(asked.path["id"]))
    return Go("/import", _("The mapping is forgotten"))


def _recent(work: Work, one: dict[str, Any]) -> JobRow:
    label, tone = STATES.get(one["state"], (one["state"], "neutral"))
    counts = (one["counts"] or {}).get("counts", {})
    text = ", ".join(f"{figure(work, counts[k])} {_(name).lower()}" for k, name, _tone in STATUSES if counts.get(k))
    title = f"{label_of(work, one['mapping'])}: {one['source']}" if one["mapping"] else str(one["source"])
    return JobRow(
        id=one["id"],
        title=title[:120],
        state=Pill(label=_(label), tone=tone),
        when=moment(work, one["created_at"]).text,
        text=text,
        href=f"/import/{one['id']}",
        error=one["error"] or "",
    )
