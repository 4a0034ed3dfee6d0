"""What of the grants and of the figures on screens no index and no kept path serves, for those who look after the metadata."""

from __future__ import annotations

from xrm_core.errors import Problem
from xrm_core.metamodel.catalog import ORGANISATION, Catalog

from .indexes import MAX_FIGURES, MAX_SCOPES, figures_left_out, indexes_of, lists_left_out, scopes_left_out
from .kept import kept_paths


def index_doubts(catalog: Catalog) -> list[Problem]:
    """Rules that lists of many records are slow by: what they read through links is not kept, or no index begins with what they
    compare; boards, tiles and counts that go through all records; the organisation's own lists that are sorted as a whole."""
    found = list(kept_paths(catalog).left_out)
    for entity in catalog.entities.values():
        names = () if entity.retired else scopes_left_out(catalog, entity)
        if names:
            said = ", ".join(name.lstrip("_") for name in names)
            message = f"grants on {entity.name} also compare {said}; {MAX_SCOPES} columns that more grants compare begin indexes"
            hint = "a reader who sees few records by it alone waits longer for lists; mark the field with index: true"
            found.append(Problem(message, "scope_without_index", where=entity.where, hint=hint))
        places = () if entity.retired else figures_left_out(catalog, entity)
        if places:
            message = (
                f"no index serves these figures of {entity.name}: {', '.join(places)}; {MAX_FIGURES} others have theirs"
            )
            hint = "with many records they take longer; let them share a filter and a date, or take away what nobody looks at"
            found.append(Problem(message, "figure_without_index", where=entity.where, hint=hint))
        for name in () if entity.retired else lists_left_out(catalog, entity):
            written = catalog.provenance.get(f"view:{name}.sort")
            if (
                written and written[0].layer == ORGANISATION
            ):  # a plugin's list may be short, and is not for its users to change
                message = f"no index gives the list {name} of {entity.name} in its order"
                hint = "it is sorted as a whole; with many records sort by a stored field of the entity itself, or by fewer of them"
                found.append(Problem(message, "list_without_index", where=written[0].where, hint=hint))
    return found


def told(catalog: Catalog) -> str:
    """How many indexes follow from the metadata, and for how many things there is none."""
    made = sum(len(indexes_of(catalog, entity)) for entity in catalog.entities.values() if not entity.retired)
    doubts = index_doubts(catalog)
    more = f"; {len(doubts)} notes on what has none: xrm check" if doubts else ""
    return f"{made} indexes follow from links, lists, grants and figures{more}"
