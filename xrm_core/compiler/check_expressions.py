"""Check of every expression against the schema: names, types, and that it gives what its place needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from ..expressions import UNSAYABLE, ExprError, Expression, always, compile_text, doubts, parse, standing, tie_of
from ..fields.columns import sql_type
from ..metamodel.catalog import Catalog, CodeList, Entity, Field
from ..metamodel.definitions import EntityDef, KeyDef
from .check_access import check_public
from .dashboards import check_tiles
from .draft import Draft
from .layouts import view_entity
from .merge import Definition
from .names import over_of
from .schema import schema_of
from .titles import DISPLAY
from .validate import nearest

SQLITE = sqlite.dialect(paramstyle="named")
STEP = re.compile(r"\.([a-z][a-z0-9_]*)")
ELSEWHERE = re.compile(r"the formula ([a-z0-9_]+)\.([a-z0-9_]+) has an error")
OWN = re.compile(r"^the formula \S+ has an error: column \d+: ")
MISSING = re.compile(r"the (entity|code list) '\S+' does not exist")
CIRCLE = re.compile(r"the formula \S+ reads itself: (.*)")
CONDITIONS = ("visible_when", "required_when", "read_only_when")


def check_expressions(draft: Draft) -> None:
    """Type-check formulas, conditions, rules, guards, effects, defaults, filters and row rules."""
    catalog = draft.catalog
    assert catalog is not None
    checker = Expressions(draft, catalog)
    for definition, authored in draft.all_of("entity"):
        entity = catalog.entities[definition.name]
        checker.fields(definition, entity)
        checker.rules(definition, entity, authored)
        checker.lifecycle(definition, entity, authored)
    for definition, form in draft.all_of("form"):
        for t, tab in enumerate(form.tabs):
            for s, section in enumerate(tab.sections):
                if section.visible_when is not None:
                    checker.check(
                        definition, ("tabs", t, "sections", s, "visible_when"), form.form, section.visible_when
                    )
    for definition, view in draft.all_of("view"):
        if view.filter is not None:
            checker.check(definition, ("filter",), view_entity(definition, view), view.filter)
    for definition, dashboard in draft.all_of("dashboard"):
        check_tiles(checker, definition, dashboard)
    for definition, _ in draft.all_of("codes"):
        checker.codes(definition, catalog.codes[definition.name])
    for definition, grant in draft.grants:
        if isinstance(grant.rows, str):
            names = [grant.entity] if grant.entity else sorted(catalog.mixins.get(grant.mixin or "", ()))
            for name in names:
                rule = checker.check(definition, ("rows",), name or "", grant.rows)
                if rule is None:
                    continue
                if grant.role == "everyone" and (is_constant(rule) or always(rule.typed)):
                    asks = (
                        "asks neither for the record nor for the reader"
                        if is_constant(rule)
                        else "holds for every record"
                    )
                    told = f"this condition {asks}"
                    check_public(draft, definition, grant, ("rows",), told)
                if grant.deny:
                    warn_of_empty(draft, definition, rule)
                else:
                    warn_of_nulls(draft, definition, rule)


class Expressions:
    """Checks expressions and says what is wrong at the key that holds them."""

    def __init__(self, draft: Draft, catalog: Catalog) -> None:
        self.draft, self.catalog, self.schema = draft, catalog, schema_of(catalog)
        self.broken = {name.rpartition(".")[2] for name in draft.broken if "." in name}

    def codes(self, definition: Definition, codes: CodeList) -> None:
        """Attributes that hold expressions, each over the entity that its code names, or all that carry the mixin."""
        over = {name: over_of(kind) for name, kind in codes.attributes.items() if kind.startswith("expression:")}
        for value in codes.values.values() if over else ():
            for name, (by, want) in over.items():
                text, entity = value.attributes.get(name), value.attributes.get(by)
                if text is None:
                    continue
                place = ("values", value.code, name)
                if entity is None:
                    told = f"the code names no {by}, which the expression is about"
                    self.draft.problem(definition, place, told, "missing", f"give {by}: the name of an entity or mixin")
                for one in sorted(self.catalog.mixins.get(entity or "", ())) or [entity or ""]:
                    if self.check(definition, place, one, text, want) is None:
                        break

    def check(
        self,
        definition: Definition,
        path: Sequence[str | int],
        entity: str,
        text: str,
        want: str | None = "bool",
        extra: Mapping[str, str] | None = None,
    ) -> Expression | None:
        """The checked expression; None (and a problem, unless it speaks of what is known to be broken) when it is wrong."""
        if entity not in self.catalog.entities:
            return None
        try:
            return compile_text(text, self.schema, entity, want, extra)
        except ExprError as fault:
            if self._follows(definition, path, fault):
                return None
            blamed = {entity, *STEP.findall(text), *STEP.findall(fault.message)}
            doubtful = blamed & self.broken or entity in self.draft.expanded.unknown or self._names_broken(text)
            if not doubtful or not is_readable(text):
                place = f" (at character {fault.column} of '{short(text)}')"
                own = OWN.sub("", fault.message)
                said = own if own != fault.message else fault.message + place
                self.draft.problem(definition, path, said, "expression", fault.hint)
            return None

    def _follows(self, definition: Definition, path: Sequence[str | int], fault: ExprError) -> bool:
        """Whether the fault is in a formula that this one reads: that one is told at its own place; a circle once."""
        if MISSING.search(fault.message):
            return True  # the field that leads there is told
        own = str(path[1]) if path[0] == "fields" else DISPLAY if path == ("title",) else ""
        here = (definition.name, own)
        if (other := ELSEWHERE.match(fault.message)) is not None:
            return other.groups() != here
        if (circle := CIRCLE.match(fault.message)) is not None:
            return f"{here[0]}.{here[1]}" != min(circle.group(1).split(" -> "))
        return False

    def _names_broken(self, text: str) -> bool:
        return any(name in self.draft.broken for name in re.findall(r"[a-z][a-z0-9_]*", text))

    def fields(self, definition: Definition, entity: Entity) -> None:
        """Formulas against their declared type, conditions, computed defaults."""
        for field in entity.fields.values():
            path = ("fields", field.name)
            if field.formula is not None:
                self.formula(definition, entity, field)
            for name in CONDITIONS:
                text = getattr(field, name)
                if text is not None:
                    self.check(definition, (*path, name), entity.name, text)
            if isinstance(field.default, str) and field.default.startswith("=") and field.columns:
                kind = field.columns[0].kind.kind
                self.check(definition, (*path, "default"), entity.name, field.default[1:].strip(), kind)

    def formula(self, definition: Definition, entity: Entity, field: Field) -> None:
        """A formula first by itself, so that a fault is told in its own words, then as the field of its declared type."""
        if field.name == DISPLAY:
            self.check(definition, ("title",), entity.name, f"record.{DISPLAY}", None)
            return
        written = definition.block["fields"][field.name]
        key = next((k for k in ("is", "where", "over") if k in written), "is")
        path, over = ("fields", field.name, key), written.get("over")
        if isinstance(over, str) and over not in entity.children and f"{entity.name}.{over}" not in self.draft.broken:
            message = f"'{entity.name}' has no set of records '{over}'"
            hint = nearest(over, entity.children)
            self.draft.problem(definition, ("fields", field.name, "over"), message, "unknown_related", hint)
        elif self.check(definition, path, entity.name, field.formula or "", None) is not None:
            self.check(definition, path, entity.name, f"record.{field.name}", None)

    def rules(self, definition: Definition, entity: Entity, authored: EntityDef) -> None:
        """Rules, conditional keys, which records the timeline shows and which have a next step."""
        for index, rule in enumerate(authored.rules):
            sound = self.check(definition, ("rules", index, "check"), entity.name, rule.check)
            if rule.when is not None:
                sound = self.check(definition, ("rules", index, "when"), entity.name, rule.when) and sound
            if rule.in_database and sound is not None and index < len(entity.rules):
                self.standing(definition, index, entity)
        for index, key in enumerate(authored.keys):
            if isinstance(key, KeyDef) and key.when is not None:
                self.check(definition, ("keys", index, "when"), entity.name, key.when)

        if authored.timeline is not None and authored.timeline.when is not None:
            self.check(definition, ("timeline", "when"), entity.name, authored.timeline.when)
        if authored.next_step is not None and authored.next_step.when is not None:
            self.check(definition, ("next_step", "when"), entity.name, authored.next_step.when)
        if authored.similar is not None and authored.similar.when is not None:
            self.check(definition, ("similar", "when"), entity.name, authored.similar.when)

    def standing(self, definition: Definition, index: int, entity: Entity) -> None:
        """A rule of the database reads what stands in the record's own row, and nothing that changes by itself."""
        rule = compile_text(entity.rules[index].whole, self.schema, entity.name, "bool")
        said = doubts(rule)
        if said and self.tied(entity, index):
            return
        if not said:
            stored = [sa.Column(c.name, sql_type(c.kind, c.digits)) for c in entity.columns.values() if c.stored]
            try:
                standing(rule, SQLITE, sa.Table(entity.name, sa.MetaData(), *stored))
                return
            except ExprError as fault:
                said = fault.message.removeprefix("it cannot stand in the database: ")
        told = f"this rule cannot stand in the database: {said}"
        hint = (
            "take in_database out, or keep what it needs in a field of the record; that such a field agrees with the record a link "
            "points to may stand there: check: record.LINK.FIELD == record.OTHER, when: record.LINK != null"
        )
        self.draft.problem(definition, ("rules", index, "in_database"), told, "not_in_database", hint)

    def tied(self, entity: Entity, index: int) -> bool:
        """Whether a rule says only that fields repeat what the record pointed to says: stored fields of one type, never empty there."""
        rule = entity.rules[index]
        check, when = (
            compile_text(text, self.schema, entity.name, "bool") if text else None for text in (rule.check, rule.when)
        )
        tie = tie_of(check, when) if check is not None else None
        if tie is None or tie.entity not in self.catalog.entities or tie.link not in entity.columns:
            return False
        target = self.catalog.entities[tie.entity]
        pairs = [
            (entity.columns.get(own), target.columns.get(theirs))
            for own, theirs in zip(tie.own, tie.theirs, strict=True)
        ]
        return entity.columns[tie.link].references == tie.entity and all(
            own is not None
            and theirs is not None
            and own.stored
            and theirs.stored
            and not theirs.kind.null
            and (own.kind.kind, own.kind.scale) == (theirs.kind.kind, theirs.kind.scale)
            for own, theirs in pairs
        )

    def lifecycle(self, definition: Definition, entity: Entity, authored: EntityDef) -> None:
        """Guards over `record` and `old`, and the values that transitions set."""
        for name, transition in authored.lifecycle.transitions.items() if authored.lifecycle else ():
            path = ("lifecycle", "transitions", name)
            if transition.when is not None:
                self.check(definition, (*path, "when"), entity.name, transition.when, "bool", {"old": entity.name})
            for column, text in transition.set.items():
                if column in entity.columns:
                    self.check(
                        definition,
                        (*path, "set", column),
                        entity.name,
                        text,
                        entity.columns[column].kind.kind,
                        {"old": entity.name},
                    )


def warn_of_nulls(draft: Draft, definition: Definition, rule: Expression) -> None:
    """`!` and `!=` over a value that may be empty also hold where it is empty: rarely meant in a rule that opens records."""
    for part in rule.typed.walk():
        inner = part.args if part.op == "not" or (part.op == "cmp" and part.value == "!=") else ()
        empty = next((p for a in inner for p in a.walk() if p.op == "path" and p.type.null), None)
        if empty is not None:
            sign = "!" if part.op == "not" else "!="
            message = f"'{sign}' also holds where '{empty.value.name}' is empty"
            draft.problem(
                definition,
                ("rows",),
                message,
                "null_opens",
                f"add '&& record.{empty.value.name} != null' if that is not meant",
                warning=True,
            )
            return


def warn_of_empty(draft: Draft, definition: Definition, rule: Expression) -> None:
    """What a deny compares may be empty, and a deny closes what it cannot decide: such records are seen by nobody it names."""
    asked = {id(p) for part in rule.typed.walk() if part.op in ("isnull", "notnull") for p in part.walk()}
    for part in rule.typed.walk():
        if part.op == "path" and part.type.null and id(part) not in asked:
            name = part.value.name
            message = f"records whose '{name}' is empty are closed by this too"
            hint = f"make '{name}' required with a default, or ask for 'record.{name} != null' if that is not meant"
            draft.problem(definition, ("rows",), message, "deny_over_empty", hint, warning=True)
            return


def is_constant(rule: Expression) -> bool:
    """Whether a condition is the same for every record and every actor."""
    return not (rule.needs.reads or rule.needs.rollups or rule.needs.actor)


def is_readable(text: str) -> bool:
    """Whether the text is an expression at all, whatever its names mean; a name that cannot be one is told at its field."""
    if set(STEP.findall(text)) & set(UNSAYABLE):
        return True
    try:
        parse(text)
    except ExprError:
        return False
    return True


def short(text: str, most: int = 60) -> str:
    """The beginning of a long text."""
    return text if len(text) <= most else text[: most - 3] + "..."
