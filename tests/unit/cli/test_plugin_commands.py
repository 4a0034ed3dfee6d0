"""Commands of plugins: listed without loading a plugin, loaded when they are called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xrm_core.cli.commands import plugin_commands, told_commands

HELP = """
import sys
from xrm_core.app import main
sys.argv = ["xrm", "--help"]
try:
    main()
finally:
    print([name for name in sys.modules if name.startswith("xrm_") and not name.startswith("xrm_core")])
"""


def test_help_lists_them_and_loads_none(tmp_path: Path) -> None:
    """`xrm --help` says what `mail` is for, and has imported no plugin."""
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert "mail     Mailboxes: read them now." in done.stdout
    assert done.stdout.rstrip().endswith("[]"), done.stdout[-300:]


def test_what_is_told_is_what_there_is() -> None:
    """Each command that a plugin here adds stands in its plugin.yaml, and the other way round."""
    assert set(told_commands()) == set(plugin_commands())


@pytest.mark.parametrize("text", ["[plugins", "[plugins]\nuse = 3\n", "[other]\n", "[plugins]\nuse = ['parties']\n"])
def test_settings_that_do_not_name_it_list_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Commands of plugins that are not in use are not listed; settings that are wrong stop no help."""
    (tmp_path / "xrm.toml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    told_commands.cache_clear()
    try:
        assert told_commands() == {}
    finally:
        told_commands.cache_clear()
