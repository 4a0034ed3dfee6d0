"""What hooks read to apply the rules: reviews, spend, the standing of a contract's suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xrm_parties.rates import Rates

from xrm_core.plugin import Actor, Change, Problem, Reader, Record

from . import rules
from .phrases import day, money, tell

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
            problems += _supplier_problems(change, supplier, actor.language, reader)
    return problems + _approval_problems(change, actor, reader)


def _supplier_problems(change: Change, supplier: Record, language: str, reader: Reader) -> list[Problem]:
    party = reader.get("party", supplier["party"])
    name = party["name"] if party else supplier["number"]
    stage = supplier["stage"]
    if stage not in rules.MAY_CONTRACT:
        return [Problem(_stage_refusal(supplier, name, language, reader), "supplier_stage", "supplier")]
    found: list[Problem] = []
    if stage == "conditional":
        over = _over_limit(change, supplier, reader)
        if over is not None:
            limit = money(supplier["spend_limit"], supplier["spend_limit_currency"], language)
            text = tell(
                "over_limit", language, name=name, limit=limit, over=money(over, reader.settings["currency"], language)
            )
            found.append(Problem(text, "over_limit", "value"))
    if change.transition == "activate":
        for certificate in reader.find("certificate", EXPIRED, {"supplier": supplier["id"]}):
            kind = reader.code("certificate_kind", certificate["kind"]).get("label", certificate["kind"])
            text = tell("certificate", language, name=name, kind=kind, day=day(certificate["expires_on"], language))
            found.append(Problem(text, "certificate_expired", "supplier", hint=None))
    return found


def _stage_refusal(supplier: Record, name: str, language: str, reader: Reader) -> str:
    stage = supplier["stage"]
    if stage == "blocked":
        why = reader.code("block_reason", supplier["blocked_reason"] or "").get("label") or tell("no_reason", language)
        return tell(
            "blocked", language, name=name, day=day(supplier["blocked_on"], language), why=_lower(why, language)
        )
    if stage == "suspended":
        return tell("suspended", language, name=name)
    return tell("not_yet", language, name=name, stage=reader.code("supplier_stage", stage).get("label", stage))


def _lower(label: Any, language: str) -> Any:
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
    return [
        Problem(
            tell("approval", actor.language, limit=money(limit, reader.settings["currency"], actor.language)),
            "refused",
            "value",
        )
    ]
