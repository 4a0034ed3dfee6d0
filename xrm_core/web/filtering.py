"""Filters as people see them: chips that say a condition in words, the inputs that ask for its values, and values read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import structs

from ..compiler import schema_of
from ..errors import BadRequest, XrmError
from ..expressions import ExprError, parse, sentence
from ..expressions.sentence import Manner
from ..fields.duration import read_duration, short_text, show_duration, typed_duration
from ..fields.locales import show_date, show_datetime
from ..language import N_, _, ngettext
from ..metamodel.catalog import Entity
from ..metamodel.field_type import FieldFault
from ..services import lists
from ..services.sight import is_open, reads_text
from ..services.work import Work
from ..storage.ids import is_id
from .asked import whole_number
from .candidates import which_of
from .cells import title_of
from .conditions import BARE, COUNTED, PERIODS, Condition, Item, KindOf, read_arms
from .inputs import options_of as all_options
from .models import FilterBuilder, FormField, Lookup, Option
from .naming import named
from .targets import Target, codes, is_chosen, target

OPERATORS = {
    "eq": N_("is"), "ne": N_("is not"), "lt": N_("is less than"), "le": N_("is at most"), "gt": N_("is more than"), "ge": N_("is at least"),
    "between": N_("is between"), "in": N_("is one of"), "notIn": N_("is none of"), "contains": N_("contains"),
    "startsWith": N_("begins with"), "endsWith": N_("ends with"), "empty": N_("is empty"), "notEmpty": N_("is not empty"),
    "me": N_("is me"), "mine": N_("is one of my departments"), "period": N_("is in"),
}  # fmt: skip
OF_DAYS = {"lt": N_("is before"), "le": N_("is not after"), "gt": N_("is after"), "ge": N_("is not before")}
PERIOD_NAMES = {
    "today": N_("today"), "yesterday": N_("yesterday"), "tomorrow": N_("tomorrow"),
    "this_week": N_("this week"), "last_week": N_("last week"), "next_week": N_("next week"),
    "this_month": N_("this month"), "last_month": N_("last month"), "next_month": N_("next month"),
    "this_quarter": N_("this quarter"), "last_quarter": N_("last quarter"), "next_quarter": N_("next quarter"),
    "this_year": N_("this year"), "last_year": N_("last year"), "next_year": N_("next year"),
    "this_fiscal_year": N_("this fiscal year"), "last_fiscal_year": N_("last fiscal year"), "next_fiscal_year": N_("next fiscal year"),
    "last_days": N_("the last days"), "next_days": N_("the next days"), "older_days": N_("more than so many days ago"),
    "past": N_("the past"), "future": N_("the future"),
}  # fmt: skip


def kinds_of(work: Work, entity: Entity) -> KindOf:
    """Path -> kind, as far as the reader knows the path."""

    def kind(path: str) -> str:
        found = target(work, entity, path)
        return found.kind if found is not None else ""

    return kind


def builder_of(work: Work, entity: Entity, expression: str, error: str = "") -> FilterBuilder:
    """What stands beside the chips of a list: the filter as an expression, and what is wrong with it."""
    return FilterBuilder(expression=expression, error=error)


def whole(filters: Sequence[str]) -> str:
    """All filters of a list as one expression."""
    return " && ".join(f"({f})" for f in filters) if len(filters) > 1 else "".join(filters)


def fault_text(filters: Sequence[str], fault: XrmError) -> str:
    """What is wrong with the filters of a list: the fault, the way out, and where in the line that people write it stands."""
    line, start, end = whole(filters), -1, -1
    for text in filters:
        try:
            parse(text)
        except ExprError as found:  # alone it is told without the brackets that stand around it among others
            at = line.index(text)
            fault, start, end = found, at + found.start, at + max(found.end, found.start)
            break
    if start < 0 and isinstance(fault, ExprError) and fault.text:
        joined = lists.joined(*filters) or ""
        before = len(fault.text) - len(joined) + (1 if len(filters) == 1 else 0)
        if fault.text.endswith(joined):
            start, end = fault.start - before, fault.end - before
    told = fault.message + (f" ({fault.hint})" if fault.hint else "")
    if not 0 <= start <= len(line):
        return told
    piece = line[start:end].strip()
    place = _("at “{piece}”, character {n}", piece=piece, n=start + 1) if piece else _("at the end")
    return _("{fault}: {place}", fault=told, place=place)


def operator_label(found: Target, op: str) -> str:
    """What an operator is called for a field."""
    return _(OF_DAYS[op]) if op in OF_DAYS and found.kind in ("date", "datetime") else _(OPERATORS[op])


# ---- chips
def chip_of(work: Work, entity: Entity, text: str) -> tuple[str, str]:
    """What a chip says for an expression: the field it is about ('' where it is about several), and the rest in words."""
    try:
        if not reads_text(work, entity.name, text):
            return _("Expression"), text
        parse(text)
    except (ExprError, XrmError):
        return _("Expression"), text
    arms = read_arms(text, kinds_of(work, entity))
    said = [[told(work, entity, item) for item in arm] for arm in arms]
    if len(said) == 1 and len(said[0]) == 1:
        return said[0][0]
    labels = {label for arm in said for label, __ in arm}
    if len(labels) == 1 and all(len(arm) == 1 for arm in said):
        return labels.pop(), _(" or ").join(words for arm in said for __, words in arm)
    where = _("Where")
    joined = [_(" and ").join(words if label == where else f"{label} {words}" for label, words in arm) for arm in said]
    return "", _(" or ").join(joined)


def told(work: Work, entity: Entity, item: Item) -> tuple[str, str]:
    """A condition in words: the label of its field, and what is asked of it."""
    if not isinstance(item, Condition):
        try:
            return _("Where"), in_words(work, entity, item.text)
        except (ExprError, XrmError):
            return _("Expression"), item.text
    found = target(work, entity, item.path)
    if found is None:
        return _("Expression"), item.path
    op = operator_label(found, item.op)
    if item.op in BARE:
        return found.label, op
    if item.op == "period":
        return found.label, period_text(item.values)
    values = [value_text(work, found, value) for value in item.values]
    if item.op == "between":
        return found.label, _("{low} to {high}", low=values[0], high=values[1])
    if item.op in ("eq", "in"):
        return found.label, _(" or ").join(values)
    return found.label, _("{operator} {value}", operator=op, value=_(", ").join(values))


def in_words(work: Work, entity: Entity, text: str) -> str:
    """Any expression as a sentence in the reader's language: days in his order, records by their titles. Raises ExprError."""
    order = work.settings.organisation.date_order

    def title(of: str, id: str) -> str:
        return (title_of(work, of, id) or _("not visible to you")) if is_id(id) else ""

    manner = Manner(
        lambda day: show_date(day, work.language, order),
        lambda at: _moment(work, at),
        title,
    )
    return sentence(parse(text), schema_of(work.catalog), entity.name, manner)


def _moment(work: Work, at: datetime) -> str:
    """A moment on the reader's clock; one without a zone is of UTC."""
    zone = work.actor.time_zone or work.settings.organisation.time_zone
    whole = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return show_datetime(whole, work.language, zone, work.settings.organisation.date_order)


def period_text(values: Sequence[str]) -> str:
    """A period in words."""
    name = values[0]
    if name not in COUNTED:
        return _(PERIOD_NAMES[name])
    n = (whole_number(values[1]) or 0) if len(values) > 1 else 0
    if name == "last_days":
        return ngettext("the last day", "the last {n} days", n)
    if name == "next_days":
        return ngettext("the next day", "the next {n} days", n)
    return ngettext("more than a day ago", "more than {n} days ago", n)


def value_text(work: Work, found: Target, value: str) -> str:
    """A canonical value as the reader reads it."""
    if found.points_to:
        return next((t for e in found.points_to if (t := title_of(work, e, value))), _("not visible to you"))
    if found.kind == "bool":
        return _("yes") if value == "true" else _("no")
    known = codes(work, found)
    if value in known:
        return known[value]
    if found.kind == "date":
        try:
            return show_date(date.fromisoformat(value), work.language, work.settings.organisation.date_order)
        except ValueError:
            return value
    if found.kind == "datetime":
        try:
            return _moment(work, datetime.fromisoformat(value))
        except ValueError:
            return value
    if found.kind == "duration":
        length = _length(value)
        return value if length is None else show_duration(length, work.language, "long")
    if found.field is None or (found.kind in ("list", "text") and not is_chosen(found)):
        return value
    return _shown(work, found, value) or value


def _length(text: str) -> timedelta | None:
    """The length of time that a text means; None where it means none."""
    try:
        return read_duration(text)
    except FieldFault:
        return None


def _shown(work: Work, found: Target, value: str) -> str:
    field, name = found.field, found.column.name
    assert field is not None
    if found.column.name.endswith("_country"):
        return next((o.label for o in country_options(work) if o.value == value), value)
    try:
        given = {c.name: "" for c in field.columns} | {name: value}
        return field.type.text(field.type.read(given, field, work.env), field, work.env)
    except (FieldFault, ValueError, KeyError, TypeError):
        return value


# ---- inputs
def inputs_of(
    work: Work, found: Target, op: str, values: Sequence[str], prefix: str, words: str = ""
) -> tuple[FormField, ...]:
    """The inputs for the values of a condition, filled with canonical texts; their names begin with `prefix`. `words` were typed into a
    lookup and mean no record, or several."""
    value = values[0] if values else ""
    if op in BARE:
        return ()
    if op == "period":
        options = tuple(Option(value=p, label=_(PERIOD_NAMES[p]), selected=p == value) for p in PERIODS)
        select = FormField(name=f"{prefix}value", label=_("Period"), widget="select", options=options, refresh=True)
        n = FormField(
            name=f"{prefix}n", label=_("Days"), widget="integer", value=values[1] if len(values) > 1 else "30"
        )
        return (select, n) if value in COUNTED else (select,)
    if op == "between":
        high = values[1] if len(values) > 1 else ""
        return _input(work, found, value, f"{prefix}value", _("From")), _input(
            work, found, high, f"{prefix}to", _("To")
        )
    if op in ("in", "notIn") and is_chosen(found):
        options = tuple(structs.replace(o, selected=o.value in values) for o in options_of(work, found))
        return (FormField(name=f"{prefix}value", label=_("Values"), widget="multi_select", options=options),)
    if op in ("in", "notIn"):
        field = _input(work, found, _(", ").join(values), f"{prefix}value", _("Values"))
        return (structs.replace(field, hint=_("Several, with commas between them.")),)
    return (_input(work, found, value, f"{prefix}value", _("Value"), words),)


def options_of(work: Work, found: Target) -> tuple[Option, ...]:
    """The values that a field of a list of values can have."""
    known = codes(work, found)
    if known:
        return tuple(Option(value=code, label=label) for code, label in known.items())
    if found.column.name.endswith("_country"):
        return country_options(work)
    if found.field is None:
        return ()
    return tuple(o for o in all_options(work, found.field) if o.value)


def country_options(work: Work) -> tuple[Option, ...]:
    """All countries by their names."""
    return tuple(Option(value=code, label=name) for code, name in named("countries", work.language).items())


def _input(work: Work, found: Target, value: str, name: str, label: str, words: str = "") -> FormField:
    if found.kind == "bool":
        options = tuple(
            Option(value=v, label=t, selected=v == value) for v, t in (("true", _("yes")), ("false", _("no")))
        )
        return FormField(name=name, label=label, widget="select", options=options)
    if found.points_to and found.field is not None:
        known = next((t for e in found.points_to if value and (t := title_of(work, e, value))), "")
        which = () if value else which_of(work, found.points_to, words)
        url = f"/lookup/{found.owner.name}/{found.field.name}"
        lookup = Lookup(url=url, label=known if value else words, kind=found.name, which=which)
        return FormField(name=name, label=label, widget="lookup", value=value, lookup=lookup)
    if found.kind == "list" or is_chosen(found):
        options = tuple(structs.replace(o, selected=o.value == value) for o in options_of(work, found))
        if options:
            return FormField(name=name, label=label, widget="select", options=options)
    if found.kind == "duration":
        length = _length(value)
        typed = value if length is None else typed_duration(length, work.language)
        return FormField(
            name=name, label=label, widget="duration", value=typed, hint=_("As in 2 h 30 min, 3 days or 1:30.")
        )
    widget = {"date": "date", "datetime": "datetime", "int": "integer", "decimal": "decimal"}.get(found.kind, "text")
    return FormField(name=name, label=label, widget=widget, value=value[:16] if found.kind == "datetime" else value)  # type: ignore[arg-type]


# ---- values read back
def read_values(work: Work, found: Target, op: str, given: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The canonical values of a condition out of its inputs (`value`, `to`, `n`, and what was typed into a lookup: `words`).
    Raises BadRequest where one does not fit."""
    value = [v.strip() for v in given.get("value", ()) if v.strip()]
    if op in BARE:
        return ()
    if op == "period":
        name = value[0] if value else ""
        if name not in PERIODS:
            raise BadRequest(_("choose a period"), code="bad_filter")
        n = next(iter(given.get("n", ())), "30").strip() or "30"
        if name in COUNTED and not (n.isascii() and n.isdigit() and len(n) <= 5):
            raise BadRequest(_("say a number of days"), code="bad_filter")
        return (name, str(int(n))) if name in COUNTED else (name,)
    if op in ("in", "notIn") and not is_chosen(found):
        value = [part.strip() for v in value for part in v.split(",") if part.strip()]
    if op == "between":
        value += [v.strip() for v in given.get("to", ()) if v.strip()]
        if len(value) != 2:
            raise BadRequest(_("say both ends"), code="bad_filter")
    if found.points_to and "words" in given:
        words, which = (" ".join(given.get(name, ())).strip() for name in ("words", "which"))
        if any(one.value == which for one in (which_of(work, found.points_to, words) if which else ())):
            value = [which]
        elif not value or not _is_called(work, found, value[0], words):
            value = _looked_up(work, found, words)
    if not value:
        raise BadRequest(_("say a value for {field}", field=found.name), code="bad_filter")
    return tuple(canonical(work, found, v) for v in value)


def _is_called(work: Work, found: Target, id: str, words: str) -> bool:
    """Does the record bear these words as its title? Without scripts the id stays while other words are typed."""
    titles = [t for e in found.points_to if (t := title_of(work, e, id.rpartition("/")[2]))]
    return (
        any(" ".join(t.split()).casefold() == " ".join(words.split()).casefold() for t in titles)
        if titles
        else not words
    )


def _looked_up(work: Work, found: Target, words: str) -> list[str]:
    """The record that words mean, where nothing was picked (without scripts)."""
    hits = [row for e in found.points_to if words and is_open(work, e) for row in lists.lookup(work, e, words, 3)]
    same = [row for row in hits if str(row["display"]).casefold() == words.casefold()] or hits
    if len(same) > 1:
        raise BadRequest(_("{words} means several records; pick one", words=repr(words)), code="bad_filter")
    return [str(same[0]["id"])] if same else []


def canonical(work: Work, found: Target, text: str) -> str:
    """A typed value as the filter keeps it. Raises BadRequest."""
    field, kind, name = found.field, found.kind, found.column.name
    if kind == "ref":
        return text.rpartition("/")[2]
    if kind == "bool":
        return "true" if text == "true" else "false"
    if kind == "list" or (kind == "text" and (field is None or field.virtual or not is_chosen(found))):
        return text
    try:
        if field is None:
            value = datetime.fromisoformat(text)
            value = value if value.tzinfo else value.replace(tzinfo=work.now.tzinfo)
            return value.isoformat().replace("+00:00", "Z")
        if kind == "duration":
            return short_text(read_duration(text))
        if field.virtual:
            return (
                date.fromisoformat(text).isoformat()
                if kind == "date"
                else str(float(text))
                if "." in text
                else str(int(text))
            )
        given = {c.name: "" for c in field.columns} | {name: text}
        read = field.type.read(given, field, work.env)
        return str(field.type.export(read, field)[name])
    except (FieldFault, ValueError, KeyError, TypeError) as fault:
        raise BadRequest(
            _("{value} is no value for {field}: {reason}", value=repr(text), field=found.name, reason=str(fault)),
            code="bad_filter",
        ) from None
