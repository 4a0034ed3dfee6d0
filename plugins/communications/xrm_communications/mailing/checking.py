"""The check of a mailing: who is on its list, who gets it, who is left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xrm_core.plugin import Actor, BatchReader, FurtherChange, NewRecord, Patch, Problem, Record, _

from .. import gate
from ..mail.composing import is_address
from . import capacity
from .letters import To, letter, mark_of
from .rendering import BadTemplate

MOST = 10_000
"""Recipients of one mailing; a longer list is written to in parts."""
TRIED = 5
"""Letters that are written for trial."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on the list: the party, and the relationship by which it stands there."""

    party: str
    entity: str | None = None
    relationship: str | None = None


def check(record: Record, actor: Actor, reader: BatchReader) -> Sequence[FurtherChange | Problem]:
    """Work out the recipients anew, and what is to be expected of them. A second check keeps what was sent already."""
    if not actor.is_system and record["owner"] != actor.acts_as:
        told = _("Its letters tell what the sender may read, so he alone checks it. Make yourself the sender first.")
        return [Problem(told, "refused", "owner")]
    template = reader.as_seen("template", record["template"], ["id", "purpose"], record["owner"])
    if template is None:
        return [Problem(_("The sender may not read this template."), "refused", "template")]
    found = people(record, reader)
    if isinstance(found, Problem):
        return [found]
    full = reader.get("template", record["template"]) or {}
    purpose = str(full.get("purpose"))
    rows, chosen = _rows(record, purpose, found, reader)
    trial = _tried(record, full, chosen[:TRIED], reader)
    if trial is not None:
        return [trial]
    expected = capacity.expected(record, purpose, len(chosen), reader)
    told = {
        "purpose": purpose, "checked_at": reader.now, "fault": None, "expected_answers": expected,
        "free_answers": capacity.free(record["department"], reader), "template_mark": mark_of(reader, full),
    }  # fmt: skip
    return [*rows, Patch("mailing", record["id"], told, transition="checked")]


def people(record: Record, reader: BatchReader) -> list[Listed] | Problem:
    """Who is on the list, as its sender sees it: each party once, in the list's order."""
    field = "segment" if record["segment"] else "view"
    found = reader.listed(str(record[field]), record["owner"], MOST + 1)
    if found is None:
        return Problem(_("There is no such list for the sender."), "refused", field)
    entity, ids = found
    if len(ids) > MOST:
        return Problem(_("The list has more than {n} records: write to it in parts.", n=f"{MOST:,}"), "too_many", field)
    if entity == "party":
        return [Listed(id) for id in ids]
    if entity not in reader.targets("communication", "relationship"):
        return Problem(_("The list is neither of parties nor of relationships."), "refused", field)
    seen: dict[str, Listed] = {}
    for some in _parts(ids):
        rows = reader.get_many(entity, some)
        for id in some:
            if id in rows:
                party = str(rows[id]["party"])
                seen.setdefault(party, Listed(party, entity, id))
    return list(seen.values())


def _rows(
    record: Record, purpose: str, found: Sequence[Listed], reader: BatchReader
) -> tuple[list[FurtherChange], list[Listed]]:
    """Recipients to make or to change, and those who get it."""
    changes: list[FurtherChange] = []
    chosen: list[Listed] = []
    addresses: set[str] = set()
    kept: set[str] = set()
    for some in _parts(found):
        known = gate.known_of(reader, [one.party for one in some])
        own = {id: gate.address_of(known[id]) for id in known}
        shut = gate.suppressed(reader, [a for a in own.values() if a])
        before = _before(record, some, reader)
        for one in some:
            address, stop = own[one.party], None
            stop = gate.verdict(known[one.party], address, purpose, shut, reader.today)
            if stop is None and not is_address(address):
                stop = gate.Stop("no_address", "this is no e-mail address")
            if stop is None and gate.normal(address) in addresses:
                stop = gate.Stop("doubled", "")
            if stop is None:
                addresses.add(gate.normal(address))
                chosen.append(one)
            kept.add(one.party)
            changes += _changed(record, one, address, stop, before.get(one.party))
    gone = reader.find(
        "mailing_recipient", "record.mailing == given.mailing && record.state == 'planned'", {"mailing": record["id"]}, limit=MOST
    )  # fmt: skip
    left = {"state": "left_out", "stop": "gone", "stop_why": None}
    changes += [Patch("mailing_recipient", row["id"], left) for row in gone if row["party"] not in kept]
    return changes, chosen


def _before(record: Record, some: Sequence[Listed], reader: BatchReader) -> dict[str, Record]:
    ids = ", ".join(f"'{one.party}'" for one in some)
    rows = reader.find(
        "mailing_recipient", f"record.mailing == given.mailing && record.party in [{ids}]", {"mailing": record["id"]}, limit=MOST
    )  # fmt: skip
    return {str(row["party"]): row for row in rows}


def _changed(
    record: Record, one: Listed, address: str | None, stop: gate.Stop | None, before: Record | None
) -> Iterator[FurtherChange]:
    values: dict[str, Any] = {
        "address": address, "state": "planned" if stop is None else "left_out", "stop": stop.code if stop else None,
        "stop_why": (stop.reason or None) if stop else None, "relationship": one.relationship, "relationship_entity": one.entity,
    }  # fmt: skip
    if before is None:
        yield NewRecord("mailing_recipient", {"mailing": record["id"], "party": one.party, **values})
    elif before["state"] in ("planned", "left_out") and any(before[k] != v for k, v in values.items()):
        yield Patch("mailing_recipient", before["id"], values)


def _tried(
    record: Record, template: Mapping[str, Any], chosen: Sequence[Listed], reader: BatchReader
) -> Problem | None:
    """The first letters written for trial: a template that does not fit is told now, not letter by letter."""
    for one in chosen:
        relationship = (one.entity, one.relationship) if one.entity and one.relationship else None
        try:
            letter(reader, template, To(one.party, relationship, record["owner"]))
        except BadTemplate as fault:
            return Problem(_("The template does not fit. {told}", told=fault.told), "bad_template", "template")
    return None


def _parts(rows: Sequence[Any], size: int = gate.AT_ONCE) -> Iterator[Sequence[Any]]:
    for n in range(0, len(rows), size):
        yield rows[n : n + size]
