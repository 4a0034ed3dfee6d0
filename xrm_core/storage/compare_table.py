"""One table that exists against the table that its entity needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from xrm_core.errors import BadRequest
from xrm_core.metamodel.catalog import Entity, Field

from .compare_rules import compare_rules
from .compare_ties import compare_ties
from .findings import Findings, ours
from .kept import is_kept
from .live import LiveTable
from .names import RULE, check_name, limited, quoted
from .plan import Safety, Step
from .rebuild import rebuild
from .shape import TIED
from .tables import all_columns


@dataclass
class TableComparison:
    """One table that exists."""

    of: Findings
    entity: Entity
    table: sa.Table
    live: LiveTable
    present: dict[str, str] = field(default_factory=dict)
    """Columns by the name that they will have -> the name that they have now."""
    needs_rebuild: list[str] = field(default_factory=list)
    fills: dict[str, Any] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    """Columns that a step before adds."""
    retyped: set[str] = field(default_factory=set)

    def compare(self) -> None:
        """Find the steps."""
        self.present = {name: name for name in self.live.columns}
        for column in self.table.columns:
            self._compare_column(column)
        self._keep_others()
        self._compare_links()
        compare_ties(self)
        compare_rules(self)
        if self.needs_rebuild:
            is_tied = any(index.info.get(TIED) for index in self.table.indexes)
            self.of.rebuilds.insert(  # first what ties lead to: its key has to be there when they are looked at
                0 if is_tied else len(self.of.rebuilds),
                rebuild(
                    self.of.ddl,
                    self.entity,
                    self.table,
                    self.live,
                    {**self.present, **{name: name for name in self.added}},
                    self.fills,
                    self.retyped,
                    self.needs_rebuild,
                    self.rows,
                ),
            )
        self._compare_indexes()

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return self.of.count(self.live.name)

    def step(
        self,
        kind: str,
        title: str,
        ddl: Iterable[str] = (),
        rows: int = 0,
        safety: Safety = "safe",
        locks: str = "",
        hint: str | None = None,
    ) -> Step:
        """A step of this entity."""
        return Step(kind, self.entity.name, title, tuple(ddl), rows, safety, locks, hint)

    def block(self, title: str, hint: str, rows: int = 0) -> None:
        """A step that cannot be carried out."""
        self.of.columns.append(self.step("blocked", title, (), rows, "blocked", hint=hint))

    # -- columns
    def _compare_column(self, column: sa.Column[Any]) -> None:
        name = column.name
        if name not in self.present:
            old = self.former(name)
            if old is None:
                self._add(column)
                return
            self.of.columns.append(
                self.step(
                    "rename_column",
                    f"rename {self.table.name}.{old} to {name}",
                    self.of.ddl.rename_column(self.table.name, old, name),
                )
            )
            self.present[name] = self.present.pop(old)
        live = self.live.columns[self.present[name]]
        if self._is_retyped(column, live.name):
            self._retype(column, live.name)
        if live.null and not column.nullable:
            self._require(column, live.name)
        elif not live.null and column.nullable:
            self._set_null(column, f"{self.table.name}.{name} may be empty")

    def former(self, name: str) -> str | None:
        """The column that this one was, where its field has another name now."""
        owner = self._field(name)
        if owner is None or owner.was is None:
            return None
        old = limited(owner.was + name[len(owner.name) :]) if name.startswith(owner.name) else None
        return old if old is not None and old in self.live.columns and old not in self.table.columns else None

    def _field(self, column: str) -> Field | None:
        for logical, owner in self.entity.field_of_column.items():
            if limited(logical) == column:
                return self.entity.fields.get(owner)
        return None

    def filling(self, column: sa.Column[Any]) -> Any:
        """What records get that are without it: what the plan was told, or a default where the column may not be empty."""
        fill, told = self.of.fills.value(self.entity, self._field(column.name), column.name)
        if told and fill is not None:
            self._meets(column, fill)
        return fill if told or not column.nullable else None

    def _meets(self, column: sa.Column[Any], fill: Any) -> None:
        """Raises BadRequest where a link would point to nothing."""
        links = [f for f in self.table.foreign_key_constraints if f.column_keys == [column.name]]
        for target in (link.elements[0].target_fullname.rpartition(".")[0] for link in links):
            there, id = self.of.live.get(target), self.of.ddl.literal(fill, column.type)
            if there is None or not self.of.number(f"SELECT count(*) FROM {quoted(there.name)} WHERE id = {id}"):
                name = f"{self.entity.name}.{column.name}"
                raise BadRequest(f"{name} cannot be filled: there is no {target} {fill}", code="bad_fill")

    def _ways(self, column: str) -> str:
        """How records that are without a value of a required field can get one."""
        owner = self._field(column)
        name = owner.name if owner is not None else column
        return (
            f"say what they get (xrm plan --fill {self.entity.name}.{name}=VALUE), give the field a default, "
            f"or leave it optional (extend: {self.entity.name}, with {name}: {{required: false}}), fill them, and take that out again"
        )

    def _add(self, column: sa.Column[Any]) -> None:
        title = f"add {self.table.name}.{column.name}"
        fill, owner = self.filling(column), self._field(column.name)
        if not column.nullable and fill is None and self.rows:
            if owner is None or column.name == limited(owner.columns[0].name):  # said once for all of its columns
                told = f"it is required, and {self.rows:,} records would be without a value: {self._ways(column.name)}"
                self.block(title, told, self.rows)
            return
        link = self._link_words(column.name) if self.of.sqlite else None
        if self.of.sqlite and ((not column.nullable and fill is None) or (link and fill is not None)):
            # SQLite adds no such column: one that may not be empty to an empty table, or a link with a value
            self.needs_rebuild.append(title)
            if fill is not None:
                self.fills[column.name] = fill
            return
        ddl = self.of.ddl.add_column(self.table.name, column, fill, link)
        checks = [
            c
            for c in self.table.constraints
            if isinstance(c, sa.CheckConstraint) and not str(c.name).startswith(RULE) and column.name in str(c.sqltext)
        ]
        ddl += tuple(self.of.ddl.add_check(c) for c in checks if _checks(c, self.entity, column.name))
        self.added.add(column.name)
        if self.rows and owner is not None and owner.type.name == "sequence":
            name = f"{self.entity.name}.{owner.name}"
            self.of.notes.append(f"no number yet: {name} of {self.rows:,} records; to give them: xrm number {name}")
        filled = fill is not None and self.rows > 0
        self.of.columns.append(
            self.step("add_column", title, ddl, self.rows if filled else 0, "backfill" if filled else "safe")
        )

    def _require(self, column: sa.Column[Any], live_name: str) -> None:
        empty = self.of.number(f"SELECT count(*) FROM {quoted(self.live.name)} WHERE {quoted(live_name)} IS NULL")
        title = f"{self.table.name}.{column.name} may not be empty"
        fill = self.filling(column) if empty else None
        if empty and fill is None:
            self.block(title, f"{empty:,} records have no value: {self._ways(column.name)}", empty)
            return
        if self.of.sqlite:
            self.needs_rebuild.append(title)
            if empty:
                self.fills[column.name] = fill
            return
        ddl = [self.of.ddl.fill(self.table.name, column, fill)] if empty else []
        ddl += self.of.ddl.set_null(self.table.name, column.name, False)
        self.of.columns.append(
            self.step("require", title, ddl, empty, "backfill" if empty else "safe", "all, while the table is read")
        )

    def _set_null(self, column: sa.Column[Any], title: str) -> None:
        if self.of.sqlite:
            self.needs_rebuild.append(title)
        else:
            self.of.columns.append(
                self.step("optional", title, self.of.ddl.set_null(self.table.name, column.name, True))
            )

    def _is_retyped(self, column: sa.Column[Any], live_name: str) -> bool:
        before = self.of.applied.get(self.live.name, {}).get("columns", {}).get(live_name)
        now = {
            limited(c.name): f"{c.kind.kind}({c.kind.scale},{c.digits})"
            for c in all_columns(self.of.catalog, self.entity)
        }[column.name]
        if before is not None:
            return bool(before != now)
        kind = column.type.compile(dialect=self.of.ddl.dialect)
        live = self.live.columns[live_name].type
        return kind.split(" COLLATE")[0].split(" WITH")[0] != live.split(" COLLATE")[0].split(" WITH")[0]

    def _retype(self, column: sa.Column[Any], live_name: str) -> None:
        of_records = f"SELECT count(*) FROM {quoted(self.live.name)} WHERE {quoted(live_name)} IS NOT NULL"
        filled = 0 if is_kept(column.name) else self.of.number(of_records)
        title = f"{self.table.name}.{column.name} becomes another type"
        if filled:
            self.block(
                title, f"{filled:,} records hold a value, and turning them into another type is not supported yet: "
                "keep the old field, add one of the new type under another name, and carry the values over by an export and an import", filled,
            )  # fmt: skip
        elif self.of.sqlite:
            self.needs_rebuild.append(title)
            self.retyped.add(column.name)
        else:
            self.of.columns.append(self.step("retype", title, self.of.ddl.retype(self.table.name, column)))

    def _keep_others(self) -> None:
        """Columns that the metadata no longer names are kept; they must not stand in the way of new records."""
        for name in self.present:
            if name in self.table.columns or is_kept(name):
                continue
            self.of.notes.append(f"kept: {self.table.name}.{name}, which the metadata no longer names")
            if not self.live.columns[self.present[name]].null:
                title = f"{self.table.name}.{name} is kept and may be empty"
                if self.of.sqlite:
                    self.needs_rebuild.append(title)
                else:
                    self.of.columns.append(
                        self.step("optional", title, self.of.ddl.set_null(self.table.name, name, True))
                    )

    # -- links
    def _link_words(self, column: str) -> str | None:
        for foreign in self.table.foreign_key_constraints:
            if foreign.column_keys == [column]:
                rule = f" ON DELETE {foreign.ondelete}" if foreign.ondelete else ""
                return f"REFERENCES {quoted(foreign.elements[0].target_fullname.rpartition('.')[0])} (id){rule}"
        return None

    def _compare_links(self) -> None:
        wanted = {f.column_keys[0]: f for f in self.table.foreign_key_constraints if len(f.column_keys) == 1}
        for column, foreign in sorted(wanted.items()):
            target, rule = foreign.elements[0].target_fullname.rpartition(".")[0], (foreign.ondelete or "").upper()
            had = self.live.foreign.get(self.present.get(column, ""))
            if had is not None and _same_target(self.of, had[0], target) and _rule(had[1]) == rule:
                continue
            if column not in self.present and self.of.sqlite:
                continue  # added together with its column
            title = f"{self.table.name}.{column} points to {target}"
            if self._has_orphans(column, target):
                continue
            if self.of.sqlite:
                self.needs_rebuild.append(title)
                continue
            drop = [self.of.ddl.drop_constraint(self.table.name, had[2])] if had is not None and had[2] else []
            self.of.links.append(self.step("link", title, [*drop, self.of.ddl.add_link(foreign)], self.rows))
        for column, had in sorted(self.live.foreign.items()):
            future = next((new for new, old in self.present.items() if old == column), column)
            if future not in wanted and future in self.table.columns:
                title = f"{self.table.name}.{future} points to {had[0]} no longer"
                if self.of.sqlite:
                    self.needs_rebuild.append(title)
                else:
                    self.of.links.append(
                        self.step("link", title, [self.of.ddl.drop_constraint(self.table.name, had[2])])
                    )

    def _has_orphans(self, column: str, target: str) -> bool:
        live_target = self.of.live.get(target)
        if column not in self.present or not self.rows:
            return False
        name = quoted(self.present[column])
        outside = (
            ""
            if live_target is None
            else f" AND NOT EXISTS (SELECT 1 FROM {quoted(live_target.name)} t WHERE t.id = s.{name})"
        )
        lost = self.of.number(f"SELECT count(*) FROM {quoted(self.live.name)} s WHERE s.{name} IS NOT NULL{outside}")
        if lost:
            self.block(
                f"{self.table.name}.{column} points to {target}",
                f"{lost:,} records point to no {target}: empty or correct the field in them first",
                lost,
            )
        return lost > 0

    # -- indexes
    def _compare_indexes(self) -> None:
        before = self.of.applied.get(self.live.name, {}).get("indexes", {})
        wanted = {str(i.name): i for i in self.table.indexes}
        rebuilt = bool(self.needs_rebuild)
        for name in sorted(ours(self.live.indexes) - set(wanted)):
            if not rebuilt:
                steps = (
                    self.of.indexes if self.of.sqlite else self.of.columns
                )  # PostgreSQL's links hold to the first that fits
                steps.append(self.step("drop_index", f"drop index {name}", [self.of.ddl.drop_index(name)]))
        for name, index in sorted(wanted.items()):
            text = self.of.ddl.create_index(index)
            changed = name in before and before[name] != hashlib.sha256(text.encode()).hexdigest()[:16]
            if name in self.live.indexes and not changed:
                continue
            doubles = self._doubles(index) if index.unique else 0
            if doubles:
                fields = ", ".join(c.name for c in index.columns)
                self.block(
                    f"{self.entity.name} is unique by {fields}",
                    f"{doubles:,} values occur more than once: correct these records first",
                    doubles,
                )
            elif not rebuilt:
                drop = [self.of.ddl.drop_index(name)] if name in self.live.indexes else []
                (self.of.columns if index.info.get(TIED) else self.of.indexes).append(
                    self.step(
                        "create_index",
                        f"create index {name}",
                        [*drop, text],
                        self.rows,
                        locks="writers, while it is built",
                    )
                )

    def _doubles(self, index: sa.Index) -> int:
        """How many values a unique index would find twice."""
        columns = [c.name for c in index.columns]
        if not self.rows or not all(c in self.present for c in columns):
            return 0
        where = index.dialect_options[self.of.tx.dialect]["where"]
        said = (
            ""
            if where is None
            else str(
                where.compile(
                    dialect=self.of.ddl.dialect, compile_kwargs={"literal_binds": True, "include_table": False}
                )
            )
        )
        if any(old != new for new, old in self.present.items()):
            said = _renamed(said, self.present)
        names = ", ".join(quoted(self.present[c]) for c in columns)
        filled = " AND ".join(f"{quoted(self.present[c])} IS NOT NULL" for c in columns)
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(self.live.name)} WHERE {filled}{' AND ' + said if said else ''} GROUP BY {names} HAVING count(*) > 1) d"
        return self.of.number(sql)


def _renamed(sql: str, present: Mapping[str, str]) -> str:
    for new, old in present.items():
        if new != old:
            sql = sql.replace(quoted(new), quoted(old))
    return sql


def _checks(constraint: sa.CheckConstraint, entity: Entity, column: str) -> bool:
    return any(limited(c) == column and str(constraint.name) == check_name(entity.name, c) for c in entity.columns)


def _same_target(of: Findings, live: str, wanted: str) -> bool:
    """Whether a foreign key points to the table that will have this name."""
    return live == wanted or (wanted in of.live and of.live[wanted].name == live)


def _rule(live: str) -> str:
    return "" if live in ("NO ACTION", "RESTRICT") else live
