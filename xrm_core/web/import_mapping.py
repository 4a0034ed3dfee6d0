"""The second step of an import: where each column goes, what tells rows apart, how dates and numbers are written."""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import XrmError
from ..fields.code_lists import list_name
from ..language import N_, _, ngettext, spoken
from ..metamodel.text import say
from ..metamodel.values import Actor
from ..services import importjobs
from ..services import imports as importing
from ..services.importing import drafts, kept
from ..services.importing.drafts import Part, Plan
from ..services.importing.guessing import FORMS
from ..services.importing.preview import Preview, look
from ..services.importing.slots import Slot, keys_of, slots_of
from ..services.runtime import Runtime
from ..services.work import Work
from .asked import Asked, Go, Shown
from .cells import figure
from .import_choice import label_of
from .import_wizard import Visit, error_of
from .inputs import part_label
from .models import FormError, FormField, Option, Tone
from .models.importing import ColumnRow, ImportMappingPage

MOST_COLUMNS = 150
"""Columns that are laid out; those after them are left out."""
WORDS: dict[str, tuple[str, Tone]] = {
    "sure": (N_("sure"), "ok"), "likely": (N_("likely"), "info"), "maybe": (N_("a guess"), "warn"), "kept": (N_("kept"), "neutral"),
}  # fmt: skip
DATES = (("", N_("2026-01-31 (ISO)")), *((form, form) for form in FORMS))
NUMBERS = (("en", "1,234.50"), ("de", "1.234,50"), ("fr", "1 234,50"))


def show(work: Work, asked: Asked) -> Shown | Go:
    """GET /import/{id}/mapping."""
    visit = Visit(work, asked)
    if (away := visit.elsewhere("mapping")) is not None or visit.plan is None:
        return away or Go(visit.href())
    number = visit.part(asked)
    if not visit.plan.mapping and not visit.plan.parts[number].entity:
        return Go(visit.href("file", part=number or ""))
    return _page(visit, number)


def save(runtime: Runtime, actor: Actor, asked: Asked) -> Shown | Go:
    """POST /import/{id}/mapping: look again, on to the next file, or have all of it checked."""
    with runtime.work(actor, "web", write=True) as work:
        visit = Visit(work, asked)
        if (away := visit.elsewhere("mapping")) is not None or visit.plan is None:
            return away or Go(visit.href())
        number, plan = visit.part(asked), visit.plan
        if not plan.mapping:
            _take(work, plan, plan.parts[number], asked)
        if asked.has("_look"):
            return _page(visit, number)
        importjobs.keep_plan(work, visit.id, msgspec.to_builtins(plan))
        if not plan.mapping and number + 1 < len(plan.parts):
            return Go(visit.href("mapping", part=number + 1))
    fault, name = None, asked.posted("keep_label").strip()
    try:
        mapping = (
            importing.mapping_of(runtime, plan.mapping) if plan.mapping else drafts.definition(runtime.catalog, plan)
        )
        sources = [part.source for part in plan.parts]
        importing.begin_again(runtime, actor, visit.id, mapping, sources, msgspec.to_builtins(plan))
        importjobs.check_again(runtime, actor, visit.id)
    except XrmError as error:
        if error.status not in (404, 409, 422):
            raise
        fault = error
    with runtime.work(actor, "web", write=True) as work:
        if fault is not None:
            return _page(Visit(work, asked), number, (error_of(fault, "key" if fault.code == "key" else ""),))
        if name and not plan.mapping:
            kept.keep(work, plan, name, asked.posted("keep_for") == "all")
    return Go(visit.href("check"), _("The mapping is kept as {name}", name=name) if name and not plan.mapping else "")


def _take(work: Work, plan: Plan, part: Part, asked: Asked) -> None:
    """Take what the form says into the part; what is not offered is left out."""
    slots = slots_of(work, part.entity)
    before = dict(part.columns)
    for place, column in enumerate(part.headings[:MOST_COLUMNS]):
        if asked.has(f"to.{place}"):
            slot = asked.posted(f"to.{place}")
            part.columns[column] = slot if slot in slots else ""
            targets = slots[slot].targets if slot in slots else ()
            keys = keys_of(work.catalog, targets[0]) if targets else ()
            by = asked.posted(f"by.{place}")
            part.links[column] = by if by in keys or by == "id" else (keys[0] if keys else "id")
    part.sure = {c: word for c, word in part.sure.items() if before.get(c) == part.columns.get(c)}
    part.links = {
        c: by for c, by in part.links.items() if (s := part.columns.get(c)) and s in slots and slots[s].targets
    }
    known = {name: asked.posted(f"const.{name}") for name in part.constants if asked.has(f"const.{name}")}
    part.constants = {name: text for name, text in {**part.constants, **known}.items() if text}
    for slot in slots:
        if asked.posted(f"const.{slot}"):
            part.constants[slot] = asked.posted(f"const.{slot}")
    if asked.posted("constant_slot") in slots and asked.posted("constant_text"):
        part.constants[asked.posted("constant_slot")] = asked.posted("constant_text")
    part.key = asked.posted("key") if asked.posted("key") in drafts.key_choices(work.catalog, part) else ""
    part.key = part.key or next(iter(drafts.key_choices(work.catalog, part)), "")
    part.dates = asked.posted("dates") if asked.posted("dates") in FORMS else ""
    part.numbers = asked.posted("numbers") if asked.posted("numbers") in dict(NUMBERS) else "en"
    part.blanks = [word.strip() for word in asked.posted("blanks").split(",") if word.strip()][:20]
    part.existing = "keep" if asked.posted("existing") == "keep" else "update"
    part.blank = "keep" if asked.posted("blank") == "keep" else "clear"
    plan.origin = (asked.posted("origin").strip() or plan.origin)[:40]


def _page(visit: Visit, number: int, errors: tuple[FormError, ...] = ()) -> Shown:
    plan = visit.plan
    assert plan is not None
    action = visit.href("mapping", part=number or "")
    last = plan.mapping or number + 1 == len(plan.parts)
    label = _("Check the rows") if last else _("Next file")
    if plan.mapping:
        page = ImportMappingPage(
            wizard=visit.wizard("mapping", number, errors), action=action, declared=label_of(visit.work, plan.mapping), next_label=label,
            back=visit.href("file"), columns=_declared(visit.work, plan.mapping),
        )  # fmt: skip
        return visit.shown("import_mapping.html", page, 422 if errors else 200)
    part = plan.parts[number]
    try:
        seen: Preview | None = look(part.source, part.hints)
    except XrmError as fault:
        seen, errors = None, (*errors, error_of(fault))
    slots = slots_of(visit.work, part.entity)
    taken = sum(bool(slot) for slot in part.columns.values())
    page = ImportMappingPage(
        wizard=visit.wizard("mapping", number, errors),
        action=action,
        columns=tuple(_column(visit.work, part, place, column, slots, seen) for place, column in enumerate(part.headings[:MOST_COLUMNS])),
        more_text=_more(len(part.headings) - MOST_COLUMNS),
        taken_text=_("{taken} of {all} columns are taken", taken=figure(visit.work, taken), all=figure(visit.work, len(part.headings))),
        missing=tuple(_label(slot) for slot in drafts.missing(part, slots)),
        constants=tuple(_constant(visit.work, slots[s], t) for s, t in part.constants.items() if s in slots)
        + tuple(_constant(visit.work, slot, "") for slot in drafts.missing(part, slots)),
        constant=_new_constant(part, slots),
        key=_key(visit.work, plan, part, errors),
        reading=_reading(part),
        keep=_keep(visit.work, plan),
        back=visit.href("file", part=number or ""),
        next_label=label,
    )  # fmt: skip
    return visit.shown("import_mapping.html", page, 422 if errors else 200)


def _more(many: int) -> str:
    return ngettext("{n} further column is left out", "{n} further columns are left out", many) if many > 0 else ""


def _column(work: Work, part: Part, place: int, column: str, slots: dict[str, Slot], seen: Preview | None) -> ColumnRow:
    slot = slots.get(part.columns.get(column, ""))
    word, tone = WORDS.get(part.sure.get(column, ""), ("", "neutral"))
    select = FormField(
        name=f"to.{place}",
        label=_("Field for {column}", column=column),
        widget="select",
        options=_options(part, slots, slot),
    )
    link = None
    if slot is not None and slot.targets:
        keys = (*keys_of(work.catalog, slot.targets[0]), "id")
        options = tuple(
            Option(
                value=k,
                label=_("found by {key}", key=_key_label(work, slot.targets[0], k)),
                selected=k == part.links.get(column),
            )
            for k in keys
        )
        link = FormField(
            name=f"by.{place}",
            label=_("How the record named in {column} is found", column=column),
            widget="select",
            options=options,
        )
    samples = seen.samples(column) if seen is not None else ()
    return ColumnRow(
        column=column, samples=tuple(s[:60] for s in samples), field=select, link=link, word=_(word) if word and slot else "", tone=tone,
    )  # fmt: skip


def _options(part: Part, slots: dict[str, Slot], chosen: Slot | None) -> tuple[Option, ...]:
    """The fields a column may go to; a further row of a child table only behind one that is begun."""
    begun = {slot.partition(".")[0] for slot in part.columns.values() if "." in slot}
    made = [Option(value="", label=_("Left out"), selected=chosen is None)]
    for slot in slots.values():
        table, _hash, n = slot.table.partition("#")
        if n and int(n) > 1 and slot.table not in begun and f"{table}#{int(n) - 1}" not in begun:
            continue
        label = _label(slot) + (f" ({_('required')})" if slot.required else "")
        made.append(
            Option(value=slot.name, label=label, selected=slot is chosen, group=slot.group or _("Fields of the record"))
        )
    return tuple(made)


def _label(slot: Slot) -> str:
    """What a place is called in a list of them: parts of compound fields by their own names, child rows with their table."""
    field = slot.field
    name = say(field.label, spoken()) or slot.label
    if slot.column.name != field.name:
        name = _("{field}: {part}", field=name, part=part_label(field, slot.column.name).lower())
    return _("{table}, {field}", table=slot.group, field=name) if slot.group else name


def _key_label(work: Work, entity: str, path: str) -> str:
    """A key of a linked record in words: `Party › Name`."""
    words = []
    for name in path.split("."):
        found = work.entity(entity)
        field = found.fields.get(found.field_of_column.get(name, name))
        words.append(_("our id") if name == "id" else say(field.label, work.language) if field is not None else name)
        if field is not None and field.columns and field.columns[0].kind.entities:
            entity = field.columns[0].kind.entities[0]
    return " › ".join(words)


def _constant(work: Work, slot: Slot, text: str) -> FormField:
    """A value for all rows: chosen from a list where there is one."""
    label = _label(slot)
    name = f"const.{slot.name}"
    options = codes_of(work, slot, text)
    if options:
        return FormField(name=name, label=label, widget="select", required=False, options=options)
    if slot.column.kind.kind == "bool":
        words = (("", "—"), ("true", _("Yes")), ("false", _("No")))
        return FormField(
            name=name,
            label=label,
            widget="select",
            options=tuple(Option(value=v, label=w, selected=v == text) for v, w in words),
        )
    return FormField(name=name, label=label, value=text)


def codes_of(work: Work, slot: Slot, text: str) -> tuple[Option, ...]:
    """The codes of a choice; nothing for other fields."""
    codes = work.env.codes.get(list_name(slot.field)) if slot.field.type.name == "choice" else None
    if codes is None:
        return ()
    found = [
        (c.code, say(c.label, work.language) or c.code)
        for c in codes.values.values()
        if c.is_valid(work.today) or c.code == text
    ]
    return tuple(Option(value=code, label=label, selected=code == text) for code, label in [("", "—"), *found])


def _new_constant(part: Part, slots: dict[str, Slot]) -> tuple[FormField, ...]:
    used = {*part.columns.values(), *part.constants}
    begun = {slot.partition(".")[0] for slot in part.columns.values() if "." in slot}
    options = [Option(value="", label=_("Choose a field"), selected=True)]
    options += [
        Option(value=s.name, label=_label(s), group=s.group or _("Fields of the record"))
        for s in slots.values()
        if s.name not in used and not s.targets and (not s.table or s.table in begun)
    ]
    return (
        FormField(name="constant_slot", label=_("Field"), widget="select", options=tuple(options)),
        FormField(name="constant_text", label=_("Value in every row")),
    )


def _key(work: Work, plan: Plan, part: Part, errors: tuple[FormError, ...]) -> tuple[FormField, ...]:
    """What tells the rows apart, and what happens to records that are there already."""
    told = tuple(e.text for e in errors if e.field == "key")
    options = tuple(
        Option(value=k, label=_key_words(work, part, k), selected=k == part.key)
        for k in drafts.key_choices(work.catalog, part)
    )
    made = [FormField(
        name="key", label=_("Records are known by"), widget="select", options=options or (Option(value="", label="—"),), errors=told,
        hint=_("A row whose record is there already changes it; importing a file twice changes nothing."),
    )]  # fmt: skip
    if not part.key.startswith("fields:"):
        made.append(FormField(name="origin", label=_("Name of the source"), value=plan.origin, hint=_("The same name next time, so that the same rows are found again."), max_length=40))  # fmt: skip
    words = (("update", _("Change them")), ("keep", _("Leave them as they are")))
    made.append(FormField(name="existing", label=_("Records that are there already"), widget="select", options=tuple(Option(value=v, label=w, selected=v == part.existing) for v, w in words)))  # fmt: skip
    words = (("clear", _("Empty the field")), ("keep", _("Leave the field as it is")))
    made.append(FormField(name="blank", label=_("Blank cells"), widget="select", options=tuple(Option(value=v, label=w, selected=v == part.blank) for v, w in words)))  # fmt: skip
    return tuple(made)


def _key_words(work: Work, part: Part, key: str) -> str:
    kind, _colon, rest = key.partition(":")
    if kind == "fields":
        found = work.entity(part.entity)
        return ", ".join(
            say(found.fields[found.field_of_column.get(n, n)].label, work.language) for n in rest.split(",")
        )
    if kind == "column":
        return _("the column {column}", column=rest)
    return _("the key in the source") if kind == "source" else _("all that is taken of the row")


def _reading(part: Part) -> tuple[FormField, ...]:
    dates = tuple(Option(value=v, label=_(w), selected=v == part.dates) for v, w in DATES)
    numbers = tuple(Option(value=v, label=w, selected=v == part.numbers) for v, w in NUMBERS)
    return (
        FormField(name="dates", label=_("Dates are written"), widget="select", options=dates),
        FormField(name="numbers", label=_("Numbers are written"), widget="select", options=numbers),
        FormField(
            name="blanks",
            label=_("Words that mean nothing"),
            value=", ".join(part.blanks),
            hint=_("Separated by commas: NULL, n/a"),
        ),
    )


def _keep(work: Work, plan: Plan) -> tuple[FormField, ...]:
    name = next((one.label for one in kept.every(work) if one.id == plan.kept and one.mine), "")
    words = (("me", _("me alone")), ("all", _("everybody who may import these records")))
    return (
        FormField(
            name="keep_label",
            label=_("Keep this mapping as"),
            value=name,
            placeholder=_("not kept"),
            max_length=kept.LABEL,
        ),
        FormField(
            name="keep_for", label=_("For"), widget="select", options=tuple(Option(value=v, label=w) for v, w in words)
        ),
    )


def _declared(work: Work, name: str) -> tuple[ColumnRow, ...]:
    """What a declared mapping takes: column and field, as far as one goes into the other as it is."""
    made: list[ColumnRow] = []
    definition: Any = work.catalog.imports[name]
    for file in definition.files:
        for target in file.targets:
            entity = work.entity(target.entity)
            for field, value in target.fields.items():
                column = value.column
                if isinstance(column, str) and entity.field_of_column.get(field, field) in entity.fields:
                    label = say(entity.fields[entity.field_of_column.get(field, field)].label, work.language)
                    made.append(
                        ColumnRow(
                            column=column,
                            samples=(),
                            field=FormField(name="", label=f"{say(entity.label, work.language)}: {label}"),
                        )
                    )
    return tuple(made[:MOST_COLUMNS])
