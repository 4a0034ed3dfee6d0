"""What people call a code, in the language that is spoken now."""

from __future__ import annotations

from collections.abc import Iterable

from xrm_core.plugin import Reader, Record, _, spoken


def label_of(codes: str, code: str | None, reader: Reader) -> str:
    """The label of a code; the code itself where it has none."""
    told = reader.code(codes, code).get("label") if code else None
    if isinstance(told, dict) or hasattr(told, "get"):
        return str(told.get(spoken().partition("-")[0]) or told.get("en") or code)
    return str(told or code or "")


def labels_of(codes: str, wanted: Iterable[str], reader: Reader) -> str:
    """Labels of several codes, joined."""
    return ", ".join(label_of(codes, code, reader) for code in wanted)


def fact_said(row: Record, reader: Reader) -> str:
    """What a fact says, as people write it in the language that is spoken now."""
    told, value = reader.code("request_fact", row["fact"]), str(row["value"] or "")
    stored = {"number": row["number"], "date": row["day"]}.get(str(told.get("kind")))
    if stored is not None:
        return reader.shown(stored)
    if told.get("kind") == "yes_no":
        return {"yes": _("Yes"), "no": _("No")}.get(value, value)
    return label_of(str(told.get("list")), value, reader) if told.get("kind") == "choice" else value
