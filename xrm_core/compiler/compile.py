"""The four steps in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from ..errors import MetadataError, Problem
from ..metamodel.catalog import Catalog
from ..metamodel.field_type import FieldType
from ..plugin.contributions import MetadataRoot
from .check import check_draft
from .merge import Definitions, merge
from .read import read
from .resolve import resolve


class Report(Struct, frozen=True):
    """What a compilation found: problems and warnings sorted by file and line; `catalog` only when there is no problem.
    `definitions` are the merged layers, for the cache."""

    catalog: Catalog | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    definitions: Definitions


def inspect(
    roots: Sequence[MetadataRoot],
    field_types: Mapping[str, FieldType],
    settings: Mapping[str, Any],
    functions: Mapping[str, Any] | None = None,
    actions: Mapping[tuple[str, str], Any] | None = None,
    version: str = "",
) -> Report:
    """Compile and check; never raises for what the metadata says."""
    sources = read(roots)
    definitions = merge(sources)
    draft = resolve(definitions, field_types, settings, sources.problems, sources.warnings, version, functions)
    draft.actions, draft.unknown_actions = actions or {}, actions is None
    check_draft(draft)
    problems = in_order(draft.problems)
    return Report(None if problems else draft.catalog, problems, in_order(draft.warnings), definitions)


def compile_catalog(
    roots: Sequence[MetadataRoot],
    field_types: Mapping[str, FieldType],
    settings: Mapping[str, Any],
    functions: Mapping[str, Any] | None = None,
    actions: Mapping[tuple[str, str], Any] | None = None,
    version: str = "",
) -> Catalog:
    """The catalog. Raises MetadataError with every problem."""
    report = inspect(roots, field_types, settings, functions, actions, version)
    if report.catalog is None:
        raise refusal(report.problems)
    return report.catalog


def check(
    roots: Sequence[MetadataRoot],
    field_types: Mapping[str, FieldType],
    settings: Mapping[str, Any],
    functions: Mapping[str, Any] | None = None,
) -> list[Problem]:
    """Every problem of the metadata, sorted by file and line; none when it may come into force."""
    return list(inspect(roots, field_types, settings, functions).problems)


def refusal(problems: Sequence[Problem]) -> MetadataError:
    """The error that carries all problems."""
    count = len(problems)
    message = f"the metadata has {count} error{'s' if count != 1 else ''}"
    return MetadataError(
        message,
        code="metadata",
        problems=tuple(problems),
        hint="what was in force stays; mend the files (xrm check looks at them again)",
    )


def in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Each problem once, sorted by file and line."""
    unique = {(str(p.where), p.code, p.message): p for p in problems}
    return tuple(
        sorted(unique.values(), key=lambda p: (p.where.file, p.where.line, p.where.key) if p.where else ("", 0, ""))
    )
