"""The files that pages load: where they are, what version they have, and a clear word when a build has not brought
them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from xrm_core.errors import SettingsError

STATIC = Path(__file__).parent / "static"
"""The folder to serve under `/static/<version>/`, cacheable for ever: the version changes with any file in it."""

VENDOR = ("htmx.min.js",)
"""What the build copies in, see `assets.lock.json`."""
STYLES = ("tokens", "base", "layout", "controls", "data", "records", "forms", "pages", "print")
"""The style sheets in the order of the page."""
MODULES = (
    "dialogs", "theme", "menu", "keys", "live", "place", "guard", "float", "ahead", "later",
)  # fmt: skip
"""The modules that `js/app.js` brings in; pages announce them so that they load together. What only few pages need lies in
`js/later/` (brought by `data-module`, see `js/later.js`) and `css/later/` (a link in the page's block `head`)."""


def check_assets() -> None:
    """Refuse to start without the browser libraries. Raises SettingsError with the command that brings them."""
    missing = [name for name in VENDOR if not (STATIC / "vendor" / name).is_file()]
    if missing:
        raise SettingsError(
            f"the browser libraries {', '.join(missing)} are missing in {STATIC / 'vendor'}",
            code="assets_missing",
            hint="run `pip install -e .` or `uv sync` once in the project's root: the build copies them",
        )


def version_of(folder: Path) -> str:
    """Return a short hash over every file of a folder, its path and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def names_of(folders: Mapping[str, Path]) -> dict[str, str]:
    """What the folders of plugins are called below `/static/<version>/of/`: their names change with what is in them."""
    return {plugin: f"{plugin}-{version_of(folder)}" for plugin, folder in folders.items()}


@lru_cache(maxsize=1)
def static_version() -> str:
    """Return a short hash over every static file's path and bytes."""
    return version_of(STATIC)


def asset_url(path: str) -> str:
    """Return the address of a static file ("css/base.css") with the version in it, so that relative imports keep it."""
    return f"/static/{static_version()}/{path}"
