"""Values of a mapping compiled to functions of a row's scope; links stay open (`Pending`) until they are looked up together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from ....errors import ImportFault
from ....language import _
from ....metamodel.imports import ConditionDef, ValueDef
from .paths import Getter, Names, Scope
from .steps import Reading, clean, compile_steps, text_of

COLUMN = re.compile(r"\{([^{}]+)\}")


class Pending(Struct, frozen=True):
    """A link to look up: the record of `entity` whose `columns` have the values of `key` (which may be links themselves)."""

    entity: str
    columns: tuple[str, ...]
    key: tuple[Any, ...]
    on_missing: str = "refuse"

    def with_inner(self) -> Iterator[Pending]:
        """The link, and those in its key, and those in theirs."""
        yield self
        for part in self.key:
            if isinstance(part, Pending):
                yield from part.with_inner()

    @property
    def depth(self) -> int:
        """How many links stand in one another: 1 where the key holds none."""
        return 1 + max((part.depth for part in self.key if isinstance(part, Pending)), default=0)


class Made(Struct, frozen=True):
    """The record that another target of the row became: for this item or one around it, else for the item of another array
    whose values at the paths of `match` equal these."""

    target: str
    match: tuple[tuple[str, Any], ...] = ()


class Compiler(Struct, frozen=True):
    """Compiles the values of one file. `targets` are the names of the file's targets, `source` what its keys belong to."""

    names: Names
    reading: Reading
    source: str
    targets: frozenset[str]

    def value(self, spec: ValueDef) -> Getter:
        """The function of a value. Raises ImportFault for what cannot be."""
        get = self._source(spec)
        if spec.when is not None:
            get = _only(self.condition(spec.when), get)
        steps = compile_steps(spec.steps, self.reading)
        if steps is None:
            return get
        return lambda scope: steps(get(scope))

    def _source(self, spec: ValueDef) -> Getter:
        if spec.column is not None:
            return self._columns(spec.column if isinstance(spec.column, list) else [spec.column])
        if spec.columns:
            every = [self._cleaned(path) for path in spec.columns]
            return lambda scope: _flat(get(scope) for get in every) or None
        if spec.template is not None:
            return self._template(spec.template)
        if spec.first:
            return _first([self.value(one) for one in spec.first])
        if spec.list_:
            parts = [self.value(one) for one in spec.list_]
            return lambda scope: _flat(get(scope) for get in parts) or None
        if spec.target:
            return self._made(spec.target, spec.match)
        if spec.link:
            return self._link(spec)
        return lambda scope: spec.const

    def _cleaned(self, path: str) -> Getter:
        blank, column = self.reading.blank, self.names.plain(path)
        if column is not None:
            return Cell(column, blank)
        get = self.names.getter(path)

        def read(scope: Scope) -> Any:
            value = get(scope)
            return clean(value, blank) if isinstance(value, str) else value

        return read

    def _columns(self, paths: list[str]) -> Getter:
        getters = [self._cleaned(path) for path in paths]
        return getters[0] if len(getters) == 1 else _first(getters)

    def _template(self, template: str) -> Getter:
        parts: list[tuple[str, Getter | None, bool]] = []
        end = 0
        for match in COLUMN.finditer(template):
            path = match[1]
            optional = path.endswith("?") and path not in (self.names.columns or ())
            parts.append((template[end : match.start()], self._cleaned(path), optional))
            end = match.end()
        tail = template[end:]

        def build(scope: Scope) -> str | None:
            out = []
            for text, get, optional in parts:
                value = get(scope) if get else None
                if value is None and not optional:
                    return None
                out.append(text)
                out.append("" if value is None else text_of(value))
            return "".join(out) + tail

        return build

    def _made(self, target: str, match: Mapping[str, str]) -> Getter:
        if target not in self.targets:
            known = ", ".join(sorted(self.targets))
            raise ImportFault(
                _("no target of this file is named {target!r}", target=target),
                code="target",
                hint=_("there are {known}", known=known),
            )
        if not match:
            made = Made(target)
            return lambda scope: made
        ours = [(theirs, self._cleaned(path)) for theirs, path in match.items()]
        return lambda scope: Made(target, tuple((theirs, get(scope)) for theirs, get in ours))

    def _link(self, spec: ValueDef) -> Getter:
        entity, missing = spec.link or "", spec.on_missing
        if spec.key is not None:
            get, source = self.value(spec.key), spec.source or self.source

            def by_source_key(scope: Scope) -> Pending | None:
                key = get(scope)
                return (
                    None if key is None else Pending(entity, ("source", "source_key"), (source, text_of(key)), missing)
                )

            return by_source_key
        columns = tuple(spec.by)
        getters = [self.value(one) for one in spec.by.values()]

        def by_columns(scope: Scope) -> Pending | None:
            key = tuple(get(scope) for get in getters)
            return None if any(part is None for part in key) else Pending(entity, columns, key, missing)

        return by_columns

    def condition(self, spec: ConditionDef) -> Callable[[Scope], bool]:
        """The function of a condition."""
        checks: list[Callable[[Scope], bool]] = []
        if spec.column is not None:
            checks.append(self._comparison(spec, self._cleaned(spec.column)))
        if spec.all_:
            every = [self.condition(one) for one in spec.all_]
            checks.append(lambda scope: all(check(scope) for check in every))
        if spec.any_:
            some = [self.condition(one) for one in spec.any_]
            checks.append(lambda scope: any(check(scope) for check in some))
        if spec.not_ is not None:
            inner = self.condition(spec.not_)
            checks.append(lambda scope: not inner(scope))
        return checks[0] if len(checks) == 1 else lambda scope: all(check(scope) for check in checks)

    def _comparison(self, spec: ConditionDef, get: Getter) -> Callable[[Scope], bool]:
        if spec.filled is not None:
            return lambda scope: (get(scope) not in (None, [], {})) == spec.filled
        if spec.matches is not None:
            pattern = re.compile(spec.matches)
            return lambda scope: (value := get(scope)) is not None and pattern.fullmatch(text_of(value)) is not None
        wanted = spec.is_ if spec.is_ is not None else spec.is_not
        texts = frozenset(_comparable(one) for one in (wanted if isinstance(wanted, list) else [wanted]))

        def matches(scope: Scope) -> bool:
            value = get(scope)
            found = value if isinstance(value, list) else [value]
            return any(_comparable(one) in texts for one in found)

        return matches if spec.is_ is not None else lambda scope: not matches(scope)


class Cell(Struct, frozen=True):
    """A cell of a flat table: the commonest value, read without detours. `blank` are texts that mean nothing."""

    column: str
    blank: frozenset[str] = frozenset()

    def __call__(self, scope: Scope) -> str | None:
        """The text in the scope's row; None where it is blank."""
        return self.clean(scope.data[self.column])

    def clean(self, text: str) -> str | None:
        """The text without spaces at its ends; None where it is blank."""
        text = text.strip()
        return text if text and text not in self.blank else None


def _only(check: Callable[[Scope], bool], get: Getter) -> Getter:
    return lambda scope: get(scope) if check(scope) else None


def _comparable(value: Any) -> str:
    return "" if value is None else text_of(value)


def _first(getters: list[Getter]) -> Getter:
    def first(scope: Scope) -> Any:
        for get in getters:
            value = get(scope)
            if value is not None:
                return value
        return None

    return first


def _flat(values: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance(value, list):
            found.extend(v for v in value if v is not None)
        elif value is not None and not (isinstance(value, Mapping) and not value):
            found.append(value)
    return list(dict.fromkeys(found)) if all(isinstance(v, str) for v in found) else found
