"""Every text that people read is there in every language, and none is said at import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale

from xrm_core.language import languages
from xrm_core.language.catalogues import read
from xrm_core.language.collecting import PLURAL_FORMS, catalogue_path, collect, faults

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "xrm_core"
PACKAGES = [CORE, *sorted(path.parent for path in ROOT.glob("plugins/*/xrm_*/plugin.yaml"))]
OTHERS = [tag for tag in languages() if tag != "en"]
SAYING = {"_", "ngettext"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Modules that import a function of the language room, by path."""
    for package in PACKAGES:
        for path in package.rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            if any(isinstance(n, ast.ImportFrom) and any(a.name in SAYING for a in n.names) for n in ast.walk(tree)):
                yield str(path.relative_to(ROOT)), tree


def named(node: ast.AST) -> str:
    """The name of the function that a call calls."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_text_is_translated(package: Path, language: str) -> None:
    """No text of code and templates is missing or unsure, none that nobody says stays, and named places are the original's:
    `python -m xrm_core.language` brings the catalogues up, then translate what it lists."""
    if not collect(package):
        assert not catalogue_path(package, language).exists()
        return
    assert list(faults(package, language)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    """Each number takes the form that the CLDR has for it, in the order zero, one, two, few, many, other."""
    catalogue = read([catalogue_path(CORE, language)])
    order = [
        tag
        for tag in ("zero", "one", "two", "few", "many", "other")
        if tag in Locale(language).plural_form.tags | {"other"}
    ]
    for n in [*range(130), 1000, 1001, 1002, 1003, 1011, 1000000]:
        assert order[catalogue.form_of(n)] == Locale(language).plural_form(n), n
    assert {len(forms) for forms in catalogue.forms.values()} == {len(order)}
    assert f"nplurals={len(order)};" in PLURAL_FORMS[language]


def test_nothing_is_said_at_import() -> None:
    """`_` and `ngettext` are called inside functions only; constants are marked with `N_`."""

    def outside(node: ast.AST) -> Iterator[int]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                defaults = [*child.args.defaults, *(d for d in child.args.kw_defaults if d is not None)]
                for default in defaults:
                    yield from outside(ast.Expr(default))
                continue
            if named(child) in SAYING:
                yield child.lineno
            yield from outside(child)

    assert [f"{path}:{line}" for path, tree in modules() for line in outside(tree)] == []


def test_no_name_stands_in_the_way() -> None:
    """A function that says texts has no value of its own called `_`, and nobody takes the function for a value."""
    wrong = []
    for path, tree in modules():
        called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            inside = list(ast.walk(function))
            says = any(named(n) == "_" for n in inside)
            binds = [
                n.lineno
                for n in inside
                if (isinstance(n, ast.Name) and n.id == "_" and isinstance(n.ctx, ast.Store))
                or (isinstance(n, ast.arg) and n.arg == "_" and not _of_lambda(n, inside))
            ]
            wrong += [f"{path}:{line}" for line in binds if says]
            if not binds:
                wrong += [
                    f"{path}:{n.lineno}"
                    for n in inside
                    if isinstance(n, ast.Name) and n.id == "_" and isinstance(n.ctx, ast.Load) and id(n) not in called
                    and path != "xrm_core/web/environment.py"
                ]  # fmt: skip
    assert wrong == []


def _of_lambda(argument: ast.arg, nodes: list[ast.AST]) -> bool:
    """Is it the argument of a lambda, which hides nothing from the function around it?"""
    return any(isinstance(n, ast.Lambda) and argument in [*n.args.args, *n.args.posonlyargs] for n in nodes)


def test_templates_say_their_words() -> None:
    """No word stands in a template outside of `_`: what is between tags, labels and placeholders."""
    bare = []
    for path in sorted((CORE / "web" / "templates").rglob("*.html")):
        if path.name == "design.html":
            continue
        text = re.sub(r"(?s)\{#.*?#\}|<(script|style)\b.*?</\1>", "", path.read_text("utf-8"))
        text = re.sub(r"(?s)\{\{.*?\}\}|\{%.*?%\}", " ", text)
        bare += [
            f"{path.name}: {w.strip()}"
            for w in re.findall(r">([^<>{}]*[A-Za-z]{3,}[^<>{}]*)<", text)
            if w.strip() and '="' not in w and '="' not in w
        ]
        bare += [
            f"{path.name}: {w}"
            for w in re.findall(r'(?:aria-label|placeholder|title|alt)="([^"{}]*[A-Za-z]{3,}[^"{}]*)"', text)
        ]
    assert bare == []


REFUSALS = {"Problem", "FieldFault", "ImportFault"}
"""What says to people why something was refused; its first argument is a sentence, `hint` the way out."""
ROOMS = [CORE / "fields", CORE / "web", CORE / "services" / "importing", CORE / "services" / "signing", *PACKAGES[1:]]
"""Where it is said to people who work with records, not to those who write metadata or run the server."""
FOR_OPERATORS = {"sample.py", "design.py", "assets.py", "secrets.py", "openid.py", "page.py", "imports.py"}


def spoken_raw(tree: ast.AST) -> Iterator[ast.expr]:
    """Sentences of refusals and their hints that go out as they are written."""

    def is_raw(node: ast.expr) -> bool:
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        said = "".join(p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))
        return bool(re.search(r"[A-Za-z]{2}", said)) and (len(parts) > 1 or " " in said)

    for node in ast.walk(tree):
        said: list[ast.expr] = []
        if isinstance(node, ast.Call):
            said = [
                *(node.args[:1] if named(node) in REFUSALS else ()),
                *(k.value for k in node.keywords if k.arg == "hint"),
            ]
        elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "hint" for t in node.targets):
            said = [node.value]
        for one in said:
            yield from filter(is_raw, (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,))


def test_refusals_are_said_in_the_readers_language() -> None:
    """No sentence of a refusal, and no way out of one, is English for everybody."""
    seen = spoken_raw(ast.parse('FieldFault(f"{x} is wrong", hint=_("right") if x else "do it")'))
    assert [ast.unparse(one) for one in seen] == ["f'{x} is wrong'", "'do it'"]
    raw = [
        f"{path.relative_to(ROOT)}:{one.lineno}: {ast.unparse(one)}"
        for room in ROOMS
        for path in sorted(room.rglob("*.py"))
        if path.name not in FOR_OPERATORS
        for one in spoken_raw(ast.parse(path.read_text("utf-8")))
    ]
    assert raw == []


@pytest.mark.parametrize("plugin", PACKAGES[1:], ids=lambda package: package.name)
def test_work_in_the_background_has_a_name_in_every_language(plugin: Path) -> None:
    """Schedules and errands of our plugins say what the page of jobs calls them."""
    for path in plugin.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if named(node) in {"Schedule", "Errand"} and isinstance(node, ast.Call):
                labels = [ast.literal_eval(k.value) for k in node.keywords if k.arg == "label"]
                assert labels, f"{path.name}:{node.lineno}"
                assert set(labels[0]) >= set(languages()), f"{path.name}:{node.lineno}"
