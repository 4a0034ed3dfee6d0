"""Check of sample records: entities, fields, the records they name, expressions; and the order in which they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..expressions import ExprError
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.samples import REFERENCE, SampleDef
from .draft import Draft
from .merge import Definition
from .names import expect, expect_field
from .schema import compiled

Place = tuple[str | int, ...]


def check_samples(draft: Draft) -> None:
    """Check all samples; a circle between them is told once."""
    catalog = draft.catalog
    assert catalog is not None
    found = draft.all_of("sample")
    for definition, authored in found:
        if expect(draft, definition, ("entity",), "entity", authored.entity, catalog.entities):
            for name, values in authored.records.items():
                _check_record(draft, catalog, definition, ("records", name), catalog.entities[authored.entity], values)
    try:
        in_order(catalog.samples)
    except CycleError as fault:
        names = [str(name) for name in fault.args[1]]
        first = next(d for d, authored in found if authored.sample == min(names))
        draft.problem(first, ("records",), f"samples name one another in a circle: {' -> '.join(names)}", "circle")


def in_order(samples: Mapping[str, SampleDef]) -> list[SampleDef]:
    """Each sample after those that it names, otherwise by name. Raises graphlib.CycleError."""
    needed = {
        name: sorted(
            other
            for _, value in references(authored.records, ())
            if (other := str(value).partition(".")[0]) in samples and other != name
        )
        for name, authored in sorted(samples.items())
    }
    return [samples[name] for name in TopologicalSorter(needed).static_order()]


def references(value: Any, path: Place) -> Iterator[tuple[Place, Any]]:
    """The sample records that a value names, each with its place."""
    if isinstance(value, dict):
        if set(value) == {REFERENCE}:
            yield (*path, REFERENCE), value[REFERENCE]
            return
        for key, one in value.items():
            yield from references(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from references(one, (*path, index))


def _check_record(
    draft: Draft, catalog: Catalog, definition: Definition, path: Place, entity: Entity, values: Mapping[str, Any]
) -> None:
    for name, value in values.items():
        place = (*path, name)
        if not expect_field(draft, definition, place, entity, name):
            continue
        for at, reference in references(value, place):
            _check_reference(draft, catalog, definition, at, str(reference))
        if isinstance(value, str) and value.startswith("="):
            _check_expression(draft, catalog, definition, place, entity.name, value[1:].strip())


def _check_reference(draft: Draft, catalog: Catalog, definition: Definition, place: Place, reference: str) -> None:
    sample, dot, record = reference.partition(".")
    if not dot:
        draft.problem(
            definition, place, f"'{reference}' names no sample record", "bad_reference", "write sample.record"
        )
    elif expect(draft, definition, place, "sample", sample, catalog.samples):
        if sample == definition.name:
            hint = "put the other record into a sample of its own"
            draft.problem(definition, place, "a record cannot name one of its own sample", "bad_reference", hint)
        else:
            expect(draft, definition, place, "record in the sample", record, catalog.samples[sample].records)


def _check_expression(
    draft: Draft, catalog: Catalog, definition: Definition, place: Place, entity: str, text: str
) -> None:
    try:
        expression = compiled(catalog, entity, text, None)
    except ExprError as fault:
        draft.problem(definition, place, fault.message, "expression", fault.hint)
        return
    if expression.needs.fields:
        hint = "write the value itself"
        draft.problem(definition, place, "an expression of a sample has no record to read", "expression", hint)
