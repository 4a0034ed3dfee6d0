"""One act on many records, each by itself and under the actor's rights: what it would do, and doing it; the refused ones with their
reasons. Through the same services as on single records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import Struct, field

from ..errors import BadRequest, XrmError
from ..language import _
from ..metamodel.values import Query
from .actions import run_action
from .bulk import upsert_records
from .deleting import delete_record, restore_record
from .lists import list_records
from .records import run_transition
from .runtime import Runtime
from .work import Work

MOST = 100_000
"""Records of one act."""
TRIED = 500
"""Records that a preview tries out."""
PAGE = 5_000


class Act(Struct, frozen=True):
    """What is done to each record: `name` is edit, delete, restore, a transition, or an action of a plugin that is for several;
    `values` are texts by column."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Refusal(Struct, frozen=True, array_like=True):
    """A record that was refused: why, in the words that it shares with others refused for the same reason; what is said of it alone
    where that tells more; the way out."""

    id: str
    reason: str
    told: str = ""
    hint: str = ""


class Outcome(Struct):
    """What became of the records: how many changed, how many were so already, and the refused ones with their reasons."""

    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def reasons(self) -> list[tuple[str, list[Refusal]]]:
        """The refused ones by their reasons, the most frequent reason first."""
        return by_reason(self.refused)


def by_reason(refused: Sequence[Refusal]) -> list[tuple[str, list[Refusal]]]:
    """Refusals put together by their reasons, the most frequent first."""
    counts = Counter(one.reason for one in refused)
    return [(reason, [one for one in refused if one.reason == reason]) for reason, __ in counts.most_common()]


def _refusal(id: str, fault: XrmError) -> Refusal:
    first = fault.problems[0] if fault.problems else None
    message, hint = (first.message, first.hint) if first is not None else (fault.message, fault.hint)
    alike = fault.alike if first is None else ""
    return Refusal(id, alike or message, message if alike else "", hint or "")


def chosen(work: Work, query: Query, *, most: int = MOST) -> list[str]:
    """The ids of all records of a list that the actor sees. Raises as a list does, and BadRequest where there are too many."""
    found: list[str] = []
    query = replace(query, columns=("id",), limit=PAGE, after=None, before=None, count="none")
    while True:
        page = list_records(work, query)
        found += [str(row["id"]) for row in page.rows]
        if len(found) > most:
            raise BadRequest(_("at most {most} records at once", most=most), code="too_many")
        if page.next is None:
            return found
        query = replace(query, after=page.next)


def act_on(work: Work, entity: str, ids: Sequence[str], act: Act) -> Outcome:
    """Do it to each of the records, in this transaction. Raises BadRequest for an act that there is not, Refused where it is closed
    on all of them; faults of the platform."""
    known = work.entity(entity)
    if act.name == "edit":
        return _edited(work, entity, ids, act.values)
    spec = work.host.actions.get((entity, act.name))
    by_action = spec is not None and spec.several is not None
    if (
        not by_action
        and act.name not in ("delete", "restore")
        and (known.lifecycle is None or act.name not in known.lifecycle.transitions)
    ):
        raise BadRequest(_("there is no {name!r} for several records", name=act.name), code="unknown_action")
    if not by_action:
        work.access.require(entity, act.name)
    made = Outcome()
    for id in ids:
        try:
            with work.tx.savepoint():
                if by_action:
                    run_action(work, entity, id, act.name, act.values, texts=True)
                else:
                    _one(work, entity, id, act.name)
            made.changed += 1
        except XrmError as fault:
            if fault.status >= 500:
                raise
            work.forget()
            made.refused.append(_refusal(id, fault))
    return made


def _one(work: Work, entity: str, id: str, name: str) -> None:
    if name == "delete":
        delete_record(work, entity, id)
    elif name == "restore":
        restore_record(work, entity, id)
    else:
        run_transition(work, entity, id, name)


def _edited(work: Work, entity: str, ids: Sequence[str], values: Mapping[str, Any]) -> Outcome:
    made = Outcome()
    rows = [{**values, "id": id} for id in ids]
    for result in upsert_records(work, entity, rows, mode="update", texts=True):
        if result.status == "refused":
            first = result.problems[0] if result.problems else None
            told, hint = (first.message, first.hint or "") if first is not None else (_("not accepted"), "")
            made.refused.append(Refusal(ids[result.index], told, "", hint))
        elif result.status == "unchanged":
            made.unchanged += 1
        else:
            made.changed += 1
    return made


class _TakenBack(Exception):
    """Ends a transaction that was only tried."""


def try_out(runtime: Runtime, work: Work, entity: str, ids: Sequence[str], act: Act) -> Outcome:
    """What the act would do to the first of the records: done in a transaction of its own that is taken back. Raises as `act_on`."""
    found: list[Outcome] = []
    try:
        with runtime.work(work.actor, work.door, write=True) as trial:
            trial.facts.update(work.facts)
            found.append(act_on(trial, entity, ids[:TRIED], act))
            raise _TakenBack
    except _TakenBack:
        return found[0]
