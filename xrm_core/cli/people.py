"""Commands about tokens of the API. Each acts as the system and is recorded so."""

from __future__ import annotations

from pathlib import Path

import click

from .commands import JSON, ROOT
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
    from ..services.organisation import open_organisation
    from ..services.signing import tokens

    with open_organisation(root, lenient=True).work(SYSTEM, "cli", write=True) as work:
        id, secret = tokens.make(work, accounts.user_by_email(work, email), name, days, scopes)
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
            ("id", "name", "user", "scopes", "expires", "last used", "revoked"),
            [
                (
                    r["id"],
                    r["name"],
                    r["user_id"],
                    ", ".join(r["scopes"] or ("all",)),
                    r["expires_at"],
                    r["used_at"],
                    r["revoked_at"],
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
    from ..services.organisation import open_organisation
    from ..storage import credentials

    with open_organisation(root, lenient=True).work(SYSTEM, "cli", write=True) as work:
        if not credentials.revoke_token(work.tx, id, work.now):
            raise NotFound(f"there is no token {id!r} in force")
    say("revoked")
