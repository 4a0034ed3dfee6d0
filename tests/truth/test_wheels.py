"""What the built packages hold: everything that the platform needs outside of this repository, and nothing copied by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
NOT_SHIPPED = {"__pycache__", ".pyc"}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zipfile.ZipFile]:
    """The wheels of all packages of the repository, built now; by the name of their top folder."""
    uv = os.environ.get("UV") or shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        pytest.skip("uv is not installed here: the wheels are not built")
    out = tmp_path_factory.mktemp("wheels")
    command = [uv, "build", "--quiet", "--wheel", "--all-packages", "--out-dir", str(out), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert built.returncode == 0, built.stderr
    return {path.name.split("-")[0]: zipfile.ZipFile(path) for path in sorted(out.glob("*.whl"))}


def shipped(folder: Path, as_: str) -> dict[str, Path]:
    """The files below a folder by the name they have in a wheel."""
    files = (path for path in folder.rglob("*") if path.is_file() and not NOT_SHIPPED & {*path.parts, path.suffix})
    return {f"{as_}/{path.relative_to(folder).as_posix()}": path for path in files}


def differing(wheel: zipfile.ZipFile, files: dict[str, Path]) -> list[str]:
    """Names of files that the wheel lacks, or holds with other bytes."""
    held = set(wheel.namelist())
    return [name for name, path in files.items() if name not in held or wheel.read(name) != path.read_bytes()]


def test_every_package_has_a_wheel(wheels: dict[str, zipfile.ZipFile]) -> None:
    """The core and each plugin of the repository build."""
    assert sorted(wheels) == sorted(["xrm_core", *(f"xrm_{name}" for name in PLUGINS)])


def test_the_core_holds_all_its_files(wheels: dict[str, zipfile.ZipFile]) -> None:
    """Templates, styles, scripts, the browser libraries, metadata of the core and the grammar are in the wheel."""
    files = shipped(ROOT / "xrm_core", "xrm_core")
    kinds = {"templates/base.html", "static/css/base.css", "static/vendor/htmx.min.js"}
    assert {f"xrm_core/web/{name}" for name in kinds} <= files.keys()
    assert {"xrm_core/plugin/builtin/plugin.yaml", "xrm_core/expressions/grammar.lark"} <= files.keys()
    assert differing(wheels["xrm_core"], files) == []


def test_the_core_holds_the_demo(wheels: dict[str, zipfile.ZipFile]) -> None:
    """The demo organisation of the repository is in the wheel, file by file; the repository has no second copy."""
    files = shipped(ROOT / "metadata", "xrm_core/demo/metadata") | {"xrm_core/demo/xrm.toml": ROOT / "xrm.toml"}
    assert differing(wheels["xrm_core"], files) == []
    demo = {name for name in wheels["xrm_core"].namelist() if name.startswith("xrm_core/demo/")}
    assert demo == files.keys()
    assert not (ROOT / "xrm_core" / "demo").exists()


def test_the_core_holds_licence_and_notices(wheels: dict[str, zipfile.ZipFile]) -> None:
    """Who gets the wheel gets our licence and the notices of what is copied into it."""
    names = {name.rsplit("/", 1)[1] for name in wheels["xrm_core"].namelist() if "/licenses/" in name}
    assert names == {"LICENSE", "THIRD_PARTY_NOTICES.md"}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_holds_all_its_files(wheels: dict[str, zipfile.ZipFile], plugin: str) -> None:
    """A plugin's wheel holds its package whole, its metadata too."""
    files = shipped(ROOT / "plugins" / plugin / f"xrm_{plugin}", f"xrm_{plugin}")
    assert any(name.endswith("plugin.yaml") for name in files)
    assert differing(wheels[f"xrm_{plugin}"], files) == []


def test_the_demo_runs_without_the_repository(wheels: dict[str, zipfile.ZipFile], tmp_path: Path) -> None:
    """From the wheels alone, in an empty folder, the demo is made with records of all domains."""
    site, home = tmp_path / "site", tmp_path / "home"
    for wheel in wheels.values():
        wheel.extractall(site)
    home.mkdir()
    env = {key: value for key, value in os.environ.items() if not key.startswith("XRM_")} | {"PYTHONPATH": str(site)}
    where = subprocess.run(
        [sys.executable, "-c", "from xrm_core.cli.commands import demo_source; print(demo_source())"],
        cwd=home, env=env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert where.stdout.strip() == str(site / "xrm_core" / "demo"), where.stderr
    made = subprocess.run(
        [sys.executable, "-m", "xrm_core", "demo", "--no-serve"],
        cwd=home, env=env, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "sample records made" in made.stdout
    assert (home / "demo" / "metadata" / "entities" / "investor.yaml").is_file()
