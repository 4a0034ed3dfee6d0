"""How pages of tiles are arranged: by each person for himself, for a department by its people, for everybody by administrators.
One's own arrangement wins, then that of the nearest department, then everybody's. What is shared are records of `arrangement`, read
and written by right like all others, and never overwritten unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from ..errors import BadRequest, Conflict, XrmError
from ..expressions import quote
from ..language import N_, _
from ..metamodel.values import Query
from . import desk, saved_views
from .lists import list_records
from .naming import titles_of
from .records import create_record, update_record
from .sight import is_open
from .work import Work

ENTITY = "arrangement"
COLUMNS = ("id", "version", "department.code", "layout", "updated_by")
MOST = 200
"""Arrangements of one page; names of tiles in one of them."""
AUDIENCES = {"me": N_("Only me"), "department": N_("My department"), "everybody": N_("Everybody")}
BEFORE = "before"
"""Where an arrangement keeps the one that it came after."""
LATE = "arranged_meanwhile"


class Layout(Struct, frozen=True):
    """Names of tiles in order, those that are left out, widths by name. Tiles that it does not name follow as they were written."""

    order: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    sizes: Mapping[str, str] = {}

    @property
    def says(self) -> bool:
        """Does it say anything? One that was reset says nothing, and the next one holds."""
        return bool(self.order or self.hidden or self.sizes)

    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        return {"order": list(self.order), "hidden": list(self.hidden), "sizes": dict(self.sizes)} if self.says else {}


class Arranged(Struct, frozen=True):
    """An arrangement in force: whose it is, what it says, what it came after (None: nothing to go back to). `version` of a shared
    one is that of its record; 0: nobody made it yet."""

    audience: str
    layout: Layout = Layout()
    before: Layout | None = None
    unit: str | None = None
    id: str = ""
    version: int = 0
    by: str = ""


def read_layout(value: Any) -> Layout:
    """What is stored, as far as it makes sense: it may come from anywhere."""
    if not isinstance(value, dict):
        return Layout()
    sizes = value.get("sizes")
    sized = {k: v for k, v in sizes.items() if isinstance(v, str)} if isinstance(sizes, dict) else {}
    return Layout(_names(value.get("order")), _names(value.get("hidden")), dict(list(sized.items())[:MOST]))


def _names(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for n in value if isinstance(n, str)))[:MOST] if isinstance(value, list) else ()


def _before(value: Any) -> Layout | None:
    found = value.get(BEFORE) if isinstance(value, dict) else None
    return read_layout(found) if isinstance(found, dict) else None


def audiences(work: Work) -> tuple[str, ...]:
    """For whom the reader may arrange."""
    if not desk.is_person(work):
        return ()
    found = ["me"]
    if saved_views.own_department(work) is not None and is_open(work, ENTITY, "create"):
        found.append("department")
    return (*found, "everybody") if work.access.is_unlimited else tuple(found)


def unit_of(work: Work, unit: str | None) -> str | None:
    """The code of the department that the reader arranges for: the one he works in just now where he belongs to it, else his first."""
    return unit if unit in work.actor.units else next(iter(sorted(work.actor.units)), None)


def shared(work: Work, page: str) -> dict[str | None, Arranged]:
    """The shared arrangements of a page by the code of their department; None: everybody's."""
    if work.actor.id is None or not is_open(work, ENTITY):
        return {}
    found = list_records(work, Query(ENTITY, COLUMNS, f"record.of == {quote(page)}", ("id",), MOST)).rows
    return {row["department.code"]: _arranged(dict(row)) for row in found}


def _arranged(row: Mapping[str, Any]) -> Arranged:
    unit = row["department.code"]
    return Arranged(
        "everybody" if unit is None else "department", read_layout(row["layout"]), _before(row["layout"]), unit,
        str(row["id"]), int(row["version"]), str(row["updated_by"] or ""),
    )  # fmt: skip


def own(work: Work, page: str) -> Arranged:
    """How the reader arranged a page for himself."""
    kept = desk.arrangement(work, page)
    return Arranged("me", read_layout(dict(kept)), _before(dict(kept)))


def inherited(work: Work, page: str, line: Sequence[str]) -> Arranged | None:
    """What holds for the reader where he arranged nothing himself: that of the nearest of his departments, `line`, else everybody's."""
    found = shared(work, page)
    return next((one for unit in (*line, None) if (one := found.get(unit)) is not None and one.layout.says), None)


def in_force(work: Work, page: str, line: Sequence[str]) -> Arranged:
    """What the reader is shown."""
    mine = own(work, page)
    return mine if mine.layout.says else (inherited(work, page, line) or mine)


def of_audience(work: Work, page: str, audience: str, unit: str | None) -> Arranged:
    """What is arranged for one's department or for everybody; nothing yet is one too. Raises BadRequest for others' to arrange."""
    if audience not in audiences(work):
        raise BadRequest(_("this cannot be arranged for them by you"), code="bad_audience")
    if audience == "me":
        return own(work, page)
    code = unit_of(work, unit) if audience == "department" else None
    return shared(work, page).get(code) or Arranged(audience, unit=code)


def keep(work: Work, page: str, old: Arranged, new: Layout, seen: int, *, goes_back: bool = False) -> None:
    """Keep an arrangement in the place of `old`. `seen` is the version that the actor saw of a shared one; `goes_back`: it was
    what `old` came after, and there is nothing further to go back to.

    Raises Conflict (`arranged_meanwhile`) where somebody else arranged it since, Refused, BadRequest.
    """
    value = {**new.kept(), **({} if goes_back else {BEFORE: old.layout.kept()})}
    if old.audience == "me":
        desk.arrange(work, page, value or None)
        return
    if old.version != seen:
        raise late(work, old)
    try:
        with work.tx.savepoint():
            if old.id:
                update_record(work, ENTITY, old.id, {"layout": value}, seen)
            else:
                place = saved_views.own_department(work, old.unit) if old.audience == "department" else None
                create_record(
                    work, ENTITY, {"of": page, "audience": old.audience, "department": place, "layout": value}
                )
    except XrmError as fault:
        if fault.status in (409, 412):
            raise late(work, old) from fault
        raise


def late(work: Work, old: Arranged) -> Conflict:
    """What is told to one who comes too late."""
    name = titles_of(work, [("user", old.by)]).get(("user", old.by)) if old.by else None
    who = name or _("Somebody else")
    return Conflict(
        _("{who} arranged this meanwhile. You see it as it is now; your last step was not made.", who=who), code=LATE
    )


def woven(whole: Iterable[str], seen: Sequence[str]) -> tuple[str, ...]:
    """An order of which one sees but some names, with those in a new order: the others stay where they are."""
    rest, known = iter(seen), set(seen)
    made = [next(rest) if name in known else name for name in whole]
    return tuple(dict.fromkeys([*made, *rest]))
