"""Forms: pages, tabs, sections, fields and their widgets."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from xrm_core.web.models.parts import Action, Banner, Cell, Tone

Widget = Literal[
    "text", "long_text", "integer", "decimal", "money", "percent", "switch", "date", "datetime", "time", "duration",
    "email", "phone", "url", "compound", "select", "multi_select", "radio", "tags", "lookup", "lookup_many", "table",
    "file", "image", "json", "colour", "rating", "hidden", "read_only", "password", "search", "expression", "custom", "pick",
]  # fmt: skip
"""How a field is drawn; "custom" by a template of a plugin; "pick" is a name out of a long list, typed or chosen (`lookup`). Money, address, person name and location are "compound" (or "money") over `parts`."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def element_id(name: str) -> str:
    """Return the element id for an input's name: stable, and safe in a selector ("lines.0.amount" ->
    "f-lines-0-amount").
    """
    return "f-" + _UNSAFE.sub("-", name).strip("-")


class Option(Struct, frozen=True, kw_only=True):
    """One choice of a select, a radio group, chips."""

    value: str
    label: str
    selected: bool = False
    group: str = ""
    disabled: bool = False
    tone: Tone = "neutral"
    hint: str = ""


class ChildRow(Struct, frozen=True, kw_only=True):
    """One row of a child table; its fields are in the order of the table's columns.

    `key` is the record's id or, for a new one, a number; the names of its fields begin with `<table>.<key>.`.
    """

    key: str
    fields: tuple[FormField, ...]
    title: str = ""
    new: bool = False


class ChildTable(Struct, frozen=True, kw_only=True):
    """Rows edited in place. Adding posts `_add=<table name>`, removing `_remove=<table name>.<key>`: to the form's
    own address, which answers the whole form with the row added or removed and nothing saved. With htmx only the
    table is taken out of it. `cards` draws each row as a small form: for rows with addresses and long texts.
    """

    columns: tuple[str, ...]
    rows: tuple[ChildRow, ...]
    add_label: str = ""
    may_add: bool = True
    may_remove: bool = True
    footer: tuple[Cell, ...] = ()
    cards: bool = False


class Lookup(Struct, frozen=True, kw_only=True):
    """Where a link's candidates are found.

    `url` answers `?q=` with `fragments/lookup_options.html`. The id goes into the input `<name>`, the text typed into
    `<name>__text`: without scripts the server resolves that text. `kind` is the label of the target entity.
    """

    url: str
    label: str = ""
    href: str = ""
    kind: str = ""
    create_href: str = ""
    aside: bool = False
    """Without scripts too: a button that sends the form with `_create=<name>`."""
    which: tuple[Option, ...] = ()
    """Where the text means several records: those, one of which is picked without scripts (`<name>__which`)."""


class FormField(Struct, frozen=True, kw_only=True):
    """One field of a form: what it is called, how it is drawn, what it holds, what is wrong with it.

    `value` is the text of the input as the browser wants it (dates in ISO form, numbers in the reader's form).
    `parts` are the inputs of a compound widget. `selected` are the chosen records of "lookup_many". `refresh` posts
    the form with `_refresh=<name>` when the value changes, for conditions that depend on it. `display` draws a
    read-only value. `shown`, of a date or a moment: its text as the reader writes it, in an input that takes days in words too.
    """

    name: str
    label: str
    widget: Widget = "text"
    value: str = ""
    shown: str | None = None
    checked: bool = False
    options: tuple[Option, ...] = ()
    selected: tuple[Option, ...] = ()
    parts: tuple[FormField, ...] = ()
    table: ChildTable | None = None
    lookup: Lookup | None = None
    display: Cell | None = None
    required: bool = False
    hint: str = ""
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    placeholder: str = ""
    autocomplete: str = "off"
    min: str = ""
    max: str = ""
    step: str = ""
    max_length: int = 0
    rows: int = 4
    prefix: str = ""
    suffix: str = ""
    accept: str = ""
    template: str = ""
    span: Literal[1, 2, 3] = 1
    refresh: bool = False
    autofocus: bool = False
    unkept: bool = False
    """Whether its reading is recorded: a browser keeps no draft of it."""

    @property
    def id(self) -> str:
        """The element id of the input."""
        return element_id(self.name)


class FormSection(Struct, frozen=True, kw_only=True):
    """Fields under one heading in one to three columns; `folded` starts closed (never when a field has an error)."""

    fields: tuple[FormField, ...]
    title: str = ""
    text: str = ""
    columns: Literal[1, 2, 3] = 2
    folded: bool = False


class FormTab(Struct, frozen=True, kw_only=True):
    """A tab of sections; with one tab, or without scripts, all is shown one below the other."""

    name: str
    label: str
    sections: tuple[FormSection, ...]
    errors: int = 0


class FormError(Struct, frozen=True, kw_only=True):
    """A line of the summary; `field` is the input's name, or empty when it belongs to the whole."""

    text: str
    field: str = ""
    label: str = ""

    @property
    def href(self) -> str:
        """The address of the input within the page."""
        return f"#{element_id(self.field)}" if self.field else "#form"


class Conflict(Struct, frozen=True, kw_only=True):
    """One field that somebody else changed meanwhile; the reader chooses with the input `_keep.<name>` = mine, theirs or, where he
    `may_restore` it, original.
    """

    name: str
    label: str
    mine: str
    theirs: str
    original: str = ""
    may_restore: bool = False


class SimilarRecord(Struct, frozen=True, kw_only=True):
    """A stored record that looks like the one that is being typed: how sure that is, and why. `about` tells it from its namesakes."""

    id: str
    title: str
    href: str
    grade: str
    tone: Tone = "neutral"
    why: tuple[str, ...] = ()
    about: str = ""


class SimilarBox(Struct, frozen=True, kw_only=True):
    """Fragment `fragments/similar.html`: the records that look like the one being typed. `looks`: the entity says what makes
    records similar; the form then has a place for them. `differs`: ids of those that are said not to be the same."""

    title: str = ""
    looks: bool = False
    differs: tuple[str, ...] = ()
    similar: tuple[SimilarRecord, ...] = ()


class FormPage(Struct, frozen=True, kw_only=True):
    """Template `form.html`. Posts to `action` with `_version`; the buttons send `_then` = open, new or stay.

    `hidden` are further hidden inputs. `multipart` when a file can be sent. A refused form comes back with status
    422, all that was typed, and `errors`; a conflict with status 409 and `conflicts`.
    """

    title: str
    entity: str
    action: str
    tabs: tuple[FormTab, ...]
    cancel_href: str
    icon: str = "square-pen"
    save_label: str = ""
    text: str = ""
    version: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    errors: tuple[FormError, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    conflict_who: str = ""
    banners: tuple[Banner, ...] = ()
    multipart: bool = False
    may_add_another: bool = False
    aside: bool = False
    """The record is made for a link of another form, which comes back with it, or with `_then=back` without."""
    actions: tuple[Action, ...] = ()
    changed_text: str = ""
    touched: bool = False
    """It holds what is not saved yet."""
    box: SimilarBox = SimilarBox()
    """Beside the fields of a new record: those there are that look like it."""


class FieldEdit(Struct, frozen=True, kw_only=True):
    """Fragment `fragments/field_edit.html`: one field of a record as an input where its value stood. Posts to `action` with
    `_version`; comes back with 422 and what was typed, or with 409 and a choice where somebody else changed the same field.
    """

    field: FormField
    action: str
    version: str
    cancel_href: str
    hidden: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    conflict: Conflict | None = None
    conflict_who: str = ""
    multipart: bool = False

    @property
    def id(self) -> str:
        """The element id of the small form."""
        return f"inline-{element_id(self.field.name)}"
