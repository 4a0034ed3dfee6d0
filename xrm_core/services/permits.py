"""What the one who acts may see of the records in hand, and do with them: `work.access`, asked record by record.

Only what he himself asks for is checked. What hooks, defaults, transitions and links bring about is the platform's own doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..access.access import Verdict
from ..access.words import may_not
from ..errors import NotFound, Problem, Refused, VersionConflict
from ..expressions import Expression, needs, sentence
from ..expressions.sentence import Manner
from ..fields.locales import show_date, show_datetime
from ..language import N_, _
from ..metamodel.catalog import SYSTEM_COLUMNS
from ..metamodel.values import Record
from .work import Work
from .writer import Writer, label_of

REFUSED = "not_allowed"
"""Code of what the actor may not do."""
SOURCED = frozenset(("source", "source_key"))
HINT = N_("ask an administrator for a role that allows it")


def is_guarded(work: Work) -> bool:
    """Does anything have to be asked? Not of what the platform does by itself, nor of those who may do everything."""
    return not work.depth and not is_free(work)


def is_free(work: Work) -> bool:
    """Whether every verb is open to the actor, everywhere."""
    access = work.access
    return access.is_unlimited and not access.is_narrowed and work.actor.scopes is None


def sees_all(work: Work) -> bool:
    """Whether the actor's view is everything there is."""
    return work.access.sees_all


def verdict(work: Work, entity: str, verb: str, record: Record) -> Verdict:
    """What a verb may do with one record: with its stored values, or those that it is about to have."""
    return work.access.verdict(entity, verb, record, work.bare)


def sees(work: Work, entity: str, record: Record | None) -> bool:
    """Whether the actor sees a stored record."""
    if record is None or sees_all(work):
        return record is not None
    return work.access.opens(entity, "read") and verdict(work, entity, "read", record).allowed


def shown(work: Work, entity: str, record: Record) -> Record | None:
    """Of a stored record what the actor sees: fields that he never reads are left out, others that are closed on this record
    are empty; None where he does not see it."""
    if sees_all(work):
        return record
    found = verdict(work, entity, "read", record)
    if not found.allowed:
        return None
    if found.fields is None:
        return record
    owner, gone = work.entity(entity).field_of_column, hidden(work, entity)
    return {
        name: value if owner.get(name, name) in found.fields else None
        for name, value in record.items() if name not in gone
    }  # fmt: skip


def left(id: str) -> Record:
    """What is answered of a record that a write took out of the actor's view."""
    return {"id": id}


def missing(entity: str, id: str) -> NotFound:
    """The error for a record that there is not, or not for the actor."""
    return NotFound(_("there is no {entity} {id!r}", entity=entity, id=id), code="not_found")


def changed_since(work: Work, entity: str, record: Record, version: int) -> VersionConflict:
    """The error for a write that names another version of a record than the stored one, with what the actor sees of that."""
    fault = VersionConflict.of(entity, record, version)
    fault.current = dict(shown(work, entity, record) or left(str(record["id"])))
    return fault


def hidden(work: Work, entity: str) -> frozenset[str]:
    """Names of fields, columns and sets of records that do not exist for the actor, here."""
    if sees_all(work):
        return frozenset()
    known: dict[str, frozenset[str]] = work.hidden.setdefault(work.access, {})
    found = known.get(entity)
    if found is None:
        of = work.entity(entity)
        names = {*of.fields, *of.columns, *of.children} - SYSTEM_COLUMNS.keys()
        found = known[entity] = frozenset(n for n in names if work.access.is_hidden(entity, n)) - kept_by_imports(
            work, entity
        )
    return found


def kept_by_imports(work: Work, entity: str) -> frozenset[str]:
    """The columns in which an import notes where a record comes from (`source`, `source_key`), while one is at work: they are
    the platform's own note, by which rows are found again, and need no right of the actor's."""
    if work.door != "import":
        return frozenset()
    return SOURCED if any(key.columns == ("source", "source_key") for key in work.entity(entity).keys) else frozenset()


def unknown(work: Work, writer: Writer, name: str) -> Problem:
    """The problem of a name that is no field that can be written, the same for one that does not exist for the actor."""
    return writer.unknown(name, hidden(work, writer.entity.name))


# ---- one record
def require(work: Work, entity: str, verb: str, record: Record) -> None:
    """The verb must be open on this record, which the actor sees. Raises Refused."""
    if not is_free(work) and not verdict(work, entity, verb, record).allowed:
        raise refusal(work, entity, verb)


def refusal(work: Work, entity: str, verb: str) -> Refused:
    """The error for a verb that is closed on a record."""
    return Refused(may_not(work.catalog, work.host, entity, verb), code="refused", hint=_(HINT))


def may_run(work: Work, entity: str, action: str, effect: str, record: Record) -> bool:
    """Whether an action is open on a record: by its name, or by the verb that covers it (update; read for one that only reads)."""
    if is_free(work) or verdict(work, entity, action, record).allowed:
        return True
    return effect == "read" and not _is_denied(work, entity, action) and verdict(work, entity, "read", record).allowed


def opens_action(work: Work, entity: str, action: str, effect: str) -> bool:
    """Whether an action is open on some record."""
    access, spec = work.access, work.host.actions.get((entity, action))
    if spec is not None and spec.makes and not may_make(work, spec.makes):
        return False
    if access.opens(entity, action):
        return True
    return effect == "read" and not _is_denied(work, entity, action) and access.opens(entity, "read")


def may_make(work: Work, entity: str) -> bool:
    """Whether the actor may make a record of the entity at all: also the fields that it cannot be without."""
    opening, known = work.access.opening(entity, "create"), work.catalog.entities.get(entity)
    if opening.is_closed or known is None:
        return False
    needed = (f.name for f in known.fields.values() if f.required and f.default is None and not f.virtual)
    return opening.fields is None or all(name in opening.fields for name in needed)


def _is_denied(work: Work, entity: str, verb: str) -> bool:
    return not work.access.is_unlimited and any(
        rule.fields is None for rule in work.access.book.rules(entity, verb).denies
    )


# ---- what a write names
def objections(
    work: Work, writer: Writer, found: Verdict, before: Record, after: Record, asked: Iterable[str],
    free: frozenset[str] = frozenset(),
) -> list[Problem]:  # fmt: skip
    """What stands against setting the columns and tables that the actor named: those that the verdict does not open and that
    would change. `before` is empty for a new record; `free` are fields that go with the verb itself."""
    if found.fields is None:
        return []
    problems: dict[str, Problem] = {}
    for column in asked:
        field = writer.owner.get(column)
        name = field.name if field is not None else column
        if name in found.fields or name in free or name in problems:
            continue
        if before.get(column, writer.blank.get(column)) == after.get(column) and column in writer.owner:
            continue
        label = label_of(field, work.language) if field is not None else name
        problems[name] = Problem(_("you may not set {label} here", label=label), REFUSED, name, hint=_(HINT))
    return list(problems.values())


def told(work: Work, entity: str, problems: Sequence[Problem]) -> list[Problem]:
    """The problems as the actor may read them: what is wrong with a field that does not exist for him has no name."""
    if sees_all(work):
        return list(problems)
    return [_among_seen(work, entity, p) if p.field is None or p.code == "unknown_field" or not _hides(work, entity, p.field) else
            Problem(_("something that you do not see here stands against it"), p.code, hint=_(HINT)) for p in problems]  # fmt: skip


def _among_seen(work: Work, entity: str, problem: Problem) -> Problem:
    """A problem that names what a link may point to, with the entities alone that there are for the actor."""
    known = work.entity(entity)
    field = known.fields.get(known.field_of_column.get(problem.field or "", problem.field or ""))
    if problem.code != "wrong_entity" or field is None or not field.columns:
        return problem
    names = [name for name in field.columns[0].kind.entities if work.access.opens(name, "read")]
    return replace(problem, hint=_("use {names}", names=", ".join(names)) if names else None)


def _hides(work: Work, entity: str, place: str) -> bool:
    """Does a place as `lines[2].cost` lead through something hidden?"""
    for part in place.split("."):
        name = part.partition("[")[0]
        if name in hidden(work, entity):
            return True
        children = work.entity(entity).children.get(name)
        if children is None:
            return False
        entity = children.entity
    return False


def condition(work: Work, rule: Expression) -> str:
    """A condition that does not hold, in words; where it asks for what does not exist for the actor, that it does not hold."""
    gone = () if sees_all(work) else needs(rule.typed, inside=False).fields
    if any(work.access.is_hidden(entity, field) for entity, field in gone):
        return _("not possible now")
    home = work.settings.organisation
    manner = Manner(
        lambda day: show_date(day, work.language, home.date_order),
        lambda at: show_datetime(at, work.language, work.actor.time_zone or home.time_zone, home.date_order),
    )
    said = sentence(rule.syntax, rule.schema, rule.entity, manner)
    return _("the condition does not hold: {condition}", condition=said)


# ---- links
def unseen(work: Work, wanted: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    """Those of the records (ids by entity) that the actor does not see, or that there are not."""
    gone: set[tuple[str, str]] = set()
    for entity, ids in wanted.items():
        ids = sorted(set(ids))
        found = work.reader.get_many(entity, ids) if work.access.opens(entity, "read") else {}
        gone |= {(entity, id) for id in ids if not sees(work, entity, found.get(id))}
    return gone


def seen_by_key(work: Work, entity: str, found: dict[Any, Record], columns: Sequence[str]) -> dict[Any, Record]:
    """Those of the records, found by these columns, that the actor sees with them."""
    if sees_all(work):
        return found
    owner, made = work.entity(entity).field_of_column, {}
    asked = [column for column in columns if column not in kept_by_imports(work, entity)]
    for mark, record in found.items():
        seen = verdict(work, entity, "read", record)
        if seen.allowed and all(seen.opens(owner.get(column, column)) for column in asked):
            made[mark] = record
    return made


def reads_always(work: Work, entity: str, columns: Sequence[str]) -> bool:
    """Whether the actor reads these columns on every record there is."""
    if sees_all(work):
        return True
    opening, owner = work.access.opening(entity), work.entity(entity).field_of_column
    return opening.where is None and all(opening.on(owner.get(c, c)) is None for c in columns)


def columns_seen(work: Work, entity: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Those of the columns that exist for the actor."""
    gone = hidden(work, entity)
    return tuple(c for c in columns if c not in gone) if gone else tuple(columns)


__all__ = [
    "REFUSED",
    "changed_since",
    "columns_seen",
    "condition",
    "hidden",
    "is_free",
    "is_guarded",
    "kept_by_imports",
    "left",
    "may_run",
    "missing",
    "objections",
    "opens_action",
    "reads_always",
    "refusal",
    "require",
    "seen_by_key",
    "sees",
    "sees_all",
    "shown",
    "told",
    "unknown",
    "unseen",
    "verdict",
]  # fmt: skip
