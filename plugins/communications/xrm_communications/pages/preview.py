"""A template with the values of a real party, as the letter would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xrm_core.plugin import Answered, ScreenAsked, ScreenReader, _


def show(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any] | None:
    """The letter, or the fault with its line; beside it the choice of another party."""
    id, party = asked.get("template"), asked.get("party")
    template = reader.get("template", id, ("id", "name"))
    offer = reader.offer("template", id, "preview")
    if template is None or offer is None:
        return None
    relationship = asked.get("relationship")
    values = {"party": party} | (
        {"relationship": relationship.partition("/")[2], "relationship_entity": relationship.partition("/")[0]}
        if relationship
        else {}
    )
    made = reader.ask("template", id, "preview", values) if party else None
    name = reader.get("party", party, ("id", "name")) if party else None
    return {
        "title": _("Preview: {name}", name=template["name"]), "offer": offer, "letter": made, "party": name,
        "crumbs": [(str(template["name"]), reader.url("template", id))], "asked": bool(party),
    }  # fmt: skip


def act(asked: ScreenAsked, reader: ScreenReader) -> Answered:
    """Look at it with another party."""
    party = asked.posted("preview.party")
    entity, id = asked.posted("preview.relationship_entity"), asked.posted("preview.relationship")
    return Answered(
        go=reader.here(f"preview/{asked.get('template')}", party=party, relationship=f"{entity}/{id}" if id else "")
    )
