"""Files through the API, on both databases: kept for a field, held by a record, handed out through it alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: paper
label: Paper
fields:
  name: {type: text, required: true}
  scan: {type: file}
  face: {type: image}
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c626001000000ffff03000006000557bfabd4"
    "0000000049454e44ae426082".replace(" ", "")
)


@pytest.fixture
def api(database_url: str) -> Iterator[TestClient[Any]]:
    """A client of an organisation with papers."""
    with temporary_organisation(metadata={"entities/paper.yaml": ENTITIES}, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            token = accounts.make_token(work, accounts.first_administrator(work, "Ada", "ada@example.com"), "test")[1]
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            client.headers["Authorization"] = f"Bearer {token}"
            yield client


def sent(api: TestClient[Any], content: bytes, media: str = "text/plain", **parameters: str) -> Any:
    """The answer to an upload."""
    return api.post("/api/paper/files", params=parameters, content=content, headers={"Content-Type": media})


def test_files_go_in_and_come_out(api: TestClient[Any]) -> None:
    """The bytes come back as they were, under their name, as a download that runs nothing; a new file is a new tag."""
    made = sent(api, b"<script>alert(1)</script>", "text/html", field="scan", name="../../Übersicht\r\n.html")
    assert (made.status_code, made.json()["size"]) == (201, 25), made.text
    paper = api.post("/api/paper", json={"name": "P", "scan": made.json()["id"]}).json()
    address = f"/api/paper/{paper['id']}/files/scan"
    got = api.get(address)
    assert (got.status_code, got.content) == (200, b"<script>alert(1)</script>")
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%9Cbersicht.html"
    assert (got.headers["x-content-type-options"], got.headers["content-security-policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )
    assert api.get(address, headers={"If-None-Match": got.headers["etag"]}).status_code == 304
    other = sent(api, b"two", field="scan", name="two.txt").json()["id"]
    assert api.patch(f"/api/paper/{paper['id']}", json={"scan": other}).status_code == 200
    assert api.get(address, headers={"If-None-Match": got.headers["etag"]}).content == b"two"
    key = {"Idempotency-Key": "once", "Content-Type": "text/plain"}
    twice = [api.post("/api/paper/files?field=scan&name=x", content=b"x", headers=key).json() for _ in range(2)]
    assert twice[0] == twice[1]
    picture = sent(api, PNG, "image/png", field="face", name="face.png")
    assert picture.status_code == 201, picture.text


def test_what_is_no_file_of_a_record_is_refused(api: TestClient[Any]) -> None:
    """Fields that hold none, names that are none, other kinds than a field takes, files of nobody, paths, strangers."""
    for parameters, media in (
        ({"field": "name", "name": "x"}, "text/plain"), ({"field": "nmae", "name": "x"}, "text/plain"), ({"name": "x"}, "text/plain"), ({"field": "scan"}, "text/plain"),
        ({"field": "scan", "name": "x" * 201}, "text/plain"), ({"field": "scan", "name": "x", "y": "1"}, "text/plain"), ({"field": "face", "name": "x.png"}, "image/png"),
    ):  # fmt: skip
        answer = sent(api, b"x", media, **parameters)
        assert answer.status_code == 400, (parameters, answer.text)
    paper = api.post("/api/paper", json={"name": "P"}).json()["id"]
    for path in (f"{paper}/files/scan", f"{paper}/files/name", f"{paper}/files/..%2f..%2fxrm.toml", "x/files/scan"):
        assert api.get(f"/api/paper/{path}").status_code == 404, path
    assert api.post("/api/paper", json={"name": "P", "scan": paper}).status_code == 422
    del api.headers["Authorization"]
    assert sent(api, b"x", field="scan", name="x").status_code == 401
    assert api.get(f"/api/paper/{paper}/files/scan").status_code == 401


def test_the_document_has_them(api: TestClient[Any]) -> None:
    """Entities with file fields have paths for them, each operation with a name of its own; others have none."""
    spec = api.get("/api/openapi.json").json()
    OpenAPIV31SpecValidator(spec).validate()
    found = {path for path in spec["paths"] if "/files" in path}
    assert found == {"/api/paper/files", "/api/paper/{id}/files/scan", "/api/paper/{id}/files/face"}
    names = [o["operationId"] for path in spec["paths"].values() for o in path.values()]
    assert len(names) == len(set(names))
