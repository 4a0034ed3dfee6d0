"""Paths of the OpenAPI document: the operations of one entity, with their parameters and answers."""

from __future__ import annotations

from collections.abc import Sequence

from ..fields.file import FileType
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services.action_specs import Compiled
from .bulk import MAX_ROWS
from .encoding import NDJSON, encode
from .openapi_answers import refused
from .openapi_schemas import SYSTEM, TEXT, Schema, either, items
from .queries import MAX_LIMIT, MAX_TEXT


def _parameter(name: str, description: str, schema: Schema, place: str = "query", example: str | None = None) -> Schema:
    made = {"name": name, "in": place, "description": description, "required": place == "path", "schema": schema}
    return made if example is None else {**made, "example": example}


PARAMETERS: dict[str, Schema] = {
    "id": _parameter("id", "Id of the record", SYSTEM["id"], "path"),
    "filter": _parameter("filter", "An expression over `record`", {"type": "string", "maxLength": MAX_TEXT}, example="record.created_at >= timestamp('2026-01-01T00:00:00Z')"),
    "sort": _parameter("sort", "Field paths, separated by commas; a leading - sorts downwards", TEXT, example="-updated_at,id"),
    "fields": _parameter("fields", "Field paths, separated by commas, through links with dots. Names of child tables and of reverse links nest their records, whole or by paths of their own (`lines.quantity`). `id` and `version` always come", TEXT, example="display,updated_at,updated_by.display"),
    "columns": _parameter("fields", "Field paths, separated by commas, through links with dots: the columns of the file", TEXT, example="display,updated_at"),
    "after": _parameter("after", "Cursor: the page after", TEXT),
    "before": _parameter("before", "Cursor: the page before", TEXT),
    "limit": _parameter("limit", "Records on a page", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 50}),
    "entries": _parameter("limit", "Entries on a page", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    "count": _parameter("count", "Count the records: up to 10,000 (300 in a search for frequent words), by the database's estimate beyond, or exactly", {"enum": ["none", "capped", "estimate", "exact"], "default": "none"}),
    "q": _parameter("q", "Search in the entity's search fields", {"type": "string", "maxLength": MAX_TEXT}),
    "deleted": _parameter("deleted", "Records in the bin", {"enum": ["no", "only", "any"], "default": "no"}),
    "key": _parameter("key", "Columns that rows are matched by, separated by commas; rows with an `id` are matched by that", TEXT),
    "mode": _parameter("mode", "What to do with rows", {"enum": ["upsert", "create", "update"], "default": "upsert"}),
    "commit": _parameter("commit", "All rows in one transaction, or in parts, each answered when it is committed: then there may be many more", {"enum": ["once", "parts"], "default": "once"}),
    "purge": _parameter("purge", "Remove a record in the bin for good", {"enum": ["true", "false"], "default": "false"}),
    "reason": _parameter("reason", "Why; kept in the history", {"type": "string", "maxLength": 1000}, example="entered twice"),
    "format": _parameter("format", "Kind of file", {"enum": ["csv", "json", "ndjson", "xlsx"], "default": "csv"}),
    "if_match": _parameter("If-Match", "ETag of the record as read: the write is refused where it has another one", TEXT, "header", '"3"'),
    "if_none_match": _parameter("If-None-Match", "ETag of what is held already", TEXT, "header", '"3"'),
    "idempotency": _parameter("Idempotency-Key", "A key of the request: repeated within a day, it gets the first answer", {"type": "string", "minLength": 1, "maxLength": 200}, "header", "9b2f6f5e-import-17"),
    "before_entry": _parameter("before", "Id of the entry to go on from", TEXT),
}  # fmt: skip


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _given(*names: str) -> list[Schema]:
    return [_ref("parameters", name) for name in names]


def _answer(schema: Schema, description: str, media: str = "application/json", *, tagged: bool = False) -> Schema:
    made: Schema = {"description": description, "content": {media: {"schema": schema}}}
    return (
        {**made, "headers": {"ETag": {"schema": TEXT, "description": "The version of the record"}}} if tagged else made
    )


def _body(schema: Schema, *, required: bool = True) -> Schema:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


ASKING = refused((400, 401, 403, 404, 422, 500, 503))
WRITING = refused((400, 401, 403, 404, 409, 412, 413, 415, 422, 500, 503))


REPLAYED: dict[str, Schema] = {
    "Idempotency-Replayed": {
        "description": "`true` where the request was repeated: this is the first answer",
        "schema": {"enum": ["true"]},
    }
}
GONE: dict[str, Schema] = {"204": {"description": "Done; the record is now outside of what the one who asks may see"}}
DESCRIPTIONS: dict[str, str] = {
    "list": "A page of records, newest first where no `sort` is given. `next` and `previous` are the cursors of the pages around it, empty at the ends. Filters are expressions over `record`; a page says how many records there are only when `count` asks for it.",
    "create": "A new record with its child rows, in one transaction. Links are ids, or the values of a key of what is linked. All faults come at once, each with its field.",
    "bulk": "Many records, matched by the columns of `key` or by their `id`, with a result for each line. Refused rows stop nobody. All of it is one transaction, or, with `commit=parts`, each 2,000 rows are one.",
    "export": "All records of a query as a file, in the order of `sort`, sent while it is read. Texts that a spreadsheet would take for formulas are neutralised in CSV and XLSX.",
    "read": "The stored columns of one record, or what `fields` names. The `ETag` is its version.",
    "update": "The named columns are set, the others stay. A child table that is named holds the given rows afterwards. `If-Match` guards against lost updates; without it the later of two writes holds.",
    "delete": "The record goes into the bin, with what belongs to it; with `purge=true` a record in the bin goes for good. What is still referred to is refused, as its links say.",
    "restore": "The record comes back from the bin, with what went along with it.",
    "restore_values": "The named columns get back what they held before an entry of the history, as a new change.",
    "history": "Who did what and when, with the values before and after, newest first; child rows included, and records in the bin.",
    "transitions": "The transitions that the lifecycle allows from the present state; for those that are closed, why.",
    "actions": "The actions that plugins offer for the record; for those that are closed, why.",
    "upload": "The bytes are kept, and the answer has the id that the field is set to by a write of the record.",
    "download": "The file that the record holds in this field, as a download. Its `ETag` changes when the record holds another one.",
    "do": "Carried out in one transaction with all that follows from it. The body has the values that go with it.",
}
"""What operations do, by their verb."""


class Operations:
    """Makes the operations of one entity."""

    def __init__(self, entity: Entity, language: str, example: Schema | None = None) -> None:
        self.entity, self.name, self.language, self.example = entity, entity.name, language, example
        self.label, self.plural = say(entity.label, language), say(entity.plural, language)
        self.record = _answer(_ref("schemas", self.name), self.label, tagged=True)

    def ask(
        self, verb: str, summary: str, answer: Schema, *parameters: str, more: dict[str, Schema] | None = None
    ) -> Schema:
        """An operation that reads."""
        return self._made(verb, summary, {"200": answer, **(more or {}), **ASKING}, parameters)

    def write(
        self, verb: str, summary: str, answers: dict[str, Schema], *parameters: str, body: Schema | None = None
    ) -> Schema:
        """An operation that writes."""
        answers = {
            status: {**answer, "headers": {**answer.get("headers", {}), **REPLAYED}}
            for status, answer in answers.items()
        }
        made = self._made(verb, summary, {**answers, **WRITING}, (*parameters, "idempotency"))
        return {**made, "requestBody": body} if body else made

    def _made(self, verb: str, summary: str, answers: dict[str, Schema], parameters: Sequence[str]) -> Schema:
        return {
            "operationId": f"{verb}_{self.name}",
            "tags": [self.name],
            "summary": summary,
            "description": DESCRIPTIONS.get(verb, DESCRIPTIONS["do"]),
            "parameters": _given(*parameters),
            "responses": answers,
        }

    # ---- the paths
    def collection(self) -> dict[str, Schema]:
        """List, create, many at once, export."""
        name, base = self.name, f"/api/{self.name}"
        page = _answer(_ref("schemas", f"{name}_page"), "A page")
        lines: Schema = {
            "type": "string",
            "description": f"One JSON object per line, at most {MAX_ROWS}; each as `{name}_new`, or as `{name}_change` with an `id`",
        }
        results: Schema = {"type": "string", "description": "One result per line, as `bulk_result`"}
        rows: Schema = {"example": encode(self.example).decode() + "\n"} if self.example else {}
        bulk_body = {"required": True, "content": {NDJSON: {"schema": lines, **rows}}}
        made = {
            **self.record,
            "headers": {**self.record["headers"], "Location": {"schema": TEXT, "description": "Address of the record"}},
        }
        return {
            base: {
                "get": self.ask("list", f"List: {self.plural}", page, "filter", "sort", "fields", "after", "before", "limit", "count", "q", "deleted"),
                "post": self.write("create", f"Create: {self.label}", {"201": made, **GONE}, body=_body(_ref("schemas", f"{name}_new"))),
            },
            f"{base}/bulk": {"post": self.write("bulk", f"Create or update many: {self.plural}", {"200": _answer(results, "Results in the order of the rows", NDJSON)}, "key", "mode", "commit", body=bulk_body)},
            f"{base}/export": {"get": self.ask("export", f"Export: {self.plural}", {"description": "A file", "content": FILES}, "format", "filter", "sort", "columns", "q", "deleted")},
        }  # fmt: skip

    def one(self) -> dict[str, Schema]:
        """Read, change, delete, restore, history."""
        name, base = self.name, f"/api/{self.name}/{{id}}"
        found = _answer(either(name), self.label, tagged=True)
        same = {"304": {"description": "Not changed since If-None-Match"}}
        back = _body(_ref("schemas", "restore_values"))
        return {
            base: {
                "get": self.ask("read", f"Read: {self.label}", found, "id", "fields", "if_none_match", more=same),
                "patch": self.write("update", f"Change: {self.label}", {"200": self.record, **GONE}, "id", "if_match", body=_body(_ref("schemas", f"{name}_change"))),
                "delete": self.write("delete", f"Move to the bin: {self.label}", {"204": {"description": "Done"}}, "id", "if_match", "purge", "reason"),
            },
            f"{base}/restore": {"post": self.write("restore", f"Back from the bin: {self.label}", {"200": self.record, **GONE}, "id", "if_match")},
            f"{base}/restore_values": {"post": self.write("restore_values", f"Back to former values: {self.label}", {"200": self.record, **GONE}, "id", "if_match", body=back)},
            f"{base}/history": {"get": self.ask("history", f"History: {self.label}", _answer(_ref("schemas", "history"), "Entries"), "id", "entries", "before_entry")},
        }  # fmt: skip

    def files(self) -> dict[str, Schema]:
        """Keeping files for fields, and getting them from records."""
        fields = [f for f in self.entity.fields.values() if isinstance(f.type, FileType) and not f.retired]
        if not fields:
            return {}
        base = f"/api/{self.name}"
        bytes_of: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
        body = {"required": True, "content": {"application/octet-stream": {"schema": bytes_of}}}
        holds = _parameter("field", "The field that the file is for", {"enum": [f.name for f in fields]}) | {
            "required": True
        }
        name = _parameter("name", "Name of the file", {"type": "string", "minLength": 1, "maxLength": 200}) | {
            "required": True
        }
        kept = self.write(
            "upload", f"Keep a file: {self.label}", {"201": _answer(_ref("schemas", "kept_file"), "Kept")}, body=body
        )
        made: dict[str, Schema] = {
            f"{base}/files": {"post": {**kept, "parameters": [holds, name, *kept["parameters"]]}}
        }
        for f in fields:
            file = {"description": "The bytes", "content": {"*/*": {"schema": bytes_of}}}
            same = {"304": {"description": "Not changed since If-None-Match"}}
            said = say(f.label, self.language)
            one = self.ask("download", f"{said}: {self.label}", file, "id", "if_none_match", more=same)
            made[f"{base}/{{id}}/files/{f.name}"] = {"get": {**one, "operationId": f"download_{f.name}_{self.name}"}}
        return made

    def lifecycle(self) -> dict[str, Schema]:
        """What the lifecycle allows, and each transition."""
        if self.entity.lifecycle is None:
            return {}
        base = f"/api/{self.name}/{{id}}"
        offers = _answer(items(_ref("schemas", "transition_offer")), "Offers")
        made: dict[str, Schema] = {
            f"{base}/transitions": {"get": self.ask("transitions", f"Transitions: {self.label}", offers, "id")}
        }
        body = _body(_ref("schemas", f"{self.name}_transition"), required=False)
        for transition in self.entity.lifecycle.transitions.values():
            if not transition.automatic:
                said = say(transition.label, self.language)
                made[f"{base}/{transition.name}"] = {
                    "post": self.write(
                        f"do_{transition.name}", said, {"200": self.record, **GONE}, "id", "if_match", body=body
                    )
                }
        return made

    def actions(self, actions: Sequence[Compiled]) -> dict[str, Schema]:
        """What plugins offer."""
        if not actions:
            return {}
        base = f"/api/{self.name}/{{id}}"
        offers = _answer(items(_ref("schemas", "action_offer")), "Offers")
        made: dict[str, Schema] = {
            f"{base}/actions": {"get": self.ask("actions", f"Actions: {self.label}", offers, "id")}
        }
        changes: Schema = {"type": "array", "items": _ref("schemas", "carried")}
        done: Schema = {
            "type": "object", "required": ["record", "changes", "result"],
            "properties": {"record": _ref("schemas", self.name), "changes": changes, "result": {}},
        }  # fmt: skip
        for action in actions:
            body = _body(
                _ref("schemas", f"{self.name}_{action.spec.name}_values"),
                required=any(f.required and f.default is None for f in action.fields),
            )
            answers = {"200": _answer(done, "The record, and what else was changed", tagged=True)}
            made[f"{base}/{action.spec.name}"] = {
                "post": self.write(
                    f"do_{action.spec.name}", say(action.label, self.language), answers, "id", "if_match", body=body
                )
            }
        return made


FILES: dict[str, Schema] = {
    "text/csv": {"schema": TEXT}, NDJSON: {"schema": TEXT}, "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}},
}  # fmt: skip


def paths_of(
    entity: Entity, actions: Sequence[Compiled], language: str, example: Schema | None = None
) -> dict[str, Schema]:
    """All paths of one entity. `example`: a new record."""
    make = Operations(entity, language, example)
    return {**make.collection(), **make.one(), **make.files(), **make.lifecycle(), **make.actions(actions)}
