"""Commands about plugins: list them, write a new one."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from ..errors import BadRequest
from .opening import JSON, ROOT
from .output import print_json, print_table, say, typed
from .scaffold import write_plugin


@click.group("plugin")
def plugin_command() -> None:
    """Plugins: list, new."""


@plugin_command.command("list")
@ROOT
@JSON
def list_plugins(root: Path, as_json: bool) -> None:
    """List the plugins that are installed or dropped into the organisation's folder, with those that are broken."""
    from ..plugin.discovery import discover
    from ..services.settings import load_settings

    settings = load_settings(root) if (root / "xrm.toml").exists() else None
    folder = settings.root / settings.plugins.folder if settings else None
    use = settings.plugins.use if settings else None
    found, broken = discover(None, folder)
    rows = [
        {
            "name": p.name,
            "title": p.definition.title,
            "version": p.definition.version,
            "requires": p.definition.requires,
            "in_use": use is None or p.name in use or p.name == "core",
            "fault": None,
        }
        for p in found
    ]
    rows += [
        {
            "name": b.name,
            "title": "",
            "version": "",
            "requires": [],
            "in_use": use is None or b.name in use,
            "fault": b.reason,
        }
        for b in broken
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("name", "title", "version", "requires", "in use", "fault"),
        [
            (r["name"], r["title"], r["version"], ", ".join(r["requires"]), "yes" if r["in_use"] else "no", r["fault"])  # type: ignore[arg-type]
            for r in rows
        ],
    )


@plugin_command.command("new")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default=True,
    help="Where the plugin's folder is made.",
)
@click.option("--title", help="Title (default: made from the name).")
@click.option("--requires", multiple=True, help="A plugin that it builds on; may be repeated.")
@JSON
def new_plugin(name: str, folder: Path, title: str | None, requires: tuple[str, ...], as_json: bool) -> None:
    """Write a new plugin: a package whose tests pass."""
    import re
    from difflib import get_close_matches
    from importlib.metadata import entry_points

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise BadRequest(
            f"{name!r} is no name for a plugin",
            code="bad_name",
            hint="small letters, digits and underscores, a letter first",
        )
    taken = {entry.name for entry in entry_points(group="xrm.plugins")}
    if name in ("core", "true", "false", "null") or name in taken:
        raise BadRequest(
            f"there is a plugin {name!r} already, or the word has a meaning", code="taken", hint="choose another name"
        )
    if title is not None and (not title.strip() or re.search(r'["\\{}\x00-\x1f]', title)):
        raise BadRequest(
            f"{title!r} is no title: it may not be blank or hold double quotes, braces, backslashes or line ends",
            code="bad_title",
        )
    for other in requires:
        if other not in taken:
            near = get_close_matches(other, taken, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(taken))}"
            raise BadRequest(f"there is no plugin {other!r} to build on", code="unknown_plugin", hint=hint)
    target = folder / name
    if target.exists():
        raise BadRequest(f"{target} exists already", code="exists", hint="choose another name or folder")
    files = write_plugin(target, name, title or name.replace("_", " ").capitalize(), requires)
    if as_json:
        print_json([str(f) for f in files])
        return
    say(f"Wrote {len(files)} files to {target}")
    tool = "" if find_spec("pytest") else " pytest"
    say(f"Install it:    uv pip install --python {shlex.quote(sys.prefix)} -e {target}{tool}")
    say(f"Run its tests: {typed('pytest')} {target}")
