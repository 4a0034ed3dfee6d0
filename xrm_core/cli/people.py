"""Commands about tokens of the API. Each acts as the system and is recorded so."""

from __future__ import annotations

from pathlib import Path

import click

from .opening import JSON, ROOT, opened
from .output import print_json, print_table, say


@click.group("token")
def token_command() -> None:
    """Tokens of the API: add, list, revoke."""


@token_command.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it lasts.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="What it may do at most: read, write, donation:read, donation:*; may be repeated.",
)
@ROOT
@JSON
def add_token(email: str, name: str, days: int, scopes: tuple[str, ...], root: Path, as_json: bool) -> None:
    """Make a token for a user; it is printed once and kept only as a hash."""
    from ..metamodel.values import SYSTEM
    from ..services import accounts
    from ..services.signing import tokens

    with opened(root).work(SYSTEM, "cli", write=True) as work:
        id, secret = tokens.make(work, accounts.user_by_email(work, email), name, days, scopes)
    print_json({"id": id, "token": secret}) if as_json else say(secret)


@token_command.command("list")
@ROOT
@JSON
def list_tokens(root: Path, as_json: bool) -> None:
    """List tokens, without their secrets."""
    from ..metamodel.values import SYSTEM
    from ..services import staff
    from ..storage.credentials import tokens_of

    with opened(root).work(SYSTEM, "cli") as work:
        rows = tokens_of(work.tx)
        owners = {str(one["id"]): str(one["email"]) for one in staff.list_users(work)}
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("id", "name", "user", "scopes", "expires", "last used", "revoked"),
            [
                (
                    r["id"],
                    r["name"],
                    owners.get(str(r["user_id"]), r["user_id"]),
                    ", ".join(r["scopes"] or ("all",)),
                    *(
                        f"{at:%Y-%m-%d %H:%M}" if at else None
                        for at in (r["expires_at"], r["used_at"], r["revoked_at"])
                    ),
                )
                for r in rows
            ],
        )


@token_command.command("revoke")
@click.argument("id")
@ROOT
def revoke_token(id: str, root: Path) -> None:
    """End a token at once."""
    from ..errors import NotFound
    from ..metamodel.values import SYSTEM
    from ..storage import credentials

    with opened(root).work(SYSTEM, "cli", write=True) as work:
        if not credentials.revoke_token(work.tx, id, work.now):
            raise NotFound(f"there is no token {id!r} in force")
    say("revoked")
