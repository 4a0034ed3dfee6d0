"""The reference of everything that metadata may say, as Markdown, from the models themselves.

`python -m xrm_core.compiler.reference > docs/metadata.md` writes it; a test says when that is due.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from ..metamodel import dashboards, definitions, layout, rights
from ..metamodel.field_type import FieldType
from ..metamodel.imports import FileDef, ImportDef, TargetDef, ValueDef
from ..metamodel.samples import SampleDef
from .editors import first_paragraph

INTRO = """\
# Metadata reference

What an organisation is made of is written in YAML: one folder per kind, one file per thing (or several documents in a file,
separated by `---`). Each document begins with the key that says its kind.

| folder | documents |
|---|---|
| `entities/` | `entity:`, `mixin:` |
| `forms/` | `form:` |
| `views/` | `view:`, `views:` |
| `dashboards/` | `dashboard:` |
| `codes/` | `codes:` |
| `access/` | `department:`, `role:`, `grants:`, `classes:` and `needs:` |
| `menu/` | `menu:` |
| `imports/` | `import:` |
| `sample/` | `sample:` |

## Layers

Plugins lie on one another in the order of their `requires`; the organisation's own `metadata/` lies on top. A layer defines new
things, and extends those of lower layers:

```yaml
extend: donor            # in entities/: the entity or mixin `donor`
if_plugin: requests      # only where that plugin (or each of a list) is in use
if_mixin: relationship   # only where some entity carries that mixin
fields:
  shoe_size: {type: integer}
```

Mappings are merged key by key; `mixins`, `search`, `keys`, `rules` and the `items` of a menu are added to; everything else is
replaced. The organisation may replace anything. A plugin that replaces another plugin's setting says so with
`overrides: <that plugin>`, else both places are named as an error. An extending form adds its tabs after the others, and its
sections to the tab of the same label. Roles, departments, menu groups and the needs matrix may be written by several layers;
what they say is merged. `xrm why donor.tier.label` tells which file and line set a key.

## Focus

Layout may differ by department and role: `departments:` and `roles:` on views and on groups and entries of the menu, `department:`
on forms. What is said for a department holds for those below it that have nothing of their own; the topmost department speaks for
its own people alone. A view or an entry for others is not offered (its address still answers), a group for the reader stands
first, and views with `start: true` begin the start page. Of a relationship for which his department has a form, the first section
and the lists of the first tab stand on the page of the party. Somebody in several departments switches in his own menu.
Administrators, and people without a department, are offered everything. Access decides before all of this what there is.

## How YAML is read

Only `true` and `false` are yes and no: `on`, `yes`, `no` stay texts, and so do dates and numbers with leading zeros, such as the
code `0042`. Keys are always texts. Tags and doubled keys are errors. An alias (`*name`) is a copy of what `&name` marks before it
in the same document. Files are UTF-8, at most 1 MB.

## Texts

Every label is either a text or a mapping by language: `label: Donor` or `label: {en: Donor, de: Spender}`. A bare text of a
plugin is English, one of the organisation is in its language.

## Expressions

Keys that take an expression say so below. Formulas, conditions and rules speak of `record`, guards and effects of transitions
also of `old` (the record before), row rules and filters also of `actor`. All are checked when the metadata is loaded.
"""

PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("Entity", definitions.EntityDef),
    ("Mixin", definitions.MixinDef),
    ("Field: keys of every type", definitions.FieldDef),
    ("Key", definitions.KeyDef),
    ("Rule", definitions.RuleDef),
    ("Similar", definitions.SimilarDef),
    ("Merge", definitions.MergeDef),
    ("Lifecycle", definitions.LifecycleDef),
    ("Transition", definitions.TransitionDef),
    ("Code list", definitions.CodeListDef),
    ("Code", definitions.CodeDef),
    ("Form", layout.FormDef),
    ("Tab", layout.TabDef),
    ("Section", layout.SectionDef),
    ("View", layout.ViewDef),
    ("Dashboard", dashboards.DashboardDef),
    ("Tile", dashboards.TileDef),
    ("Menu group", layout.MenuGroupDef),
    ("Menu item", layout.MenuItemDef),
    ("Department", rights.DepartmentDef),
    ("Role", rights.RoleDef),
    ("Grant", rights.GrantDef),
    ("Classes and needs", rights.NeedsDef),
    ("Data class", rights.ClassDef),
    ("Import", ImportDef),
    ("Import: file", FileDef),
    ("Import: target", TargetDef),
    ("Import: value", ValueDef),
    ("Sample", SampleDef),
)
"""Headings and models, in the order of the page."""


def reference(field_types: Mapping[str, FieldType]) -> str:
    """The whole page."""
    lines = [INTRO]
    for title, model in PARTS:
        lines += [f"## {title}", "", first_paragraph(model), "", *table(model), ""]
    lines += ["## Field types", "", "Beside the keys of every field, each type has keys of its own.", ""]
    for name, kind in sorted(field_types.items()):
        lines += [f"### `{name}`", "", first_paragraph(type(kind)), ""]
        if kind.Options.model_fields:
            lines += [*table(kind.Options), ""]
    return "\n".join(lines).rstrip() + "\n"


def table(model: type[BaseModel]) -> Iterator[str]:
    """A table of the keys of a model."""
    schema = model.model_json_schema(by_alias=True)
    known = schema.get("$defs", {})
    properties = properties_of(schema, known, model)
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for name, info in model.model_fields.items():
        key = info.alias or name
        said = properties.get(key, {})
        default = "required" if info.is_required() else default_text(info.default)
        meaning = " ".join(str(info.description or "").split()).replace("|", "\\|")
        yield f"| `{key}` | {value_text(said, known)} | {default} | {meaning} |"


def properties_of(schema: dict[str, Any], known: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The properties of a model's schema, also where the model refers to itself."""
    if "properties" in schema:
        return dict(schema["properties"])
    return dict(known.get(model.__name__, {}).get("properties", {}))


def default_text(value: Any) -> str:
    """A default as it would be written."""
    if value is None or value is PydanticUndefined or value in ({}, [], ()):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if not isinstance(value, BaseModel) else ""


def value_text(schema: dict[str, Any], known: dict[str, Any]) -> str:
    """What a key takes, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return value_text(known[name], known) if "properties" not in known.get(name, {}) else noun(name)
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema or "oneOf" in schema:
        members = schema.get("anyOf") or schema.get("oneOf") or ()
        parts = [value_text(part, known) for part in members if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(parts)).replace("text or mapping to text", "label")
    kind = schema.get("type")
    if kind == "array":
        return f"list of {value_text(schema.get('items', {}), known)}"
    if kind == "object":
        inside = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
        return f"mapping to {value_text(inside, known)}" if isinstance(inside, dict) and inside else "mapping"
    if schema.get("format") == "expression":
        return "expression"
    if kind == "string" and str(schema.get("pattern", "")).startswith("^[a-z]"):
        return "field path" if "\\." in schema["pattern"] else "name"
    words = {"string": "text", "boolean": "yes/no", "integer": "whole number", "number": "number"}
    return words.get(str(kind), "any value")


def noun(name: str) -> str:
    """A model's name as a word of the page: `TransitionDef` -> transition."""
    text = "".join(f" {c.lower()}" if c.isupper() else c for c in name.removesuffix("Def").removesuffix("Options"))
    return text.strip()


if __name__ == "__main__":
    from ..fields import built_in

    sys.stdout.write(reference({kind.name: kind() for kind in built_in()}))
