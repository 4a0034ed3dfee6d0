"""Commands about roles: which there are, what each opens, and who has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .opening import JSON, ROOT, opened
from .output import print_json, print_table, say
from .users import work_of

if TYPE_CHECKING:
    from ..metamodel.catalog import Catalog


@click.group("role")
def role_command() -> None:
    """Roles: list, show, members."""


@role_command.command("list")
@ROOT
@JSON
def list_roles(root: Path, as_json: bool) -> None:
    """List the roles that metadata declare, with how many people have each today."""
    from ..services import staff

    runtime = opened(root)
    language = runtime.settings.organisation.language
    with work_of(runtime) as work:
        rows = [
            {
                "role": name, "label": _said(role.label, language), "department": role.department,
                "description": _said(role.description, language), "members": len({m["email"] for m in staff.members_of(work, name)}),
            }
            for name, role in runtime.catalog.roles.items()
        ]  # fmt: skip
    columns = ("role", "label", "department", "members", "description")
    print_json(rows) if as_json else print_table(columns, [[row[c] for c in columns] for row in rows])


@role_command.command("show")
@click.argument("name")
@ROOT
@JSON
def show_role(name: str, root: Path, as_json: bool) -> None:
    """Show what a role opens: each grant with the file and line that wrote it."""
    from ..services import staff

    runtime = opened(root)
    role, language = staff.role_of(runtime.catalog, name), runtime.settings.organisation.language
    found = {
        "role": name, "label": _said(role.label, language), "department": role.department,
        "description": _said(role.description, language), "grants": _grants(runtime.catalog, name),
    }  # fmt: skip
    if as_json:
        print_json(found)
        return
    say(f"{name}: {found['label']}" + (f" (works in {role.department})" if role.department else ""))
    if found["description"]:
        say(str(found["description"]))
    columns = ("entity", "verbs", "rows", "fields", "where")
    print_table(
        columns,
        [[", ".join(v) if isinstance(v := g[c], list) else v for c in columns] for g in _grants(runtime.catalog, name)],
    )


def _grants(catalog: Catalog, role: str) -> list[dict[str, Any]]:
    return [
        {
            "entity": grant.entity or f"every {grant.mixin}", "verbs": list(grant.verbs), "rows": "all" if grant.rows is True else grant.rows,
            "fields": list(grant.fields) if grant.fields is not None else "by the needs matrix", "deny": grant.deny,
            "where": str(place[1]) if place else None,
        }
        for grant, place in zip(catalog.grants, catalog.grant_places or [None] * len(catalog.grants), strict=True)
        if grant.role == role
    ]  # fmt: skip


@role_command.command("members")
@click.argument("name")
@ROOT
@JSON
def role_members(name: str, root: Path, as_json: bool) -> None:
    """List who has a role today, and through what: his own roles, or a membership with its last day."""
    from ..services import staff

    with work_of(opened(root)) as work:
        rows = staff.members_of(work, name)
    columns = ("name", "email", "through", "until")
    print_json(rows) if as_json else print_table(columns, [[row[c] for c in columns] for row in rows])


def _said(label: Any, language: str) -> str:
    """A label as it was written, in one language."""
    if label is None or isinstance(label, str):
        return label or ""
    return str(label.get(language) or label.get("en") or next(iter(label.values()), ""))
