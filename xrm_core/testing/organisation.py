"""An organisation in a temporary folder, for tests: some plugins, some metadata, an empty database."""

from __future__ import annotations

import shutil
import tempfile
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
    root = Path(tempfile.mkdtemp(prefix="xrm-test-"))
    try:
        names = [*plugins, *(f.name for f in folders)]
        (root / "xrm.toml").write_text(
            SETTINGS.format(url=url, use=", ".join(f'"{n}"' for n in names)) + settings, "utf-8"
        )
        for path, text in {"access/departments.yaml": DEPARTMENTS, **(metadata or {})}.items():
            target = root / "metadata" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        for folder in folders:
            shutil.copytree(folder, root / "plugins" / folder.name)
        runtime = start_organisation(root)
        try:
            yield runtime
        finally:
            runtime.database.dispose()
    finally:
        shutil.rmtree(root, ignore_errors=True)
