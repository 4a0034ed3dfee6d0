"""Public holidays of countries and their regions, out of the package `holidays`, which takes a second to be imported: only
where a calendar is saved or renewed.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def public_holidays(country: str, region: str | None, years: tuple[int, ...]) -> tuple[date, ...]:
    """The public holidays of a country (ISO 3166-1) and a region of it (its code without the country) in some years; none
    where the package does not know them."""
    import holidays

    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError:
        if region is None:
            return ()
        return public_holidays(country, None, years)
    return tuple(sorted(found))


def kept(country: str | None, region: str | None, today: date) -> list[str]:
    """The public holidays of the last year, this one and the three after, as ISO 8601 dates; none without a country."""
    years = tuple(range(today.year - 1, today.year + 4))
    return [day.isoformat() for day in public_holidays(country, region, years)] if country else []


def knows(country: str, region: str | None) -> bool:
    """Whether holidays of the country, and of the region where one is named, are known."""
    import holidays

    try:
        holidays.country_holidays(country, subdiv=region or None, years=())
    except NotImplementedError:
        return False
    return True
