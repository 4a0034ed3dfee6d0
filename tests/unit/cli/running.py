"""Commands of the command line, run in the test's own process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from xrm_core.app import create_app
from xrm_core.cli.commands import xrm


def run(*args: str | Path, fails: bool = False) -> Result:
    """A command in this process; its errors are raised unless it is to fail."""
    result = CliRunner().invoke(xrm, [str(a) for a in args], obj=create_app)
    if not fails and result.exception is not None:
        raise result.exception
    return result


def said(*args: str | Path) -> Any:
    """What a command answers as JSON."""
    return json.loads(run(*args, "--json").stdout)


def bare_organisation(root: Path) -> Path:
    """A new organisation without plugins."""
    run("init", root)
    settings = root / "xrm.toml"
    settings.write_text(settings.read_text().replace('folder = "plugins"', 'folder = "plugins"\nuse = []'))
    return root
