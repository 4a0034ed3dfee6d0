"""Sending a request: clear, to the right doer. What lacks its facts goes back with what is missing; what nobody can do goes to the lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Patch, Problem, Reader, Record, _

from . import deciding, kinds, proposing, training
from .people import leads_of

Changes = Sequence[FurtherChange | Problem]


def send(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Changes:
    """Send an unclear request. Without its facts it stays unclear, says what is missing, and the round is counted against who asks."""
    lost = kinds.missing(record["type"], reader.children("request", "facts", record["id"]), reader)
    if lost:
        return [
            Patch("request", record["id"], {"missing": lost, "unclear_rounds": (record["unclear_rounds"] or 0) + 1})
        ]
    found = proposing.proposal(record, reader)
    chosen, problem = _chosen(record, values, found, reader)
    if problem is not None:
        return [problem]
    told = [one.told for one in found[: proposing.SHOWN]]
    given = {"sent_at": reader.now, "missing": None, "suggested": told, "other_choice": values["other_choice"]}
    if chosen is not None:
        return [_sent(record, chosen, given, reader)]
    return _to_the_lead(record, given, reader)


def _chosen(
    record: Record, values: Mapping[str, Any], found: Sequence[proposing.Proposed], reader: Reader
) -> tuple[str | None, Problem | None]:
    """The doer: the first proposed, or another one with a reason; None where there is nobody but the lead."""
    wanted = values["doer"]
    if wanted is None or (found and wanted == found[0].user):
        return (found[0].user if found else None), None
    if not deciding.may_take(record, wanted, reader):
        told = _("Nobody is sent what he cannot do: choose somebody who is proposed, or leave it to the lead.")
        return None, Problem(told, "refused", "doer")
    if values["other_choice"] is None:
        first = found[0].words if found else ""
        told = _("Say why it goes to somebody else than the first: {words}", words=first)
        return None, Problem(told, "required", "other_choice")
    return wanted, None


def _sent(record: Record, doer: str, given: Mapping[str, Any], reader: Reader) -> Patch:
    values = {**deciding.given_to(record, doer, reader), **given}
    return Patch("request", record["id"], values, transition="to_undecided")


def _to_the_lead(record: Record, given: Mapping[str, Any], reader: Reader) -> Changes:
    """Nobody is qualified: it goes to the lead, with the skill to be learnt, who waits for it, and who comes nearest."""
    department = proposing.department_for(record, reader)
    leads = leads_of(department, reader)
    if not leads:
        told = _("Nobody can do this, and the department that does such has no lead. Name one.")
        return [Problem(told, "nobody", "doer")]
    needed = kinds.skills_of(record["type"], reader)
    if not needed:
        return [_sent(record, leads[0]["id"], given, reader)]
    skill, level = max(needed.items(), key=lambda one: one[1])
    change, need = training.need(skill, level, department, reader)
    return [change, _sent(record, leads[0]["id"], {**given, "training_need": need}, reader)]


def propose(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> list[dict[str, Any]]:
    """Who can do a request, the best first."""
    return [one.told for one in proposing.proposal(record, reader)]
