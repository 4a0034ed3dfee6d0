"""The files of a set: which belongs to which part of the mapping, their rows in order, and joins between them."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import repeat
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from ...errors import ImportFault
from ...language import _
from ...metamodel.imports import FileDef, ImportDef, JoinDef
from .mapping.paths import Names, Scope, as_key, nested
from .mapping.plan import FilePlan, PlanMaker
from .mends import Mends
from .readers import Children, Hints, Limits, Row, Table, open_stranger, open_table

REFUSED = "refused-"
"""What a file of refused rows is called, before the name of the file that they came from."""


class Source(Struct, frozen=True):
    """A file to import: where it is, and its name as people know it. `joined`: other files look things up in it, its own
    rows are not imported."""

    path: Path
    name: str
    joined: bool = False

    @property
    def sha256(self) -> str:
        """The hash of its content."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Step:
    """One pass over one file, or over several of one shape whose rows are sorted together."""

    spec: FileDef
    sources: tuple[Source, ...]
    pass_: int

    @property
    def name(self) -> str:
        """What people call it."""
        return self.sources[0].name if len(self.sources) == 1 else self.spec.name or self.spec.patterns[0]


def sources_in(place: Path) -> list[Source]:
    """The file itself, or all files of a folder (those that begin with `_` or `.` are left out)."""
    if place.is_file():
        return [Source(place, place.name)]
    found = sorted(p for p in place.rglob("*") if p.is_file())
    return [Source(p, p.relative_to(place).as_posix()) for p in found if not p.name.startswith(("_", "."))]


def steps_of(mapping: ImportDef, sources: Sequence[Source], *, partial: bool = False) -> tuple[list[Step], list[str]]:
    """What to read, in order, and notes about files that belong nowhere.

    Raises ImportFault naming files that are missing; with `partial` only where there is none at all.
    """
    steps: list[Step] = []
    taken: set[str] = set()
    missing: list[str] = []
    for spec in mapping.files:
        found = [s for s in sources if not s.joined and any(matches(s.name, pattern) for pattern in spec.patterns)]
        taken.update(source.name for source in found)
        if not found:
            missing += [] if spec.optional else [" or ".join(spec.patterns)]
            continue
        groups = [tuple(found)] if spec.sort else [(source,) for source in found]
        passes = sorted({1, *(target.pass_ for target in spec.targets)})
        steps += [Step(spec, group, pass_) for pass_ in passes for group in groups]
    if (missing and not partial) or not steps:
        raise _incomplete(mapping, sources, missing, bool(steps))
    joined = [join.file for spec in mapping.files for join in spec.join.values()]
    left = [s.name for s in sources if s.name not in taken and not any(matches(s.name, file) for file in joined)]
    notes = [_("not part of the set {set}: {names}", set=mapping.name, names=", ".join(left))] if left else []
    return steps, notes + [
        _("{file}: looked up in the file of the import before", file=s.name) for s in sources if s.joined
    ]


def _incomplete(mapping: ImportDef, sources: Sequence[Source], missing: Sequence[str], some: bool) -> ImportFault:
    """The error for a set without files that it needs; `some`: others of it are there."""
    given = ", ".join(source.name for source in sources[:20]) or _("none")
    hint = _("given: {names}; files may be missing where an import is partial (--partial)", names=given)
    if not some:
        hint = _("given: {names}; name the file as the set does, or choose another mapping", names=given)
    return ImportFault(
        _("the set {mapping} lacks {names}", mapping=mapping.name, names=", ".join(missing)),
        code="missing_file",
        hint=hint,
    )


def lacking(mapping: ImportDef, sources: Sequence[Source]) -> list[str]:
    """Files that the given ones are joined to, and that are not given."""
    named = [
        join.file
        for spec in mapping.files
        if any(matches(source.name, pattern) for source in sources for pattern in spec.patterns)
        for join in spec.join.values()
    ]
    return [file for file in dict.fromkeys(named) if not any(matches(source.name, file) for source in sources)]


def matches(name: str, pattern: str) -> bool:
    """Does the file name, with or without its folders, match the pattern? Case does not matter. A file of refused rows is of the
    file that they came from: `refused-cards.vcf.json` of `cards.vcf`."""
    name, pattern = name.casefold(), pattern.casefold()
    last = name.rsplit("/", 1)[-1]
    plain = last.removeprefix(REFUSED)
    inner = plain.removesuffix(".json").removesuffix(".csv")
    names = [name, last, plain, *([inner] if "." in inner else [])]
    return any(fnmatchcase(one, pattern) for one in names)


def close(stream: Iterator[Any]) -> None:
    """End a stream of rows, with the file or process behind it."""
    if isinstance(stream, Generator):
        stream.close()


class Shelf(Struct):
    """Opens the files of a set. `limited` reads what strangers upload in a child process; joined files are read once."""

    maker: PlanMaker
    sources: Sequence[Source]
    limits: Limits
    limited: bool = True
    mends: Mends = field(default_factory=Mends)
    children: Children = field(default_factory=Children)

    @contextmanager
    def open(self, step: Step) -> Iterator[tuple[FilePlan, Iterator[tuple[Source, Row]], Table]]:
        """The step's plan and its rows, each with the file it is of."""
        first = self.table(step.sources[0], step.spec)
        names = Names(step.sources[0].name, None if first.nested else first.columns)
        for name, join in step.spec.join.items():
            names.joins[name] = (tuple(join.on), self.index(join))
        plan = self.maker.plan(step.spec, names, step.pass_)
        rows = self._rows(step, first)
        try:
            yield plan, rows, first
        finally:
            close(rows)
            close(first.rows)

    def close(self) -> None:
        """End the processes that wait for another file."""
        self.children.close()

    def table(self, source: Source, spec: FileDef | None = None) -> Table:
        """One file's rows."""
        hints = Hints() if spec is None else Hints(
            spec.format, spec.encoding, spec.delimiter, spec.header, tuple(spec.columns), spec.skip_lines, spec.sheet,
            spec.records, spec.short_rows,
        )  # fmt: skip
        if not self.limited:
            return open_table(source.path, hints, self.limits, name=source.name)
        return open_stranger(source.path, hints, self.limits, name=source.name, children=self.children)

    def _rows(self, step: Step, first: Table) -> Iterator[tuple[Source, Row]]:
        return self._sorted(step, first, step.spec.sort) if step.spec.sort else self._plain(step, first)

    def _sorted(self, step: Step, first: Table, by: str) -> Iterator[tuple[Source, Row]]:
        get = nested(by)
        every = list(self._plain(step, first))
        every.sort(key=lambda pair: as_key(get(Scope(pair[1].data))))
        yield from every

    def _plain(self, step: Step, first: Table) -> Iterator[tuple[Source, Row]]:
        for place, source in enumerate(step.sources):
            table = first if place == 0 else self.table(source, step.spec)
            yield from zip(repeat(source), self.mends.rows(source.name, table.rows, table.columns), strict=False)

    def index(self, join: JoinDef) -> dict[tuple[str, ...], dict[str, Any]]:
        """Rows of a joined file by the values of its key columns."""
        source = next((s for s in self.sources if matches(s.name, join.file)), None)
        if source is None:
            raise ImportFault(
                _("the set lacks {file}, which another file of it looks things up in", file=join.file),
                code="missing_file",
                hint=_("put {file} into the folder beside it, or give both", file=join.file),
            )
        table = self.table(source)
        for column in join.on.values():
            if table.columns and column not in table.columns:
                raise ImportFault(
                    _("{source} has no column {column!r}", source=source.name, column=column), code="unknown_column"
                )
        keys = list(join.on.values())
        return {tuple(as_key(row.data.get(k)) for k in keys): dict(row.data) for row in table.rows if row.fault is None}
