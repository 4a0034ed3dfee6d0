"""A folder of metadata to write into and to compile with the built-in field types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from xrm_core.compiler import Report, inspect
from xrm_core.fields import built_in
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.field_type import FieldType
from xrm_core.plugin.contributions import MetadataRoot

TYPES: Mapping[str, FieldType] = {kind.name: kind() for kind in built_in()}


class Folder:
    """Layers of metadata files in a folder of the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.requires: dict[str, tuple[str, ...]] = {}

    def write(self, name: str, text: str | bytes, layer: str = "organisation", requires: tuple[str, ...] = ()) -> Path:
        """Write one file of a layer, such as `entities/donation.yaml`."""
        file = self.path / layer / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        self.requires[layer] = requires or self.requires.get(layer, ())
        return file

    @property
    def roots(self) -> list[MetadataRoot]:
        """The layers written so far."""
        return [MetadataRoot(layer, self.path / layer, needs, layer.title()) for layer, needs in self.requires.items()]

    def report(self, **settings: Any) -> Report:
        """Compile with the built-in field types."""
        return inspect(self.roots, TYPES, settings)

    def catalog(self, **settings: Any) -> Catalog:
        """The catalog of metadata without mistakes."""
        report = self.report(**settings)
        assert [str(problem) for problem in report.problems] == []
        assert report.catalog is not None
        return report.catalog

    def faults(self, **settings: Any) -> list[str]:
        """The problems as texts, without the layer's folder where it is the organisation's."""
        return [str(problem).removeprefix("organisation/") for problem in self.report(**settings).problems]

    def doubts(self, **settings: Any) -> list[str]:
        """The warnings as texts."""
        return [str(problem).removeprefix("organisation/") for problem in self.report(**settings).warnings]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """An empty folder; files are shown by their path below it."""
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path)


@pytest.fixture
def types() -> Mapping[str, FieldType]:
    """The built-in field types by name."""
    return TYPES


@pytest.fixture
def one_fault(folder: Folder) -> Callable[..., str]:
    """Write files of the organisation and give their only problem."""

    def find(files: Mapping[str, str | bytes]) -> str:
        for name, text in files.items():
            folder.write(name, text)
        found = folder.faults()
        assert len(found) == 1, found
        return found[0]

    return find
