"""Rules -> conditions: on which rows a verb is open, and on which of these a field. As texts, which people are shown too; what
becomes SQL of them is a matter of `seeing`."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from ..metamodel.catalog import Catalog
from .denials import surely_not
from .rules import Rule, RuleBook, Rules

NOWHERE = "false"


class Opening(Struct, frozen=True):
    """What rules open of an entity for one verb. where: the condition on its rows (None: all, `false`: none); fields: those
    open on some row (None: all, on every row); parts: conditions of fields that are not open on all of these rows."""

    where: str | None
    fields: frozenset[str] | None
    parts: dict[str, str]

    @property
    def is_closed(self) -> bool:
        """Nothing is open."""
        return self.where == NOWHERE

    def on(self, field: str) -> str | None:
        """On which of the open rows a field is open; None: on all, `false`: on none."""
        if self.fields is None:
            return None
        return self.parts.get(field) if field in self.fields else NOWHERE

    @classmethod
    def of(cls, rules: Rules | None, narrowed: tuple[str, ...] = ()) -> Opening:
        """The conditions of some rules (None: everything), narrowed by further ones."""
        if rules is None:
            return cls(_all(narrowed), None, {})
        grants = [g for g in rules.grants if g.text != NOWHERE]
        closed = [d for d in rules.denies if d.fields is None and d.text != NOWHERE]
        rows = _any(grants)
        if rows == NOWHERE or any(d.text is None for d in closed):
            return cls(NOWHERE, frozenset(), {})
        where = _all([*([rows] if rows else []), *_not_denied(closed), *narrowed])
        fields, parts = set[str](), dict[str, str]()
        partly = [d for d in rules.denies if d.fields is not None and d.text != NOWHERE]
        if len(grants) == 1 and not partly:
            return cls(where, grants[0].fields or frozenset(), {})
        said: dict[tuple[bool, ...], str | None] = {}  # many fields are touched by the same rules
        for name in frozenset().union(*(g.fields or frozenset() for g in grants)):
            touched = tuple(rule.touches(name) for rule in (*grants, *partly))
            if touched not in said:
                said[touched] = _part(name, grants, partly)
            text = said[touched]
            if text != NOWHERE:
                fields.add(name)
                if text is not None and text != rows:
                    parts[name] = text
        return cls(where, frozenset(fields), parts)


EVERYTHING = Opening(None, None, {})
CLOSED = Opening(NOWHERE, frozenset(), {})


def _part(name: str, grants: list[Rule], denies: list[Rule]) -> str | None:
    opened = _any([g for g in grants if g.touches(name)])
    shut = [d for d in denies if d.touches(name)]
    if any(d.text is None for d in shut):
        return NOWHERE
    return _all([*([opened] if opened else []), *_not_denied(shut)])


def _not_denied(rules: Iterable[Rule]) -> list[str]:
    """That none of these denies applies, for sure; each has a condition."""
    return [surely_not(text) for text in dict.fromkeys(str(rule.text) for rule in rules)]


def _any(rules: Iterable[Rule]) -> str | None:
    """One of the conditions holds; None: always, `false`: never."""
    texts = list(dict.fromkeys(rule.text for rule in rules))
    if not texts:
        return NOWHERE
    if None in texts:
        return None
    return " || ".join(f"({t})" for t in texts) if len(texts) > 1 else str(texts[0])


def _all(texts: Iterable[str]) -> str | None:
    parts = list(dict.fromkeys(texts))
    return " && ".join(f"({t})" for t in parts) if len(parts) > 1 else parts[0] if parts else None


class OpeningBook(RuleBook):
    """The rules of those who have the same roles and departments, with what they open; made once and kept with the catalog."""

    def __init__(self, catalog: Catalog, roles: frozenset[str], units: frozenset[str], signed_in: bool) -> None:
        super().__init__(catalog, roles, units, signed_in)
        self._openings: dict[tuple[str, str], Opening] = {}

    def opening(self, entity: str, verb: str) -> Opening:
        """What the rules open of an entity for a verb."""
        found = self._openings.get((entity, verb))
        if found is None:
            found = self._openings[entity, verb] = Opening.of(self.rules(entity, verb))
        return found
