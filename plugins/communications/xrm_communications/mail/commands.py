"""`xrm mail`: reading mailboxes now."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from xrm_core.plugin import OPEN_OFFICE, Office, Patch

from .reading import read_all


@click.group("mail")
def mail_command() -> None:
    """Mailboxes: read them now."""


@mail_command.command("fetch")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder of the organisation (default: this one).",
)
@click.option("--account", help="Only the mailbox of this account of the settings.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Look again at all mail from this day on.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fetch_command(root: Path, account: str | None, since: date | None, as_json: bool) -> None:
    """Read the mailboxes in use, and say what became of each message."""
    office: Office = click.get_current_context().meta[OPEN_OFFICE](root)
    if since is not None:
        with office.open(write=True) as desk:
            boxes = desk.reader.find("mailbox", "record.is_active", limit=1_000)
            again = {"read_from": since.date() if hasattr(since, "date") else since, "last_uid": 0}
            desk.save([Patch("mailbox", box["id"], again) for box in boxes if account in (None, box["account"])])
    told = read_all(office, account)
    if as_json:
        rows = [
            {"mailbox": one.mailbox, "states": one.states, "error": one.error or None, "rest": one.rest} for one in told
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for one in told:
            states = ", ".join(f"{count} {state}" for state, count in sorted(one.states.items())) or "nothing new"
            click.echo(f"{one.mailbox}: {one.error or states}{f', {one.rest} still to come' if one.rest else ''}")
        if not told:
            click.echo("no mailbox in use has an account in the settings")
    if any(one.error for one in told):
        raise SystemExit(1)
