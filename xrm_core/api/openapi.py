"""The OpenAPI 3.1 document, made from the catalog: one set of paths per entity, schemas from the field types."""

from __future__ import annotations

from typing import Any

from ..metamodel.catalog import Catalog, Entity
from ..metamodel.text import say
from .encoding import encode

MIXED = {"type": ["string", "null"]}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "code": {"type": "string"}, "hint": {"type": "string"}, "id": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/problem_entry"}},
        "current": {"type": "object"},
    },
}  # fmt: skip
ENTRY_SCHEMA = {
    "type": "object",
    "required": ["message", "code"],
    "properties": {"field": MIXED, "message": {"type": "string"}, "code": {"type": "string"}, "hint": MIXED},
}
SYSTEM_SCHEMA: dict[str, Any] = {
    "id": {"type": "string", "format": "uuid"},
    "version": {"type": "integer", "minimum": 1},
    "created_at": {"type": "string", "format": "date-time"},
    "created_by": {"type": ["string", "null"], "format": "uuid"},
    "updated_at": {"type": "string", "format": "date-time"},
    "updated_by": {"type": ["string", "null"], "format": "uuid"},
    "deleted_at": {"type": ["string", "null"], "format": "date-time"},
}
REFUSALS = {str(status): {"$ref": "#/components/responses/problem"} for status in (400, 401, 403, 404, 413, 422, 503)}
WRITE_REFUSALS = {**REFUSALS, "409": {"$ref": "#/components/responses/problem"}, "412": {"$ref": "#/components/responses/problem"}}


def document(catalog: Catalog, title: str, version: str, language: str = "en") -> bytes:
    """The whole document as JSON."""
    entities = [e for e in catalog.entities.values() if not e.retired]
    schemas: dict[str, Any] = {"problem": PROBLEM_SCHEMA, "problem_entry": ENTRY_SCHEMA}
    paths: dict[str, Any] = {}
    for entity in entities:
        schemas |= _schemas(catalog, entity, language)
        paths |= _paths(entity, language)
    return encode(
        {
            "openapi": "3.1.0",
            "info": {"title": title, "version": version, "description": DESCRIPTION},
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
            "tags": [{"name": e.name, "description": say(e.description, language)} for e in entities],
            "paths": paths,
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "schemas": schemas,
                "parameters": PARAMETERS,
                "responses": {"problem": {"description": "What was wrong (RFC 9457)", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}}},
            },
        }
    )


DESCRIPTION = "Records of all entities. Filters are expressions (`record.amount > 100`); lists page by cursor; every record has a version as ETag."


def _parameter(name: str, description: str, schema: dict[str, Any], place: str = "query") -> dict[str, Any]:
    return {"name": name, "in": place, "description": description, "required": place == "path", "schema": schema}


_TEXT = {"type": "string"}
PARAMETERS: dict[str, Any] = {
    "id": _parameter("id", "Id of the record", {"type": "string", "format": "uuid"}, "path"),
    "filter": _parameter("filter", "An expression over `record`", {"type": "string", "maxLength": 4000}),
    "sort": _parameter("sort", "Field paths, separated by commas; a leading - sorts downwards", _TEXT),
    "fields": _parameter("fields", "Field paths, separated by commas, through links with dots", _TEXT),
    "after": _parameter("after", "Cursor: the page after", _TEXT),
    "before": _parameter("before", "Cursor: the page before", _TEXT),
    "limit": _parameter("limit", "Records on a page", {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}),
    "count": _parameter("count", "Count the records", {"enum": ["none", "capped", "estimate", "exact"], "default": "none"}),
    "q": _parameter("q", "Search in the entity's search fields", _TEXT),
    "deleted": _parameter("deleted", "Records in the bin", {"enum": ["no", "only", "any"], "default": "no"}),
    "key": _parameter("key", "Columns that rows are matched by, separated by commas", _TEXT),
    "mode": _parameter("mode", "What to do with rows", {"enum": ["upsert", "create", "update"], "default": "upsert"}),
    "purge": _parameter("purge", "Remove a record in the bin for good", {"enum": ["true", "false"], "default": "false"}),
    "if_match": _parameter("If-Match", "ETag of the record as read", _TEXT, "header"),
    "idempotency": _parameter("Idempotency-Key", "A key of the request: repeated, it gets the first answer", {"type": "string", "minLength": 1, "maxLength": 200}, "header"),
    "before_entry": _parameter("before", "Entry to go on from", _TEXT),
}  # fmt: skip


def _schemas(catalog: Catalog, entity: Entity, language: str) -> dict[str, Any]:
    read: dict[str, Any] = dict(SYSTEM_SCHEMA)
    write: dict[str, Any] = {}
    required: list[str] = []
    for field in entity.fields.values():
        if field.virtual or field.retired:
            continue
        for column, schema in field.type.schema(field).items():
            described = {**schema, "title": say(field.label, language)}
            read[column] = _nullable(described)
            if not field.read_only and field.type.name != "sequence":
                write[column] = described if field.required and column == field.columns[0].name else _nullable(described)
        if field.required and field.default is None and not field.read_only:
            required.append(field.columns[0].name)
    for name, children in entity.children.items():
        if children.kind != "reverse":
            write[name] = {"type": "array", "items": {"$ref": f"#/components/schemas/{children.entity}_row"}}
    row = {k: v for k, v in write.items() if k != entity.parent}
    made: dict[str, Any] = {
        entity.name: {"type": "object", "title": say(entity.label, language), "properties": read},
        f"{entity.name}_new": {"type": "object", "properties": write, "required": required, "additionalProperties": False},
        f"{entity.name}_change": {"type": "object", "properties": write, "additionalProperties": False, "minProperties": 0},
        f"{entity.name}_page": {
            "type": "object",
            "required": ["items", "next", "previous"],
            "properties": {
                "items": {"type": "array", "items": {"type": "object"}}, "next": MIXED, "previous": MIXED,
                "count": {"type": "integer", "minimum": 0}, "count_is": {"enum": ["exact", "capped", "estimate"]},
            },
        },
    }  # fmt: skip
    if entity.parent:
        made[f"{entity.name}_row"] = {"type": "object", "properties": {**row, "id": SYSTEM_SCHEMA["id"]}, "additionalProperties": False}
    return made


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if isinstance(kind, str):
        made = {**schema, "type": [kind, "null"]}
        return {**made, "enum": [*schema["enum"], None]} if "enum" in schema else made
    return schema if kind is not None or "type" in schema else {**schema}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _json(schema: dict[str, Any], description: str, media: str = "application/json", headers: dict[str, Any] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"description": description, "content": {media: {"schema": schema}}}
    return {**made, "headers": headers} if headers else made


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref("schemas", name)}}}


def _paths(entity: Entity, language: str) -> dict[str, Any]:
    name, label = entity.name, say(entity.label, language)
    etag = {"ETag": {"schema": _TEXT}}
    record = _json(_ref("schemas", name), label, headers=etag)
    params = [_ref("parameters", p) for p in ("filter", "sort", "fields", "after", "before", "limit", "count", "q", "deleted")]
    one = [_ref("parameters", "id")]
    guarded = [*one, _ref("parameters", "if_match")]

    def operation(verb: str, summary: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"operationId": f"{verb}_{name}", "tags": [name], "summary": summary, "responses": responses, **more}

    items = {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": {"type": "object"}}}}
    lines = {"type": "string", "description": "One JSON object per line"}
    change = operation("update", f"Change: {label}", {"200": record, **WRITE_REFUSALS}, parameters=guarded, requestBody=_body(f"{name}_change"))
    remove = operation("delete", f"Move to the bin: {label}", {"204": {"description": "Done"}, **WRITE_REFUSALS}, parameters=[*guarded, _ref("parameters", "purge")])
    paths: dict[str, Any] = {
        f"/api/{name}": {
            "get": operation("list", f"List: {say(entity.plural, language)}", {"200": _json(_ref("schemas", f"{name}_page"), "A page"), **REFUSALS}, parameters=params),
            "post": operation("create", f"Create: {label}", {"201": record, **WRITE_REFUSALS}, parameters=[_ref("parameters", "idempotency")], requestBody=_body(f"{name}_new")),
        },
        f"/api/{name}/{{id}}": {
            "get": operation("read", f"Read: {label}", {"200": record, "304": {"description": "Not changed"}, **REFUSALS}, parameters=[*one, _ref("parameters", "fields")]),
            "patch": change,
            "delete": remove,
        },
        f"/api/{name}/{{id}}/history": {"get": operation("history", f"History: {label}", {"200": _json(items, "Entries"), **REFUSALS}, parameters=[*one, _ref("parameters", "limit"), _ref("parameters", "before_entry")])},
        f"/api/{name}/{{id}}/restore": {"post": operation("restore", f"Back from the bin: {label}", {"200": record, "201": record, **WRITE_REFUSALS}, parameters=one)},
        f"/api/{name}/bulk": {
            "post": operation(
                "bulk", f"Create or update many: {say(entity.plural, language)}", {"200": _json(lines, "One result per line", "application/x-ndjson"), **WRITE_REFUSALS},
                parameters=[_ref("parameters", "key"), _ref("parameters", "mode")], requestBody={"required": True, "content": {"application/x-ndjson": {"schema": lines}}},
            )
        },
        f"/api/{name}/export": {
            "get": operation(
                "export", f"Export: {say(entity.plural, language)}", {"200": {"description": "A file", "content": {"text/csv": {"schema": _TEXT}, "application/x-ndjson": {"schema": lines}, "application/json": {"schema": {"type": "array"}}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"schema": _TEXT}}}, **REFUSALS},
                parameters=[_parameter("format", "Kind of file", {"enum": ["csv", "json", "ndjson", "xlsx"], "default": "csv"}), *[_ref("parameters", p) for p in ("filter", "sort", "fields", "q")]],
            )
        },
    }  # fmt: skip
    if entity.lifecycle:
        paths[f"/api/{name}/{{id}}/transitions"] = {"get": operation("transitions", f"Transitions: {label}", {"200": _json(items, "Offers"), **REFUSALS}, parameters=one)}
        for transition in entity.lifecycle.transitions.values():
            if not transition.automatic:
                paths[f"/api/{name}/{{id}}/{transition.name}"] = {
                    "post": {
                        **operation(transition.name, say(transition.label, language), {"200": record, **WRITE_REFUSALS}, parameters=guarded),
                        "requestBody": {"required": False, "content": {"application/json": {"schema": {"type": "object"}}}},
                    }
                }
    return paths
