"""Fields as inputs: which widget, which options, which text; for fresh forms, stored records, and forms that came back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ..fields.duration import typed_duration
from ..fields.locales import currency_in
from ..fields.standards import currencies
from ..language import N_, _
from ..metamodel.catalog import Field
from ..metamodel.text import humanise, say
from ..services.access_log import logged_columns
from ..services.sight import is_open
from ..services.work import Work
from .candidates import which_of
from .cells import field_cell, file_name, title_of
from .helping import shown_day, shown_moment
from .models import Cell, FormField, Lookup, Option
from .naming import lookup_of, named, source_of
from .paths import is_link
from .shell import entity_url
from .widgets import widgets_of

PLAIN = {
    "text": "text", "long_text": "long_text", "percent": "percent", "switch": "switch", "date": "date", "datetime": "datetime",
    "duration": "duration", "email": "email", "phone": "phone", "url": "url", "tags": "tags", "file": "file", "image": "image",
    "json": "json", "colour": "colour", "rating": "rating",
}  # fmt: skip
COMPOUND = frozenset({"address", "person_name", "location"})
PARTS = {
    "care_of": N_("Care of"), "line1": N_("Street, line 1"), "line2": N_("Line 2"), "line3": N_("Line 3"), "locality": N_("Town"),
    "region": N_("Region"), "postcode": N_("Postcode"), "country": N_("Country"), "prefix": N_("Title"), "suffix": N_("Suffix"),
    "given": N_("Given name"), "middle": N_("Middle name"), "family": N_("Family name"), "called": N_("Called"),
    "lat": N_("Latitude"), "lon": N_("Longitude"), "currency": N_("Currency"),
}  # fmt: skip
COMMON_CURRENCIES = ("EUR", "USD", "GBP", "CHF")

Texts = Mapping[str, Any]
"""What inputs hold, by column name: texts, or lists of texts for widgets with several values."""


def number_text(value: Decimal | int, language: str, least: int = 0) -> str:
    """A number as it is typed in a language: its decimal sign, no grouping, at least `least` of its places."""
    from babel import Locale
    from babel.numbers import get_decimal_symbol

    try:
        sign = get_decimal_symbol(Locale.parse(language, sep="-"))
    except ValueError:
        sign = "."
    if not isinstance(value, Decimal):
        return str(value)
    whole, _, places = format(value, "f").partition(".")
    places = places.rstrip("0").ljust(min(len(places), least), "0")
    return f"{whole}{sign}{places}" if places else whole


def texts_of(work: Work, field: Field, record: Mapping[str, Any]) -> dict[str, Any]:
    """What the inputs of a field hold for a record."""
    made: dict[str, Any] = {}
    exported = field.type.export(record, field)
    for column in field.columns:
        value = record.get(column.name)
        if isinstance(value, Decimal) or (
            isinstance(value, int) and not isinstance(value, bool) and column.kind.kind == "int"
        ):
            made[column.name] = number_text(value, work.language, 2 if field.type.name == "money" else 0)
        elif isinstance(value, datetime):
            zone = ZoneInfo(work.settings.organisation.time_zone)
            local = value.astimezone(zone)
            made[column.name] = local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")
        elif isinstance(value, timedelta):
            made[column.name] = typed_duration(value, work.language)
        elif isinstance(value, list) and field.type.name == "multi_choice":
            made[column.name] = list(value)
        else:
            made[column.name] = exported.get(column.name, "")
    if is_link(field):
        made[f"{field.name}__text"] = record.get(f"{field.name}.display") or ""
    return made


def input_of(
    work: Work,
    field: Field,
    texts: Texts,
    errors: Mapping[str, list[str]],
    *,
    prefix: str = "",
    required: bool = False,
    refresh: bool = False,
) -> FormField:
    """The input of a field. `prefix` stands before names in child tables; `errors` are by full input name."""
    widget = field.type.widget(field)
    name = prefix + field.name
    common: dict[str, Any] = {
        "name": name, "label": say(field.label, work.language), "required": field.required or required, "hint": say(field.help, work.language) if not prefix else "",
        "errors": tuple(errors.get(name, ())), "refresh": refresh,
        "unkept": any(column.name in logged_columns(work.catalog, field.entity) for column in field.columns),
    }  # fmt: skip
    value = texts.get(field.name, "")
    own = widgets_of(work).get(widget.name)
    if own is not None:
        return FormField(
            **common,
            widget="custom",
            value=str(value or ""),
            template=own,
            parts=_all_parts(work, field, texts, errors, prefix),
        )
    if widget.name == "money":
        return _money(work, field, texts, common, prefix)
    if widget.name in COMPOUND:
        faults = [e for c in field.columns for e in errors.get(prefix + c.name, ())] if prefix else []
        parts = _all_parts(work, field, texts, errors, prefix)
        return FormField(**{**common, "errors": (*common["errors"], *faults)}, widget="compound", parts=parts, span=2)
    if widget.name == "lookup":
        return _lookup(work, field, texts, common, widget.props)
    if widget.name == "select" and (source := source_of(field, field.name)):
        return FormField(**common, widget="pick", lookup=lookup_of(source, str(value), work.language))
    if widget.name == "select":
        return FormField(
            **common, widget="select", value=str(value), options=_options(work, field, widget.props, str(value), texts)
        )
    if widget.name == "multi_select":
        return FormField(**common, widget="multi_select", options=_many(work, field, value), span=2)
    if widget.name == "number":
        kind = "integer" if field.columns[0].kind.kind == "int" else "decimal"
        unit = widget.props.get("unit") or currency_in(texts, widget.props.get("currency_from")) or ""
        return FormField(**common, widget=kind, value=str(value), suffix=str(unit))  # type: ignore[arg-type]
    if widget.name == "rating":
        return FormField(**common, widget="rating", value=str(value), max=str(widget.props.get("max") or 5))
    if widget.name in ("file", "image"):
        shown = (
            field_cell(work, field, {field.name: value, f"{field.name}.name": file_name(work, str(value))})
            if value
            else None
        )
        limit = work.settings.files.max_megabytes
        most = str(int(min(float(getattr(field.options, "max_mb", None) or limit), limit) * 2**20))
        return FormField(
            **common, widget="file", display=shown, accept=",".join(widget.props.get("accept") or ()), max=most
        )
    kind = PLAIN.get(widget.name, "text")
    if kind == "switch":
        return FormField(
            **{**common, "required": False}, widget="switch", checked=str(value) in ("true", "True", "1", "yes")
        )
    if kind == "date":
        low, high = (_limit(work, widget.props.get(k)) for k in ("min", "max"))
        text = str(value or "")
        return FormField(**common, widget="date", value=text, shown=shown_day(text, work.env), min=low, max=high)
    if kind == "datetime":
        text = str(value or "")
        return FormField(**common, widget="datetime", value=text, shown=shown_moment(text, work.env))
    return FormField(
        **common, widget=kind, value=str(value or ""), max_length=int(widget.props.get("max") or 0) if kind in ("text", "long_text") else 0,  # type: ignore[arg-type]
        rows=int(widget.props.get("rows") or 5), span=2 if kind in ("long_text", "json") else 1,
    )  # fmt: skip


def _limit(work: Work, day: object) -> str:
    """A limit of days as the browser takes it."""
    return work.today.isoformat() if day == "today" else str(day or "")


def read_only(work: Work, field: Field, cell: Cell) -> FormField:
    """A field that is shown in the form as on the page of the record."""
    return FormField(
        name=field.name,
        label=say(field.label, work.language),
        widget="read_only",
        display=cell,
        hint=say(field.help, work.language),
    )


def _all_parts(
    work: Work, field: Field, texts: Texts, errors: Mapping[str, list[str]], prefix: str
) -> tuple[FormField, ...]:
    return (
        tuple(_part(work, field, column.name, texts, errors, prefix) for column in field.columns)
        if len(field.columns) > 1
        else ()
    )


def _money(work: Work, field: Field, texts: Texts, common: dict[str, Any], prefix: str) -> FormField:
    unit = f"{field.name}_currency"
    chosen = str(texts.get(unit) or "") or work.settings.organisation.currency
    only = field.type.widget(field).props.get("currencies")
    codes = dict.fromkeys(
        [chosen, *only] if only else [work.settings.organisation.currency, *COMMON_CURRENCIES, chosen, *currencies()]
    )
    options = tuple(Option(value=code, label=code, selected=code == chosen) for code in codes)
    part = FormField(
        name=prefix + unit,
        label=_("{label}: currency", label=common["label"]),
        widget="select",
        value=chosen,
        options=options,
    )
    return FormField(**common, widget="money", value=str(texts.get(field.name) or ""), parts=(part,))


def _part(
    work: Work, field: Field, column: str, texts: Texts, errors: Mapping[str, list[str]], prefix: str
) -> FormField:
    label = part_label(field, column)
    value = str(texts.get(column) or "")
    found = tuple(errors.get(prefix + column, ())) if not prefix else ()
    if source := source_of(field, column):
        lookup = lookup_of(source, value, work.language)
        return FormField(name=prefix + column, label=label, widget="pick", errors=found, lookup=lookup)
    wide = column.endswith(("_line1", "_line2", "_line3"))
    return FormField(name=prefix + column, label=label, value=value, errors=found, span=2 if wide else 1)


def part_label(field: Field, column: str) -> str:
    """What the input of a part of a compound field is called."""
    part = column.removeprefix(f"{field.name}_")
    return _(PARTS[part]) if part in PARTS else humanise(part)


def _lookup(work: Work, field: Field, texts: Texts, common: dict[str, Any], props: Mapping[str, Any]) -> FormField:
    targets = field.columns[0].kind.entities
    id, text = str(texts.get(field.name) or ""), str(texts.get(f"{field.name}__text") or "")
    entity = str(texts.get(f"{field.name}_entity") or "") if len(targets) > 1 else targets[0]
    if id and not text and entity in work.catalog.entities:
        text = title_of(work, entity, id)
    kind = say(work.entity(targets[0]).label, work.language) if len(targets) == 1 else _("Record")
    value = f"{entity}/{id}" if id and len(targets) > 1 else id
    href = entity_url(entity, id) if id and text and is_open(work, entity) else ""
    may_create = len(targets) == 1 and targets[0] != "user" and is_open(work, targets[0], "create")
    create = entity_url(targets[0], "new") if may_create else ""
    url = f"/lookup/{field.entity}/{field.name}"
    return FormField(
        **common,
        widget="lookup",
        value=value,
        lookup=Lookup(
            url=url,
            label=text,
            href=href,
            kind=kind.lower() if work.language.startswith("en") else kind,
            create_href=create,
            which=which_of(work, targets, text) if common.get("errors") and not id else (),
        ),
    )


def options_of(work: Work, field: Field) -> tuple[Option, ...]:
    """All that may be chosen for a field."""
    widget = field.type.widget(field)
    return (
        _options(work, field, widget.props, "", {})
        if widget.name == "select"
        else input_of(work, field, {}, {}).options
    )


def _options(work: Work, field: Field, props: Mapping[str, Any], value: str, texts: Texts) -> tuple[Option, ...]:
    """Options of a select: codes valid today and the one stored, or a standard's list."""
    blank = () if field.required and value else (Option(value="", label="—", selected=not value),)
    source = props.get("source")
    if source == "codes":
        codes = work.catalog.codes[str(props["codes"])].values.values()
        states = texts.get(f"{field.name}__states")
        allowed = [
            c for c in codes if c.code == value or (c.is_valid(work.today) and (states is None or c.code in states))
        ]
        return (
            *blank,
            *(Option(value=c.code, label=say(c.label, work.language), selected=c.code == value) for c in allowed),
        )
    only = props.get("only")
    pairs = [pair for pair in named(str(source), work.language).items() if not only or pair[0] in only]
    return (*blank, *(Option(value=code, label=label, selected=code == value) for code, label in pairs))


def _many(work: Work, field: Field, value: Any) -> tuple[Option, ...]:
    kind = field.columns[0].kind
    codes = work.catalog.codes.get(kind.codes or kind.item.codes or "")
    chosen = set(value if isinstance(value, list) else [v for v in str(value or "").split(",") if v])
    values = codes.values.values() if codes else ()
    return tuple(
        Option(value=c.code, label=say(c.label, work.language), selected=c.code in chosen)
        for c in values
        if c.is_valid(work.today) or c.code in chosen
    )
