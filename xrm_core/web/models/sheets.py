"""Sheets: what changes a list, each a page of its own that scripts open over the list."""

from __future__ import annotations

from msgspec import Struct

from xrm_core.web.models.forms import FormField, Option
from xrm_core.web.models.parts import Action, Link


class FilterRow(Struct, frozen=True, kw_only=True):
    """One condition of a filter that is being made; `key` is its arm and place ("0.1"). A condition that somebody wrote has
    `text` and no path."""

    key: str
    path: str = ""
    label: str = ""
    operators: tuple[Option, ...] = ()
    inputs: tuple[FormField, ...] = ()
    text: str = ""
    error: str = ""


class FieldChoice(Struct, frozen=True, kw_only=True):
    """A field to choose: `value` is what the button `do` sends, `walk` what goes on through its link."""

    label: str
    value: str = ""
    walk: str = ""
    icon: str = ""
    group: str = ""


class FieldChooser(Struct, frozen=True, kw_only=True):
    """The fields at the end of a path; `crumbs` lead back, each by what its button sends; what is typed, put behind `find_href`, finds
    others behind the links."""

    fields: tuple[FieldChoice, ...]
    crumbs: tuple[FieldChoice, ...] = ()
    here: str = ""
    find_href: str = ""


class FilterSheet(Struct, frozen=True, kw_only=True):
    """Template `sheet_filter.html`: arms of conditions, one of which must hold; or the chooser of a field. `keep` is the list
    as it stands, `rows` are hidden inputs of the conditions while a field is chosen."""

    title: str
    action: str
    back: str
    keep: tuple[tuple[str, str], ...] = ()
    arms: tuple[tuple[FilterRow, ...], ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    chooser: FieldChooser | None = None
    is_new: bool = True


class SheetLine(Struct, frozen=True, kw_only=True):
    """One line of a sheet about columns or order: a name, whether it goes down, and the addresses that move it or take it out. A column
    is also made wider or narrower (`width` in pixels, 0: as wide as it needs), and kept in sight with those before it (`freeze_href`;
    a `fixed` one stays in sight, and the address lets it and those behind it go)."""

    name: str
    label: str
    down: bool = False
    turn_href: str = ""
    up_href: str = ""
    down_href: str = ""
    remove_href: str = ""
    fixed: bool = False
    freeze_href: str = ""
    wider_href: str = ""
    narrower_href: str = ""
    width: int = 0


class LinesSheet(Struct, frozen=True, kw_only=True):
    """Template `sheet_lines.html`: columns or order. `adds` are fields that can be added, `crumbs` where in the links we are;
    `apply_href` is the list as the sheet has it, `reset_href` the sheet as the view has it, `find_href` is as in the chooser."""

    title: str
    kind: str
    back: str
    apply_href: str
    lines: tuple[SheetLine, ...] = ()
    adds: tuple[Link, ...] = ()
    walks: tuple[Link, ...] = ()
    crumbs: tuple[Link, ...] = ()
    reset_href: str = ""
    order_href: str = ""
    empty: str = ""
    find_href: str = ""


class ChoiceGroup(Struct, frozen=True, kw_only=True):
    """Choices under a heading, with a sentence that tells them from the others."""

    title: str
    text: str
    choices: tuple[Link, ...]


class ChoiceSheet(Struct, frozen=True, kw_only=True):
    """Template `sheet_choice.html`: one of several, each a link; `files`: they are downloads; `sent`: what is posted with the choice, then
    each is a button."""

    title: str
    back: str
    choices: tuple[Link, ...] = ()
    groups: tuple[ChoiceGroup, ...] = ()
    text: str = ""
    files: bool = False
    sent: tuple[tuple[str, str], ...] = ()


class ViewSheet(Struct, frozen=True, kw_only=True):
    """Template `sheet_view.html`: the form in which a view is named and kept."""

    title: str
    action: str
    back: str
    fields: tuple[FormField, ...]
    keep: tuple[tuple[str, str], ...] = ()
    save: str = ""
    others: tuple[Action, ...] = ()


class RefusedRecord(Struct, frozen=True, kw_only=True):
    """A record that was refused: its title and address, and what is said of it alone."""

    title: str
    href: str
    told: str = ""


class BulkReason(Struct, frozen=True, kw_only=True):
    """Why records are refused, how many, the way out, and the records as links: the first ones, and those behind a click (`more`
    says how many there are). What is said of one of them alone stands in its `label`."""

    text: str
    count: str
    hint: str = ""
    records: tuple[RefusedRecord, ...] = ()
    others: tuple[RefusedRecord, ...] = ()
    more: str = ""


class BulkSheet(Struct, frozen=True, kw_only=True):
    """Template `sheet_bulk.html`: what is done to many records: first the fields that are asked for, then what it would do
    (`told`, `reasons`), then the button that does it."""

    title: str
    action: str
    back: str
    hidden: tuple[tuple[str, str], ...] = ()
    text: str = ""
    fields: tuple[FormField, ...] = ()
    choices: tuple[Link, ...] = ()
    told: str = ""
    note: str = ""
    reasons: tuple[BulkReason, ...] = ()
    save: str = ""
    danger: bool = False
    is_checked: bool = False
    asked: bool = False
    """Were values asked for, to which one may go back?"""


class BulkPage(Struct, frozen=True, kw_only=True):
    """Template `bulk.html`: a large change at work, or what became of it."""

    title: str
    text: str
    back: str
    url: str
    state: str
    done: int = 0
    total: int = 0
    figures: tuple[tuple[str, str], ...] = ()
    reasons: tuple[BulkReason, ...] = ()
    actions: tuple[Action, ...] = ()
