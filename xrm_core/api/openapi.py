"""The OpenAPI 3.1 document, made from the catalog: one set of paths per entity, schemas from the field types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..metamodel.catalog import Catalog
from ..metamodel.text import say
from ..plugin.host import Host
from ..services.action_specs import Compiled, action_of
from .encoding import encode
from .openapi_answers import RESPONSES
from .openapi_paths import PARAMETERS, paths_of
from .openapi_schemas import PLATFORM, schemas_of

DESCRIPTION = """\
Records of all entities. Filters are expressions (`record.amount > 100`), lists page by cursor, every record has a version
as its ETag, writes take an `Idempotency-Key`, and errors are problem details (RFC 9457) with an entry for each field.

Amounts and other decimals travel as texts, exactly. The request schemas are strict; schemas of answers leave room for what
was stored under earlier metadata.

Who stands in for a user who is away sends `X-Acting-For` with that user's id or e-mail address.
"""

TOKEN = {"type": "http", "scheme": "bearer", "description": "A token made with `xrm token add`; it acts as its user"}


def document(
    catalog: Catalog, host: Host, title: str, version: str, language: str = "en",
    actions_on: Callable[[str], list[Compiled]] | None = None,
) -> bytes:  # fmt: skip
    """The whole document as JSON. `actions_on`: the actions on an entity; without it all there are."""
    entities = [e for e in catalog.entities.values() if not e.retired]
    schemas: dict[str, Any] = dict(PLATFORM)
    paths: dict[str, Any] = {}
    for entity in entities:
        known = (
            [action_of(host, catalog, e, n) for e, n in host.actions if e == entity.name] if actions_on is None else []
        )
        actions: list[Compiled] = known if actions_on is None else actions_on(entity.name)
        schemas |= schemas_of(catalog, entity, actions, language)
        example = next(iter(schemas[f"{entity.name}_new"].get("examples", ())), None)
        paths |= paths_of(entity, actions, language, example)
    return encode(
        {
            "openapi": "3.1.0",
            "info": {"title": title, "version": version, "description": DESCRIPTION},
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
            "tags": [{"name": e.name, "description": say(e.description, language) or say(e.plural, language)} for e in entities],
            "paths": paths,
            "components": {
                "securitySchemes": {"token": TOKEN},
                "schemas": schemas, "parameters": PARAMETERS, "responses": RESPONSES,
            },
        }
    )  # fmt: skip
