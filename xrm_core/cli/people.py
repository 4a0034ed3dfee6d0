"""Commands about who may sign in: user, token. Each acts as the system and is recorded so."""

from __future__ import annotations

from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path

import click

from ..errors import BadRequest
from .commands import JSON, ROOT
from .output import print_json, print_table, say


@click.group("user")
def user_command() -> None:
    """Users: add, list, link."""


@user_command.command("add")
@click.argument("name")
@click.argument("email")
@click.option("--role", "roles", multiple=True, help="A role; may be repeated.")
@ROOT
@JSON
def add_user(name: str, email: str, roles: tuple[str, ...], root: Path, as_json: bool) -> None:
    """Add a user and print a one-time sign-in link."""
    from ..metamodel.values import SYSTEM
    from ..services import accounts
    from ..services.organisation import open_organisation
    from ..services.records import create_record

    runtime = open_organisation(root, lenient=True)
    known = sorted({"admin", *runtime.catalog.roles})
    if unknown := [role for role in roles if role not in known]:
        near = get_close_matches(unknown[0], known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
        raise BadRequest(f"there is no role {unknown[0]!r}", code="unknown_role", hint=hint)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        user = create_record(work, "user", {"name": name, "email": email, "roles": list(roles)})
        secret = accounts.make_link(work, user["id"])
    link = f"{runtime.settings.server.base_url}/sign-in/{secret}"
    print_json({"id": user["id"], "sign_in": link}) if as_json else say(f"Sign in (once, within 24 hours):  {link}")


@user_command.command("list")
@ROOT
@JSON
def list_users(root: Path, as_json: bool) -> None:
    """List the users."""
    from ..metamodel.values import SYSTEM, Query
    from ..services.lists import list_records
    from ..services.organisation import open_organisation

    with open_organisation(root, lenient=True).work(SYSTEM, "cli") as work:
        rows = list_records(work, Query("user", ("name", "email", "roles", "status"), sort=("name",), limit=500)).rows
    if as_json:
        print_json([dict(r) for r in rows])
    else:
        print_table(
            ("name", "email", "roles", "status"),
            [(r["name"], r["email"], ", ".join(r["roles"] or ()), r["status"]) for r in rows],
        )


@user_command.command("link")
@click.argument("email")
@ROOT
@JSON
def link_user(email: str, root: Path, as_json: bool) -> None:
    """Print a new one-time sign-in link for a user."""
    from ..metamodel.values import SYSTEM
    from ..services import accounts
    from ..services.organisation import open_organisation

    runtime = open_organisation(root, lenient=True)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        secret = accounts.make_link(work, accounts.user_by_email(work, email))
    link = f"{runtime.settings.server.base_url}/sign-in/{secret}"
    print_json({"sign_in": link}) if as_json else say(f"Sign in (once, within 24 hours):  {link}")


@click.group("token")
def token_command() -> None:
    """Tokens of the API: add, list, revoke."""


@token_command.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it lasts.")
@ROOT
@JSON
def add_token(email: str, name: str, days: int, root: Path, as_json: bool) -> None:
    """Make a token for a user; it is printed once and kept only as a hash."""
    from ..metamodel.values import SYSTEM
    from ..services import accounts
    from ..services.organisation import open_organisation

    with open_organisation(root, lenient=True).work(SYSTEM, "cli", write=True) as work:
        id, secret = accounts.make_token(work, accounts.user_by_email(work, email), name, timedelta(days=days))
    print_json({"id": id, "token": secret}) if as_json else say(secret)


@token_command.command("list")
@ROOT
@JSON
def list_tokens(root: Path, as_json: bool) -> None:
    """List tokens, without their secrets."""
    from ..metamodel.values import SYSTEM
    from ..services.organisation import open_organisation
    from ..storage.credentials import tokens_of

    with open_organisation(root, lenient=True).work(SYSTEM, "cli") as work:
        rows = tokens_of(work.tx)
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("id", "name", "user", "expires", "last used", "revoked"),
            [(r["id"], r["name"], r["user_id"], r["expires_at"], r["used_at"], r["revoked_at"]) for r in rows],
        )


@token_command.command("revoke")
@click.argument("id")
@ROOT
def revoke_token(id: str, root: Path) -> None:
    """End a token at once."""
    from ..errors import NotFound
    from ..metamodel.values import SYSTEM
    from ..services.organisation import open_organisation
    from ..storage import credentials

    with open_organisation(root, lenient=True).work(SYSTEM, "cli", write=True) as work:
        if not credentials.revoke_token(work.tx, id, work.now):
            raise NotFound(f"there is no token {id!r} in force")
    say("revoked")
