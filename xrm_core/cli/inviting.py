"""Commands that help users into their accounts: invite, and reset-factors. Each acts as the system and is recorded so."""

from __future__ import annotations

from pathlib import Path

import click

from .opening import JSON, ROOT, opened
from .output import counted, print_json, say


@click.command("invite")
@click.argument("email")
@ROOT
@JSON
def invite_user(email: str, root: Path, as_json: bool) -> None:
    """Send a user a link to his first password. It goes out when a server or a worker runs."""
    from ..services import accounts
    from ..services.egress import mail_place
    from ..services.signing import mails
    from .users import work_of

    runtime = opened(root)
    with work_of(runtime, write=True) as work:
        person = mails.invite(work, accounts.user_by_email(work, email))
    place = mail_place(runtime.settings)
    print_json({"id": person.id, "mail": place}) if as_json else say(
        f"An invitation goes to {person.email}, by way of {place}"
    )


@click.command("reset-factors")
@click.argument("email")
@ROOT
@JSON
def reset_factors(email: str, root: Path, as_json: bool) -> None:
    """Remove the second factors of a user who lost them, and end his sessions."""
    from ..errors import NotFound
    from ..services import accounts
    from ..services.signing import own
    from ..storage import signing
    from .users import work_of

    with work_of(opened(root), write=True) as work:
        person = signing.person(work.tx, work.catalog, accounts.user_by_email(work, email))
        if person is None:
            raise NotFound(f"there is no active user {email!r}", code="not_found")
        gone = own.reset_factors(work, person)
    print_json({"removed": gone}) if as_json else say(f"{counted(gone, 'factor')} removed")
