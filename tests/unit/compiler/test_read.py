"""Folders of files to documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xrm_core.compiler.read import MAX_BYTES, read
from xrm_core.plugin.contributions import MetadataRoot


def test_documents_of_a_file(folder: Any) -> None:
    """Every document says its kind, name, layer and line; a view's entity is the one its file begins with."""
    folder.write("entities/donor.yaml", "entity: donor\n---\nform: donor\n---\nviews:\n  - {view: all_of_them}\n")
    folder.write("entities/deep/party.yml", "mixin: shared\n")
    sources = read(folder.roots)
    assert sources.problems == []
    found = [(d.kind, d.name, d.stem, sources.files.where(d.place).line) for d in sources.documents]
    assert found == [
        ("mixin", "shared", "party", 1),
        ("entity", "donor", "donor", 1),
        ("form", "donor", "donor", 3),
        ("views", "", "donor", 5),
    ]


def test_the_kind_is_the_key_that_only_that_kind_has(folder: Any) -> None:
    """`entity` in a view and `department` in a role do not make them entities and departments."""
    folder.write("views/x.yaml", "entity: donor\nview: mine\n---\nentity: donor\nviews: []\n")
    folder.write("access/x.yaml", "department: a\nrole: b\nlabel: B\n---\nneeds: {}\n---\nclasses: {}\n")
    assert [d.kind for d in read(folder.roots).documents] == ["role", "needs", "needs", "view", "views"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00e", "organisation/entities/x.yaml: the file is not UTF-8 (byte 0)"),
        (b"#" * (MAX_BYTES + 1), f"organisation/entities/x.yaml: the file has more than {MAX_BYTES} bytes"),
        (b"- a\n- b\n", "organisation/entities/x.yaml:1: a document is a mapping of keys, this is a list"),
        (b"just text", "organisation/entities/x.yaml:1: a document is a mapping of keys, this is 'just text'"),
        (b"entiti: donor\n", "organisation/entities/x.yaml:1 entiti: the document does not say what it defines"),
        (b"entity:\n  a: b\n", "organisation/entities/x.yaml:1 entity: the name of the entity is expected"),
        (b"extend: [a]\n", "organisation/entities/x.yaml:1 extend: the name of what is extended is expected"),
        (b"entity: 7\n", "organisation/entities/x.yaml:1 entity: the name of the entity is expected, found '7'"),
    ],
)
def test_faults(folder: Any, content: bytes, said: str) -> None:
    """What no document can be is one problem each."""
    folder.write("entities/x.yaml", content)
    problems = [str(p) for p in read(folder.roots).problems]
    assert len(problems) == 1
    assert problems[0].startswith(said)


def test_byte_order_mark(folder: Any) -> None:
    """Files of editors that write a byte order mark are read."""
    folder.write("entities/x.yaml", b"\xef\xbb\xbfentity: x\n")
    assert [d.name for d in read(folder.roots).documents] == ["x"]


def test_empty_files_and_other_files(folder: Any) -> None:
    """Empty files say nothing; hidden and other files are passed over."""
    folder.write("entities/.hidden.yaml", "nonsense: 1\n")
    folder.write("entities/readme.md", "nonsense: 1\n")
    folder.write("templates/x.yaml", "nonsense: 1\n")
    folder.write("entities/a.yaml", "")
    folder.write("entities/b.yaml", "# only a comment\n")
    sources = read(folder.roots)
    assert sources.documents == []
    assert sources.problems == []


def test_misspelt_folder(one_fault: Callable[..., str]) -> None:
    """A folder whose name is nearly one of the known ones is a problem."""
    said = one_fault({"entites/x.yaml": "entity: x\n"})
    assert said == "entites: 'entites' is no folder of metadata; did you mean 'entities'?"


def test_a_file_beside_the_folders_is_told(folder: Any) -> None:
    """YAML that lies beside the folders of kinds is not read, and a warning says so."""
    folder.write("volunteer.yaml", "entity: volunteer\n")
    sources = read(folder.roots)
    assert sources.documents == []
    assert [w.code for w in sources.warnings] == ["outside"]


def test_missing_folder(tmp_path: Path) -> None:
    """A layer without its folder is a problem."""
    problems = read([MetadataRoot("parties", tmp_path / "nowhere")]).problems
    assert "the folder of layer 'parties' does not exist" in str(problems[0])


def test_an_unreadable_file_does_not_hide_the_others(folder: Any) -> None:
    """A fault in one file leaves the others as they are."""
    folder.write("entities/a.yaml", "a: [")
    folder.write("entities/b.yaml", "entity: b\nfields: {name: {type: txt}}\n")
    assert [f.split(":")[0] for f in folder.faults()] == ["entities/a.yaml", "entities/b.yaml"]
