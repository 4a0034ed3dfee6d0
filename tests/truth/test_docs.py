"""The repository as a text: the docs say what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from xrm_core.cli import reference as commands
from xrm_core.plugin import reference as hooks
from xrm_core.services.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_architecture_names_the_rooms_of_the_import_contract() -> None:
    """The table of rooms lists the layers of the contract, lowest first, and nothing else."""
    contract = PROJECT["tool"]["importlinter"]["contracts"][0]
    layers = [room.strip() for line in reversed(contract["layers"]) for room in line.split("|")]
    table = (ROOT / "docs/architecture.md").read_text("utf-8").split("## The rooms")[1].split("\n## ")[0]
    rooms = [name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(rooms) == sorted(layers)
    assert [r for r in rooms if r not in ("api", "web", "cli")] == [r for r in layers if r not in ("api", "web", "cli")]


def test_every_folder_is_a_room_with_a_docstring() -> None:
    """Each package of the platform is in the contract, and says what it is for."""
    for path in (ROOT / "xrm_core").iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            assert (path / "__init__.py").read_text("utf-8").startswith('"""'), path.name


def test_hook_reference_is_current() -> None:
    """docs/hooks.md is what the specifications say."""
    assert (ROOT / "docs/hooks.md").read_text("utf-8") == hooks.reference(), (
        "python -m xrm_core.plugin.reference > docs/hooks.md"
    )


@pytest.mark.parametrize("name", sorted(hooks.specifications()))
def test_hook_is_specified_in_full(name: str) -> None:
    """Each hook says when it runs and what it returns, gives an example, and takes at most four arguments."""
    function = hooks.specifications()[name]
    text = function.__doc__ or ""
    assert "When:" in text
    assert "Returns:" in text
    assert "Example:" in text
    assert function.__code__.co_argcount <= 4


@pytest.mark.parametrize("name", sorted(hooks.specifications()))
def test_hook_has_a_test_or_an_implementation(name: str) -> None:
    """Each hook is used by the built-in plugin, by one of ours, or by a test."""
    places = [
        *(ROOT / "plugins").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "xrm_core/plugin/builtin").rglob("*.py"),
    ]
    here = Path(__file__).name
    assert any(re.search(rf"\b{name}\b", p.read_text("utf-8")) for p in places if p.name != here)


def test_command_reference_is_current() -> None:
    """docs/cli.md is what the commands say."""
    assert (ROOT / "docs/cli.md").read_text("utf-8") == commands.reference(), (
        "python -m xrm_core.cli.reference > docs/cli.md"
    )


def test_every_command_has_help() -> None:
    """No command without a sentence."""
    assert all((command.help or "").strip() for _, command in commands.commands(commands.xrm))


def test_settings_page_names_every_key() -> None:
    """docs/settings.md has each table and key of xrm.toml."""
    page = (ROOT / "docs/settings.md").read_text("utf-8")
    for table, info in Settings.model_fields.items():
        if table == "root":
            continue
        assert table in page
        for key in info.annotation.model_fields:  # type: ignore[union-attr]  # each table is a model
            assert re.search(rf"\b{key}\b", page), f"{table}.{key}"


def test_dependencies_have_reasons() -> None:
    """Each direct dependency stands in docs/dependencies.md."""
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    names = [re.split(r"[\[<>=;~! ]", d)[0] for d in PROJECT["project"]["dependencies"]]
    assert not [n for n in names if n not in page]


def test_links_between_pages_lead_somewhere() -> None:
    """Relative links of the docs point to files that exist."""
    broken = []
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "plugins").glob("*/README.md"),
    ]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
            if not target.startswith(("http", "mailto")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, broken


def test_decisions_are_listed() -> None:
    """Each decision record is in the list."""
    listed = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    assert not [p.name for p in (ROOT / "docs/decisions").glob("0*.md") if p.name not in listed]
