"""What a screen of a plugin reads: through the same services as the pages, with the rights of whoever looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from ..errors import InvalidRecord, NotFound, Problem, Refused
from ..fields.locales import show_date, show_number
from ..language import _
from ..metamodel.catalog import Entity, Field
from ..metamodel.text import say
from ..metamodel.values import Page, Query, Record
from ..plugin.screens import PREFIX
from ..services import accounts, actions, lists, records, seen_by, written
from ..services.sight import is_open, reads_path, reads_text
from ..services.work import Work
from ..storage.filters import with_values
from . import screen_inputs
from .addresses import entity_url
from .asked import Asked
from .buttons import offers_of
from .cells import cell_of, moment
from .drawing import defaults_of, texts_of_record
from .inputs import input_of
from .models import Cell, FormField
from .offered import verdict, whole
from .paths import resolve
from .posted import take_fields
from .screen_inputs import errors_of

RUN = "_run"
"""Name of the input that says which offer a form is of: `entity/id/name`."""


class OfferOf(Struct, frozen=True):
    """An action or transition with its inputs, named `<name>.<field>` so that several stand on one page."""

    entity: str
    id: str
    version: int
    name: str
    label: str
    allowed: bool
    reason: str
    fields: tuple[FormField, ...]
    drawn: str

    @property
    def run(self) -> str:
        """What the form says it is of."""
        return f"{self.entity}/{self.id}/{self.name}"


class WorkScreenReader:
    """Reads for one request. `problems` are those of the form that was sent, drawn beside its inputs."""

    def __init__(self, work: Work, plugin: str, asked: Asked, problems: Sequence[Problem] = ()) -> None:
        self._work, self._plugin, self._asked, self._problems = work, plugin, asked, problems

    def get(self, entity: str, id: str, columns: Sequence[str] = ()) -> Record | None:
        """A record, or None where there is none for the reader."""
        if not is_open(self._work, entity):
            return None
        try:
            found = records.read_record(self._work, entity, id, self._columns(entity, columns))
            return {**dict.fromkeys(columns), **found} if columns else found
        except NotFound:
            return None

    def page(self, query: Query) -> Page:
        """A page of records; empty where nothing of the entity is for the reader."""
        if self._is_shut(query):
            return Page(())
        entity = self._work.entity(query.entity)
        sort = tuple(s for s in query.sort if reads_path(self._work, entity, s.removeprefix("-")))
        found = lists.list_records(
            self._work, replace(query, columns=self._columns(query.entity, query.columns), sort=sort)
        )
        blank = dict.fromkeys(p for p in query.columns if not reads_path(self._work, entity, p))
        return replace(found, rows=[{**blank, **row} for row in found.rows]) if blank else found

    def _is_shut(self, query: Query) -> bool:
        """Is nothing of the entity, or of what the filter names, for the reader? Then no record fits, as far as he knows."""
        if not is_open(self._work, query.entity):
            return True
        return not reads_text(self._work, query.entity, query.filter)

    def find(self, query: Query, values: Mapping[str, Any]) -> Sequence[Record]:
        """The rows of the first page; `given.name` in the filter stands for `values`."""
        return self.page(self._filled(query, values)).rows

    def total(
        self, query: Query, by: str, sum: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Mapping[Any, tuple[int, Any]]:
        """Value of the path `by` -> how many records have it, and the sum of the path `sum`."""
        asked_for = self._filled(query, values or {})
        return {} if self._is_shut(asked_for) else lists.grouped_records(self._work, asked_for, by, sum)

    def count(self, query: Query, values: Mapping[str, Any] | None = None) -> int:
        """How many records there are."""
        asked_for = self._filled(query, values or {})
        return 0 if self._is_shut(asked_for) else lists.count_records(self._work, asked_for)

    def children(
        self, entity: str, field: str, ids: Sequence[str], columns: Sequence[str] = ()
    ) -> Mapping[str, Sequence[Record]]:
        """Id -> the rows that point to it in this way."""
        children = self._work.entity(entity).children[field]
        if not ids or not is_open(self._work, children.entity):
            return {}
        return lists.nested_records(self._work, children, ids, self._columns(children.entity, columns))

    def may(self, entity: str, verb: str = "read", id: str | None = None) -> bool:
        """Is the verb open on some record of the entity, or on this one?"""
        if not is_open(self._work, entity, verb):
            return False
        return id is None or verdict(self._work, self._work.entity(entity), verb, id).allowed

    def reads(self, entity: str, path: str) -> bool:
        """Does a field, or a path through links, exist for the reader?"""
        return is_open(self._work, entity) and reads_path(self._work, self._work.entity(entity), path)

    def cell(self, entity: str, record: Record, path: str) -> Cell:
        """The value of a path in a row that was asked for it."""
        return cell_of(self._work, resolve(self._work, entity, path), record, short=False)

    def text(self, entity: str, record: Record, path: str) -> str:
        """The same as a text."""
        return self.cell(entity, record, path).text

    def shown(self, value: Any) -> str:
        """A number, date or moment as the reader writes it."""
        if isinstance(value, datetime):
            return moment(self._work, value).text
        if isinstance(value, date):
            return show_date(value, self._work.language)
        return show_number(value, self._work.language) if isinstance(value, int | Decimal) else str(value or "")

    def label(self, entity: str, path: str = "") -> str:
        """What an entity, or a field of it, is called."""
        return (
            resolve(self._work, entity, path).label
            if path
            else say(self._work.entity(entity).label, self._work.language)
        )

    def offer(self, entity: str, id: str, name: str) -> OfferOf | None:
        """An action or transition on a record, with its inputs; what was typed and what was wrong with it stand in them."""
        known = self._work.entity(entity)
        record = self.get(entity, id)
        if record is None:
            return None
        found = self._wanted(known, record, name)
        if found is None:
            return None
        label, reason, fields, asks_reason = found
        prefix = f"{name}."
        mine = self._asked.posted(RUN) == f"{entity}/{id}/{name}"
        texts: dict[str, Any] = {k: v for f in fields for k, v in defaults_of(f, self._work.env).items()}
        texts |= {
            k: v
            for k, v in texts_of_record(self._work, known, record).items()
            if k in _names(fields) and _is_of(known, fields, k)
        }
        if mine:
            texts |= take_fields(self._work, known, fields, self._asked, prefix).texts
        errors = errors_of(self._problems if mine else (), prefix)
        inputs = [
            input_of(self._work, f, texts, errors, prefix=prefix, required=asks_reason is not None) for f in fields
        ]
        if asks_reason not in (None, "no"):
            typed = self._asked.posted(f"{prefix}reason") if mine else ""
            inputs.append(_reason(prefix, typed, required=asks_reason == "required", errors=errors))
        drawn = ",".join(prefix + f.name for f in fields)
        return OfferOf(entity, id, int(record["version"]), name, label, not reason, reason, tuple(inputs), drawn)

    def ask(self, entity: str, id: str, name: str, values: Mapping[str, Any] | None = None) -> Any:
        """What an action that only reads answers about a record; None where it is not for the reader, or not now."""
        spec = self._work.host.actions.get((entity, name))
        if spec is None or spec.effect != "read" or not is_open(self._work, entity):
            return None
        try:
            return actions.run_action(self._work, entity, id, name, values or {}).result
        except (NotFound, Refused, InvalidRecord):
            return None

    def inputs(
        self, entity: str, names: Sequence[str], given: Mapping[str, str] | None = None
    ) -> tuple[FormField, ...]:
        """Inputs for fields of a new record, with what is given, or was sent in them."""
        return screen_inputs.drawn(self._work, self._asked, self._problems, entity, names, given or {})

    def taken(self, entity: str, names: Sequence[str]) -> tuple[Mapping[str, Any], Sequence[Problem]]:
        """What such inputs hold, and what was wrong with them."""
        return screen_inputs.taken(self._work, self._asked, entity, names)

    def asks(self, fields: screen_inputs.Asks, prefix: str = "") -> tuple[FormField, ...]:
        """Inputs of what the screen itself asks for, with what was sent in them."""
        return screen_inputs.asks(self._work, self._asked, self._problems, fields, prefix)

    def answers(self, fields: screen_inputs.Asks, prefix: str = "") -> tuple[Mapping[str, Any], Sequence[Problem]]:
        """What such inputs hold, read as their types say; and what could not be."""
        return screen_inputs.answers(self._work, self._asked, fields, prefix)

    def codes(self, codes: str) -> Mapping[str, Mapping[str, Any]]:
        """All codes of a list with their attributes, labels in the reader's language."""
        known, language = self._work.catalog.codes.get(codes), self._work.language
        helps = {code: say(of.help, language) if of.help else "" for code, of in known.values.items()} if known else {}
        found = self._work.reader.codes(codes)
        return {code: {"help": helps[code], **of, "label": say(of["label"], language)} for code, of in found.items()}

    def url(self, entity: str, id: str = "") -> str:
        """The address of a list, or of a record."""
        return entity_url(entity, *([id] if id else []))

    def here(self, path: str, **query: str) -> str:
        """The address of a screen of the plugin."""
        asked_for = urlencode({k: v for k, v in query.items() if v})
        return f"{PREFIX}/{self._plugin}/{quote(path)}" + (f"?{asked_for}" if asked_for else "")

    def targets(self, entity: str, field: str) -> Sequence[str]:
        """The entities that a link may point to, those of which records are open to the reader."""
        if not self.reads(entity, field):
            return ()
        return [name for name in self._work.reader.targets(entity, field) if is_open(self._work, name)]

    def listed(self, view: str) -> tuple[str, Sequence[str]] | None:
        """(entity, ids) of the records of a list, by the name of its view or the id of a saved one."""
        return seen_by.listed(self._work, view)

    def fault_in(self, entity: str, expression: str) -> Problem | None:
        """What is wrong with an expression that is to give a number."""
        return written.fault_in(self._work, entity, expression)

    def worked_out(self, entity: str, id: str, expression: str) -> Decimal | None:
        """The number that an expression gives for a record."""
        return written.worked_out(self._work, entity, id, expression)

    def as_user(self, user: str) -> WorkScreenReader | None:
        """The same with the rights of a user."""
        own = seen_by.as_user(self._work, user)
        owes = own is not None and accounts.owes_factor(own, user)
        return WorkScreenReader(own, self._plugin, self._asked) if own is not None and not owes else None

    def sign(self, text: str) -> str:
        """The text with a signature of the organisation's key."""
        return self._work.reader.sign(text)

    def signed(self, token: str) -> str | None:
        """The text that was signed."""
        return self._work.reader.signed(token)

    def address(self, path: str) -> str:
        """The address of a path for people outside."""
        return self._work.reader.address(path)

    @property
    def today(self) -> date:
        """The date in the organisation's time zone."""
        return self._work.today

    @property
    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._work.now

    @property
    def settings(self) -> Mapping[str, Any]:
        """The organisation's settings."""
        return self._work.settings.facts()

    # ---- inside
    def _filled(self, query: Query, values: Mapping[str, Any]) -> Query:
        return replace(query, filter=with_values(query.filter, values)) if query.filter and values else query

    def _columns(self, entity: str, paths: Sequence[str]) -> tuple[str, ...]:
        """What it takes to show the paths; those that do not exist for the reader are left out."""
        known = self._work.entity(entity)
        fixed = ("id", "version") if paths else ()
        shown = [p for p in paths if reads_path(self._work, known, p)]
        return tuple(dict.fromkeys((*fixed, *(c for p in shown for c in self._of(known, p)))))

    def _of(self, entity: Entity, path: str) -> tuple[str, ...]:
        hops = path.split(".")
        if len(hops) == 1 and path not in entity.fields:
            return (path,)
        return resolve(self._work, entity.name, path).columns

    def _wanted(self, entity: Entity, record: Record, name: str) -> tuple[str, str, list[Field], str | None] | None:
        """Label, why it is closed, what it asks for, and whether it wants a reason (None: an action)."""
        work, id = self._work, str(record["id"])
        for action in actions.actions_of(work, entity.name, whole(entity, record)):
            if action.name == name and verdict(work, entity, name, id).allowed:
                return action.label, action.reason, list(action.fields), None
        for step in offers_of(work, entity, record):
            if step.name == name:
                may = verdict(work, entity, name, id)
                asked = [entity.fields[n] for n in step.require if n in entity.fields]
                return step.label, step.reason, [f for f in asked if f.columns and may.opens(f.name)], step.asks_reason
        return None


def _names(fields: Sequence[Field]) -> set[str]:
    return {c.name for f in fields for c in f.columns} | {f"{f.name}__text" for f in fields}


def _is_of(entity: Entity, fields: Sequence[Field], column: str) -> bool:
    """Is a column asked for as the entity's own, and not as an action's that only bears its name?"""
    name = entity.field_of_column.get(column, column.removesuffix("__text"))
    return any(f is entity.fields.get(name) for f in fields)


def _reason(prefix: str, typed: str, *, required: bool, errors: Mapping[str, list[str]]) -> FormField:
    name = f"{prefix}reason"
    return FormField(
        name=name, label=_("Reason"), widget="long_text", value=typed, required=required, errors=tuple(errors.get(name, ())), rows=2, span=2
    )  # fmt: skip
