"""One letter from a template: a draft with a party, and the preview for a real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, NewRecord, Problem, Reader, Record, _

from .letters import Letter, To, letter
from .rendering import BadTemplate

SEEN = ("id", "name")


def written(template: str, to: To, reader: Reader) -> Letter | Problem:
    """A letter from a template that its sender may read, or why there is none."""
    full = reader.get("template", template)
    if full is None or reader.as_seen("template", template, SEEN, to.sender) is None:
        return Problem(_("There is no such template."), "refused", "template")
    try:
        return letter(reader, full, to)
    except BadTemplate as fault:
        return Problem(_("The template does not fit. {told}", told=fault.told), "bad_template", "template")


def write(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange | Problem]:
    """A draft to the party, to be read and sent by hand. It takes the template's purpose, so the gate asks for consent when it goes."""
    made = written(values["template"], _to(record["id"], values, actor), reader)
    if isinstance(made, Problem):
        return [made]
    template = reader.get("template", values["template"]) or {}
    draft = {
        "direction": "out", "channel": template["channel"], "party": record["id"], "subject": made.subject or template["name"],
        "body": made.body, "language": made.language, "purpose": template["purpose"], "topic": template["topic"],
        "template": template["id"], "relationship": values.get("relationship"), "owner": actor.acts_as,
        "relationship_entity": values.get("relationship_entity"), "status": "draft" if template["channel"] == "email" else "done",
    }  # fmt: skip
    return [NewRecord("communication", draft)]


def preview(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Mapping[str, Any]:
    """The letter as that party would get it from the reader, or the fault with its place."""
    made = written(record["id"], _to(values["party"], values, actor), reader)
    if isinstance(made, Problem):
        return {"fault": made.message}
    return {"subject": made.subject, "body": made.body, "language": made.language}


def _to(party: str, values: Mapping[str, Any], actor: Actor) -> To:
    id = values.get("relationship")
    return To(party, (str(values["relationship_entity"]), str(id)) if id else None, actor.acts_as)
