"""People named in texts (`[@Ben Okafor](/e/user/<id>)` in Markdown): whom one may name, and telling those who were named.

Only who sees the record, and the field, is told, and only such people are offered: a notice must not say that a record exists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..errors import NotFound, Refused
from ..storage import notices as store
from ..storage.search_text import fold
from .lists import lookup
from .notices import DOORS
from .sight import is_open, reads
from .work import Work

if TYPE_CHECKING:
    from .drafts import Draft

MENTIONED = "mentioned"
MENTION = re.compile(r"\[@[^\]\n]{1,200}\]\(/e/user/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)")
MOST, LOOKED = 20, 24
"""People that one text may tell of it; people that are looked through for those who may see a record."""


class Person(NamedTuple):
    """Somebody who may be named."""

    id: str
    name: str


def named_in(text: object) -> tuple[str, ...]:
    """The users that a text names, each once, in their order."""
    return tuple(dict.fromkeys(MENTION.findall(text))) if isinstance(text, str) and "](/e/user/" in text else ()


def saved(work: Work, entity: str, drafts: Sequence[Draft]) -> None:
    """Tell those who are newly named in texts of these records, and who may see them; of a row, those who see the record that it
    belongs to, and of that record. Whoever writes is not told."""
    if work.door not in DOORS:
        return
    columns, owner = _texts(work, entity), work.entity(entity).parent
    for draft in drafts if columns else ():
        for column in columns:
            before = named_in(draft.before.get(column))
            fresh = [id for id in named_in(draft.after.get(column)) if id not in before]
            for user in fresh[:MOST]:
                if user in (work.actor.id, work.actor.deputy_for) or not sees(work, user, entity, draft.id, column):
                    continue
                values = {"by": work.actor.name}
                if owner is None:
                    store.add(work.tx, [user], work.now, MENTIONED, entity, draft.id, {**values, "field": column})
                elif sees(work, user, owner, str(draft.after[owner])):
                    store.add(work.tx, [user], work.now, MENTIONED, owner, str(draft.after[owner]), values)


def _texts(work: Work, entity: str) -> tuple[str, ...]:
    """The fields of an entity that people write Markdown in, of records that stand on their own and of their rows."""

    def find() -> tuple[str, ...]:
        found = work.entity(entity)
        if found.parent is not None and work.entity(found.parent).parent is not None:
            return ()
        return tuple(
            f.columns[0].name
            for f in found.fields.values()
            if f.type.name == "long_text"
            and f.columns
            and not f.virtual
            and getattr(f.options, "format", "") == "markdown"
        )

    return work.catalog.derive(f"mentions.texts.{entity}", find)


def eyes_of(work: Work, user: str) -> Work | None:
    """The same transaction with the rights of another user, to decide what he is told; None where he is not active."""
    from . import accounts  # works with what is built on this module

    try:
        actor = accounts.actor_by_id(work, user)
    except (NotFound, Refused):
        return None
    return Work(work.host, work.settings, work.catalog, work.tx, actor, work.door, work.now, files=work.files)


def sees(work: Work, user: str, entity: str, id: str | None, column: str | None = None) -> bool:
    """Does another user see the record (without one: any of its kind), and this field of it? Read with his rights, told to nobody."""
    from .records import read_record

    own = eyes_of(work, user)
    if own is None or not is_open(own, entity) or (column is not None and not reads(own, own.entity(entity), column)):
        return False
    try:
        record = read_record(own, entity, id, ("id", *((column,) if column else ()))) if id else {}
    except (NotFound, Refused):
        return False
    return column is None or record.get(column) is not None


def people(work: Work, entity: str, id: str | None, q: str, limit: int = 8) -> list[Person]:
    """Active users whose names begin like `q`, whom the actor may see, and who may see the record. Raises NotFound for a record that is
    not the actor's to see."""
    from .records import read_record

    work.access.require(entity, "read")
    if id:
        read_record(work, entity, id, ("id",))
    if not is_open(work, "user"):
        return []
    rows = lookup(work, "user", q, LOOKED, "record.status == 'active'")
    known = sorted((Person(str(row["id"]), str(row["display"] or "")) for row in rows), key=lambda one: _rank(one, q))
    found: list[Person] = []
    for one in known:
        if len(found) < limit and sees(work, one.id, entity, id):
            found.append(one)
    return found


def _rank(one: Person, q: str) -> tuple[int, str]:
    """Names that begin so come first, then those of which a further word does; users are found by their addresses too."""
    name, asked = fold(one.name), fold(q)
    place = 0 if name.startswith(asked) else 1 if f" {asked}" in name else 2
    return place, name
