"""The bench's plugin: two hooks on each client, written as a folder that an organisation drops in."""

from __future__ import annotations

from pathlib import Path

MANIFEST = """\
name: bench
title: Hooks of the bench
version: 0.1.0
"""
CODE = '''\
"""Two hooks that do a little on every client."""

from xrm_core.plugin import Change, Problem, hook


@hook(entity="client")
def xrm_before_save(change: Change) -> dict[str, object]:
    """Tidy the name."""
    return {"name": " ".join(change.after["name"].split())}


@hook(entity="client")
def xrm_validate(change: Change) -> list[Problem]:
    """No client without a reachable address."""
    return [] if change.after["email"] or change.after["phone"] else [Problem("needs e-mail or phone", field="email")]
'''


def write_plugin(folder: Path) -> None:
    """Write the plugin's folder."""
    target = folder / "bench"
    target.mkdir(parents=True)
    (target / "plugin.yaml").write_text(MANIFEST, "utf-8")
    (target / "plugin.py").write_text(CODE, "utf-8")
