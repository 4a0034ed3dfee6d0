"""The rules of purchasing as pure functions: checks by criticality, scores, the portfolio, who may get a contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

MAY_CONTRACT = frozenset({"conditional", "qualified", "preferred"})
"""Stages of a supplier in which a contract may be made, activated or renewed."""

CHECKS: Mapping[str, tuple[str, ...]] = {
    "low": ("identity", "bank"),
    "medium": ("tax", "conduct", "insurance"),
    "high": ("financial", "sanctions", "quality_system"),
    "critical": ("site_audit", "continuity"),
}
"""Checks that a criticality adds to those of the ones below it."""

CRITERIA = ("quality", "delivery", "price", "service", "sustainability", "compliance")
"""What a review asks for; the weights are attributes of the code list `review_criterion`."""

REVIEW_WEIGHTS = (Decimal("1"), Decimal("0.75"), Decimal("0.5"), Decimal("0.25"))
"""How much the last four reviews count, the newest first."""

REVIEW_MONTHS = 24
"""Older reviews do not count."""

TENTH = Decimal("0.1")


def checks_for(criticality: str, personal_data: bool = False) -> tuple[str, ...]:
    """Kinds of checks that a supplier of this criticality must pass; with personal data also the data agreement."""
    levels = list(CHECKS)
    upto = levels[: levels.index(criticality) + 1] if criticality in CHECKS else levels[:1]
    kinds = [kind for level in upto for kind in CHECKS[level]]
    return (*kinds, "data_protection") if personal_data else tuple(kinds)


def missing_checks(existing: Iterable[str], criticality: str, personal_data: bool = False) -> tuple[str, ...]:
    """Kinds of checks still to be opened."""
    there = set(existing)
    return tuple(kind for kind in checks_for(criticality, personal_data) if kind not in there)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the month's last day where it is shorter."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    month += 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date.resolution).day
    return date(year, month, min(day.day, last))


def supplier_score(reviews: Iterable[tuple[date, Decimal | None]], today: date) -> Decimal | None:
    """Weighted mean (0..100, one place) of the last four published reviews that end within 24 months; None without one.

    `reviews`: the end of the period and the score of each published review, in any order.
    """
    since = months_before(today, REVIEW_MONTHS)
    counted = sorted(
        ((to, score) for to, score in reviews if score is not None and to >= since), key=lambda r: r[0], reverse=True
    )
    pairs = list(zip(REVIEW_WEIGHTS, (score for _, score in counted), strict=False))
    if not pairs:
        return None
    total = sum((weight * score for weight, score in pairs), Decimal(0))
    return (total / sum(weight for weight, _ in pairs)).quantize(TENTH, ROUND_HALF_UP)


def grade(score: Decimal | None) -> str | None:
    """A from 80, B from 60, C from 40, D below; None without a score."""
    if score is None:
        return None
    return next((letter for letter, least in (("A", 80), ("B", 60), ("C", 40)) if score >= least), "D")


def advice(scores: Sequence[Decimal]) -> str | None:
    """What published scores, newest first, call for: `suspend` for D or two C in a row, `improve` for C, else None."""
    grades = [grade(score) for score in scores[:2]]
    if grades[:1] == ["D"] or grades == ["C", "C"]:
        return "suspend"
    return "improve" if grades[:1] == ["C"] else None


def high_spend(spend: Mapping[str, Decimal], line: int = 80) -> frozenset[str]:
    """Keys that together make up the first `line` percent of all spend (class A of the ABC list), largest first."""
    total = sum(spend.values(), Decimal(0))
    found: set[str] = set()
    reached = Decimal(0)
    for key, amount in sorted(spend.items(), key=lambda item: (-item[1], item[0])):
        if amount <= 0 or reached * 100 >= total * line:
            break
        found.add(key)
        reached += amount
    return frozenset(found)


def quadrant(is_high_spend: bool, risk: str | None, single_source: bool = False) -> str:
    """Place in the portfolio (Kraljic 1983) by spend share and supply risk; a single source is a high risk."""
    risky = risk == "high" or single_source
    if risky:
        return "strategic" if is_high_spend else "bottleneck"
    return "leverage" if is_high_spend else "routine"


def is_replaced(old_expiry: date | None, new_expiry: date | None) -> bool:
    """Does a newer certificate of the same kind take the place of an older one? Without an end it lasts for ever."""
    return new_expiry is None or (old_expiry is not None and old_expiry <= new_expiry)


def over_limit(limit: Decimal | None, active: Decimal, this: Decimal) -> Decimal | None:
    """By how much contracts would exceed the spend limit of a conditional supplier; None when they do not."""
    return active + this - limit if limit is not None and active + this > limit else None
