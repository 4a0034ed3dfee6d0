"""What hooks read to apply the rules: reviews, spend, the standing of a contract's suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xrm_parties.rates import Rates

from xrm_core.plugin import Actor, Change, Problem, Reader, Record, _, called

from . import rules
from .phrases import day, money

MANY = 10_000
EXPIRED = (
    "record.supplier == given.supplier && record.mandatory && record.replaced_by == null && record.expires_on < today()"
)
"""The most records that one read gives."""


def category_of_contract(change: Change, reader: Reader) -> dict[str, Any]:
    """The contract's category for spend without one of its own."""
    if change.after["category"] is not None or change.after["contract"] is None:
        return {}
    contract = reader.get("contract", change.after["contract"])
    return {"category": contract["category"]} if contract else {}


def care_of_supplier(change: Change, reader: Reader) -> dict[str, Any]:
    """Owner and department of the supplier for a new contract without its own."""
    supplier = reader.get("supplier", change.after["supplier"]) if change.after["supplier"] else None
    if change.action != "create" or supplier is None:
        return {}
    return {name: supplier[name] for name in ("owner", "department") if change.after[name] is None}


def score_of(supplier: str, reader: Reader) -> Decimal | None:
    """The supplier's score from its published reviews."""
    reviews = reader.find(
        "review",
        "record.supplier == given.supplier && record.status == 'published'",
        {"supplier": supplier},
        limit=MANY,
    )
    return rules.supplier_score(((r["to_on"], reader.value("review", r, "score")) for r in reviews), reader.today)


def spend_by_supplier(reader: Reader) -> dict[str, Decimal]:
    """Spend of the last twelve months, by supplier."""
    suppliers = reader.find("supplier", "record.spend_12m > 0", limit=MANY)
    return {row["id"]: reader.value("supplier", row, "spend_12m") for row in suppliers}


def contract_problems(change: Change, actor: Actor, reader: Reader) -> list[Problem]:
    """Why this contract cannot be made, activated or renewed: its suppliers one by one, then the approval."""
    ties = change.children.get("suppliers")
    if ties is None:
        ties = reader.children("contract", "suppliers", change.id) if change.action != "create" else ()
    ids = dict.fromkeys([change.after["supplier"], *(tie["supplier"] for tie in ties)])
    problems: list[Problem] = []
    for id in ids:
        supplier = reader.get("supplier", id) if id else None
        if supplier is not None:
            problems += _supplier_problems(change, supplier, reader)
    return problems + _approval_problems(change, actor, reader)


def _supplier_problems(change: Change, supplier: Record, reader: Reader) -> list[Problem]:
    party = reader.get("party", supplier["party"])
    name = party["name"] if party else supplier["number"]
    stage = supplier["stage"]
    if stage not in rules.MAY_CONTRACT:
        return [Problem(_stage_refusal(supplier, name, reader), "supplier_stage", "supplier")]
    found: list[Problem] = []
    if stage == "conditional":
        over = _over_limit(change, supplier, reader)
        if over is not None:
            text = _(
                "{name} is only accepted conditionally, up to {limit}. With this contract it would be {over} more.",
                name=name, limit=money(supplier["spend_limit"], supplier["spend_limit_currency"]),
                over=money(over, reader.settings["currency"]),
            )  # fmt: skip
            found.append(Problem(text, "over_limit", "value"))
    if change.transition == "activate":
        for certificate in reader.find("certificate", EXPIRED, {"supplier": supplier["id"]}):
            kind = called(reader.code("certificate_kind", certificate["kind"]).get("label", certificate["kind"]))
            text = _(
                "{name} has no valid certificate: {kind} expired on {day}. Enter the renewed one first.",
                name=name, kind=kind, day=day(certificate["expires_on"]),
            )  # fmt: skip
            found.append(Problem(text, "certificate_expired", "supplier", hint=None))
    return found


def _stage_refusal(supplier: Record, name: str, reader: Reader) -> str:
    stage = supplier["stage"]
    if stage == "blocked":
        why = _lower(reader.code("block_reason", supplier["blocked_reason"] or "").get("label"))
        return _(
            "{name} is blocked since {day} ({why}). A contract can be made after unblock by procurement.",
            name=name, day=day(supplier["blocked_on"]), why=called(why) or _("no reason given"),
        )  # fmt: skip
    if stage == "suspended":
        return _("{name} is suspended. A contract can be made after procurement resumes the supplier.", name=name)
    return _(
        "{name} is at the stage “{stage}”. A contract can be made once procurement has qualified it.",
        name=name, stage=called(reader.code("supplier_stage", stage).get("label", stage)),
    )  # fmt: skip


def _lower(label: Any) -> Any:
    """English labels stand in a sentence without their capital; German nouns keep it."""
    if isinstance(label, Mapping):
        return {k: v.lower() if k == "en" else v for k, v in label.items()}
    return label


def _over_limit(change: Change, supplier: Record, reader: Reader) -> Decimal | None:
    active = reader.find(
        "contract",
        "record.supplier == given.supplier && record.status == 'active'",
        {"supplier": supplier["id"]},
        limit=MANY,
    )
    total = sum((c["value_base"] or Decimal(0) for c in active if c["id"] != change.id), Decimal(0))
    limit = Rates(reader).to_base(supplier["spend_limit"], supplier["spend_limit_currency"], None)
    return rules.over_limit(limit, total, change.after["value_base"] or Decimal(0))


def _approval_problems(change: Change, actor: Actor, reader: Reader) -> list[Problem]:
    limit: Decimal | None = reader.code("contract_kind", change.after["kind"]).get("approval_from")
    value = change.after["value_base"] or change.after["value"]
    below = limit is None or value is None or value < limit
    if (
        limit is None
        or below
        or change.transition != "activate"
        or actor.is_system
        or actor.roles & {"manager", "admin"}
    ):
        return []
    told = _("From {limit} on, a manager activates the contract.", limit=money(limit, reader.settings["currency"]))
    return [Problem(told, "refused", "value")]
