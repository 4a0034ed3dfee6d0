"""What browsers get: own code by our rules, libraries with exactly the locked bytes, nothing else, and not much of it."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from xrm_core.web.lean import lean

ROOT = Path(__file__).parents[2]
WEB = ROOT / "xrm_core" / "web"
STATIC = WEB / "static"
LOCK = json.loads((ROOT / "assets.lock.json").read_text(encoding="utf-8"))
STYLES = sorted((STATIC / "css").rglob("*.css"))
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|(?:min-|max-)?(?:width|height)|"
    r"border-(?:top|bottom)-(?:left|right)-radius|inset)\s*:(?!\s*(?:0|auto)\s*;)"
)
LIMIT = 60_000
"""Bytes of a first load, compressed."""


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The build hook; it needs hatchling, which a developer's environment may lack."""
    pytest.importorskip("hatchling", reason="hatchling is not installed here: the build hook is not tested")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def carrier(folder: Path, version: str = "1.29.0") -> SimpleNamespace:
    """A stand-in for the installed package that carries the files."""
    return SimpleNamespace(version=version, locate_file=lambda name: folder / name)


def project(folder: Path, digest: str) -> Path:
    """A project with one locked file."""
    entry = {"dist": "carrier", "version": "1.29.0", "file": "lib.js", "sha256": digest}
    (folder / "assets.lock.json").write_text(json.dumps({"lib.min.js": entry}))
    (folder / "lib.js").write_text("code")
    return folder


def test_the_hook_writes_exactly_the_locked_bytes(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose hash is the locked one is copied into the folder for libraries."""
    root = project(tmp_path, hashlib.sha256(b"code").hexdigest())
    monkeypatch.setattr(hook, "distribution", lambda name: carrier(tmp_path))
    assert [path.read_bytes() for path in hook.copy_assets(root)] == [b"code"]


def test_the_hook_refuses_other_bytes(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed byte fails the build and names the file, and nothing is written."""
    root = project(tmp_path, hashlib.sha256(b"other").hexdigest())
    monkeypatch.setattr(hook, "distribution", lambda name: carrier(tmp_path))
    with pytest.raises(RuntimeError, match=r"lib\.min\.js: SHA-256 .* is not the locked"):
        hook.copy_assets(root)
    assert not (tmp_path / hook.VENDOR).exists()


def test_the_hook_refuses_another_version(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The carrier's version is locked as well."""
    root = project(tmp_path, hashlib.sha256(b"code").hexdigest())
    monkeypatch.setattr(hook, "distribution", lambda name: carrier(tmp_path, "2.0"))
    with pytest.raises(RuntimeError, match=r"carrier==1\.29\.0 is locked, but 2\.0 is installed"):
        hook.copy_assets(root)


def test_the_lock_and_the_build_requirements_agree() -> None:
    """Each carrier is a pinned build requirement of the same version, and no run-time dependency."""
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    required = settings.split("[project]")[0]
    for name, entry in LOCK.items():
        assert f"{entry['dist']}=={entry['version']}" in required, name
        assert entry["dist"] not in settings.split("dependencies = [", 1)[1].split("]")[0]


def test_the_libraries_here_have_the_locked_bytes() -> None:
    """What this installation serves is what was locked."""
    if not (STATIC / "vendor").is_dir():
        pytest.skip("the browser libraries are not here: run `pip install -e .` once")
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "vendor").iterdir()}
    assert found == {name: entry["sha256"] for name, entry in LOCK.items()}


def test_nothing_of_others_is_committed() -> None:
    """The folder for libraries stays out of the repository, and each library is named in the notices."""
    tracked = subprocess.run(
        ["git", "ls-files", "xrm_core/web/static/vendor"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
    assert tracked.stdout == ""
    assert all(entry["licence"] in notices for entry in LOCK.values())
    assert "Lucide" in notices


def sent(path: Path) -> bytes:
    """What a browser gets of a file."""
    return path.read_bytes() if path.name.endswith(".min.js") else lean(path.read_text(encoding="utf-8")).encode()


@pytest.mark.parametrize("path", [*STYLES, *sorted((STATIC / "js").rglob("*.js"))], ids=lambda path: path.name)
def test_a_browser_gets_all_but_remarks(path: Path) -> None:
    """What is not sent of a script or a style sheet are comments, empty lines and indents; all else is, in its order."""
    text = path.read_text(encoding="utf-8")
    lines = iter(text.splitlines())
    left_out = []
    for line in lean(text).splitlines():
        for one in lines:
            if one.endswith(line) and not one.removesuffix(line).strip():
                break
            if one.strip().startswith(line) and re.fullmatch(r"\s*/\*[^*]*\*/", one.strip().removeprefix(line)):
                break
            left_out.append(one.strip())
        else:
            pytest.fail(f"{line!r} is sent and not in the file")
    left_out += [one.strip() for one in lines]
    remarks = re.sub(r"/\*.*?\*/", "", "\n".join(left_out), flags=re.S).splitlines()
    assert [one for one in remarks if one.strip() and not one.startswith("//")] == []


def test_text_between_backticks_is_no_remark() -> None:
    """A text of several lines keeps those that look like comments."""
    assert lean("// why\nconst a = `x\n// y\n\n`;\n/* one\n * two */\n.b{} /* c */\n") == (
        "const a = `x\n// y\n\n`;\n.b{}\n"
    )
    assert lean("  const a = `x\n  y`;\n  .b { c: d; } /* e */\n") == "const a = `x\n  y`;\n.b { c: d; }\n"


def test_a_first_load_is_small() -> None:
    """Styles, scripts and libraries together, compressed, leave room for the page itself; a script that only some pages load is
    none of them."""
    files = [path for path in STATIC.rglob("*") if path.suffix in (".css", ".js") and path.parent.name != "later"]
    total = sum(len(gzip.compress(sent(path))) for path in files)
    assert total < LIMIT - 10_000, total


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_use_logical_properties(path: Path) -> None:
    """No left, right, width or height: the same rules serve both directions of writing."""
    text = re.sub(
        r"/\*.*?\*/|@media[^{]*|\([^()]*(?:width|height)[^()]*\)", "", path.read_text(encoding="utf-8"), flags=re.S
    )
    assert PHYSICAL.findall(text) == []


@pytest.mark.parametrize(
    "path", [path for path in STYLES if path.name not in ("tokens.css", "print.css")], ids=lambda path: path.name
)
def test_colours_are_tokens(path: Path) -> None:
    """Components name tokens, so light and dark are decided in one place; a veil and black or white on colour are no theme."""
    text = re.sub(r"light-dark\([^()]*\)", "", path.read_text(encoding="utf-8"))
    found = [
        colour for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", text) if colour.lower() not in ("#fff", "#0b0e1680")
    ]
    assert found == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_stand_in_a_layer(path: Path) -> None:
    """Every rule is in a layer that the tokens declare, so order of files never decides."""
    declared = re.search(r"@layer ([\w, ]+);", (STATIC / "css" / "tokens.css").read_text(encoding="utf-8"))
    assert declared is not None
    used = re.findall(r"@layer (\w+) \{", path.read_text(encoding="utf-8"))
    assert used
    assert set(used) <= {name.strip() for name in declared[1].split(",")}


def test_every_module_is_announced_and_brought_in() -> None:
    """The list of modules, the files and the imports are the same; what comes later is named by a template and has a file."""
    from xrm_core.web.assets import MODULES
    from xrm_core.web.assets import STYLES as NAMES

    files = {path.stem for path in (STATIC / "js").glob("*.js")} - {"app"}
    imported = set(
        re.findall(
            r'from "\./(\w+)\.js"|import "\./(\w+)\.js"', "".join(p.read_text() for p in (STATIC / "js").glob("*.js"))
        )
    )
    assert files == set(MODULES)
    assert files == {name for pair in imported for name in pair if name}
    pages = "".join(path.read_text("utf-8") for path in TEMPLATES)
    named = {name for names in re.findall(r'data-(?:module|touch)="([\w -]+)"', pages) for name in names.split()}
    scripts = "".join(path.read_text("utf-8") for path in (STATIC / "js").rglob("*.js"))
    named |= set(re.findall(r'import\("\./(?:later/)?([\w-]+)\.js"\)', scripts))
    later = "".join(path.read_text(encoding="utf-8") for path in (STATIC / "js" / "later").glob("*.js"))
    named |= set(re.findall(r'from "\./([\w-]+)\.js"', later))
    assert named == {path.stem for path in (STATIC / "js" / "later").glob("*.js")}
    linked = set(re.findall(r"asset\('css/later/([\w-]+)\.css'\)", pages))
    assert linked == {path.stem for path in (STATIC / "css" / "later").glob("*.css")}
    assert {path.stem for path in STYLES if path.parent.name != "later"} == set(NAMES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(WEB / "templates").as_posix())
def test_templates_keep_the_rules_as_text(path: Path) -> None:
    """A template begins with what it is for, never turns escaping off, has no inline style or script."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("{#")
    assert "|safe" not in text.replace(" ", "")
    assert "autoescape" not in text
    assert not re.search(r"\sstyle=|\son\w+=|hx-on|<style|<script(?! src)", text)


def test_scripts_evaluate_nothing() -> None:
    """Own scripts build no code from text and load nothing from elsewhere."""
    for path in (STATIC / "js").rglob("*.js"):
        assert not re.search(r"\beval\(|new Function|https?://|document\.write", path.read_text(encoding="utf-8")), (
            path.name
        )
