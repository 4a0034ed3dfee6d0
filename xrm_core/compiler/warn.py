"""Doubts that do not keep metadata from coming into force: fields without a data class, missing translations."""

from __future__ import annotations

from ..errors import Problem
from .draft import Draft
from .labels import summary


def warn(draft: Draft) -> None:
    """Add the doubts to `draft.warnings`."""
    catalog = draft.catalog
    assert catalog is not None
    languages = draft.settings.get("languages")
    if isinstance(languages, (list, tuple)):
        for language, (there, everything) in summary(catalog, [str(name) for name in languages]).items():
            if there < everything:
                message = f"{everything - there} of {everything} texts are missing in {language}"
                draft.warnings.append(Problem(message, "missing_labels", hint="list them with: xrm check --labels"))
    if not catalog.needs.classes:
        return
    for definition, _ in draft.all_of("entity"):
        for field in catalog.entities[definition.name].fields.values():
            if (
                field.data_class is None
                and field.name != "display"
                and field.name in definition.block.get("fields", ())
                and not hidden_link(definition.name, field.name, draft)
            ):
                draft.problem(
                    definition,
                    ("fields", field.name),
                    f"'{field.name}' has no data class",
                    "no_class",
                    "write 'class: ...', so that the needs matrix says who sees it",
                    warning=True,
                )


def hidden_link(entity: str, field: str, draft: Draft) -> bool:
    """Whether the field is one that the compiler made: the link to the owner, the position, the tie's link."""
    made = draft.expanded.made.get(entity)
    return made is not None and field in (made[0], made[2], "position")
