"""A person's desk: the records he opened last, the pages he pinned, how he arranged a page. Kept for the person who is signed
in, whoever he stands in for; what of it is shown is read anew under his rights."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ..errors import BadRequest, NotFound, XrmError, in_log
from ..language import _
from ..storage import personal
from .naming import titles_of
from .runtime import Runtime
from .work import Work

log = logging.getLogger("xrm.desk")
OPENED, PINNED, ARRANGED = "opened", "pinned", "arranged"
MOST_OPENED, MOST_PINNED = 40, 24
FACT = "opened"
"""Name among the facts of a work: the record whose page was just shown."""


class Opened(Struct, frozen=True):
    """A record that somebody opened, as he may see it now."""

    entity: str
    id: str
    title: str


class Pinned(Struct, frozen=True):
    """A page that somebody pinned: its address on this server, and what he calls it."""

    href: str
    label: str
    icon: str = ""


def is_person(work: Work) -> bool:
    """Has the actor a desk? Users have, and do not lend it: not while somebody looks through their eyes."""
    return work.actor.kind == "user" and work.actor.id is not None and not work.facts.get("viewing")


def _me(work: Work) -> str:
    if not is_person(work):
        raise BadRequest(_("only a signed-in person has a desk"), code="no_desk")
    return str(work.actor.id)


def note_opened(work: Work, entity: str, id: str) -> None:
    """Say that a record's page is shown; `keep_opened` writes it down when the page is out."""
    if is_person(work):
        work.facts[FACT] = (str(work.actor.id), entity, id)


def keep_opened(runtime: Runtime, noted: tuple[str, str, str]) -> None:
    """Write down a record that was opened, in a transaction of its own. What goes wrong is logged: nobody waits for it."""
    user, entity, id = noted
    try:
        with runtime.database.read() as tx:
            last = personal.newest(tx, user, OPENED, 1)
        if last and last[0][0] == f"{entity}/{id}":
            return
        from datetime import UTC, datetime

        with runtime.database.write() as tx:
            personal.put(tx, user, OPENED, f"{entity}/{id}", None, datetime.now(UTC))
            personal.shorten(tx, user, OPENED, MOST_OPENED)
    except XrmError as fault:
        log.warning("a record that was opened is not remembered: %s", in_log(fault))


def recent(work: Work, limit: int = 8, without: str = "") -> list[Opened]:
    """The records opened last, the newest first: those that are still there for the reader. `without` is the id of one that
    need not be told (the page at hand). One statement for each entity among them."""
    if not is_person(work):
        return []
    names = [n.partition("/") for n, __ in personal.newest(work.tx, str(work.actor.id), OPENED, limit * 2)]
    wanted = [(entity, id) for entity, __, id in names if id != without]
    titles = titles_of(work, wanted)
    return [Opened(e, id, titles[e, id]) for e, id in wanted if (e, id) in titles][:limit]


def pins(work: Work) -> list[Pinned]:
    """The pages that the reader pinned, in the order in which he did."""
    if not is_person(work):
        return []
    found = personal.newest(work.tx, str(work.actor.id), PINNED, MOST_PINNED)
    return [Pinned(href, str(v.get("label", "")), str(v.get("icon", ""))) for href, v in reversed(found)]


def is_pinned(work: Work, href: str) -> bool:
    """Did the reader pin this address?"""
    return is_person(work) and personal.one(work.tx, str(work.actor.id), PINNED, href) is not None


def pin(work: Work, href: str, label: str, icon: str = "") -> None:
    """Pin an address of this server. Raises BadRequest for one of elsewhere, and where there are too many."""
    if not href.startswith("/") or href.startswith("//") or len(href) > 4000:
        raise BadRequest(_("only a page of this place can be pinned"), code="bad_pin")
    if not label.strip():
        raise BadRequest(_("a pinned page needs a name"), code="bad_pin")
    if not is_pinned(work, href) and len(pins(work)) >= MOST_PINNED:
        raise BadRequest(
            _("{most_pinned} pages are pinned, and no more have room", most_pinned=MOST_PINNED), code="too_many"
        )
    personal.put(work.tx, _me(work), PINNED, href, {"label": label.strip()[:120], "icon": icon[:60]}, work.now)


def unpin(work: Work, href: str) -> None:
    """Take a pinned address off again. Raises NotFound where it was not pinned."""
    if not personal.drop(work.tx, _me(work), PINNED, href):
        raise NotFound(_("this page is not pinned"), code="not_found")


def arrangement(work: Work, name: str) -> Mapping[str, Any]:
    """How the reader arranged the page of this name; empty where he did not."""
    if not is_person(work):
        return {}
    found = personal.one(work.tx, str(work.actor.id), ARRANGED, name)
    return found if isinstance(found, dict) else {}


def arrange(work: Work, name: str, value: Mapping[str, Any] | None) -> None:
    """Keep how the reader arranged the page of this name; None: as it was written."""
    if value is None:
        personal.drop(work.tx, _me(work), ARRANGED, name)
    else:
        personal.put(work.tx, _me(work), ARRANGED, name, dict(value), work.now)
