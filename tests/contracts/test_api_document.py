"""The OpenAPI document: valid, true of what is sent and taken, and good enough for a generator of clients."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contracts.shop import World, open_shop
from xrm_core.api import openapi
from xrm_core.api.openapi import document
from xrm_core.api.openapi_schemas import loosened


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The small organisation on SQLite: a document is the same on both databases."""
    with open_shop("sqlite:///xrm.sqlite3") as world:
        yield world


@pytest.fixture(scope="module")
def spec(world: World) -> dict[str, Any]:
    """The document as a client gets it."""
    answer = world.api.get("/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def fits(spec: dict[str, Any], name: str, value: Any) -> list[str]:
    """Where a value does not fit a schema of the document, formats included."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": spec["components"]}
    checker = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return [f"{list(e.instance_path)}: {e.message}" for e in checker.iter_errors(value)]


def full(world: World) -> dict[str, Any]:
    """A record with a value in every field."""
    pump = world.make("product", code=f"OA{world.names}", name="x", price="3")
    head, person = world.make("client", name="Head"), world.make("person", name="P")
    world.names += 1
    return world.client(
        email=f"full{world.names}@example.com", phone="+43 1 5880 40", site="https://example.com/ä", note="n", staff=12, weight="-1.5", budget="1.50", share="12.5", vip=True,
        since="2020-02-29", met_at="0001-01-01T00:00:00Z", visit="-PT0.5S", where_lat="-48.2", where_lon="16.37", home_country="AT", person_given="Ä", colour="#FF8800", mood=4, tags=["a"],
        extra=[1, {"a": None}], country="AT", speaks="de", pays_in="EUR", zone="Europe/Vienna", kinds=["office"], head=head, contact=person, contact_entity="person", owner=world.admin,
        lines=[{"product": pump, "quantity": "2", "took": "P1DT2H"}], interests=[{"product": pump, "degree": 3}],
    )  # fmt: skip


def test_the_document_is_valid(spec: dict[str, Any]) -> None:
    """OpenAPI 3.1 by its own schema; every operation has a name of its own and says what goes wrong."""
    OpenAPIV31SpecValidator(spec).validate()
    operations = [o for path in spec["paths"].values() for o in path.values()]
    names = [o["operationId"] for o in operations]
    assert len(names) == len(set(names)) > 80
    assert all({"401", "404", "422"} <= o["responses"].keys() for o in operations)
    assert {
        "/api/client/{id}/praise",
        "/api/client/{id}/close",
        "/api/client/{id}/actions",
        "/api/client/bulk",
    } <= spec["paths"].keys()


def test_operations_are_described(spec: dict[str, Any]) -> None:
    """Each operation says what it does, each refusal what it means; parameters and bodies have examples."""
    for path, operations in spec["paths"].items():
        for operation in operations.values():
            assert len(operation["description"]) > 40, path
            assert all(p["$ref"].split("/")[-1] in spec["components"]["parameters"] for p in operation["parameters"])
            for status, answer in operation["responses"].items():
                told = spec["components"]["responses"][answer["$ref"].split("/")[-1]] if "$ref" in answer else answer
                assert told["description"], (path, status)
                assert ("$ref" in answer) == (int(status) >= 400), (path, status)
    assert len({r["description"] for r in spec["components"]["responses"].values()}) >= 11
    assert all(p["description"] for p in spec["components"]["parameters"].values())
    assert "example" in spec["paths"]["/api/client/bulk"]["post"]["requestBody"]["content"]["application/x-ndjson"]


def test_examples_fit(world: World, spec: dict[str, Any]) -> None:
    """Examples of requests fit their schemas, those of refusals the schema of problems, and those of parameters are taken."""
    shown = [(name, e) for name, schema in spec["components"]["schemas"].items() for e in schema.get("examples", ())]
    assert len(shown) > 10
    assert all(not fits(spec, name, example) for name, example in shown), [
        (name, example, fits(spec, name, example)) for name, example in shown if fits(spec, name, example)
    ]
    for name, answer in spec["components"]["responses"].items():
        (content,) = answer["content"].values()
        assert not fits(spec, "problem", content["example"]), name
    parameters = spec["components"]["parameters"]
    asked = {parameters[n]["name"]: parameters[n]["example"] for n in ("filter", "sort", "fields")}
    assert world.api.get("/api/client", params=asked).status_code == 200


def test_answers_fit_their_schemas(world: World, spec: dict[str, Any]) -> None:
    """Full and empty records, pages, parts with nested rows, history, offers and problems are as described, to the letter."""
    api = world.api
    record, empty = full(world), world.client()
    address = f"/api/client/{record['id']}"
    api.patch(address, json={"why": "changed", "visit": "PT3M"})
    paths = "display,per_head,pieces,lines,interests,head.name,name"
    for name, value in (
        ("client", record), ("client", empty), ("client", api.get(address).json()), ("client_page", api.get("/api/client?count=exact").json()),
        ("client_part", api.get(f"{address}?fields={paths}").json()), ("client_page", api.get(f"/api/client?fields={paths}").json()), ("history", api.get(f"{address}/history").json()),
        ("problem", api.post("/api/client", json={"nmae": 1}).json()), ("problem", api.get("/api/nothing").json()), ("problem", api.patch(address, json={}, headers={"If-Match": '"9"'}).json()),
        ("client_lines_page", api.get("/api/client_lines").json()), ("user_page", api.get("/api/user").json()), ("department_page", api.get("/api/department").json()),
    ):  # fmt: skip
        assert not fits(spec, name, value), (name, fits(spec, name, value))
    for kind, offer in (("transitions", "transition_offer"), ("actions", "action_offer")):
        assert all(not fits(spec, offer, o) for o in api.get(f"{address}/{kind}").json()["items"])
    result = api.post(
        "/api/client/bulk", content=b'{"nmae": 1}', headers={"Content-Type": "application/x-ndjson"}
    ).json()
    assert not fits(spec, "bulk_result", result)


def test_schemas_are_no_looser_than_true(spec: dict[str, Any]) -> None:
    """A record without a column, with another one, or with a null or a number where none can be does not fit."""
    schema = spec["components"]["schemas"]["client"]
    assert set(schema["required"]) == set(schema["properties"])
    assert (schema["properties"]["name"]["type"], schema["properties"]["staff"]["type"]) == (
        "string",
        ["integer", "null"],
    )
    assert schema["properties"]["email"]["type"] == ["string", "null"]
    assert fits(spec, "client", {"id": "x"})
    assert fits(spec, "client_part", {"id": 1, "version": 1})
    assert fits(spec, "client_new", {"name": "x", "nmae": 1})
    assert fits(spec, "client_new", {})
    assert not fits(spec, "client_new", {"name": "x"})


def test_requests_that_fit_are_taken(world: World, spec: dict[str, Any]) -> None:
    """What the server takes fits the request schemas, and what it keeps to itself is not in them."""
    record = full(world)
    assert not fits(
        spec,
        "client_change",
        {k: v for k, v in record.items() if k in spec["components"]["schemas"]["client_change"]["properties"]},
    )
    new = spec["components"]["schemas"]["client_new"]["properties"]
    assert not {"id", "version", "created_by", "number", "checked", "pieces", "display"} & new.keys()
    assert new["stage"]["enum"] == ["fresh", "active", "closed"]
    assert new["lines"]["items"]["$ref"].endswith("client_lines_row")
    assert "client" not in spec["components"]["schemas"]["client_lines_row"]["properties"]
    assert spec["components"]["schemas"]["client_praise_values"]["required"] == ["total"]
    assert "reason" in spec["components"]["schemas"]["client_transition"]["properties"]


def test_the_document_is_made_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a tag by which clients keep it, and the same catalog makes it one time."""
    first = world.api.get("/api/openapi.json")
    monkeypatch.setattr(openapi, "document", lambda *a: pytest.fail("made again"))
    assert world.api.get("/api/openapi.json").content == first.content
    kept = world.api.get("/api/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (kept.status_code, kept.content) == (304, b"")
    catalog = world.runtime.catalog
    german = document(catalog, world.runtime.host, "T", "1", "de").decode()
    assert "Kunde" in german
    assert "Kunde" not in first.text


def test_what_was_stored_may_be_looser() -> None:
    """Limits and codes are left out of answers; types, formats and the form of decimals stay."""
    given = {"type": ["string", "null"], "enum": ["a", None], "maxLength": 3, "format": "email", "title": "T"}
    assert loosened(given, null=False) == {"type": "string", "title": "T"}
    assert loosened({"type": "string", "format": "date", "maxLength": 3}, null=True) == {
        "type": ["string", "null"],
        "format": "date",
    }
    assert loosened({"type": "array", "items": {"type": "string", "enum": ["a"]}, "maxItems": 2}, null=True) == {
        "type": ["array", "null"],
        "items": {"type": "string"},
    }
    assert "pattern" in loosened({"type": "string", "format": "decimal", "pattern": "^1$"}, null=False)
    assert loosened({"title": "Anything"}, null=True) == {"title": "Anything"}


# ---- a client, generated
@pytest.fixture(scope="module")
def generated(world: World, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Models that a generator makes of the document, imported."""
    folder = tmp_path_factory.mktemp("client")
    source, target = folder / "openapi.json", folder / "shop_client.py"
    source.write_bytes(world.api.get("/api/openapi.json").content)
    command = [
        sys.executable,
        "-m",
        "datamodel_code_generator",
        "--input",
        str(source),
        "--input-file-type",
        "openapi",
        "--output",
        str(target),
        "--output-model-type",
        "pydantic_v2.BaseModel",
    ]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    return _imported(target)


def _imported(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return module


def test_a_generated_client_reads_our_answers(world: World, generated: ModuleType) -> None:
    """Models made by a generator read full and empty records, pages and problems, with types that are of use."""
    record, empty = full(world), world.client()
    for given in (record, empty):
        read = generated.Client.model_validate(given)
        assert read.name == given["name"]
        assert str(read.id) == given["id"]
    assert generated.Client.model_validate(record).since.isoformat() == "2020-02-29"
    page = generated.ClientPage.model_validate(world.api.get("/api/client?count=exact").json())
    assert page.count == len(page.items) >= 2
    assert type(page.items[0]) is generated.Client, "a page without `fields` has whole records"
    part = generated.ClientPage.model_validate(world.api.get("/api/client?fields=name,pieces").json()).items[0]
    assert type(part) is generated.ClientPart
    told = generated.Problem.model_validate(world.api.post("/api/client", json={"nmae": 1}).json())
    assert {e.field for e in told.errors} >= {"nmae"}


def test_a_generated_client_writes_what_we_take(world: World, generated: ModuleType) -> None:
    """A request made with the models is taken."""
    body = generated.ClientNew(name="Generated", staff=3, budget="12.50", stage="fresh", lines=[])
    made = world.api.post(
        "/api/client", content=body.model_dump_json(exclude_unset=True), headers={"Content-Type": "application/json"}
    )
    assert (made.status_code, made.json()["budget"]) == (201, "12.50")
