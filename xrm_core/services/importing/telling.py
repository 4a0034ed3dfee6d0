"""What is said of rows: what else is wrong with those that the mapping refuses, and what became of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import Problem
from ...language import _, joined
from ...metamodel.text import say
from ..bulk import faults_of
from ..work import Work
from .lookups import Lookups, stored_keys
from .mapping.plan import Candidate, TargetPlan
from .mapping.values import Made, Pending

if TYPE_CHECKING:
    from .chunk import Input


def tell_rest(work: Work, target: TargetPlan, faulty: Sequence[Candidate], lookups: Lookups) -> None:
    """Add to the problems of candidates of one target those that writing them would have found. One that would change a
    stored record lacks nothing: what is required is there."""
    entity, key = target.spec.entity, target.key
    fresh = [c for c in faulty if target.child is None and any(p.field for p in c.problems)]
    given = stored_keys(work, entity, key, [tuple(_plain(c.values.get(n)) for n in key) for c in fresh]) if key else []
    known = lookups.find(work, entity, key, [k for k in given if k is not None]) if key else {}
    new = [c for n, c in enumerate(fresh) if not key or given[n] not in known]
    rows = [{n: v for n, v in {**c.create, **c.given}.items() if _plain(v) is not None} for c in new]
    if not rows:
        return
    told = faults_of(work, entity, rows, [c.problems for c in new], texts=True)
    for candidate, problems in zip(new, told, strict=True):
        waiting = {n for n, v in {**candidate.create, **candidate.given}.items() if isinstance(v, Pending | Made)}
        seen = {(p.field, p.code) for p in candidate.problems} | {(n, "required") for n in waiting}
        candidate.problems += [p for p in problems if (p.field, p.code) not in seen]
    work.forget()


def ambiguous(link: Pending, name: str, shown: str, several: Sequence[str]) -> Problem:
    """A link that fits several records is none of them; `several` names those that the importer sees."""
    told = _("several of {entity} have {shown!r}: {names}", entity=link.entity, shown=shown, names=joined(several))
    return Problem(told, "ambiguous_link", name, hint=_("name the record by a key that no other one has, or by its id"))


def _plain(value: object) -> object:
    """A value that is known without looking anything up."""
    return None if isinstance(value, Pending | Made) else value


def tell_plainly(row: Input, counts: dict[str, dict[str, int]]) -> bool:
    """Tell of a row that made one record, of which there is nothing to note, as most do; False for any other."""
    if row.status or row.candidates is None or len(row.candidates) != 1:
        return False
    only = row.candidates[0]
    status, entity = only.status, only.plan.spec.entity
    if status != "created" or only.note or only.id is None:
        return False
    told = counts.setdefault(only.plan.spec.name, {})
    told[status] = told.get(status, 0) + 1
    row.status, row.record = status, (entity, only.id)
    return True


def count_row(candidate: Candidate, row: Input, counts: dict[str, dict[str, int]]) -> None:
    """Count what became of one record of a row, and note with the row what is to be said of it."""
    status = "refused" if row.status == "refused" else candidate.status or "unchanged"
    if status == "found":
        return
    if candidate.note:
        row.notes += (candidate.note,)
    if status == "skipped":
        row.notes += tuple(
            _("{target} left out: {problem}", target=candidate.plan.name, problem=problem)
            for problem in candidate.problems
        )
    name = candidate.plan.spec.name
    told = counts.get(name)
    if told is None:
        told = counts[name] = {}
    told[status] = told.get(status, 0) + 1


def place_of(work: Work, target: TargetPlan) -> str:
    """What a record of a row is called in messages: a target without a name of its own like its entity, with its number."""
    entity, name = target.spec.entity, target.name
    if not name.startswith(entity):
        return name
    return f"{say(target.entity.label, work.language)} {name.removeprefix(entity).strip('_')}".strip()
