"""The files of a new plugin: small, whole, and passing the kit's checks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "xrm-{dashed}"
version = "0.1.0"
description = "{title}"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["xrm-core"]

[project.entry-points."xrm.plugins"]
{name} = "xrm_{name}"

[tool.hatch.build.targets.wheel]
packages = ["xrm_{name}"]
""",
    "README.md": """\
# {title}

A plugin for the xRM platform. It adds the entity `{item}`.

- `xrm_{name}/entities/` what is stored
- `xrm_{name}/rules.py` pure rules, tested without a platform
- `xrm_{name}/plugin.py` hooks, and nothing else

Tests: `pytest`.
""",
    "xrm_{name}/__init__.py": '"""{title}: metadata, rules and hooks."""\n',
    "xrm_{name}/plugin.yaml": """\
name: {name}
title: "{title}"
version: 0.1.0
requires: [{requires}]
""",
    "xrm_{name}/entities/{item}.yaml": """\
entity: {item}
label: {label}
plural: {label}s
description: Something to begin with; make it yours.
icon: box
title: "{{name}}"
fields:
  name: {{type: text, required: true, max: 120}}
  state: {{type: choice, codes: {item}_state, required: true, default: open}}
  due_on: {{type: date}}
  effort: {{type: decimal, scale: 1, min: 0}}
  notes: {{type: long_text}}
search: [name]
lifecycle:
  field: state
  transitions:
    close: {{label: Close, from: [open], to: closed}}
    reopen: {{label: Reopen, from: [closed], to: open}}
""",
    "xrm_{name}/codes/{item}_state.yaml": """\
codes: {item}_state
label: State
values:
  open: {{label: Open, colour: info}}
  closed: {{label: Closed, colour: ok}}
""",
    "xrm_{name}/views/{item}.yaml": """\
view: {item}_due
entity: {item}
label: Due
columns: [name, state, due_on, effort]
filter: "record.state == 'open' && record.due_on <= addDays(today(), 30)"
sort: [due_on]
""",
    "xrm_{name}/menu/{name}.yaml": """\
menu: {name}
label: "{title}"
icon: box
order: 500
items:
  - {{entity: {item}}}
""",
    "xrm_{name}/rules.py": '''\
"""Rules: values in, values out."""

from __future__ import annotations


def tidy(name: str) -> str:
    """The name with single spaces and nothing around it."""
    return " ".join(name.split())


def is_too_short(name: str) -> bool:
    """Is the name too short to find it again?"""
    return len(name) < 2
''',
    "xrm_{name}/plugin.py": '''\
"""Hook implementations."""

from __future__ import annotations

from collections.abc import Sequence

from xrm_core.plugin import Change, Problem, SampleStep, hook

from .rules import is_too_short, tidy
from .sample import make_{item}s


@hook(entity="{item}")
def xrm_before_save(change: Change) -> dict[str, object]:
    """Names are kept tidy."""
    name = change.after.get("name")
    return {{"name": tidy(name)}} if name else {{}}


@hook(entity="{item}")
def xrm_validate(change: Change) -> list[Problem]:
    """A name must be long enough to find it again."""
    name = change.after.get("name") or ""
    return [Problem("The name has at least two characters.", field="name")] if is_too_short(name) else []


@hook
def xrm_sample() -> Sequence[SampleStep]:
    """A few records to look at."""
    return [make_{item}s]
''',
    "xrm_{name}/sample.py": '''\
"""Sample records."""

from __future__ import annotations

from datetime import timedelta

from xrm_core.plugin import SampleMaker

NAMES = ("First", "Second", "Third", "Fourth", "Fifth")


def make_{item}s(sample: SampleMaker) -> None:
    """Five records, due one after the other."""
    rows = [{{"name": f"{{name}} {label}", "due_on": sample.as_of + timedelta(days=7 * n)}} for n, name in enumerate(NAMES)]
    sample.shared["{item}"] = sample.add("{item}", rows)
''',
    "tests/test_{name}_kit.py": '''\
"""The kit's checks on this plugin."""

from xrm_core.testing import PluginChecks


class Test{camel}(PluginChecks):
    """Everything the kit knows to check."""

    plugin = "{name}"
''',
    "tests/test_{name}_rules.py": '''\
"""The rules."""

from xrm_{name}.rules import is_too_short, tidy


def test_names_are_tidied():
    """Spaces around and doubled inside are gone."""
    assert tidy("  two   words ") == "two words"


def test_short_names_are_told():
    """One letter is too short, two are enough."""
    assert is_too_short("a")
    assert not is_too_short("ab")
''',
}


def write_plugin(target: Path, name: str, title: str, requires: Sequence[str] = ()) -> list[Path]:
    """Write a plugin's folder; the files written. Its one entity is called after the plugin, without a final s."""
    item = name.removesuffix("s") if len(name) > 3 else name
    item = f"{item}_item" if item == name else item
    values = {
        "name": name, "title": title, "item": item, "label": item.replace("_", " ").capitalize(), "dashed": name.replace("_", "-"),
        "requires": ", ".join(requires), "camel": "".join(part.capitalize() for part in name.split("_")),
    }  # fmt: skip
    written = []
    for path, text in FILES.items():
        file = target / path.format(**values)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(**values), "utf-8")
        written.append(file)
    return written
