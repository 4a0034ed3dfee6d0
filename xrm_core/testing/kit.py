"""Checks that every plugin gets for nothing: subclass `PluginChecks`, name the plugin, run pytest."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..compiler import compiled
from ..errors import InvalidRecord, NotFound, VersionConflict, XrmError
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..metamodel.values import SYSTEM, Query
from ..plugin.discovery import GROUP, Found, discover
from ..plugin.marker import ATTRIBUTE
from ..services import deleting, lists, past, records
from ..services.lists import query_of_view
from ..services.proving import Report, prove
from ..services.runtime import Runtime
from ..services.sampling import make_sample
from ..services.work import Work
from ..services.writer import writer_of
from ..storage import migrate
from .making import Making
from .organisation import temporary_organisation

FRONT_DOORS = ("xrm_core.plugin", "xrm_core.testing")


class PluginChecks(Making):
    """Some twenty checks on one plugin, with its requirements, on an empty organisation. `plugin` is its name.

    `samples` may be set to False for a plugin whose sample needs an organisation's metadata. Override `example(entity)`
    where an entity needs values that cannot be made up from its fields. `metadata` (path below `metadata/` -> YAML) is what
    the organisation adds, such as an entity that carries a mixin to which the plugin's records point.
    """

    samples: ClassVar[bool] = True
    metadata: ClassVar[Mapping[str, str]] = {}

    # ---- what the checks stand on
    @pytest.fixture(scope="class")
    @classmethod
    def found(cls) -> Found:
        """The plugin as the platform finds it."""
        if not cls.plugin:
            pytest.skip("the kit itself names no plugin")
        plugins, broken = discover(None)
        reasons = {b.name: b.reason for b in broken}
        assert cls.plugin not in reasons, f"{cls.plugin} {reasons.get(cls.plugin)}"
        match = [p for p in plugins if p.name == cls.plugin]
        assert match, (
            f"no installed plugin {cls.plugin!r}: is its entry point in the group {GROUP!r}, and is it installed?"
        )
        return match[0]

    @pytest.fixture(scope="class")
    @classmethod
    def needed(cls, found: Found) -> list[str]:
        """The plugin and everything it requires."""
        known = {p.name: p for p in discover(None)[0]}
        wanted, left = [found.name], [*found.definition.requires]
        while left:
            name = left.pop()
            if name not in wanted:
                wanted.append(name)
                left += known[name].definition.requires if name in known else []
        return wanted

    @pytest.fixture(scope="class")
    @classmethod
    def runtime(cls, needed: list[str]) -> Iterator[Runtime]:
        """An organisation with the plugin, what it requires and `metadata`, and nothing else."""
        with temporary_organisation(needed, cls.metadata) as runtime:
            yield runtime

    @pytest.fixture(scope="class")
    @classmethod
    def sampled(cls, needed: list[str]) -> Iterator[Runtime]:
        """The same with the sample records of those plugins."""
        if not cls.samples:
            pytest.skip("the sample of this plugin needs an organisation of its own")
        with temporary_organisation(needed, cls.metadata) as runtime:
            make_sample(runtime, runtime.host.sample_steps(), people=False)
            yield runtime

    def own(self, runtime: Runtime) -> list[Entity]:
        """The entities that the plugin declares."""
        return [e for e in runtime.catalog.entities.values() if e.domain == self.plugin]

    # ---- the package
    def test_entry_point_is_named_as_the_plugin(self, found: Found) -> None:
        """The entry point, the manifest and the class agree on the name."""
        names = [e.name for e in importlib.metadata.entry_points(group=GROUP)]
        assert found.name in names

    def test_package_has_a_readme(self, found: Found) -> None:
        """Somebody who finds the package can read what it is for."""
        places = [found.root / "README.md", found.root.parent / "README.md"]
        distribution = [
            d
            for d in importlib.metadata.distributions()
            if any(e.name == found.name for e in d.entry_points if e.group == GROUP)
        ]
        described = any((d.metadata["Description"] or d.metadata["Summary"] or "").strip() for d in distribution)
        assert described or any(p.exists() for p in places)

    def test_imports_come_through_the_front_door(self, found: Found) -> None:
        """Python of the plugin imports the platform through `xrm_core.plugin` alone."""
        wrong = [
            f"{path.name}:{line}: {name}"
            for path in found.root.rglob("*.py")
            for line, name in _imports(path)
            if name.startswith("xrm_core") and not name.startswith(FRONT_DOORS)
        ]
        assert not wrong, "\n".join(wrong)

    def test_hook_module_holds_hooks_alone(self, found: Found) -> None:
        """`plugin.py` implements hooks and nothing else; rules live in modules of their own."""
        if found.module is None:
            return
        own = [
            f for _, f in inspect.getmembers(found.module, inspect.isfunction) if f.__module__ == found.module.__name__
        ]
        loose = [f.__name__ for f in own if not hasattr(f, ATTRIBUTE)]
        assert not loose, f"no hooks: {', '.join(loose)}"

    def test_hooks_are_documented(self, found: Found) -> None:
        """Each hook implementation says what it is for."""
        own = (
            [f for _, f in inspect.getmembers(found.module, inspect.isfunction) if hasattr(f, ATTRIBUTE)]
            if found.module
            else []
        )
        silent = [f.__name__ for f in own if not inspect.getdoc(f)]
        assert not silent, ", ".join(silent)

    # ---- the metadata
    def test_metadata_compiles(self, runtime: Runtime) -> None:
        """The plugin's metadata is right together with what it requires."""
        assert self.own(runtime) or runtime.catalog.codes or runtime.catalog.mixins

    def test_hooked_entities_exist(self, runtime: Runtime, found: Found) -> None:
        """Hooks are registered for entities and mixins that exist."""
        known, mixins = set(runtime.catalog.entities), set(runtime.catalog.mixins)
        for _, function in inspect.getmembers(found.module, inspect.isfunction) if found.module else ():
            mark = getattr(function, ATTRIBUTE, None)
            if mark is not None:
                assert mark.entities <= known, f"{function.__name__}: {mark.entities - known}"
                assert mark.mixins <= mixins, f"{function.__name__}: {mark.mixins - mixins}"

    def test_everything_has_an_english_label(self, runtime: Runtime) -> None:
        """Entities, fields and codes are called something."""
        for entity in self.own(runtime):
            assert say(entity.label)
            assert all(say(f.label) for f in entity.fields.values())
        for codes in runtime.catalog.codes.values():
            assert all(say(c.label) for c in codes.values.values())

    def test_required_fields_can_be_typed(self, runtime: Runtime) -> None:
        """What a form demands is on the form."""
        for entity in self.own(runtime):
            if entity.parent is not None:
                continue
            shown = {n for tab in runtime.catalog.forms[entity.name].tabs for s in tab.sections for n in s.fields}
            needed = {
                f.name
                for f in entity.fields.values()
                if f.required and f.default is None and not f.read_only and f.type.name != "sequence"
            }
            assert needed <= shown, f"{entity.name}: {needed - shown} are required and on no form"

    def test_every_state_can_be_reached(self, runtime: Runtime) -> None:
        """No state of a lifecycle is an island."""
        for entity in self.own(runtime):
            if entity.lifecycle is None:
                continue
            field = entity.fields[entity.lifecycle.field]
            reached = {field.default, *entity.lifecycle.create_in} - {None}
            ways = list(entity.lifecycle.transitions.values())
            for _ in ways:
                reached |= {t.target for t in ways if not t.sources or reached & set(t.sources)}
            assert set(entity.lifecycle.states) <= reached, f"{entity.name}: {set(entity.lifecycle.states) - reached}"

    def test_views_run(self, runtime: Runtime) -> None:
        """Each list and board answers on an empty database."""
        with runtime.work(SYSTEM, "cli") as work:
            for view in runtime.catalog.views.values():
                if view.kind == "board":
                    assert all(c.count == 0 for c in lists.board(work, view))
                elif runtime.catalog.entities[view.entity].domain == self.plugin:
                    assert not lists.list_records(work, query_of_view(work, view)).rows

    def test_nothing_is_left_to_migrate(self, runtime: Runtime) -> None:
        """After the schema was applied a new plan is empty."""
        assert not migrate.plan(runtime.database, runtime.catalog).steps

    def test_access_is_proved(self, sampled: Runtime) -> None:
        """For each role, what the services answer of the plugin's entities is what a second, naive reading of its grants says."""
        own = frozenset(e.name for e in self.own(sampled))
        report = prove(sampled, entities=own) if own else Report()
        assert not report.problems, "\n".join(f"{c.role}: {c.differs}" for c in report.problems[:10])
        assert not report.unsaid, "\n".join(f"{c.entity}: {c.unsaid}" for c in report.unsaid[:10])

    # ---- records
    def _makeable(self, runtime: Runtime) -> Iterator[tuple[Work, Entity, str]]:
        for entity in self.own(runtime):
            if entity.parent is not None:
                continue
            with runtime.work(SYSTEM, "import", write=True) as work:
                id = self.make(work, entity.name)
                if id is not None:
                    yield work, entity, id

    def test_records_are_created_and_titled(self, runtime: Runtime) -> None:
        """A record of each entity can be made from its required fields, and has a title."""
        made = 0
        for work, entity, id in self._makeable(runtime):
            title = records.read_record(work, entity.name, id, ("display",))["display"]
            assert title, f"{entity.name} has an empty title"
            made += 1
        assert made or not [e for e in self.own(runtime) if e.parent is None]

    def test_missing_required_fields_are_named(self, runtime: Runtime) -> None:
        """An empty record is refused, with each required field by name."""
        for entity in self.own(runtime):
            needed = {
                f.name
                for f in entity.fields.values()
                if f.required
                and f.default is None
                and not f.virtual
                and f.type.name != "sequence"
                and not f.visible_when
            }
            told: set[str | None] = set()
            with runtime.work(SYSTEM, "import", write=True) as work:
                try:
                    with work.tx.savepoint():
                        records.create_record(work, entity.name, {})
                except InvalidRecord as fault:
                    told = {p.field for p in fault.problems}
            assert not needed or told & needed, (
                f"{entity.name}: none of {needed} was asked for, but {told or 'nothing'}"
            )

    def test_lost_updates_are_refused(self, runtime: Runtime) -> None:
        """Two people who change one record: the second is told."""
        for work, entity, id in self._makeable(runtime):
            if entity.append_only:
                continue
            with pytest.raises(VersionConflict):
                records.update_record(work, entity.name, id, {}, version=99)

    def test_records_go_to_the_bin_and_back(self, runtime: Runtime) -> None:
        """Delete, restore, delete, purge."""
        for work, entity, id in self._makeable(runtime):
            if entity.append_only:
                continue
            deleting.delete_record(work, entity.name, id)
            with pytest.raises(NotFound):
                records.read_record(work, entity.name, id)
            assert deleting.restore_record(work, entity.name, id)["deleted_at"] is None
            deleting.delete_record(work, entity.name, id)
            deleting.purge_record(work, entity.name, id)
            assert past.history_of(work, entity.name, id)[0].action == "purge"

    def test_unknown_fields_are_refused_by_name(self, runtime: Runtime) -> None:
        """A misspelt field is an error that names it."""
        for entity in self.own(runtime):
            with runtime.work(SYSTEM, "api", write=True) as work, pytest.raises(InvalidRecord) as caught:
                records.create_record(work, entity.name, {"no_such_field": 1})
            assert "no_such_field" in {p.field for p in caught.value.problems}

    # ---- the sample
    def test_sample_is_the_same_each_time(self, sampled: Runtime, needed: list[str]) -> None:
        """The same seed makes the same records."""
        with temporary_organisation(needed) as again:
            counts = make_sample(again, again.host.sample_steps(), people=False)
            assert {e: counts.get(e, 0) for e in counts} == {e: _count(sampled, e) for e in counts if e != "user"} | (
                {"user": counts["user"]} if "user" in counts else {}
            )
            for entity in self.own(again):
                assert _titles(again, entity.name) == _titles(sampled, entity.name)

    def test_formulas_agree_in_the_database_and_in_python(self, sampled: Runtime) -> None:
        """Each formula and roll-up gives the same value computed by the database and by Python, on the sample."""
        with sampled.work(SYSTEM, "cli") as work:
            for entity in self.own(sampled):
                names = [f.name for f in entity.fields.values() if f.formula is not None and not f.retired]
                if names:
                    _compare(work, entity, names)

    def test_sample_records_read_back_as_written(self, sampled: Runtime) -> None:
        """Exported texts of each stored field are read back as the same values."""
        with sampled.work(SYSTEM, "import") as work:
            for entity in self.own(sampled):
                for record in lists.list_records(work, Query(entity.name, limit=20)).rows:
                    _round_trip(work, entity, record)

    def test_sample_records_can_be_saved_again(self, sampled: Runtime) -> None:
        """Saving a sample record without a change writes nothing and breaks no rule."""
        with sampled.work(SYSTEM, "import", write=True) as work:
            for entity in self.own(sampled):
                if entity.append_only or entity.parent is not None:
                    continue
                for row in lists.list_records(work, Query(entity.name, ("id", "version"), limit=5)).rows:
                    try:
                        saved = records.update_record(work, entity.name, str(row["id"]), {})
                    except XrmError as fault:
                        raise AssertionError(f"{entity.name} {row['id']}: {fault}") from fault
                    assert saved["version"] == row["version"]


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module


def _count(runtime: Runtime, entity: str) -> int:
    with runtime.work(SYSTEM, "cli") as work:
        return lists.count_records(work, Query(entity))


def _titles(runtime: Runtime, entity: str) -> list[Any]:
    with runtime.work(SYSTEM, "cli") as work:
        return sorted(
            str(r["display"])
            for r in lists.list_records(work, Query(entity, ("display",), limit=200, sort=("created_at",))).rows
        )


def _compare(work: Work, entity: Entity, names: list[str]) -> None:
    rows = lists.list_records(work, Query(entity.name, ("id", *names), limit=40)).rows
    for row in rows:
        record = work.load(entity.name, str(row["id"]))
        assert record is not None
        for name in names:
            value = compiled(work.catalog, entity.name, f"record.{name}", None).python(work.context(record))
            assert value == row[name], (
                f"{entity.name}.{name} of {row['id']}: {row[name]!r} in the database, {value!r} in Python"
            )


def _round_trip(work: Work, entity: Entity, record: Any) -> None:
    writer = writer_of(work.catalog, entity.name)
    for field in writer.stored:
        if field.type.name in ("link", "user", "file", "image", "sequence"):
            continue
        texts = field.type.export(record, field)
        read = field.type.read(texts, field, work.env)
        assert {k: record.get(k) for k in read} == read, f"{entity.name}.{field.name}: {texts}"
