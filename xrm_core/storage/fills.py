"""What records that are there already get where a field may no longer be empty: its default, or what the plan was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from xrm_core.errors import BadRequest
from xrm_core.metamodel.catalog import Catalog, Entity, Field
from xrm_core.metamodel.field_type import Env, FieldFault

from .names import limited

MOMENTS = {"today": "today", "now": "now", "=today()": "today", "=now()": "now"}
"""Defaults that are the same for all records of one plan -> the part of the surroundings that has the value."""


@dataclass
class Fills:
    """`told`: texts by `entity.column`, as somebody wrote them to the plan; they go before defaults. `taken` are those that a
    step took."""

    catalog: Catalog
    told: Mapping[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    env: Env = field(init=False)

    def __post_init__(self) -> None:
        facts, now = self.catalog.settings, datetime.now(UTC)
        zone = str(facts.get("time_zone") or "UTC")
        self.env = Env(
            codes=self.catalog.codes, language=str(facts.get("language") or "en"), currency=str(facts.get("currency") or "EUR"),
            country=facts.get("country"), time_zone=zone, today=now.astimezone(ZoneInfo(zone)).date(), now=now,
        )  # fmt: skip
        for name in self.told:
            self._known(name)

    def _known(self, name: str) -> None:
        """Raises BadRequest for what is no stored field of the catalog."""
        of, _, field = name.partition(".")
        entity = self.catalog.entities.get(of)
        columns = [] if entity is None else [c.name for f in entity.fields.values() for c in f.columns if c.stored]
        if field in columns:
            return
        if entity is not None and field in entity.fields:
            parts = [f"{of}.{c.name}" for c in entity.fields[field].columns if c.stored]
            raise BadRequest(
                f"{name} cannot be filled as a whole",
                code="unknown_field",
                hint=f"say its parts: {', '.join(parts)}" if parts else "it is computed",
            )
        among = [f"{of}.{c}" for c in columns] if entity is not None else list(self.catalog.entities)
        near = get_close_matches(name if entity is not None else of, among, 1, 0.6)
        raise BadRequest(
            f"there is no field {name!r} to fill",
            code="unknown_field",
            hint=f"did you mean '{near[0]}'?" if near else "write it as entity.field=value",
        )

    def value(self, entity: Entity, owner: Field | None, column: str) -> tuple[Any, bool]:
        """What a column (by its name in the database) gets, None for nothing, and whether somebody said so. Raises BadRequest for a
        text that does not fit."""
        if owner is None:
            return None, False
        texts = {c.name: self.told[n] for c in owner.columns if (n := f"{entity.name}.{c.name}") in self.told}
        if texts:
            self.taken.update(f"{entity.name}.{name}" for name in texts)
            return self._read(entity, owner, texts).get(column), True
        return self._default(owner).get(column), False

    def _read(self, entity: Entity, owner: Field, texts: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            return self._settled(owner, owner.type.read(texts, owner, self.env))
        except FieldFault as fault:
            name = f"{entity.name}.{next(iter(texts))}"
            raise BadRequest(
                f"{name} cannot be filled with {texts[next(iter(texts))]!r}: {fault.message}",
                code="bad_fill",
                hint=fault.hint,
            ) from None

    def _default(self, owner: Field) -> Mapping[str, Any]:
        """The field's default, where it is the same for every record."""
        given = owner.default
        if given is None:
            return {}
        main = owner.columns[0]
        if isinstance(given, str) and main.kind.kind in ("date", "datetime") and given.replace(" ", "") in MOMENTS:
            given = getattr(self.env, MOMENTS[given.replace(" ", "")])
        elif isinstance(given, str) and given.lstrip().startswith("="):
            return {}
        try:
            return self._settled(owner, owner.type.accept({main.name: given}, owner, self.env))
        except (FieldFault, KeyError, TypeError, ValueError):
            return {}

    def _settled(self, owner: Field, values: Mapping[str, Any]) -> Mapping[str, Any]:
        whole = {c.name: values.get(c.name) for c in owner.columns}
        return {limited(n): v for n, v in {**whole, **owner.type.settle(whole, {}, owner, self.env)}.items()}

    @property
    def idle(self) -> tuple[str, ...]:
        """What was told and nothing took: no record is without it."""
        return tuple(sorted(set(self.told) - self.taken))
