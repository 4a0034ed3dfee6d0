"""The addresses of lists, views and records."""

from __future__ import annotations

from urllib.parse import quote

from ..metamodel.catalog import Catalog


def entity_url(entity: str, *parts: str) -> str:
    """The address of an entity's list, or of a page below it."""
    return "/e/" + "/".join(quote(p, safe="") for p in (entity, *parts))


def view_url(catalog: Catalog, name: str) -> str:
    """The address of a view."""
    view = catalog.views[name]
    return entity_url(view.entity) + f"?view={quote(name)}"
