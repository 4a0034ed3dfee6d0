"""Commands about users: add, list, link, roles, deactivate, import. Each acts as the system and is recorded so."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .inviting import invite_user, reset_factors
from .opening import JSON, ROOT, opened
from .output import counted, print_json, print_table, say

if TYPE_CHECKING:
    from ..services.runtime import Runtime
    from ..services.work import Work


def work_of(runtime: Runtime, *, write: bool = False) -> AbstractContextManager[Work]:
    """A transaction of the system."""
    from ..metamodel.values import SYSTEM

    return runtime.work(SYSTEM, "cli", write)


@click.group("user")
def user_command() -> None:
    """Users: add, list, link, invite, roles, deactivate, import, reset-factors."""


@user_command.command("add")
@click.argument("name")
@click.argument("email")
@click.option("--role", "roles", multiple=True, help="A role; may be repeated.")
@click.option("--department", help="The department, by its code.")
@click.option("--lead", is_flag=True, help="Leads that department.")
@ROOT
@JSON
def add_user(
    name: str, email: str, roles: tuple[str, ...], department: str | None, lead: bool, root: Path, as_json: bool
) -> None:
    """Add a user and print a one-time sign-in link."""
    from ..services import accounts, staff
    from ..services.records import create_record

    runtime = opened(root)
    for role in roles:
        staff.role_of(runtime.catalog, role)
    with work_of(runtime, write=True) as work:
        values: dict[str, Any] = {"name": name, "email": email, "roles": list(roles), "is_lead": lead}
        if department is not None:
            values["department"] = staff.department_of(work, department)
        user = create_record(work, "user", values)
        secret = accounts.make_link(work, user["id"])
    _say_link(runtime, secret, as_json, id=user["id"])


@user_command.command("list")
@ROOT
@JSON
def list_users(root: Path, as_json: bool) -> None:
    """List the users with their departments, roles and memberships of today."""
    from ..services import staff

    with work_of(opened(root)) as work:
        rows = staff.list_users(work)
    if as_json:
        print_json(rows)
        return
    columns = ("name", "email", "department", "roles", "memberships", "status")
    shown = [
        {**r, "department": f"{r['department']} (leads)" if r["department"] and r["leads"] else r["department"]}
        for r in rows
    ]
    print_table(columns, [[", ".join(v) if isinstance(v := row[c], list) else v for c in columns] for row in shown])


@user_command.command("link")
@click.argument("email")
@ROOT
@JSON
def link_user(email: str, root: Path, as_json: bool) -> None:
    """Print a new one-time sign-in link for a user."""
    from ..services import accounts

    runtime = opened(root)
    with work_of(runtime, write=True) as work:
        secret = accounts.make_link(work, accounts.user_by_email(work, email))
    _say_link(runtime, secret, as_json)


def _say_link(runtime: Runtime, secret: str, as_json: bool, **more: Any) -> None:
    link = f"{runtime.settings.server.base_url}/sign-in/{secret}"
    print_json({**more, "sign_in": link}) if as_json else say(f"Sign in (once, within 24 hours):  {link}")


@user_command.command("roles")
@click.argument("email")
@click.option("--add", "more", multiple=True, help="A role to give; may be repeated.")
@click.option("--remove", "less", multiple=True, help="A role to take away; may be repeated.")
@ROOT
@JSON
def change_roles(email: str, more: tuple[str, ...], less: tuple[str, ...], root: Path, as_json: bool) -> None:
    """Give roles to a user and take roles away, and print those that he has."""
    from ..errors import BadRequest
    from ..services import staff
    from ..services.records import update_record

    runtime = opened(root)
    for role in more:
        staff.role_of(runtime.catalog, role)
    with work_of(runtime, write=bool(more or less)) as work:
        user = staff.user_of(work, email)
        roles = list(user["roles"] or ())
        if missing := [role for role in less if role not in roles]:
            has = f"he has: {', '.join(roles)}" if roles else "he has none"
            raise BadRequest(f"{email} does not have the role {missing[0]!r}", code="unknown_role", hint=has)
        roles = [role for role in dict.fromkeys([*roles, *more]) if role not in less]
        if more or less:
            update_record(work, "user", str(user["id"]), {"roles": roles})
    print_json({"email": user["email"], "roles": roles}) if as_json else say(", ".join(roles) or "no roles")


@user_command.command("deactivate")
@click.argument("email")
@ROOT
@JSON
def deactivate_user(email: str, root: Path, as_json: bool) -> None:
    """Let a user in no more, from this moment on; his records and history stay."""
    from ..services import staff
    from ..services.records import update_record

    with work_of(opened(root), write=True) as work:
        user = staff.user_of(work, email)
        update_record(work, "user", str(user["id"]), {"status": "inactive"})
    print_json({"email": user["email"], "status": "inactive"}) if as_json else say(
        f"{user['email']} is not let in any more"
    )


@user_command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@ROOT
@JSON
def import_users(file: Path, root: Path, as_json: bool) -> None:
    """Make or change users from a CSV file with the columns name, email, roles, department, is_lead, status, language, time_zone: all of them or, where a line is wrong, none."""
    from ..services import staff

    with work_of(opened(root), write=True) as work:
        counts = staff.import_users(work, file)
    if as_json:
        print_json(counts)
    else:
        say(
            f"{counted(counts['created'], 'user')} made, {counts['updated']} changed, {counts['unchanged']} as they were"
        )


user_command.add_command(invite_user)
user_command.add_command(reset_factors)
