"""The command `xrm doctor`: what is installed, what is in order, what to do about the rest."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import __version__
from ..errors import XrmError
from .opening import JSON, ROOT
from .output import print_json, say

if TYPE_CHECKING:
    from ..services.settings import Settings

Finding = tuple[str, bool, str]
"""What was looked at, whether it is in order, and a sentence."""


def _python() -> str:
    if sys.version_info < (3, 11):  # noqa: UP036  # somebody may run the sources with an older one
        raise XrmError(f"Python {platform.python_version()}", hint="install Python 3.11 or later")
    return f"Python {platform.python_version()}, xrm {__version__}"


def _sqlite() -> str:
    options = {row[0] for row in sqlite3.connect(":memory:").execute("PRAGMA compile_options")}
    if "ENABLE_FTS5" not in options:
        raise XrmError("SQLite without full-text search (FTS5)", hint="use a Python whose SQLite has FTS5")
    return f"SQLite {sqlite3.sqlite_version} with full-text search"


def _assets() -> str:
    from importlib import import_module

    import_module("xrm_core.web.assets").check_assets()
    return "browser libraries are in place"


def findings(root: Path) -> list[Finding]:
    """Look at everything; one finding each, in order."""
    made: list[Finding] = []

    def look(name: str, check: Callable[[], str]) -> bool:
        try:
            made.append((name, True, check()))
        except XrmError as fault:
            made.append(
                (
                    name,
                    False,
                    f"{fault.message}"
                    + (f"; {fault.hint}" if fault.hint else "")
                    + "".join(f"\n    {p}" for p in fault.problems),
                )
            )
            return False
        return True

    look("python", _python)
    look("sqlite", _sqlite)
    look("assets", _assets)
    if (root / "xrm.toml").exists():
        _organisation(root, look)
    else:
        made.append(("organisation", True, f"none in {root} (make one with: xrm init NAME)"))
    return made


def _mailboxes(settings: Settings) -> str:
    """The mail accounts of the settings: their passwords are here, and letters can offer to be left by one click (RFC 8058), which takes
    an address that nobody reads on the way."""
    from ..services.egress import BOX_PASSWORD, box_password

    names = sorted(settings.mail.boxes)
    if not names:
        return "none in the settings"
    missing = [name for name in names if not box_password(name)]
    if missing:
        named = ", ".join(BOX_PASSWORD.format(name.upper()) for name in missing)
        raise XrmError(f"no password for {', '.join(missing)}", hint=f"put it into the environment: {named}")
    base = settings.server.base_url
    if not base.startswith("https:"):
        raise XrmError(
            f"letters offer no way to leave by one click: base_url is {base}",
            hint="set [server] base_url in xrm.toml to the https address that people reach this at",
        )
    return f"{', '.join(names)}; letters can be left by one click"


def _organisation(root: Path, look: Callable[[str, Callable[[], str]], bool]) -> None:
    from ..plugin.discovery import unused_folders
    from ..services.egress import mail_place
    from ..services.organisation import compile_organisation, open_host, open_organisation
    from ..services.settings import load_settings
    from ..storage import migrate
    from ..storage.left_out import told

    if not look("settings", lambda: load_settings(root).organisation.name):
        return
    settings = load_settings(root)
    look("mail", lambda: f"goes to {mail_place(settings)}")
    look("mailboxes", lambda: _mailboxes(settings))

    def plugins() -> str:
        found = open_host(settings).plugins
        unused = unused_folders(found, settings.root / settings.plugins.folder) if settings.plugins.folder else []
        listed = ", ".join(f"{p.name} {p.definition.version}" for p in found)
        return listed + "".join(f"; {path} is not used: a plugin of its name is installed" for path in unused)

    if not look("plugins", plugins):
        return
    host = open_host(settings)
    if not look("metadata", lambda: f"{len(compile_organisation(settings, host).entities)} entities, no errors"):
        return

    def schema() -> str:
        runtime = open_organisation(root)
        plan = migrate.plan(runtime.database, runtime.catalog)
        if plan.steps:
            raise XrmError(f"{len(plan.steps)} steps behind the metadata", hint="run: xrm plan, then xrm apply")
        return f"{runtime.database.dialect}, in step with the metadata"

    def work() -> str:
        from ..metamodel.values import SYSTEM
        from ..storage import outbox

        with open_organisation(root).work(SYSTEM, "cli") as opened:
            dead = outbox.stats(opened.tx).states.get("dead", 0)
        if dead:
            raise XrmError(f"{dead} dead letters", hint="look at them on the page /jobs")
        return "no dead letters"

    def kept() -> str:
        from ..storage.kept import kept_paths
        from ..storage.kept_late import astray, late

        runtime = open_organisation(root)
        with runtime.database.read() as tx:
            wrong, behind = astray(tx, runtime.catalog), late(tx, runtime.catalog)
        if wrong:
            said = ", ".join(f"{key} in {count} rows" for key, count in sorted(wrong.items()))
            hint = "somebody wrote past the triggers of the database; to write them anew: xrm doctor --mend"
            raise XrmError(f"columns do not hold what their links lead to: {said}", hint=hint)
        later = f", {len(behind)} of them behind" if behind else ""
        return f"{len(list(kept_paths(runtime.catalog)))} paths of rules hold what their links lead to{later}"

    if look("database", schema):
        look("rules", kept)
        look("indexes", lambda: told(open_organisation(root).catalog))
        look("jobs", work)


@click.command("doctor")
@ROOT
@click.option("--mend", is_flag=True, help="First write anew what is kept of the paths of rules, where it is wrong.")
@JSON
def doctor_command(root: Path, mend: bool, as_json: bool) -> None:
    """Look at the installation and the organisation, and say what is not in order."""
    if mend:
        from ..services.organisation import open_organisation
        from ..storage import kept_late

        runtime = open_organisation(root)
        kept_late.mend(runtime.database, runtime.catalog)
    found = findings(root)
    if as_json:
        print_json([{"what": name, "ok": ok, "text": text} for name, ok, text in found])
    else:
        for name, ok, text in found:
            say(f"{'ok   ' if ok else 'WRONG'} {name:<13} {text}")
    sys.exit(0 if all(ok for _, ok, _ in found) else 1)
