"""JSON Schemas of everything that may be written, so that editors complete and check while one types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..metamodel.dashboards import DashboardDef
from ..metamodel.definitions import CodeListDef, EntityDef, FieldDef, MixinDef
from ..metamodel.field_type import FieldType
from ..metamodel.imports import ImportDef
from ..metamodel.layout import FormDef, MenuGroupDef, ViewDef, ViewsDef
from ..metamodel.rights import DepartmentDef, GrantsDef, NeedsDef, RoleDef
from ..metamodel.samples import SampleDef

Schema = dict[str, Any]

KINDS: Mapping[str, type[BaseModel]] = {
    "entity": EntityDef,
    "mixin": MixinDef,
    "form": FormDef,
    "view": ViewDef,
    "views": ViewsDef,
    "dashboard": DashboardDef,
    "codes": CodeListDef,
    "role": RoleDef,
    "department": DepartmentDef,
    "grants": GrantsDef,
    "needs": NeedsDef,
    "import": ImportDef,
    "menu": MenuGroupDef,
    "sample": SampleDef,
}
"""Kind -> the model of its documents."""
FOLDERS: Mapping[str, tuple[str, ...]] = {
    "entities": ("entity", "mixin", "form", "view", "views", "codes"),
    "forms": ("form",),
    "views": ("view", "views"),
    "dashboards": ("dashboard",),
    "codes": ("codes",),
    "access": ("role", "department", "grants", "needs"),
    "imports": ("import",),
    "menu": ("menu",),
    "sample": ("sample",),
}
"""Folder -> kinds of documents that its files usually hold."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')
EXTENDABLE = ("entity", "mixin", "form", "view", "dashboard", "codes", "menu", "sample")
CONDITION: Schema = {
    "if_plugin": {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "Only where these plugins are in use",
    },
    "if_mixin": {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "Only where some entity carries these mixins",
    },
}


def json_schemas(field_types: Mapping[str, FieldType]) -> dict[str, Schema]:
    """A schema for each kind of document.

    Options of field types are part of it: what is allowed beside `type` depends on the type.
    """
    definitions = _definitions(field_types)
    return {kind: _whole(_document(kind, model, definitions), definitions) for kind, model in KINDS.items()}


def folder_schemas(field_types: Mapping[str, FieldType]) -> dict[str, Schema]:
    """A schema for each folder, which takes any document that belongs there."""
    definitions = _definitions(field_types)
    made: dict[str, Schema] = {}
    for folder, kinds in FOLDERS.items():
        options = [_document(kind, KINDS[kind], definitions) for kind in kinds]
        options += [_extension(kind, definitions) for kind in kinds if kind in EXTENDABLE]
        made[folder] = _whole({"title": f"{folder}/*.yaml", "anyOf": options}, definitions)
    return made


def write_schemas(folder: Path, field_types: Mapping[str, FieldType]) -> list[Path]:
    """Write `entities.schema.json` and its kin into a folder; an editor is told which belongs to which folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in folder_schemas(field_types).items():
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
        written.append(path)
    return written


def first_paragraph(thing: type) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((thing.__doc__ or "").strip().partition("\n\n")[0].split())


def _whole(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """A schema that stands by itself: with the definitions that it refers to, also through others."""
    used: dict[str, Schema] = {}
    todo = [schema]
    while todo:
        for name in REFERENCE.findall(json.dumps(todo.pop())):
            if name not in used:
                used[name] = definitions[name]
                todo.append(definitions[name])
    return {"$schema": DIALECT, **schema, "$defs": used}


def _definitions(field_types: Mapping[str, FieldType]) -> dict[str, Schema]:
    """All models by name; the one of fields is a choice by `type`."""
    options = {f"{name}_options": kind.Options for name, kind in sorted(field_types.items())}
    models: list[Any] = [(m, "validation") for m in dict.fromkeys((*KINDS.values(), FieldDef, *options.values()))]
    refs, whole = models_json_schema(models, ref_template="#/$defs/{model}")
    definitions: dict[str, Schema] = dict(whole["$defs"])
    base = definitions["FieldDef"]
    names = []
    for name, model in options.items():
        kind = name.removesuffix("_options")
        own = _resolved(definitions, refs[model, "validation"])
        properties = {**base["properties"], **own.get("properties", {}), "type": {"const": kind}}
        definitions[f"field_{kind}"] = {
            "type": "object",
            "title": f"Field of type {kind}",
            "description": first_paragraph(type(field_types[kind])),
            "properties": properties,
            "required": ["type", *own.get("required", [])],
            "additionalProperties": False,
        }
        names.append(f"field_{kind}")
    definitions["FieldDef"] = {
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in names],
        "discriminator": {"propertyName": "type"},
    }
    _allow_short_codes(definitions)
    return definitions


def _resolved(definitions: Mapping[str, Schema], schema: Any) -> Schema:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return definitions.get(name, dict(schema))


def _allow_short_codes(definitions: dict[str, Schema]) -> None:
    """Code lists may be written as `[a, b]` or `{a: Label}`."""
    values = definitions["CodeListDef"]["properties"]["values"]
    text: Schema = {"type": "string"}
    value = {"anyOf": [values.get("additionalProperties", {}), text, {"type": "object", "additionalProperties": text}]}
    long = {"type": "object", "additionalProperties": value}
    definitions["CodeListDef"]["properties"]["values"] = {"anyOf": [{"type": "array", "items": text}, long]}


def _document(kind: str, model: type[BaseModel], definitions: Mapping[str, Schema]) -> Schema:
    own = definitions[model.__name__]
    head = [kind] if kind != "needs" else own.get("required", [])
    required = list(dict.fromkeys([*head, *own.get("required", [])]))
    return {**own, "properties": {**own["properties"], **CONDITION}, "required": required}


def _extension(kind: str, definitions: Mapping[str, Schema]) -> Schema:
    """A document that extends one of this kind: `extend: name`, and any of its keys."""
    own = definitions[KINDS[kind].__name__]
    properties = {name: schema for name, schema in own["properties"].items() if name != kind}
    extend = {"extend": {"type": "string", "description": f"Name of the {kind} that is extended"}}
    if kind in ("entity", "mixin"):
        properties["fields"] = {"type": "object", "additionalProperties": {"type": "object"}}
    return {
        "type": "object",
        "title": f"Extension of a {kind}",
        "properties": {**extend, **properties, **CONDITION, "overrides": {"type": "string"}},
        "required": ["extend"],
        "additionalProperties": False,
    }
