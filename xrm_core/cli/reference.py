"""The reference of all commands, written from them: `python -m xrm_core.cli.reference > docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from .commands import xrm

HEAD = """\
# Command line

Written by `python -m xrm_core.cli.reference`; a test holds this page against the commands. Faults are sentences on standard error, with exit code 1; a wrong call has exit code 2.
"""


def commands(group: click.Group, path: str = "xrm") -> Iterator[tuple[str, click.Command]]:
    """Every command with its whole name, in alphabetical order."""
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield f"{path} {name}", command
            yield from commands(command, f"{path} {name}")
        elif command is not None:
            yield f"{path} {name}", command


def reference() -> str:
    """The page."""
    parts = [HEAD, "\n## xrm\n\nOptions of every command, said before its name.\n\n" + _options("xrm", xrm, "COMMAND")]
    for name, command in commands(xrm):
        parts.append(f"\n## {name}\n\n{(command.help or '').strip()}\n")
        if not isinstance(command, click.Group):
            parts.append("\n" + _options(name, command))
    return "".join(parts)


def _options(name: str, command: click.Command, after: str = "") -> str:
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    usage = " ".join(
        [name, *(f"[{a.human_readable_name}]" if not a.required else a.human_readable_name for a in arguments)]
    )
    lines = [f"    {usage}" + (" [OPTIONS]" if options else "") + (f" {after}" if after else ""), ""]
    if options:
        lines += ["| option | meaning |", "|---|---|"]
        lines += [f"| `{', '.join(o.opts)}` | {(o.help or '').strip()} |" for o in options]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(reference())
