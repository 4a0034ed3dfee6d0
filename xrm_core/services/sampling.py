"""Sample records: the maker that plugins' sample functions work with, and the demo's departments and users."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

from ..compiler import compiled
from ..errors import InvalidRecord, NotFound
from ..metamodel.rights import DepartmentDef
from ..metamodel.samples import REFERENCE, SampleDef
from ..metamodel.text import say
from ..metamodel.values import SYSTEM, Query
from ..plugin.contributions import SampleStep
from ..storage import query
from .drafts import new_draft, update_draft
from .linking import link_by_keys
from .runtime import Runtime
from .saving import save
from .work import Work
from .writer import writer_of

CHUNK = 500
MOST_DEPARTMENTS = 10_000
PEOPLE = (
    ("ada", "Ada Lindqvist", ["fundraising_lead", "fundraiser"], "fundraising", True),
    ("ben", "Ben Okafor", ["fundraiser"], "major_gifts", False),
    ("ines", "Inês Duarte", ["fundraiser"], "individual_giving", False),
    ("noor", "Noor Rahman", ["researcher"], "fundraising", False),
    ("chiara", "Chiara Conti", ["buyer", "procurement_lead"], "procurement", True),
    ("tomas", "Tomás Vega", ["buyer"], "procurement", False),
    ("samir", "Samir Haddad", ["sales", "sales_lead"], "sales", True),
    ("lena", "Lena Fischer", ["sales"], "sales", False),
    ("mei", "Mei Tanaka", ["finance", "finance_lead"], "finance", True),
    ("felix", "Felix Adler", ["finance"], "finance", False),
    ("olu", "Olu Adeyemi", ["service", "service_lead"], "service", True),
    ("dana", "Dana Kowalski", ["service"], "service", False),
    ("ruth", "Ruth Amberg", ["manager"], "management", True),
    ("greta", "Greta Olsen", ["auditor"], "management", False),
    ("pavel", "Pavel Novák", ["data_steward"], None, False),
    ("ivo", "Ivo Petrov", ["implementer"], None, False),
)
"""People of the demo organisation: short name, name, roles, department, whether he leads it. Their memberships and deputies
are samples of its metadata."""


class Maker:
    """The `SampleMaker` of one run: every record through the same path as any other, from the door "sample"."""

    def __init__(self, work: Work, seed: int, as_of: date, scale: float) -> None:
        self.work, self.seed, self.as_of, self.scale = work, seed, as_of, scale
        self.shared: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self._users: dict[str, str] = {}

    def rng(self, name: str, n: int = 0) -> Random:
        """A generator of its own for each name and number."""
        return Random(f"{self.seed}:{name}:{n}")  # noqa: S311  # sample data, no secrets

    def add(self, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Create records; their ids in order. Raises InvalidRecord naming the first fault and its row."""
        writer, ids = writer_of(self.work.catalog, entity), []
        for start in range(0, len(rows), CHUNK):
            drafts = [new_draft(self.work, writer, row) for row in rows[start : start + CHUNK]]
            try:
                save(self.work, entity, drafts)
            except InvalidRecord as fault:
                bad = next((n for n, d in enumerate(drafts) if d.problems), 0)
                raise InvalidRecord(
                    f"sample row {start + bad} of {entity}: {dict(rows[start + bad])}", problems=fault.problems
                ) from fault
            ids += [d.id for d in drafts]
        self.counts[entity] = self.counts.get(entity, 0) + len(rows)
        return ids

    def records(self, entity: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """The stored records of these ids, in the same order."""
        found = query.get_many(self.work.tx, self.work.catalog, entity, ids)
        return [found[id] for id in ids]

    def user(self, key: str) -> str | None:
        """Id of a demo user by its short name."""
        return self._users.get(key)

    def department(self, code: str) -> str:
        """Id of a department by its code; where the organisation has none of that name, of its first. Raises NotFound without any."""
        found = query.by_key(self.work.tx, self.work.catalog, "department", ("code",), [(code,)])
        if found:
            return str(next(iter(found.values()))["id"])
        first = query.run(
            self.work.tx, self.work.catalog, Query("department", ("id",), None, ("code",), 1), self.work.context()
        ).rows
        if not first:
            raise NotFound(
                "the organisation has no departments", code="not_found", hint="declare one in metadata/access"
            )
        return str(first[0]["id"])

    def people(self) -> None:
        """The demo's users, with those of their roles that the plugins in use declare."""
        catalog = self.work.catalog
        for key, name, roles, department, leads in PEOPLE:
            here = department is not None and department in catalog.departments
            values = {
                "name": name, "email": f"{key}@brightwater.example", "roles": [r for r in roles if r in catalog.roles],
                "department": self.department(department) if here and department else None, "is_lead": leads and here,
            }  # fmt: skip
            self._users[key] = self.add("user", [values])[0]


def sync_departments(work: Work) -> int:
    """Let the department records follow the departments that metadata declares: new ones are made, moved ones get their new
    parent, and those that are not declared any more are not active any more; how many were made."""
    catalog, writer = work.catalog, writer_of(work.catalog, "department")
    stored = {
        str(r["code"]): r
        for r in query.find(work.tx, catalog, "department", "record.code != null", work.context(), MOST_DEPARTMENTS)
    }
    ids = {code: str(record["id"]) for code, record in stored.items()}
    made = 0
    for definition in _parents_first(catalog.departments):
        parent = ids.get(definition.parent or "")
        record = stored.get(definition.department)
        if record is None:
            label = definition.label
            name = label if isinstance(label, str) else say(label, work.settings.organisation.language)
            draft = new_draft(work, writer, {"code": definition.department, "name": name, "parent": parent})
            ids[definition.department] = draft.id
            made += 1
        elif record["parent"] != parent or not record["active"]:
            draft = update_draft(work, writer, record, {"parent": parent, "active": True})
        else:
            continue
        save(work, "department", [draft])
    gone = [r for code, r in stored.items() if code not in catalog.departments and r["active"]]
    save(work, "department", [update_draft(work, writer, r, {"active": False}) for r in gone])
    return made


def _parents_first(departments: Mapping[str, DepartmentDef]) -> list[DepartmentDef]:
    """Departments in an order in which each comes after the one that it is part of."""
    ordered: dict[str, DepartmentDef] = {}
    left = list(departments.values())
    while left:
        ready = [d for d in left if d.parent is None or d.parent in ordered] or left
        ordered.update({d.department: d for d in ready})
        left = [d for d in left if d.department not in ordered]
    return list(ordered.values())


def make_sample(
    runtime: Runtime, steps: Sequence[SampleStep], *, seed: int = 7, as_of: date | None = None, scale: float = 1.0,
    people: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, int]:  # fmt: skip
    """Run all sample functions in one transaction; how many records of each entity were made."""
    from ..compiler import in_order  # it comes with all checks of metadata, which a start from the cache does without

    with runtime.work(SYSTEM, "sample", write=True) as work:
        maker = Maker(work, seed, as_of or work.today, scale)
        if people:
            maker.people()
        for step in steps:
            progress(step.__doc__.strip().splitlines()[0] if step.__doc__ else step.__name__)
            step(maker)
        made: dict[str, str] = {}
        for sample in in_order(runtime.catalog.samples):
            progress(f"Sample records: {sample.sample}")
            _add_declared(maker, sample, made)
        return maker.counts


def _add_declared(maker: Maker, sample: SampleDef, made: dict[str, str]) -> None:
    """Make the records of one sample of the metadata; their ids go to `made` under `sample.record`."""
    rows = [
        {name: _value(maker, sample.entity, value, made) for name, value in values.items()}
        for values in sample.records.values()
    ]
    linked, faults = link_by_keys(maker.work, sample.entity, rows)
    problems = [problem for row in faults for problem in row.values()]
    if problems:
        raise InvalidRecord(f"sample {sample.sample}", problems=problems)
    for name, id in zip(sample.records, maker.add(sample.entity, linked), strict=True):
        made[f"{sample.sample}.{name}"] = id


def _value(maker: Maker, entity: str, value: Any, made: Mapping[str, str]) -> Any:
    """A value of a sample with expressions worked out and other sample records in place of their names."""
    if isinstance(value, str) and value.startswith("="):
        work = maker.work
        return compiled(work.catalog, entity, value[1:].strip(), None).python(work.context({}, None))
    if isinstance(value, dict):
        if set(value) == {REFERENCE}:
            return made[str(value[REFERENCE])]
        return {key: _value(maker, entity, one, made) for key, one in value.items()}
    return [_value(maker, entity, one, made) for one in value] if isinstance(value, list) else value
