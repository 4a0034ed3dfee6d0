"""Who is who: departments, their leads, people's names."""

from __future__ import annotations

from collections.abc import Iterable

from xrm_core.plugin import Reader, Record

MOST = 10_000
ACTIVE = "record.status == 'active'"


def department_named(code: str | None, reader: Reader) -> str | None:
    """Id of the department that metadata calls so."""
    if not code:
        return None
    found = reader.find("department", "record.code == given.code", {"code": code}, limit=1)
    return str(found[0]["id"]) if found else None


def department_of(user: str | None, reader: Reader) -> str | None:
    """The home department of a user."""
    record = reader.get("user", user) if user else None
    return record["department"] if record else None


def leads_of(department: str | None, reader: Reader) -> list[Record]:
    """Who leads a department: its own people who do, else those of the department above it, and so on."""
    seen: set[str] = set()
    while department is not None and department not in seen:
        seen.add(department)
        found = list(
            reader.find("user", f"record.department == given.one && record.is_lead && {ACTIVE}", {"one": department})
        )
        members = reader.find(
            "membership",
            "record.department == given.one && record.leads && (record.since == null || record.since <= today()) "
            "&& (record.until == null || record.until >= today())",
            {"one": department},
        )
        found += [
            one for row in members if (one := reader.get("user", row["user"])) is not None and one["status"] == "active"
        ]
        if found:
            return sorted({one["id"]: one for one in found}.values(), key=lambda one: (one["name"], one["id"]))
        above = reader.get("department", department)
        department = above["parent"] if above else None
    return []


def names(users: Iterable[str | None], reader: Reader) -> dict[str, str]:
    """Names of users by id."""
    found = {id: reader.get("user", id) for id in dict.fromkeys(users) if id}
    return {id: str(record["name"]) for id, record in found.items() if record is not None}


def name_of(user: str | None, reader: Reader) -> str:
    """The name of a user; '' for nobody."""
    return names([user], reader).get(user or "", "")


def deputies_of(user: str | None, reader: Reader) -> list[str]:
    """Who stands in for somebody today, who began first before others."""
    if not user:
        return []
    rows = reader.find(
        "deputy",
        "record.user == given.user && (record.since == null || record.since <= today()) && (record.until == null || record.until >= today())",
        {"user": user},
    )
    return [str(row["deputy"]) for row in sorted(rows, key=lambda one: (str(one["since"]), one["id"]))]


def held(user: str) -> str:
    """The name under which whoever gives somebody work, or orders it, does so one after the other."""
    return f"requests of {user}"
