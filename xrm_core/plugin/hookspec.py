"""The hooks of the platform: what each is for, when it runs, what it gets, what it may answer, how answers combine.

Every specification takes at most four arguments, all passed by keyword; an implementation may leave out those it does not
need. Declaring hooks run once at start and are pure. Reacting hooks run inside the transaction of a save, except
`xrm_after_commit`, which runs from the outbox.
"""
# The specifications have no body: what they say is their signature and their docstring.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pluggy

from ..errors import Problem
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.field_type import FieldType
from ..metamodel.values import Actor, Change, FurtherChange, Reader, Record
from .contributions import ActionSpec, FunctionSpec, MenuEntry, PageSlot, SampleStep, Schedule
from .errands import Errand, Later
from .screens import Screen

PROJECT = "xrm"
spec = pluggy.HookspecMarker(PROJECT)


@spec
def xrm_metadata() -> Sequence[Path]:
    """Folders of metadata beside the plugin's own.

    When: once at start. Returns: folders with the same layout as a plugin's. Answers are joined in plugin order.
    Example: `return [Path(__file__).parent / "extra"]`
    """


@spec
def xrm_field_types() -> Sequence[type[FieldType]]:
    """Field types that the plugin adds.

    When: once at start. Returns: classes; each is made once. A name given twice is an error that names both plugins.
    Example: `return [Isbn]`
    """


@spec
def xrm_widgets() -> Mapping[str, str]:
    """Inputs for field types: name of a widget -> template that draws it.

    When: once at start. Returns: template paths inside the plugin's `templates/`. A name given twice is an error naming both.
    Example: `return {"isbn": "widgets/isbn.html"}`
    """


@spec
def xrm_functions() -> Sequence[FunctionSpec]:
    """Functions for the expression language; pure, the same answer on both databases and in Python.

    When: once at start. Returns: specifications. A name given twice, or one of the language's own, is an error naming both.
    Example: `return [FunctionSpec("initials", (TEXT,), TEXT, initials)]`
    """


@spec
def xrm_actions() -> Sequence[ActionSpec]:
    """Named operations on records: a button, an API call.

    When: once at start. Returns: specifications. The same name on the same entity twice is an error naming both.
    Example: `return [ActionSpec("thank", "donation", "Thank", run=thank)]`
    """


@spec
def xrm_schedule() -> Sequence[Schedule]:
    """Work that comes again by itself: what is due is booked, what has ended expires.

    When: once at start; a worker carries each schedule out once an hour or a day, as the system, through the door `job`.
    Returns: schedules, whose `run(reader, today)` gives new records and patches as `xrm_after_save` does; what belongs
    together stands in a tuple. What cannot be saved keeps nothing else back: it is told among the dead letters, and the
    next run asks for it again. A name given twice is an error that names both plugins.
    Example: `return [Schedule("expire_quotes", "daily", expire)]`
    """


@spec
def xrm_errands() -> Sequence[Errand]:
    """Work that leaves the process or takes long (mail, other systems), with transactions of its own.

    When: once at start; the worker runs an errand after the commit that asked for it by a `Later`, or each minute.
    Returns: errands, whose `run(office, given)` opens what transactions it needs. A name given twice is an error that names
    both plugins.
    Example: `return [Errand("send_letter", send)]`
    """


@spec
def xrm_screens() -> Sequence[Screen]:
    """Pages of the plugin's own: an inbox, a week, a form that needs no sign-in.

    When: once at start. Returns: screens, whose functions answer values and changes; the platform reads and saves with the
    rights of whoever asks, draws the page, holds forms to their token and offers the way back. Files in the plugin's folder
    `static` are served with them. A path given twice is an error.
    Example: `return [Screen("inbox", "Inbox", "requests/inbox.html", show=inbox, act=decide, entity="request", menu="work")]`
    """


@spec
def xrm_templates() -> Sequence[Path]:
    """Folders with templates, searched before the platform's own.

    When: once at start. Returns: folders. Joined in plugin order, the last plugin first.
    Example: `return [Path(__file__).parent / "templates"]`
    """


@spec
def xrm_routes() -> Sequence[Any]:
    """Further routes of the web server; each names its policy.

    When: once at start. Returns: route handlers. Joined; a path given twice is an error naming both.
    Example: `return [export_journal]`
    """


@spec
def xrm_commands() -> Sequence[Any]:
    """Further commands of the command line.

    When: a command of that name is called. Returns: click commands. A name given twice is an error naming both. `xrm --help`
    lists those that `commands:` in `plugin.yaml` names, with its sentence, and loads no plugin for it.
    Example: `return [receipts]`
    """


@spec
def xrm_sample() -> Sequence[SampleStep]:
    """Functions that make sample records for the demo and the bench.

    When: `xrm demo`, `xrm bench`. Returns: functions of one argument, a `SampleMaker`. Run in plugin order.
    Example: `return [make_donors]`
    """


@spec
def xrm_started(catalog: Catalog) -> None:
    """The last word before the platform serves.

    When: once, after the catalog is compiled. Arguments: the catalog in force. Returns: nothing; raising refuses to start
    with one clear line. All run.
    Example: `if "donation" not in catalog.entities: raise ValueError("needs donations")`
    """


@spec(firstresult=True)
def xrm_authenticate(request: Mapping[str, Any]) -> Actor | None:
    """Who sends this request, for a way of signing in that the platform does not have.

    When: a request without a session or token of the platform. Arguments: `request` has method, path, headers, client.
    Returns: an actor, or None for "not mine". The first answer counts.
    Example: `return actors.get(request["headers"].get("x-badge"))`
    """


@spec
def xrm_row_scope(entity: str, actor: Actor) -> str | None:
    """Narrow which records an actor may see.

    When: each read and write. Arguments: name of the entity, the actor. Returns: an expression over `record` and `actor`,
    or None. Answers are joined by AND: a plugin may narrow, never widen.
    Example: `return "record.region == 'north'"`
    """


@spec
def xrm_validate(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """Check what metadata cannot say.

    When: after `xrm_before_save` and the metadata's own rules, before the write. Arguments: the change with its final
    values, who makes it, and a reader in the same transaction. Returns: problems; any refuses the save. All are collected.
    Example: `return [Problem("The supplier is blocked.", field="supplier")]`
    """


@spec
def xrm_before_save(change: Change, actor: Actor, reader: Reader) -> Mapping[str, Any]:
    """Complete or normalise a record before it is checked and written.

    When: after the fields are validated. Arguments: the change, who makes it, a reader. Returns: a patch, column -> stored
    value (child rows under their field's name). Patches are merged; two plugins setting one column differently is an error.
    Example: `return {"amount_base": change.after["amount"] * rate}`
    """


@spec
def xrm_after_save(change: Change, actor: Actor, reader: Reader) -> Sequence[FurtherChange | Later]:
    """What else must change because of a save, in the same transaction.

    When: after the write. Arguments: the change as stored, who made it, a reader. Returns: new records and patches, which
    go through the same path, at most five levels deep, and errands for after the commit (`Later`). Joined in plugin order.
    Example: `return [Patch("donor", change.after["donor"], transition="activate")]`
    """


@spec
def xrm_after_commit(changes: Sequence[Change], actor: Actor) -> None:
    """Work that leaves the process (mail, other systems), once the save is certain.

    When: from the outbox, at least once, retried with back-off, then on the list of dead letters. Arguments: the changes,
    who made them. Returns: nothing; never undoes the save. All run.
    Example: `notify(changes)`
    """


@spec
def xrm_menu(actor: Actor, catalog: Catalog) -> Sequence[MenuEntry]:
    """Entries of the menu that depend on who looks.

    When: each page. Arguments: the actor, the catalog. Returns: entries. Joined in plugin order.
    Example: `return [MenuEntry("donors", "Thanks due", "/view/thanks_due", badge=3)]`
    """


@spec
def xrm_page_slot(slot: str, entity: Entity, record: Record, actor: Actor) -> PageSlot | None:
    """A piece of a record page.

    When: a record page is drawn; `slot` is one of header, overview, aside. Arguments: the entity, the record as the actor
    may see it, the actor. Returns: a template with its values, or None. Joined in plugin order, then by `order`.
    Example: `return PageSlot("giving.html", {"years": years})`
    """


DECLARING = (
    "xrm_metadata", "xrm_field_types", "xrm_widgets", "xrm_functions", "xrm_actions", "xrm_schedule", "xrm_errands", "xrm_screens",
    "xrm_templates",
    "xrm_routes", "xrm_commands", "xrm_sample",
)  # fmt: skip
REACTING = ("xrm_validate", "xrm_before_save", "xrm_after_save", "xrm_after_commit")

Marked = Callable[..., Any]
