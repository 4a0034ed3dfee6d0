"""A catalog as data: nothing is lost on the way, and nothing else can be made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from xrm_core.compiler import kept
from xrm_core.compiler.provenance import Provenance
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.field_type import FieldType
from xrm_core.metamodel.text import Text

from .test_cache import plain

WHOLE = """
entity: thing
label: {en: Thing, de: Ding}
fields:
  name: {type: text, max: 12, unique: true}
  share: {type: decimal, default: 0.25}
  since: {type: date, default: 2026-01-31}
  state: {type: choice, values: {open: Open, done: {label: Done, colour: ok, valid_until: 2027-05-01}}}
  parent: {type: link, to: thing, reverse: parts}
  rows: {type: child_table, fields: {on: {type: date}, weight: {type: integer, max: 9}}}
  double: {type: formula, of: decimal, is: record.share * 2}
timeline: {on: since}
next_step: {what: name, on: since}
rules: [{check: "record.share >= 0", message: {en: No, de: Nein}, field: share}]
lifecycle:
  field: state
  transitions: {finish: {from: [open], to: done, require: [name], set: {since: today()}}}
"""
FURTHER = {
    "views/thing.yaml": "view: mine\nentity: thing\ncolumns: [name, state]\nfilter: record.share > 0.1\n---\n"
    "view: states\nentity: thing\nkind: board\nby: state\nlimits: {open: 3}\n",
    "access/all.yaml": "department: help\nlabel: Help\n---\nrole: helper\nlabel: {en: Helper}\ndepartment: help\n---\n"
    "grants:\n  - {role: helper, entity: thing, verbs: [read, update], rows: record.share > 0.5}\n",
    "dashboards/help.yaml": "dashboard: help\ntiles: {all: {kind: number, entity: thing}}\n",
    "menu/help.yaml": "menu: help\nlabel: Help\nitems: [{view: mine, count: true}]\n",
    "sample/thing.yaml": "sample: things\nentity: thing\nrecords: {one: {name: One, since: 2026-02-03, share: 0.5}}\n",
}


@pytest.fixture
def catalog(folder: Any) -> Catalog:
    """A little of everything that a catalog holds."""
    folder.write("entities/thing.yaml", WHOLE)
    for name, text in FURTHER.items():
        folder.write(name, text)
    found: Catalog = folder.catalog()
    return found


def kept_of(catalog: Catalog) -> kept.Table:
    """The catalog as it is kept."""
    assert isinstance(catalog.provenance, Provenance)
    return kept.pack(catalog, catalog.provenance.options)


def test_a_catalog_comes_back_as_it_was(catalog: Catalog, types: Mapping[str, FieldType]) -> None:
    """Through JSON, with the types of values: texts stay unchangeable, numbers exact, days days."""
    data = msgspec.json.encode(kept_of(catalog))
    found = Catalog(version="", **kept.unpack(msgspec.json.decode(data, type=kept.Table), types))
    assert plain(found) == plain(catalog)
    first, again = catalog.entity("thing"), found.entity("thing")
    for name, field in first.fields.items():
        same = again.field(name)
        assert (same.type, same.options) == (field.type, field.options)
        assert same.options.model_fields_set == field.options.model_fields_set
        assert [type(v) for v in (same.label, same.default)] == [type(v) for v in (field.label, field.default)]
    assert (found.roles, found.grants, found.needs) == (catalog.roles, catalog.grants, catalog.needs)
    assert found.samples["things"].records["one"]["name"] == "One"
    with pytest.raises(TypeError):
        again.label["en"] = "Other"  # type: ignore[index]


def test_equal_parts_are_kept_once(catalog: Catalog) -> None:
    """What recurs, such as columns and empty texts, takes no more room."""
    table = kept_of(catalog)
    assert len({(type(value), value) for value in table.plain}) == len(table.plain)
    rows = [msgspec.json.encode(row) for row in table.made]
    assert len(set(rows)) == len(rows)


def test_a_catalog_with_something_unknown_is_not_kept(catalog: Catalog) -> None:
    """What could not come back is refused when it is packed."""

    class Odd(dict[str, str]):
        """A text of somebody's own."""

    label: Text = Odd(en="Odd")
    odd = Catalog("", {"thing": msgspec.structs.replace(catalog.views["mine"], label=label)})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="Odd"):
        kept.pack(odd, lambda field: {})


@pytest.mark.parametrize(
    "row", [[99, 0], [0, 99], ["text", 0], [len(kept.SHAPES) + 8, "no_such_type"], [len(kept.SHAPES) + 10, "Path", {}]]
)
def test_nothing_but_parts_of_a_catalog_is_made(row: list[Any], types: Mapping[str, FieldType]) -> None:
    """Other kinds and places that are not there are errors, which the cache passes over."""
    table = kept.Table(["a"], [row], [0] * len(kept.CATALOG))
    with pytest.raises((KeyError, IndexError, TypeError, ValueError)):
        kept.unpack(table, types)
