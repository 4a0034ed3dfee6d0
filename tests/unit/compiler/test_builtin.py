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
    assert missing_labels(report.catalog, ["en", "de"]) == []
