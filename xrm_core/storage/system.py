"""The platform's own tables, all named `xrm_...`."""

from __future__ import annotations

import sqlalchemy as sa

from xrm_core.fields.columns import JsonValue, Ref, TextC, UtcDateTime

system = sa.MetaData()
"""Definitions of the platform's tables."""
PARTIAL = {"ix_xrm_history_parent": "parent_id IS NOT NULL"}
"""Rows that an index holds, where it holds not all. Said to an index when it is made: saying it here, for both databases,
would import what SQLAlchemy knows of either, at each start."""


def _table(name: str, *parts: sa.Column[object] | sa.Index | sa.ForeignKeyConstraint) -> sa.Table:
    return sa.Table(name, system, *parts)


def _text(name: str, *, null: bool = False, key: bool = False) -> sa.Column[object]:
    return sa.Column(name, TextC(), nullable=null, primary_key=key)


def _id(name: str = "id", *, null: bool = False, key: bool = False) -> sa.Column[object]:
    return sa.Column(name, Ref(), nullable=null, primary_key=key)


def _time(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(), nullable=null)


def _int(name: str, *, null: bool = False, key: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), nullable=null, primary_key=key, autoincrement=False)


def _json(name: str, *, null: bool = True) -> sa.Column[object]:
    return sa.Column(name, JsonValue(), nullable=null)


meta = _table("xrm_meta", _text("name", key=True), _text("value"))

history = _table(
    "xrm_history",
    _id(key=True), _time("at"), _id("actor_id", null=True), _text("actor_name"), _id("actor_for", null=True), _text("door"), _text("entity"),
    _id("record_id"), _text("parent_entity", null=True), _id("parent_id", null=True), _int("version"), _text("action"),
    _text("transition", null=True), _text("reason", null=True), _json("changes", null=False),
    sa.Index("ix_xrm_history_record", "entity", "record_id", "id"),
    sa.Index("ix_xrm_history_parent", "parent_entity", "parent_id", "id"),
)  # fmt: skip

outbox = _table(
    "xrm_outbox",
    _id(key=True), _text("kind"), _json("payload"), _text("key", null=True), _time("created_at"), _time("run_at"),
    _text("state"), _int("attempts"), _text("worker", null=True), _time("leased_until", null=True), _int("fence"),
    _text("error", null=True), _time("ended_at", null=True),
    sa.Index("ix_xrm_outbox_due", "state", "run_at", "id"),
    sa.Index("uq_xrm_outbox_key", "kind", "key", unique=True),
)  # fmt: skip

sequence = _table("xrm_sequence", _text("name", key=True), _text("key", key=True), _int("value"))

session = _table(
    "xrm_session",
    _text("id", key=True), _id("user_id"), _time("created_at"), _time("seen_at"), _time("expires_at"),
    _json("data"), sa.Index("ix_xrm_session_user", "user_id"), sa.Index("ix_xrm_session_expires", "expires_at"),
)  # fmt: skip

token = _table(
    "xrm_token",
    _id(key=True), _text("hash"), _text("name"), _id("user_id"), _json("scopes"), _time("created_at"),
    _time("expires_at", null=True), _time("used_at", null=True), _time("revoked_at", null=True),
    sa.Index("uq_xrm_token_hash", "hash", unique=True), sa.Index("ix_xrm_token_user", "user_id"),
)  # fmt: skip

signin_link = _table(
    "xrm_signin_link",
    _text("hash", key=True), _id("user_id"), _time("created_at"), _time("expires_at"), _time("used_at", null=True),
    sa.Index("ix_xrm_signin_link_user", "user_id"),
)  # fmt: skip

password = _table("xrm_password", _id("user_id", key=True), _text("hash"), _time("changed_at"))

factor = _table(
    "xrm_factor",
    _id(key=True), _id("user_id"), _text("kind"), _text("name"), _text("secret"), _text("handle", null=True), _int("counter"),
    _json("data"), _time("created_at"), _time("used_at", null=True),
    sa.Index("ix_xrm_factor_user", "user_id"), sa.Index("uq_xrm_factor_handle", "handle", unique=True),
)  # fmt: skip

recovery = _table(
    "xrm_recovery",
    _text("hash", key=True), _id("user_id"), _time("created_at"), _time("used_at", null=True),
    sa.Index("ix_xrm_recovery_user", "user_id"),
)  # fmt: skip

guess = _table(
    "xrm_guess",
    _id(key=True), _text("account"), _text("kind"), _time("at"),
    sa.Index("ix_xrm_guess_account", "account", "at"), sa.Index("ix_xrm_guess_at", "at"),
)  # fmt: skip

pending = _table(
    "xrm_pending",
    _text("hash", key=True), _text("kind"), _id("user_id", null=True), _json("data"), _time("created_at"), _time("expires_at"),
    sa.Index("ix_xrm_pending_user", "user_id"), sa.Index("ix_xrm_pending_expires", "expires_at"),
)  # fmt: skip

identity = _table(
    "xrm_identity",
    _text("issuer", key=True), _text("subject", key=True), _id("user_id"), _time("created_at"), _time("used_at"),
    sa.Index("ix_xrm_identity_user", "user_id"),
)  # fmt: skip

access_log = _table(
    "xrm_access_log",
    _id(key=True), _time("at"), _id("actor_id", null=True), _text("actor_name"), _id("deputy_for", null=True), _text("kind"),
    _text("entity", null=True), _id("record_id", null=True), _text("door"), _json("detail"), _text("client"),
    sa.Index("ix_xrm_access_log_actor", "actor_id", "id"), sa.Index("ix_xrm_access_log_kind", "kind", "id"),
    sa.Index("ix_xrm_access_log_record", "entity", "record_id", "id"), sa.Index("ix_xrm_access_log_at", "at"),
)  # fmt: skip

idempotency = _table(
    "xrm_idempotency",
    _text("actor", key=True), _text("key", key=True), _text("request"), _int("status", null=True), _text("headers", null=True),
    _text("body", null=True), _time("created_at"), sa.Index("ix_xrm_idempotency_created", "created_at"),
)  # fmt: skip

file = _table(
    "xrm_file",
    _id(key=True), _text("sha256"), _text("name"), _int("size"), _text("media_type"), _time("created_at"),
    _id("created_by", null=True), _text("entity", null=True), _id("record_id", null=True), _text("field", null=True),
    sa.Index("ix_xrm_file_record", "entity", "record_id"), sa.Index("ix_xrm_file_sha256", "sha256"),
)  # fmt: skip

search = _table(
    "xrm_search",
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    _text("entity"), _id("record_id"), _text("title"), _text("body"),
    sa.Index("uq_xrm_search_record", "entity", "record_id", unique=True),
)  # fmt: skip

import_ = _table(
    "xrm_import",
    _id(key=True), _text("mapping"), _text("entity", null=True), _text("source"), _text("state"), _json("settings"),
    _json("counts"), _json("problems"), _int("position"), _text("error", null=True), _time("created_at"),
    _id("created_by", null=True), _time("ended_at", null=True),
    sa.Index("ix_xrm_import_created", "created_at"),
)  # fmt: skip

import_row = _table(
    "xrm_import_row",
    _id("import_id", key=True), _int("number", key=True), _text("state"), _text("entity", null=True), _id("record_id", null=True),
    _json("problems"), _json("given"),
    sa.ForeignKeyConstraint(["import_id"], ["xrm_import.id"], ondelete="CASCADE", name="fk_xrm_import_row_import"),
    sa.Index("ix_xrm_import_row_state", "import_id", "state", "number"),
)  # fmt: skip

plan = _table(
    "xrm_plan",
    _id(key=True), _text("fingerprint"), _text("catalog"), _json("body"), _text("state"), _int("done"), _text("error", null=True),
    _time("created_at"), _time("ended_at", null=True),
)  # fmt: skip

act = _table(
    "xrm_act",
    _id(key=True), _time("at"), _id("actor_id", null=True), _id("actor_for", null=True), _json("entries", null=False),
    _id("undoes", null=True), _id("undone_by", null=True), sa.Index("ix_xrm_act_at", "at"),
)  # fmt: skip

personal = _table(
    "xrm_personal",
    _id("user_id", key=True), _text("kind", key=True), _text("name", key=True), _json("value"), _time("at"),
    sa.Index("ix_xrm_personal_newest", "user_id", "kind", "at"),
)  # fmt: skip

notice = _table(
    "xrm_notice",
    _id(key=True), _id("user_id"), _time("at"), _text("kind"), _text("entity", null=True), _id("record_id", null=True), _json("values"),
    _time("read_at", null=True), sa.Index("ix_xrm_notice_user", "user_id", "id"), sa.Index("ix_xrm_notice_unread", "user_id", "read_at"),
)  # fmt: skip

lock = _table("xrm_lock", _text("name", key=True), _text("holder", null=True), _time("until"), _int("fence"))

kept_late = _table("xrm_kept_late", _text("kept", key=True), _int("hop", key=True), _id("record_id", key=True))
