"""The cache: the same catalog without reading and checking again, and never a wrong one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from xrm_core.compiler import compile as compiling
from xrm_core.compiler import fingerprint, load, schema_of
from xrm_core.errors import MetadataError
from xrm_core.metamodel.catalog import Catalog, Entity
from xrm_core.metamodel.field_type import FieldType
from xrm_core.plugin.contributions import MetadataRoot

ONE = """
mixin: m
fields: {kind: {type: choice, values: {a: A, b: {label: B, colour: ok}}}}
---
entity: one
mixins: [m]
fields:
  name: {type: text, max: 10, default: "0042"}
  share: {type: decimal, default: 0.1}
  rows: {type: child_table, fields: {x: {type: integer}}}
  two: {type: link, to: one}
rules: [{check: "record.share > 0.5", message: {en: M, de: N}}]
---
view: v
entity: one
columns: [name]
"""


def plain(catalog: Catalog) -> Any:
    """A catalog as plain data that can be compared."""

    def turn(value: Any) -> Any:
        if isinstance(value, FieldType):
            return value.name
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [f.name for f in dataclasses.fields(value) if f.name not in ("derived", "provenance")]
            return {name: turn(getattr(value, name)) for name in names}
        if isinstance(value, Struct):
            return {name: turn(getattr(value, name)) for name in value.__struct_fields__}
        if isinstance(value, Mapping):
            return {key: turn(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [turn(item) for item in value]
        return value

    return turn(catalog)


@pytest.fixture
def loaded(folder: Any, types: Mapping[str, FieldType]) -> Any:
    """Loads the folder with a cache."""
    folder.write("entities/one.yaml", ONE, "plugin")
    folder.write("entities/more.yaml", "extend: one\nfields: {name: {max: 20}}\n")
    return lambda **settings: load(folder.roots, types, settings, folder.path / "cache")


def test_the_cache_gives_the_same_catalog(loaded: Any, folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, defaults, places and provenance are equal; nothing is read or checked a second time."""
    cold = loaded()
    monkeypatch.setattr(compiling, "inspect", lambda *a, **k: pytest.fail("compiled again"))
    warm = loaded()
    assert warm is not cold
    assert plain(warm) == plain(cold)
    assert list(warm.provenance) == list(cold.provenance)
    assert warm.provenance["one.name.max"] == cold.provenance["one.name.max"]
    assert len(warm.provenance["one.name.max"]) == 2
    assert schema_of(warm).entities["one"].fields["two"].type.entities == ("one",)


def test_whatever_changes_makes_a_new_catalog(loaded: Any, folder: Any, types: Mapping[str, FieldType]) -> None:
    """Contents, names, settings and field types are part of the version; touching a file is not."""
    versions = [loaded().version]
    folder.write("entities/more.yaml", "extend: one\nfields: {name: {max: 20}}\n")
    assert loaded().version == versions[0]
    folder.write("entities/more.yaml", "extend: one\nfields: {name: {max: 21}}\n")
    versions.append(loaded().version)
    folder.write("entities/new.yaml", "entity: new\n")
    versions.append(loaded().version)
    (folder.path / "organisation/entities/new.yaml").rename(folder.path / "organisation/entities/newer.yaml")
    versions.append(loaded().version)
    versions.append(loaded(currency="CHF").version)
    versions.append(load(folder.roots, {n: t for n, t in types.items() if n != "rating"}, {}).version)
    assert len(set(versions)) == len(versions)
    assert len(list((folder.path / "cache").glob("*.json"))) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"files": 3}',
        b"\xff",
        b'{"files": [], "layers": [], "kinds": {}, "grants": [], "needs": {}}',
    ],
)
def test_a_damaged_cache_is_passed_over(loaded: Any, folder: Any, content: bytes) -> None:
    """A cache that cannot be used costs time, nothing else."""
    cold = loaded()
    (file,) = (folder.path / "cache").glob("*.json")
    file.write_bytes(content)
    assert plain(loaded()) == plain(cold)
    assert file.read_bytes() != content


def test_a_folder_that_cannot_be_written(folder: Any, types: Mapping[str, FieldType]) -> None:
    """Without a writable folder there is no cache, and no error."""
    folder.write("entities/one.yaml", ONE)
    (folder.path / "file").write_text("no folder")
    assert load(folder.roots, types, {}, folder.path / "file" / "cache").entity("one")


def test_wrong_metadata_raise_all_problems(folder: Any, types: Mapping[str, FieldType]) -> None:
    """The error carries every problem and writes them out; nothing is cached."""
    folder.write("entities/a.yaml", "entity: a\nfields: {x: {type: txt}, y: {type: link, to: b}}\n")
    with pytest.raises(MetadataError) as caught:
        load(folder.roots, types, {}, folder.path / "cache")
    assert len(caught.value.problems) == 2
    assert "organisation/entities/a.yaml:2 fields.x.type: there is no field type 'txt'" in str(caught.value)
    assert not (folder.path / "cache").exists()


def test_fingerprint(folder: Any) -> None:
    """The watcher's mark changes with names, sizes and times of metadata files, and with nothing else."""
    file = folder.write("entities/a.yaml", "entity: a\n")
    marks = [fingerprint(folder.roots)]
    folder.write("templates/x.html", "x")
    folder.write("entities/notes.txt", "x")
    assert fingerprint(folder.roots) == marks[0]
    folder.write("entities/sub/b.yaml", "entity: b\n")
    marks.append(fingerprint(folder.roots))
    file.write_text("entity: aa\n")
    marks.append(fingerprint(folder.roots))
    file.unlink()
    marks.append(fingerprint(folder.roots))
    assert len(set(marks)) == 4
    assert fingerprint([MetadataRoot("x", Path("nowhere"))])


KINDS = (
    "{type: text, max: 80, label: {en: Name, de: Name}}",
    "{type: integer, min: 0, label: Number}",
    "{type: money, min: 0, label: {en: Amount, de: Betrag}}",
    "{type: date, label: Day}",
    "{type: boolean, default: false, required: true}",
    "{type: choice, codes: state, default: a}",
    '{type: formula, of: integer, is: "record.f1 + 1"}',
    '{type: text, visible_when: "record.f1 > 3"}',
    "{type: link, to: %s}",
)


def write_many(folder: Any, entities: int, fields: int) -> None:
    """A large folder: for each entity a file, a form and a view."""
    folder.write("codes/state.yaml", "codes: state\nvalues: {a: A, b: B, c: C}\n")
    names = ", ".join(f"f{n}" for n in range(fields))
    for n in range(entities):
        lines = [f"entity: e{n:03}", f"label: {{en: Entity {n}, de: Entität {n}}}", 'title: "{f0}"', "fields:"]
        for f in range(fields):
            kind = KINDS[f % len(KINDS)]
            lines.append(f"  f{f}: {kind % f'e{(n + f) % entities:03}' if '%s' in kind else kind}")
        lines += ["rules:", '  - {check: "record.f1 > 0 || record.f2 == null", message: Wrong}', "search: [f0]"]
        folder.write(f"entities/e{n:03}.yaml", "\n".join(lines))
        folder.write(
            f"forms/e{n:03}.yaml", f"form: e{n:03}\ntabs: [{{label: Main, sections: [{{fields: [{names}]}}]}}]"
        )
        view = f'view: v{n:03}\nentity: e{n:03}\ncolumns: [f0, f1]\nfilter: "record.f1 > 1"\nsort: [-f3]'
        folder.write(f"views/e{n:03}.yaml", view)


def test_three_hundred_entities(folder: Any, types: Mapping[str, FieldType], monkeypatch: pytest.MonkeyPatch) -> None:
    """300 entities of 20 fields come whole out of the cache, without reading or checking; the bench says how fast."""
    write_many(folder, 300, 20)
    made = load(folder.roots, types, {"currency": "EUR"}, folder.path / "cache")
    assert len(made.entities) == 300
    monkeypatch.setattr(compiling, "inspect", lambda *a, **k: pytest.fail("compiled again"))
    kept = load(folder.roots, types, {"currency": "EUR"}, folder.path / "cache")
    assert isinstance(kept.entity("e000"), Entity)
    assert plain(kept) == plain(made)
