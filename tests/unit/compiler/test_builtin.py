"""The metadata that the platform itself brings: users and departments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import xrm_core.plugin
from xrm_core.compiler import inspect
from xrm_core.compiler.labels import missing_labels
from xrm_core.metamodel.field_type import FieldType
from xrm_core.plugin.contributions import MetadataRoot

ROOT = MetadataRoot("core", Path(xrm_core.plugin.__file__).parent / "builtin", (), "Administration")


def test_users_and_departments(types: Mapping[str, FieldType]) -> None:
    """They compile by themselves, without a problem or a doubt, in English and German."""
    report = inspect([ROOT], types, {"languages": ["en", "de"]})
    assert [str(p) for p in (*report.problems, *report.warnings)] == []
    assert report.catalog is not None
    user = report.catalog.entity("user")
    assert {"name", "email", "department", "roles", "language", "time_zone", "status"} <= set(user.columns)
    assert ("email",) in [key.columns for key in user.keys]
    assert {"users", "parts"} <= set(report.catalog.entity("department").children)
    assert "admin" in report.catalog.roles
    assert missing_labels(report.catalog, ["en", "de", "ar"]) == []


def test_roles_are_a_code_list(types: Mapping[str, FieldType], tmp_path: Path) -> None:
    """The roles of all layers, with their labels, are what a user or a membership can be given; no layer writes the list."""
    folder = tmp_path / "metadata" / "access"
    folder.mkdir(parents=True)
    (folder / "roles.yaml").write_text(
        "role: seller\nlabel: Verkauf\ndescription: {en: Sells}\n---\nrole: keeper\nlabel: {en: Keeper}\n", "utf-8"
    )
    own = MetadataRoot("organisation", tmp_path / "metadata", ("core",), "Ours")
    report = inspect([ROOT, own], types, {"language": "de", "languages": ["de", "en"]})
    assert report.catalog is not None, report.problems
    codes = report.catalog.codes["user_role"].values
    assert list(codes) == ["admin", "seller", "keeper"]
    assert (dict(codes["seller"].label), dict(codes["seller"].help)) == ({"de": "Verkauf"}, {"en": "Sells"})
    for entity, field in (("user", "roles"), ("membership", "role")):
        kind = report.catalog.entity(entity).fields[field].columns[0].kind
        assert (kind.of.of if kind.kind == "list" else kind.of) == ("admin", "seller", "keeper")
