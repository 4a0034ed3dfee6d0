"""Static files: addresses with a version, and a clear word when the build has not brought the libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from xrm_core.errors import SettingsError
from xrm_core.web import assets


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of static files of its own."""
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assets.static_version.cache_clear()
    yield tmp_path
    assets.static_version.cache_clear()


def test_missing_libraries_are_named_with_the_way_out(folder: Path) -> None:
    """The start is refused in one line that names the file and the command."""
    with pytest.raises(SettingsError, match=r"htmx\.min\.js.*missing.*pip install -e") as caught:
        assets.check_assets()
    assert "\n" not in str(caught.value)


def test_libraries_that_are_there_are_fine(folder: Path) -> None:
    """With all files in place nothing is said."""
    (folder / "vendor").mkdir()
    for name in assets.VENDOR:
        (folder / "vendor" / name).write_text("x")
    assert assets.check_assets() is None


def test_the_address_changes_with_any_file(folder: Path) -> None:
    """A changed, renamed or new file gives another version, so browsers may keep files for ever."""
    seen = {assets.static_version()}
    for path, text in [("a.css", "1"), ("a.css", "2"), ("b.css", "2")]:
        (folder / path).write_text(text)
        assets.static_version.cache_clear()
        seen.add(assets.static_version())
    assert len(seen) == 4
    assert assets.asset_url("a.css") == f"/static/{assets.static_version()}/a.css"
