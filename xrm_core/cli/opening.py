"""What commands share: their usual options, and the organisation they work in, opened as it was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..plugin.errands import Office
    from ..plugin.host import Host
    from ..services.runtime import Runtime
    from ..services.settings import Settings

ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder of the organisation (default: this one).",
)
AS = click.option(
    "--as",
    "as_user",
    metavar="USER",
    help="Ask with the rights of this user (e-mail address); told in the log of access.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


OPEN_OFFICE = "xrm.office"
"""Where commands of plugins find `office_of`, as `xrm_core.plugin.OPEN_OFFICE` tells them."""


def office_of(root: Path) -> Office:
    """What a plugin's command works with, in the folder of an organisation. Raises SettingsError, MetadataError."""
    from ..services.errandjobs import RuntimeOffice

    return RuntimeOffice(opened(root))


def opened(root: Path, *, lenient: bool = True) -> Runtime:
    """The organisation in a folder; `lenient`: also where its newest metadata have faults, so that nobody is locked out.

    Broken plugins are left out where `xrm --skip-broken-plugins` was said. Raises SettingsError, PluginError, MetadataError.
    """
    from ..services.organisation import open_organisation

    return open_organisation(root, skip_broken=skips_broken_plugins(), lenient=lenient)


def host_of(settings: Settings) -> Host:
    """The plugins in use, without broken ones where that was said. Raises PluginError."""
    from ..services.organisation import open_host

    return open_host(settings, skip_broken=skips_broken_plugins())


def skips_broken_plugins() -> bool:
    """Whether `xrm --skip-broken-plugins` was said before the command's name."""
    return bool(click.get_current_context().find_root().params.get("skip_broken_plugins"))
