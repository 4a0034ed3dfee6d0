"""Build hook: copy the browser libraries out of pinned Python packages into the package's `static/vendor` folder.

A wheel also holds the demo organisation (`xrm.toml` and `metadata/` of this repository) as `xrm_core/demo`.

The packages named in `assets.lock.json` are build requirements only; they carry upstream files unchanged. Each file is
compared with its locked SHA-256 before it is written, so a build either has exactly these bytes or fails.

Hatchling runs the hook for wheels and for editable installs. Without a build, the same copy is made by
`uv run --no-project --with hatchling --with django-htmx==1.29.0 python hatch_build.py`.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCK = "assets.lock.json"
VENDOR = Path("xrm_core", "web", "static", "vendor")
DEMO = {"xrm.toml": "xrm_core/demo/xrm.toml", "metadata": "xrm_core/demo/metadata"}


def copy_assets(root: Path) -> list[Path]:
    """Write every file of the lock into `root`/static/vendor and return the paths written.

    Raises RuntimeError naming the file when its package is absent, lacks it, or its SHA-256 is not the locked one.
    """
    written = []
    for name, entry in sorted(json.loads((root / LOCK).read_text(encoding="utf-8")).items()):
        data = _read(name, entry)
        found = hashlib.sha256(data).hexdigest()
        if found != entry["sha256"]:
            raise RuntimeError(
                f"{LOCK}: {name}: SHA-256 {found} of {entry['dist']} {entry['version']} is not the locked "
                f"{entry['sha256']}; check the release, then update the lock on purpose"
            )
        target = root / VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != data:
            target.write_bytes(data)
        written.append(target)
    return written


def _read(name: str, entry: dict[str, str]) -> bytes:
    """Return the bytes of one locked file out of the installed package that carries it."""
    pin = f"{entry['dist']}=={entry['version']}"
    try:
        carrier = distribution(entry["dist"])
    except PackageNotFoundError as error:
        raise RuntimeError(f"{LOCK}: {name}: {pin} is not installed here; install it first") from error
    if carrier.version != entry["version"]:
        raise RuntimeError(f"{LOCK}: {name}: {pin} is locked, but {carrier.version} is installed here")
    path = Path(str(carrier.locate_file(entry["file"])))
    if not path.is_file():
        raise RuntimeError(f"{LOCK}: {name}: {pin} has no file {entry['file']}")
    return path.read_bytes()


class AssetsHook(BuildHookInterface):
    """The hook that hatchling calls before it builds a wheel or an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Copy the assets and put them into the archive although git ignores them; pack the demo organisation.

        `version` is "standard" or "editable"; a source archive is built without them. An editable install reads the demo
        where it lies.
        """
        if self.target_name != "wheel":
            return
        written = copy_assets(Path(self.root))
        build_data["artifacts"].extend(f"/{path.relative_to(self.root).as_posix()}" for path in written)
        if version == "standard":
            build_data["force_include"].update(
                {str(Path(self.root, source)): target for source, target in DEMO.items()}
            )


if __name__ == "__main__":
    for asset in copy_assets(Path(__file__).parent):
        print(asset)  # noqa: T201  a command talks
