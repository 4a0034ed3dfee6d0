"""Pages about access: the log, the answer to "why", the map of who does what."""

from __future__ import annotations

from msgspec import Struct

from xrm_core.web.models.forms import FormField
from xrm_core.web.models.parts import Action, Banner, Cell, EmptyState


class AccessTable(Struct, frozen=True, kw_only=True):
    """A card with a table; `code` is folded below it and shown as it is (a statement with its parameters)."""

    name: str
    title: str
    icon: str = ""
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    code: str = ""
    actions: tuple[Action, ...] = ()


class AccessPage(Struct, frozen=True, kw_only=True):
    """Template `access.html`. `fields` are the inputs of the question, sent to `action` by GET."""

    title: str
    text: str = ""
    action: str
    submit: str
    fields: tuple[FormField, ...] = ()
    answer: Banner | None = None
    tables: tuple[AccessTable, ...] = ()
    actions: tuple[Action, ...] = ()
    previous_href: str = ""
    next_href: str = ""
    empty: EmptyState | None = None
