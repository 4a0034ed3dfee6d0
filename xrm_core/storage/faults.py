"""What went wrong in the database, in our own words: texts of the database never travel outward."""

from __future__ import annotations

import logging
import re
import sqlite3
from typing import Any, Literal

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.errors import Conflict, InvalidRecord, Problem, StorageError, XrmError
from xrm_core.language import N_, _, joined
from xrm_core.metamodel.catalog import Catalog, Entity, Rule
from xrm_core.metamodel.text import called

from .ddl import plain_dialect
from .names import RULE, TIE, check_name, foreign_name, key_name, limited, tie_name
from .shape import rules_of, ties_of

log = logging.getLogger("xrm.storage")

Kind = Literal[
    "unique",
    "foreign",
    "empty",
    "check",
    "value",
    "busy",
    "slow",
    "retry",
    "gone",
    "closed",
    "locked",
    "damaged",
    "full",
    "schema",
    "other",
]


class Fault(Struct, frozen=True):
    """A refusal of the database: its kind, and the names of constraint, table and columns where it tells them."""

    kind: Kind
    constraint: str | None = None
    table: str | None = None
    columns: tuple[str, ...] = ()


class DriverFault(StorageError):
    """A refusal of the database that nobody has put into the words of an entity yet."""

    def __init__(self, fault: Fault) -> None:
        message, hint = GENERAL[fault.kind]
        super().__init__(_(message), code=CODES[fault.kind], hint=hint and _(hint))
        self.fault = fault
        self.status = STATUSES.get(fault.kind, StorageError.status)


def has_met_another(fault: BaseException) -> bool:
    """Was the work undone only because of what others wrote at the same moment, so that it may be done again?"""
    return isinstance(fault, DriverFault) and fault.fault.kind in ("retry", "busy")


GENERAL: dict[Kind, tuple[str, str | None]] = {
    "unique": (N_("This value is already used"), None),
    "foreign": (N_("A record that is referred to does not exist, or is still referred to"), None),
    "empty": (N_("A required value is missing"), None),
    "check": (N_("A value is outside of what can be stored"), None),
    "value": (
        N_("A value cannot be stored"),
        N_("check numbers for their size, and texts for characters that cannot be stored"),
    ),
    "busy": (N_("The database is busy"), N_("try again in a moment")),
    "slow": (N_("The question took too long and was stopped"), N_("narrow the filter")),
    "retry": (N_("Two changes met at the same record"), N_("try again")),
    "gone": (N_("The database cannot be reached"), N_("try again in a moment")),
    "closed": (
        N_("The database file cannot be opened"),
        N_("see that its folder (xrm.toml, [database] url) is there and may be written to"),
    ),
    "locked": (N_("The database file may only be read"), N_("give the right to write to it and to its folder")),
    "damaged": (
        N_("The database file is damaged, or is no database"),
        N_("put a copy of it back, or name another file in xrm.toml, [database] url"),
    ),
    "full": (N_("The database has no space left"), N_("free disk space on the database's machine")),
    "schema": (N_("The database does not match the metadata"), N_("run 'xrm plan', then 'xrm apply'")),
    "other": (N_("The database refused the work"), N_("see the log of the server")),
}
CODES: dict[Kind, str] = {
    "unique": "not_unique", "foreign": "reference", "empty": "required", "check": "invalid", "value": "invalid",
    "busy": "busy", "slow": "too_slow", "retry": "retry", "gone": "unreachable", "closed": "unreachable", "locked": "unreachable",
    "damaged": "storage", "full": "full", "schema": "out_of_date",
    "other": "storage",
}  # fmt: skip
STATUSES: dict[Kind, int] = {
    "value": 422, "check": 422, "empty": 422, "unique": 409, "foreign": 409, "schema": 500, "other": 500,
}  # fmt: skip
"""What a refusal means to those who asked; every other kind passes, and they may come again."""

STATES: dict[str, Kind] = {
    "23505": "unique", "23503": "foreign", "23001": "foreign", "23502": "empty", "23514": "check",
    "40001": "retry", "40P01": "retry", "55P03": "busy", "57014": "slow", "25006": "gone", "57P01": "gone", "57P02": "gone",
    "57P03": "gone", "53300": "busy", "26000": "retry", "53100": "full", "42P01": "schema", "42703": "schema", "0A000": "other",
}  # fmt: skip
CLASSES: dict[str, Kind] = {"08": "gone", "22": "value", "53": "full"}


def read(error: BaseException) -> Fault:
    """The fault behind an exception of a driver or of SQLAlchemy."""
    if isinstance(error, sa.exc.DBAPIError) and error.orig is not None:
        error = error.orig
    fault = Fault("other")
    if isinstance(error, sa.exc.TimeoutError):
        fault = Fault("busy")
    elif type(error).__module__.startswith("psycopg"):
        fault = _read_postgres(error)
    elif isinstance(error, sqlite3.Error):
        fault = _read_sqlite(error)
    elif isinstance(error, (OverflowError, UnicodeError)) or (isinstance(error, ValueError) and "\x00" in str(error)):
        fault = Fault("value")
    if fault.kind in ("other", "schema", "gone", "closed", "locked", "damaged"):
        log.error("database fault %s: %s", fault.kind, str(error).split("\n", 1)[0][:300])
    return fault


def _read_postgres(error: Any) -> Fault:
    """An error of psycopg, told by its names: the package is imported only where PostgreSQL is used."""
    state = error.sqlstate or ""
    if not state:
        names = {c.__name__ for c in type(error).__mro__}
        if "DataError" in names:
            return Fault("value")
        return Fault("gone" if "OperationalError" in names or "closed" in str(error) else "other")
    kind = STATES.get(state) or CLASSES.get(state[:2], "other")
    diag = error.diag
    if diag.source_function == "RevalidateCachedQuery":
        kind = "retry"  # a column has another type since the statement was prepared
    columns = (diag.column_name,) if diag.column_name else ()
    return Fault(kind, diag.constraint_name, diag.table_name, columns)


SQLITE_NAMED = re.compile(r"(UNIQUE|NOT NULL|CHECK) constraint failed: (.*)", re.S)


def _read_sqlite(error: sqlite3.Error) -> Fault:
    text = str(error)
    found = SQLITE_NAMED.match(text)
    if found:
        return _sqlite_constraint(found[1], found[2])
    if "FOREIGN KEY constraint failed" in text:
        return Fault("foreign")
    name = getattr(error, "sqlite_errorname", "") or ""
    for start, kind in SQLITE_CODES:
        if name.startswith(start):
            return Fault(kind)
    if isinstance(error, (sqlite3.DataError, sqlite3.InterfaceError)):
        return Fault("value")
    if "no such table" in text or "no such column" in text:
        return Fault("schema")
    return Fault("gone" if "closed" in text else "other")


SQLITE_CODES: tuple[tuple[str, Kind], ...] = (
    ("SQLITE_BUSY_SNAPSHOT", "retry"), ("SQLITE_BUSY", "busy"), ("SQLITE_LOCKED", "busy"), ("SQLITE_FULL", "full"),
    ("SQLITE_INTERRUPT", "slow"), ("SQLITE_CANTOPEN", "closed"), ("SQLITE_READONLY", "locked"), ("SQLITE_NOTADB", "damaged"), ("SQLITE_CORRUPT", "damaged"), ("SQLITE_IOERR", "gone"),
    ("SQLITE_TOOBIG", "value"), ("SQLITE_MISMATCH", "value"),
)  # fmt: skip


def _sqlite_constraint(what: str, rest: str) -> Fault:
    if what == "CHECK":
        return Fault("check", rest.strip())
    if rest.startswith("index '"):
        return Fault("unique", rest[7:].rstrip("'"))
    pairs = [part.strip().partition(".") for part in rest.split(",")]
    columns = tuple(column for __, __, column in pairs)
    return Fault("unique" if what == "UNIQUE" else "empty", None, pairs[0][0], columns)


def explain(error: BaseException, catalog: Catalog, entity: Entity, *, removing: bool = False) -> XrmError:
    """The error to raise for a fault met while writing records of `entity` (`removing`: while purging them), in the language
    that is spoken."""
    fault = error.fault if isinstance(error, DriverFault) else read(error)
    if fault.kind == "unique":
        return _not_unique(fault, entity)
    if fault.kind == "foreign" and (rule := _tied(fault, catalog, entity)) is not None:
        return _told(rule)
    if fault.kind == "foreign":
        return _foreign(fault, catalog, entity, removing)
    if fault.kind == "check" and (rule := _rule(fault, catalog, entity)) is not None:
        return _told(rule)
    if fault.kind in ("empty", "check", "value"):
        name = _column(fault, entity)
        message, hint = GENERAL[fault.kind]
        problem = Problem(_(message), CODES[fault.kind], name, hint=hint and _(hint))
        return InvalidRecord(_("The record was not accepted"), code="invalid", problems=(problem,))
    return DriverFault(fault)


def _rule(fault: Fault, catalog: Catalog, entity: Entity) -> Rule | None:
    """The rule of the metadata that a check holds; its name tells of which database it is."""
    if not (fault.constraint or "").startswith(RULE):
        return None
    for dialect in ("sqlite", "postgresql"):
        found = rules_of(catalog, entity, plain_dialect(dialect)).get(str(fault.constraint))
        if found is not None:
            return found[0]
    return None


def _tied(fault: Fault, catalog: Catalog, entity: Entity) -> Rule | None:
    """The rule that a foreign key over several columns holds; SQLite does not tell which one refused."""
    if not (fault.constraint or "").startswith(TIE):
        return None
    named = ((rule, tie_name(limited(entity.name), (tie.link, *tie.own))) for rule, tie in ties_of(catalog, entity))
    return next((rule for rule, name in named if name == fault.constraint), None)


def _told(rule: Rule) -> InvalidRecord:
    told = Problem(called(rule.message), "rule", rule.field)
    return InvalidRecord(_("The record was not accepted"), code="invalid", problems=(told,))


def _label(entity: Entity, column: str) -> str:
    name = entity.field_of_column.get(column, column)
    return called(entity.fields[name].label) if name in entity.fields else column


def _not_unique(fault: Fault, entity: Entity) -> Conflict:
    columns = fault.columns or next(
        (
            key.columns
            for key in entity.keys
            if fault.constraint and key_name(entity.name, key.columns) == fault.constraint
        ),
        (),
    )
    if not columns and fault.constraint:
        columns = tuple(n for n in entity.columns if key_name(entity.name, (n,)) == fault.constraint)
    if columns == ("id",) or (fault.constraint or "").startswith("pk_"):
        return Conflict(_("A record with this id exists already"), code="id_used")
    if not columns:
        return Conflict(_("A value that must be unique is already used"), code="not_unique")
    labels = joined([_label(entity, c) for c in columns])
    message = (
        _("{label}: this value is already used", label=labels)
        if len(columns) == 1
        else _("{labels}: these values are already used together", labels=labels)
    )
    return Conflict(message, code="not_unique", problems=tuple(Problem(message, "not_unique", c) for c in columns))


def _foreign(fault: Fault, catalog: Catalog, entity: Entity, removing: bool) -> XrmError:
    links = [c.name for c in entity.columns.values() if c.references]
    column = next((c for c in links if fault.constraint and foreign_name(entity.name, c) == fault.constraint), None)
    if removing or (fault.constraint and column is None):
        return Conflict(
            _("This record is still referred to: {entity}", entity=called(entity.label)),
            code="still_referred_to",
            hint=_("remove what refers to it first, or move it to the bin instead"),
        )
    if column is None and len(links) == 1:
        column = links[0]
    label = _label(entity, column) if column else _("A link")
    message = _("{label}: the record does not exist", label=label)
    return InvalidRecord(
        _("The record was not accepted"), code="invalid", problems=(Problem(message, "no_such_record", column),)
    )


def _column(fault: Fault, entity: Entity) -> str | None:
    if fault.columns:
        return fault.columns[0]
    if fault.constraint:
        return next((n for n in entity.columns if check_name(entity.name, n) == fault.constraint), None)
    return None
