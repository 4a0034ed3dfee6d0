"""Users as administrators look after them: found by address, listed with what they have, brought in from a file; who has a role."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..errors import BadRequest, ImportFault, InvalidRecord, NotFound, Problem, Where
from ..language import _
from ..metamodel.catalog import Catalog
from ..metamodel.rights import RoleDef
from ..metamodel.values import Query, Record
from ..storage import query
from .bulk import upsert_records
from .importing.readers.open import open_table
from .work import Work

COLUMNS = ("name", "email", "roles", "department", "is_lead", "status", "language", "time_zone")
"""Columns of a file of users; name and email are needed."""
MOST = 10_000
"""Users of one file."""


def role_of(catalog: Catalog, name: str) -> RoleDef:
    """The role of that name. Raises NotFound with the nearest."""
    found = catalog.roles.get(name)
    if found is None:
        hint = _nearest(name, catalog.roles)
        raise NotFound(_("there is no role {name!r}", name=name), code="unknown_role", hint=hint)
    return found


def user_of(work: Work, email: str) -> Record:
    """The user with this e-mail address, active or not. Raises NotFound with the nearest."""
    found = query.by_key(work.tx, work.catalog, "user", ("email",), [(email.strip().lower(),)])
    if found:
        return next(iter(found.values()))
    known = [str(row["email"]) for row in _all(work, "user", ("email",))]
    near = get_close_matches(email.strip().lower(), known, 1)
    raise NotFound(
        _("there is no user {email!r}", email=email),
        code="not_found",
        hint=_("did you mean {near}?", near=near[0]) if near else None,
    )


def _nearest(name: str, known: Collection[str]) -> str:
    """The way out of a name that there is not: the nearest one, else all."""
    near = get_close_matches(name, known, 1)
    return (
        _("did you mean {near!r}?", near=near[0]) if near else _("there are: {names}", names=", ".join(sorted(known)))
    )


def department_of(work: Work, code: str) -> str:
    """Id of the department with this code. Raises NotFound with the nearest."""
    known = {str(row["code"]): str(row["id"]) for row in _all(work, "department", ("code",))}
    if code not in known:
        raise NotFound(
            _("there is no department {code!r}", code=code), code="unknown_department", hint=_nearest(code, known)
        )
    return known[code]


def list_users(work: Work) -> list[dict[str, Any]]:
    """All users by name: address, department, roles, status; and their memberships in force, as `role in department`."""
    further: dict[str, list[str]] = {}
    for row in _in_force(work):
        what = f"{row['role']} in {row['department.code']}" if row["role"] else str(row["department.code"])
        further.setdefault(str(row["user"]), []).append(what + (" (leads)" if row["leads"] else ""))
    rows = _all(work, "user", ("name", "email", "department.code", "is_lead", "roles", "status"))
    return [
        {
            "id": row["id"], "name": row["name"], "email": row["email"], "department": row["department.code"], "leads": bool(row["is_lead"]),
            "roles": list(row["roles"] or ()), "memberships": further.get(str(row["id"]), []), "status": row["status"],
        }
        for row in rows
    ]  # fmt: skip


def members_of(work: Work, role: str) -> list[dict[str, Any]]:
    """Active users who have a role today: `until` is the last day where a membership gives it. Raises NotFound."""
    role_of(work.catalog, role)
    users = {
        str(row["id"]): row
        for row in _all(work, "user", ("name", "email", "roles", "status"))
        if row["status"] == "active"
    }
    found = [
        {"name": u["name"], "email": u["email"], "through": "user", "until": None}
        for u in users.values()
        if role in (u["roles"] or ())
    ]
    for row in _in_force(work):
        user = users.get(str(row["user"]))
        if user is not None and row["role"] == role and row["department.active"]:
            through = f"membership in {row['department.code']}"
            found.append({"name": user["name"], "email": user["email"], "through": through, "until": row["until"]})
    return sorted(found, key=lambda one: (str(one["name"]), str(one["through"])))


def _in_force(work: Work) -> Sequence[Mapping[str, Any]]:
    """Memberships in force today."""
    now = "(record.since == null || record.since <= today()) && (record.until == null || record.until >= today())"
    columns = ("user", "user.name", "department.code", "department.active", "role", "leads", "until")
    return _all(work, "membership", columns, now, ("user.name", "department.code"))


def _all(
    work: Work, entity: str, columns: Sequence[str], filter: str | None = None, sort: Sequence[str] = ("name",)
) -> list[Mapping[str, Any]]:
    """All records, page by page, as far as the actor sees them."""
    found: list[Mapping[str, Any]] = []
    after: str | None = None
    while True:
        asked = Query(entity, ("id", *columns), filter, tuple(sort), limit=500, after=after)
        page = query.run(work.tx, work.catalog, asked, work.context(), relation=work.relation(entity))
        found += page.rows
        after = page.next
        if after is None:
            return found


# -- from a file
def import_users(work: Work, path: Path) -> dict[str, int]:
    """Make or change the users of a file (CSV or a sheet), matched by e-mail address; how many were created, updated, left as
    they were. All or nothing: raises InvalidRecord with a problem for each faulty line, and ImportFault for what is no table."""
    table = open_table(path)
    _check_columns(path.name, table.columns)
    departments = {str(row["code"]): row["id"] for row in _all(work, "department", ("code",))}
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for row in table.rows:
        if len(lines) == MOST:
            raise ImportFault(
                _("{path} has more than {most} users", path=path.name, most=MOST),
                code="too_many",
                hint=_("part the file"),
            )
        try:
            if row.fault is not None:
                raise BadRequest(row.fault)
            values = _values(row.data, departments)
            first = seen.setdefault(values["email"], row.line)
            if first != row.line:
                raise BadRequest(_("email: this address stands in line {first} already", first=first))
        except BadRequest as fault:
            problems.append(Problem(fault.message, "invalid", where=Where(path.name, row.line), hint=fault.hint))
            continue
        rows.append(values)
        lines.append(row.line)
    results = upsert_records(work, "user", rows, ("email",), texts=True)
    for result in results:
        problems += [_placed(p, path.name, lines[result.index]) for p in result.problems]
    if problems:
        problems.sort(key=lambda p: p.where.line if p.where else 0)
        raise InvalidRecord(
            _("{path} was not imported; no user was made or changed", path=path.name),
            code="invalid_file",
            problems=tuple(problems),
        )
    return {status: sum(r.status == status for r in results) for status in ("created", "updated", "unchanged")}


def _check_columns(name: str, columns: Sequence[str]) -> None:
    missing = [column for column in ("name", "email") if column not in columns]
    unknown = [column for column in columns if column not in COLUMNS]
    if missing or unknown:
        near = get_close_matches(unknown[0], COLUMNS, 1) if unknown else []
        columns = _("a file of users has the columns {names}", names=", ".join(COLUMNS))
        hint = _("did you mean {near!r}?", near=near[0]) if near else columns
        told = (
            _("{name} has no column {column!r}", name=name, column=missing[0])
            if missing
            else _("{name} has a column {column!r}", name=name, column=unknown[0])
        )
        raise ImportFault(told, code="unknown_column", hint=hint)


def _values(data: Mapping[str, Any], departments: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a line. An empty cell says nothing, but for roles: there it takes all away. Raises BadRequest."""
    values = {
        name: str(text).strip()
        for name, text in data.items()
        if text is not None and (str(text).strip() or name == "roles")
    }
    if not values.get("email"):
        raise BadRequest(_("email: each user needs an address"))
    code = values.get("department")
    if code is not None and code not in departments:
        hint = _nearest(code, departments)
        raise BadRequest(_("department: there is no department {code!r}", code=code), hint=hint)
    values["email"] = values["email"].lower()
    return {**values, **({"department": departments[code]} if code is not None else {})}


def _placed(problem: Problem, file: str, line: int) -> Problem:
    message = f"{problem.field}: {problem.message}" if problem.field else problem.message
    return Problem(message, problem.code, where=Where(file, line), hint=problem.hint)
