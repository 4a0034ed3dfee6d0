"""The first step of an import: how a file is read, with a sample that follows, and what each of its rows is."""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import XrmError
from ..language import _, ngettext
from ..services import importjobs
from ..services.importing import drafts, guessing, kept
from ..services.importing.drafts import Part, Plan
from ..services.importing.preview import LOOKED_AT, Preview, look
from ..services.importing.slots import slots_of
from ..services.work import Work
from .asked import Asked, Go, Shown, whole_number
from .cells import capital
from .import_choice import entities_of, guess, of_field
from .import_wizard import Visit, error_of
from .models import FormError, FormField, Option
from .models.importing import ImportFilePage
from .offered import mappings_of

SAMPLE_ROWS, SAMPLE_COLUMNS, CELL = 8, 40, 80
ENCODINGS = (
    ("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "Latin-1"), ("cp1250", "Windows-1250"), ("cp1251", "Windows-1251"),
    ("cp1253", "Windows-1253"), ("cp1254", "Windows-1254"), ("cp1255", "Windows-1255"), ("cp1256", "Windows-1256"),
    ("utf-16", "UTF-16"), ("shift_jis", "Shift JIS"), ("gb18030", "GB 18030"), ("mac-roman", "Mac Roman"),
)  # fmt: skip


def show(work: Work, asked: Asked) -> Shown | Go:
    """GET /import/{id}/file."""
    visit = Visit(work, asked)
    if (away := visit.elsewhere("file", "mapping")) is not None or visit.plan is None:
        return away or Go(visit.href())
    number = visit.part(asked)
    return _page(visit, number, visit.plan.parts[number], asked.get("of"))


def save(work: Work, asked: Asked) -> Shown | Go:
    """POST /import/{id}/file: another reading of the file, or on to its columns."""
    visit = Visit(work, asked)
    if (away := visit.elsewhere("file", "mapping")) is not None or visit.plan is None:
        return away or Go(visit.href())
    number, plan = visit.part(asked), visit.plan
    part, chosen = plan.parts[number], asked.posted("of")
    before = part.hints
    part.encoding, part.delimiter = asked.posted("encoding"), _delimiter(asked.posted("delimiter"))
    part.sheet, lines = asked.posted("sheet"), asked.posted("skip_lines").strip()
    part.skip_lines = min(1000, whole_number(lines) or 0)
    if asked.has("_look"):
        return _page(visit, number, part, chosen)
    if not chosen:
        return _page(visit, number, part, chosen, (FormError(text=_("Choose what each row is"), field="of"),))
    try:
        seen = look(part.source, part.hints)
    except XrmError as fault:
        return _page(visit, number, part, chosen, (error_of(fault, "skip_lines" if part.skip_lines else "of"),))
    part.headings, part.format, part.nested = list(seen.columns), seen.format, seen.nested
    if not _choose(work, plan, part, seen, chosen, part.hints != before):
        return _page(visit, number, part, "", (FormError(text=_("Choose what each row is"), field="of"),))
    importjobs.keep_plan(work, visit.id, msgspec.to_builtins(plan))
    rest = [n for n, one in enumerate(plan.parts) if not one.entity] if not plan.mapping else []
    return Go(visit.href("file", part=rest[0]) if rest else visit.href("mapping"))


def _choose(work: Work, plan: Plan, part: Part, seen: Preview, chosen: str, anew: bool) -> bool:
    """Take what was chosen into the plan; False for what is not offered."""
    kind, _colon, name = chosen.partition(":")
    if kind == "m" and name in mappings_of(work):
        plan.mapping, plan.kept = name, ""
    elif kind == "k":
        found = kept.get(work, name)
        plan.mapping, plan.kept, plan.origin = "", name, found.plan.origin or plan.origin
        kept.apply(found, plan.parts)
        if not part.entity:
            drafts.begin(part, seen, work, found.entity)
    elif kind == "e" and name in entities_of(work):
        if plan.mapping or part.entity != name or anew or not part.columns:
            drafts.begin(part, seen, work, name)
        plan.mapping = plan.kept = ""
    else:
        return False
    return True


def _delimiter(text: str) -> str:
    return "\t" if text == "tab" else text[:1]


def _page(visit: Visit, number: int, part: Part, chosen: str, errors: tuple[FormError, ...] = ()) -> Shown:
    work, plan = visit.work, visit.plan
    assert plan is not None
    try:
        seen: Preview | None = look(part.source, part.hints)
    except XrmError as fault:
        seen, errors = None, (*errors, error_of(fault, "encoding" if fault.code == "encoding" else "skip_lines"))
    columns = seen.columns if seen is not None else ()
    if not chosen:
        chosen = (
            f"m:{plan.mapping}"
            if plan.mapping
            else f"k:{plan.kept}"
            if plan.kept
            else f"e:{part.entity}"
            if part.entity
            else ""
        )
    first = _first(work, plan, part, columns)
    chosen = chosen or (first[0] if first else "")
    page = ImportFilePage(
        wizard=visit.wizard("file", number, errors),
        action=visit.href("file", part=number or ""),
        reading=_reading(part, seen, errors),
        of=of_field(work, chosen, first, errors, empty="—" if not chosen else "", columns=columns),
        columns=columns[:SAMPLE_COLUMNS],
        rows=_sample(seen),
        notes=_notes(seen),
        count_text=_count(seen),
        next_label=_("Next file") if len(plan.parts) > number + 1 else _("Next: columns"),
    )
    return visit.shown("import_file.html", page, 422 if errors else 200)


def _sample(seen: Preview | None) -> tuple[tuple[str, ...], ...]:
    if seen is None:
        return ()
    columns = seen.columns[:SAMPLE_COLUMNS]
    return tuple(tuple(row.get(c, "")[:CELL] for c in columns) for row in seen.rows[:SAMPLE_ROWS])


def _count(seen: Preview | None) -> str:
    if seen is None:
        return ""
    many = len(seen.columns)
    told = ngettext("{n} column", "{n} columns", many)
    rows = len(seen.rows) + seen.faults
    more = _("more than {n} rows", n=rows) if rows >= LOOKED_AT else ngettext("{n} row", "{n} rows", rows)
    return _("{columns}, {rows}", columns=told, rows=more)


def _notes(seen: Preview | None) -> tuple[str, ...]:
    if seen is None:
        return ()
    others = ", ".join(s for s in seen.sheets if s != seen.sheet)
    chosen = (_("sheet “{name}”", name=seen.sheet), _("other sheets were not read: {names}", names=others))
    told = [note for note in seen.notes if note not in chosen]  # the choice of the sheet says them
    if seen.faults:
        told.append(
            ngettext("{n} row cannot be read as it stands; the check shows it, and it can be mended there",
                     "{n} rows cannot be read as they stand; the check shows them, and they can be mended there", seen.faults)
        )  # fmt: skip
    return tuple(capital(line) for line in told)


def _first(work: Work, plan: Plan, part: Part, columns: tuple[str, ...]) -> list[str]:
    """What fits best: a declared mapping by the names of the files, a kept one by the columns, entities by their fields."""
    best = [f"m:{n}" for n in guess(work, [one.name for one in plan.parts], columns)]
    best += [f"k:{one.id}" for one in kept.fitting(work, columns)[:2]]
    known: dict[str, Any] = {
        n: ((n, *work.entity(n).plural.values(), *work.entity(n).label.values()), slots_of(work, n))
        for n in entities_of(work)
    }
    return best + [f"e:{n}" for n in guessing.rank(columns, part.name, known, work.env)]


def _reading(part: Part, seen: Preview | None, errors: tuple[FormError, ...]) -> tuple[FormField, ...]:
    """How the file is read: what was found, and what may be said instead."""

    def select(name: str, label: str, options: list[tuple[str, str]], value: str) -> FormField:
        told = tuple(e.text for e in errors if e.field == name)
        made = tuple(Option(value=v, label=text, selected=v == value) for v, text in options)
        return FormField(name=name, label=label, widget="select", options=made, errors=told)

    made = []
    if seen is not None and len(seen.sheets) > 1:
        made.append(select("sheet", _("Sheet"), [(s, s) for s in seen.sheets], seen.sheet))
    if part.encoding or (seen is not None and seen.encoding):
        names = dict(ENCODINGS)
        names |= {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-8-sig": "UTF-8"}
        found = names.get(seen.encoding, seen.encoding) if seen is not None else ""
        options = [("", _("Found: {name}", name=found) if found and not part.encoding else _("Find out")), *ENCODINGS]
        made.append(select("encoding", _("Encoding"), options, part.encoding))
    if part.delimiter or (seen is not None and seen.delimiter):
        words = [(",", _("Comma")), (";", _("Semicolon")), ("tab", _("Tab")), ("|", _("Vertical bar"))]
        value = "tab" if seen is not None and seen.delimiter == "\t" else seen.delimiter if seen is not None else ""
        found = dict(words).get(value, value)
        options = [("", _("Found: {name}", name=found) if found and not part.delimiter else _("Find out")), *words]
        made.append(
            select(
                "delimiter",
                _("Columns are told apart by"),
                options,
                "tab" if part.delimiter == "\t" else part.delimiter,
            )
        )
    if seen is None or not seen.nested:
        told = tuple(e.text for e in errors if e.field == "skip_lines")
        value = str(part.skip_lines or "")
        made.append(
            FormField(
                name="skip_lines",
                label=_("Lines above the headings"),
                widget="integer",
                value=value,
                placeholder="0",
                errors=told,
            )
        )
    return tuple(made)
