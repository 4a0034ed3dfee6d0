"""A chunk of rows in one transaction: links found together, records written together, a refused row leaving nothing behind."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from ...errors import Conflict, Problem, XrmError
from ...language import _
from ...storage import query
from ...storage.faults import has_met_another
from ..work import Work
from .lookups import Lookups, stored_key, stored_keys
from .mapping.many import candidates_of
from .mapping.plan import Candidate, FilePlan, TargetPlan
from .mapping.values import Made, Pending
from .mends import PASSED_OVER
from .telling import ambiguous, count_row, place_of, tell_plainly, tell_rest
from .writing import drop_promises, write_children, write_records

ORDER = ("created", "updated", "unchanged")
ATTEMPTS = 5
"""How often a chunk is tried that met what somebody else wrote at the same time."""
CHANGED = frozenset({"version_conflict", "not_found"})
"""A stored record is no longer what, or where, it was found."""
TAKEN = frozenset({"not_unique", "id_used"})
"""A value is in use; by a record of the same key, where somebody else was quicker."""


class Input(Struct):
    """A row of the chunk: where it stands, its data, its own fault, and what it becomes (None: left out by the file's condition)."""

    file: str
    line: int
    data: Any
    fault: str | None = None
    cells: Sequence[str] | None = None
    candidates: list[Candidate] | None = None
    status: str = ""
    problems: Sequence[Problem] = ()
    notes: tuple[str, ...] = ()
    record: tuple[str, str] | None = None


class _Again(Exception):
    """Rows were refused after something of them was written: undo, and do the rest again."""


class _Met(Exception):
    """Somebody else wrote what rows here write: undo, and look again at what is stored."""


class Chunk:
    """Rows on their way into the database. `write` may be called once."""

    def __init__(
        self, work: Work, plan: FilePlan, rows: Sequence[Input], lookups: Lookups, made: set[str], pass_: int = 1
    ) -> None:
        self.work, self.plan, self.rows, self.lookups, self.made, self.pass_ = work, plan, rows, lookups, made, pass_
        self.by_target: dict[str, list[Candidate]] = {}
        self.by_row: dict[int, dict[str, list[Candidate]]] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.again = self.stale = False
        self.doubtful: set[int] = set()

    def write(self) -> None:
        """Apply the rows; each gets its status, problems and record. Where another import or a person wrote the same records
        meanwhile, all of it is done again on what is stored now. Raises Conflict, DriverFault where that does not help."""
        self._gather()
        met = 0
        while True:
            try:
                with self.work.tx.savepoint():
                    self._attempt()
                    if met < ATTEMPTS - 1 and self._has_met():
                        raise _Met
                break
            except _Again:
                self.lookups.forget()
                self.work.forget()
            except (_Met, XrmError) as fault:
                met += 1
                if met == ATTEMPTS or not (isinstance(fault, _Met) or _is_met(fault)):
                    raise
                self._start_over()
                time.sleep(0.01 * 2**met)
        self._tell()

    def _start_over(self) -> None:
        """Forget all that was found and decided."""
        self.lookups.clear()
        self.work.forget()
        self.again = self.stale = False
        self.doubtful = set()
        for row in self.rows:
            row.candidates, row.status, row.problems, row.notes = None, "", (), ()
        self._gather()

    def _has_met(self) -> bool:
        """Were rows refused that would get in on what is stored now?"""
        return self.stale or (bool(self.doubtful) and any(map(self._is_there_now, self.plan.targets)))

    def _is_there_now(self, target: TargetPlan) -> bool:
        """Is a record stored by now that rows were to create whose values are in use?"""
        entity, names = target.spec.entity, target.key
        new = [c for c in self.by_target[target.name] if c.number in self.doubtful and c.id is None] if names else []
        given = stored_keys(self.work, entity, names, [tuple(c.values.get(n) for n in names) for c in new])
        keys = {key for key in given if key is not None and None not in key}
        known = self.lookups.known.get((entity, names), {})
        found = query.by_key(self.work.tx, self.work.catalog, entity, names, keys - known.keys()) if keys else {}
        return any(record["id"] not in self.made for record in found.values())

    def _gather(self) -> None:
        self.by_row = {}
        whole: list[tuple[int, Any]] = []
        for number, row in enumerate(self.rows):
            if row.fault is None:
                whole.append((number, row.data))
            elif row.fault == PASSED_OVER:
                row.status = "left_out"
            else:
                row.status, row.problems = "refused", [Problem(row.fault, "row")]
        found = candidates_of(self.plan, whole)
        for (number, __), candidates in zip(whole, found, strict=True):
            row = self.rows[number]
            row.candidates = candidates
            if not candidates:
                row.status = "left_out"
        names = {id(target): target.name for target in self.plan.targets}
        self.by_target = {name: [] for name in names.values()}
        if len(names) == 1:
            self.by_target[self.plan.targets[0].name] = [one for many in found for one in many or ()]
            return
        for candidates in found:
            for candidate in candidates or ():
                self.by_target[names[id(candidate.plan)]].append(candidate)

    def _of_row(self, number: int) -> dict[str, list[Candidate]]:
        """The candidates of a row, by their targets."""
        mine = self.by_row.get(number)
        if mine is None:
            mine = self.by_row[number] = {}
            for candidate in self.rows[number].candidates or ():
                mine.setdefault(candidate.plan.name, []).append(candidate)
        return mine

    def _attempt(self) -> None:
        if self.again:
            self._reset()
        self.again = True
        written: set[int] = set()
        inlined: set[str] = set()
        for target in self.plan.targets:
            self._refuse_early(target, [c for c in self.by_target[target.name] if c.faults], written)
        for target in self.plan.targets:
            if target.name not in inlined:
                inlined |= self._one_target(target, written)

    def _reset(self) -> None:
        """Forget an attempt before."""
        for candidates in self.by_target.values():
            for candidate in candidates:
                candidate.reset()
        for row in self.rows:
            row.notes = ()

    def _one_target(self, target: TargetPlan, written: set[int]) -> set[str]:
        """Write a target's records, and its child rows with them; the names of the child targets that went along."""
        live = self._ready(target, written)
        if not self._writes(target):
            self._find_only(target, live)
            return set()
        if target.child is not None:
            write_children(self.work, target, live)
            everything, inline = live, []
        else:
            inline = self._inline(target)
            parts = self._parts(target, inline, live, written)
            write_records(self.work, target, live, parts, self.lookups, self.made)
            taken = [part for many in parts.values() for part in many]
            drop_promises(taken)
            everything = [*live, *taken]
        written.update(c.number for c in everything if c.status in ("created", "updated"))
        faulty = [c for c in everything if c.problems]
        self._refuse(faulty, written)
        if any(c.status is None for c in everything if not c.problems):
            raise _Again  # records of good rows were held up by those of bad ones
        return {child.name for child in inline}

    def _parts(
        self, target: TargetPlan, inline: Sequence[TargetPlan], live: Sequence[Candidate], written: set[int]
    ) -> dict[int, list[Candidate]]:
        """Child rows that go along with their parents, by the parent."""
        standing = {id(candidate) for candidate in live}
        parts: dict[int, list[Candidate]] = {}
        for child in inline:
            for candidate in self._ready(child, written, parent=target):
                parent = self._made(candidate, Made(target.name))
                if parent is not None and id(parent) in standing:
                    parts.setdefault(id(parent), []).append(candidate)
                else:
                    candidate.status = "skipped"
        return parts

    def _writes(self, target: TargetPlan) -> bool:
        """In the second pass only its own targets write; those of the first are found again."""
        return target.spec.pass_ == self.pass_

    def _inline(self, target: TargetPlan) -> list[TargetPlan]:
        """Child targets that can be written together with their parent."""
        before = set()
        for other in self.plan.targets:
            before.add(other.name)
            if other is target:
                break
        return [
            other for other in self.plan.targets
            if other.child is not None and other.child.inline == target.name and self._writes(other) and other.depends <= before
        ]  # fmt: skip

    def _ready(self, target: TargetPlan, written: set[int], parent: TargetPlan | None = None) -> list[Candidate]:
        """Candidates of rows that still stand, with their links found."""
        live = [c for c in self.by_target[target.name] if self.rows[c.number].status != "refused"]
        waiting = [c for c in live if c.waits and not c.problems]
        if waiting:
            self._resolve(target, waiting, parent)
        faulty = [c for c in live if c.problems]
        if faulty:
            self._refuse_early(target, faulty, written)
            live = [c for c in live if not c.problems]
        return live

    def _refuse_early(self, target: TargetPlan, faulty: Sequence[Candidate], written: set[int]) -> None:
        """Refuse rows before anything is written; they are told what writing would have found too."""
        standing = [c for c in faulty if self.rows[c.number].status != "refused"]
        if standing and target.spec.on_problem == "refuse":
            tell_rest(self.work, target, standing, self.lookups)
        self._refuse(standing, written)

    def _refuse(self, faulty: Sequence[Candidate], written: set[int]) -> None:
        """Refuse the rows of these candidates, or leave out the candidate where its target says so."""
        undo = False
        for candidate in faulty:
            row = self.rows[candidate.number]
            for problem in candidate.problems:
                self.stale = self.stale or problem.code in CHANGED
                if problem.code in TAKEN:
                    self.doubtful.add(candidate.number)
            if candidate.plan.spec.on_problem == "skip":
                candidate.status, candidate.faults = "skipped", tuple(candidate.problems)
            elif row.status != "refused":
                row.status = "refused"
                row.problems = [self._placed(candidate, problem) for problem in candidate.problems]
                undo = undo or candidate.number in written
        if undo:
            raise _Again

    def _placed(self, candidate: Candidate, problem: Problem) -> Problem:
        """Say which record of the row it is, where that is not the main one."""
        if candidate.plan.name == self.plan.main:
            return problem
        place = place_of(self.work, candidate.plan)
        if problem.message.casefold().startswith(place.casefold()):
            return problem  # `Product: Product is required` says it twice
        return Problem(f"{place}: {problem.message}", problem.code, problem.field, problem.where, problem.hint)

    def _resolve(self, target: TargetPlan, waiting: list[Candidate], parent: TargetPlan | None) -> None:
        """Put ids in the place of links; `parent` is being written and its link stays open."""
        links = {
            p
            for c in waiting
            for v in (*c.given.values(), *c.create.values())
            if isinstance(v, Pending)
            for p in v.with_inner()
        }
        for depth in sorted({link.depth for link in links}):
            self._look_up([link for link in links if link.depth == depth])
        for candidate in waiting:
            candidate.values = {}
            for name, value in candidate.given.items():
                if parent is not None and isinstance(value, Made) and value.target == parent.name:
                    continue
                candidate.values[name] = self._settled(candidate, name, value)
            for name, value in candidate.create.items():
                if isinstance(value, Made | Pending):
                    candidate.values["+" + name] = self._settled(candidate, name, value)

    def _settled(self, candidate: Candidate, name: str, value: Any) -> Any:
        if isinstance(value, Made):
            other = self._made(candidate, value)
            if other is None or other.id is None:
                if other is not None and other.problems and other.status != "skipped":
                    candidate.problems.append(
                        Problem(_("the {target} of this row was not taken", target=value.target), "link", name)
                    )
                elif candidate.plan.writer.owner[name].required:
                    candidate.problems.append(
                        Problem(_("this row makes no {target}", target=value.target), "link", name)
                    )
                return None
            return other.id
        if isinstance(value, Pending):
            id = self._found(value)
            if id is None:
                shown = ", ".join(str(part) for part in value.key if not isinstance(part, Pending)) or "that key"
                told = f"there is no {value.entity} {shown!r}"
                if several := self.lookups.fitting(value.entity, value.columns, self._key_of(value)):
                    candidate.problems.append(ambiguous(value, name, shown, several))
                elif value.on_missing == "refuse":
                    candidate.problems.append(Problem(told, "missing_link", name))
                else:
                    self.rows[candidate.number].notes += (f"{name} left empty: {told}",)
            return id
        return value

    def _made(self, candidate: Candidate, made: Made) -> Candidate | None:
        """The row's candidate that a `target:` value means."""
        others = self._of_row(candidate.number).get(made.target, [])
        if made.match:
            return next(
                (o for o in others if all(_at(o.scope.data, path) == value for path, value in made.match)), None
            )
        scope = candidate.scope
        while True:
            for other in others:
                if other.scope is scope:
                    return other
            if scope.around is None:
                return others[0] if len(others) == 1 else None
            scope = scope.around

    def _look_up(self, links: list[Pending]) -> None:
        groups: dict[tuple[str, tuple[str, ...]], dict[Any, Pending]] = {}
        for link in links:
            key = self._key_of(link)
            if key is not None:
                groups.setdefault((link.entity, link.columns), {})[key] = link
        for (entity, columns), keys in groups.items():
            self.lookups.choose(self.work, entity, columns, keys)

    def _key_of(self, link: Pending) -> tuple[Any, ...] | None:
        values = [self._found(part) if isinstance(part, Pending) else part for part in link.key]
        return None if None in values else stored_key(self.work, link.entity, link.columns, values)

    def _found(self, link: Pending) -> str | None:
        key = self._key_of(link)
        return None if key is None else self.lookups.known.get((link.entity, link.columns), {}).get(key)

    def _find_only(self, target: TargetPlan, live: list[Candidate]) -> None:
        """Second pass: the ids of what the first pass made."""
        keys = {
            c.number: stored_key(self.work, target.spec.entity, target.key, [c.values.get(k) for k in target.key])
            for c in live
        }
        found = self.lookups.find(
            self.work, target.spec.entity, target.key, [k for k in keys.values() if k is not None]
        )
        for candidate in live:
            key = keys[candidate.number]
            candidate.id = found.get(key) if key is not None else None
            candidate.status = "found"

    def _tell(self) -> None:
        """The rows' status: what became of their main record, else of all."""
        for number, row in enumerate(self.rows):
            if tell_plainly(row, self.counts):
                continue
            for candidate in row.candidates or ():
                count_row(candidate, row, self.counts)
            if row.status:
                continue
            mine = self._of_row(number)
            deciding = mine.get(self.plan.main) or [c for many in mine.values() for c in many]
            if len(deciding) == 1 and (only := deciding[0]).status in ORDER:
                row.status = only.status
                row.record = (only.plan.spec.entity, only.id) if only.id is not None else None
                continue
            found = {c.status for c in deciding}
            row.status = next((status for status in ORDER if status in found), "unchanged")
            first = next((c for c in deciding if c.status == row.status and c.id), None)
            if first is not None and first.id is not None:
                row.record = (first.plan.spec.entity, first.id)


def _is_met(fault: XrmError) -> bool:
    """Was all of it refused because somebody else wrote at the same time?"""
    return has_met_another(fault) or (isinstance(fault, Conflict) and fault.code in CHANGED | TAKEN)


def _at(data: Any, path: str) -> Any:
    for part in path.split("."):
        data = data.get(part) if isinstance(data, dict) else None
    return data.strip() if isinstance(data, str) else data
