"""An organisation in a temporary folder, for tests: some plugins, some metadata, an empty database."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..services.organisation import start_organisation
from ..services.runtime import Runtime

SETTINGS = """\
[organisation]
name = "Test organisation"
language = "en"
languages = ["en", "de"]
time_zone = "Europe/Vienna"
currency = "EUR"
country = "AT"

[database]
url = "{url}"

[plugins]
use = [{use}]
folder = "plugins"
"""


DEPARTMENTS = """\
department: management
label: Management
---
department: fundraising
label: Fundraising
parent: management
"""


KEPT = 8
_home: list[tempfile.TemporaryDirectory[str]] = []
"""The folder of all organisations of this process, once there is one; it goes with the process."""
_compiled: OrderedDict[str, dict[str, bytes]] = OrderedDict()
"""The caches of the last organisations of this process: one that is made again, on the other database say, starts with its
cache. Whether a cache fits is the compiler's to say: its name is a hash of all that it was made from."""


@contextmanager
def temporary_organisation(
    plugins: Sequence[str] = (),
    metadata: Mapping[str, str] | None = None,
    *,
    url: str = "sqlite:///xrm.sqlite3",
    folders: Sequence[Path] = (),
    settings: str = "",
) -> Iterator[Runtime]:
    """An organisation with the named plugins in use, and its own layer out of `metadata` (path below `metadata/` -> YAML).

    `folders` are plugin folders copied into its `plugins` directory; `settings` is appended to `xrm.toml`. The folder goes
    when the context ends. Raises what starting an organisation raises.
    """
    names = [*plugins, *(f.name for f in folders)]
    alike = repr((names, sorted((metadata or {}).items()), settings))
    root = _place(alike)
    cache = root / ".xrm" / "cache"
    try:
        (root / "xrm.toml").write_text(
            SETTINGS.format(url=url, use=", ".join(f'"{n}"' for n in names)) + settings, "utf-8"
        )
        for path, text in {"access/departments.yaml": DEPARTMENTS, **(metadata or {})}.items():
            target = root / "metadata" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        for folder in folders:
            shutil.copytree(folder, root / "plugins" / folder.name)
        _give(cache, alike)
        runtime = start_organisation(root)
        _keep(cache, alike)
        try:
            yield runtime
        finally:
            runtime.database.dispose()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _place(alike: str) -> Path:
    """A new folder. Organisations that are alike come to the same place one after the other: faults and caches name it."""
    if not _home:
        _home.append(tempfile.TemporaryDirectory(prefix="xrm-test-", ignore_cleanup_errors=True))
    name = hashlib.blake2b(alike.encode(), digest_size=8).hexdigest()
    for n in itertools.count():
        try:
            (root := Path(_home[0].name) / f"{name}-{n}").mkdir()
        except FileExistsError:
            continue  # another one like it is open
        return root
    raise AssertionError("there is always a next number")


def _give(cache: Path, alike: str) -> None:
    """Put what an organisation like this one left behind into a new one's cache."""
    if files := _compiled.get(alike):
        cache.mkdir(parents=True)
        for name, data in files.items():
            (cache / name).write_bytes(data)


def _keep(cache: Path, alike: str) -> None:
    """Remember what was compiled, for the next organisation like this one."""
    _compiled[alike] = {path.name: path.read_bytes() for path in cache.glob("catalog-*.json")}
    _compiled.move_to_end(alike)
    while len(_compiled) > KEPT:
        _compiled.popitem(last=False)
