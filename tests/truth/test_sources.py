"""The sources as a text: what may not be written anywhere, and shapes that hold everywhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    p for folder in ("xrm_core", "plugins") for p in (ROOT / folder).rglob("*.py") if ".venv" not in p.parts
)
CORE = [p for p in SOURCES if "xrm_core" in p.parts and "plugins" not in p.relative_to(ROOT).parts[:1]]
MOST_LINES = 400
FORBIDDEN = {
    r"\btext\(f[\"']": "SQL made of an f-string",
    r"\bpickle\b": "pickle",
    r"yaml\.(unsafe_)?load\((?!.*CSafeLoader)": "yaml.load without the safe loader",
    r"\bfrom_string\(": "a template made of a string",
    r"\|\s*safe\b": "|safe",
}
OUTSIDE = re.compile(
    r"^\s*(?:import|from) (requests|httpx|urllib\.request|aiohttp|smtplib|imaplib|imapclient|authlib\.integrations)\b",
    re.MULTILINE,
)
EGRESS = ROOT / "xrm_core/services/egress.py"
"""The one module that leaves the host."""


def code_of(path: Path) -> str:
    """The source without its docstrings and comments."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_forbidden(path: Path) -> None:
    """No SQL from f-strings, no unsafe loading, no code from data, no requests that leave the host."""
    code = code_of(path)
    found = [why for pattern, why in FORBIDDEN.items() if re.search(pattern, code)]
    called = {
        node.func.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    found += sorted(called & {"eval", "exec", "compile_command", "__import__"})
    if OUTSIDE.search(code) and path != EGRESS:
        found.append("a request that leaves the host")
    assert not found, found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_say_what_they_are_for_and_stay_small(path: Path) -> None:
    """A docstring first, and at most 400 lines."""
    text = path.read_text("utf-8")
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert len(text.splitlines()) <= MOST_LINES


def test_templates_trust_nothing() -> None:
    """No template switches escaping off."""
    wrong = [
        str(p.relative_to(ROOT))
        for p in ROOT.glob("xrm_core/web/templates/**/*.html")
        if re.search(r"\|\s*safe\b|autoescape\s+false", p.read_text("utf-8"))
    ]
    assert not wrong


def test_core_names_no_plugin() -> None:
    """The platform knows no party, donor, supplier or customer by its code."""
    wrong = [
        f"{p.relative_to(ROOT)}: {m[0]}"
        for p in CORE
        for m in re.finditer(
            r"\bxrm_(parties|donors|suppliers|customers|outcomes|communications|requests)\b", p.read_text("utf-8")
        )
    ]
    assert not wrong


def test_plugins_come_through_the_front_door() -> None:
    """Plugins import `xrm_core.plugin`, and in tests `xrm_core.testing`."""
    wrong = []
    for path in (ROOT / "plugins").rglob("xrm_*/**/*.py"):
        for line in path.read_text("utf-8").splitlines():
            if re.match(r"\s*(from|import) xrm_core\b(?!\.plugin)", line):
                wrong.append(f"{path.relative_to(ROOT)}: {line.strip()}")
    assert not wrong


def test_the_investors_are_sixty_lines_of_yaml() -> None:
    """A relationship domain of the organisation's own is made of YAML alone, in at most 60 lines."""
    files = [
        p
        for p in (ROOT / "metadata").rglob("*invest*.yaml")
        if p.parent.name in ("entities", "codes", "forms", "views")
    ]
    assert files
    assert sum(len(p.read_text("utf-8").splitlines()) for p in files) <= 60


def test_changelog_fragments_are_named_well() -> None:
    """Each fragment says its kind in its name."""
    wrong = [
        p.name
        for p in (ROOT / "changelog").iterdir()
        if not re.fullmatch(r"[\w-]+\.(added|changed|fixed)\.md|README\.md", p.name)
    ]
    assert not wrong
