"""Asking for work: the kinds of requests, and of each a form of its own with the facts that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from xrm_core.plugin import Answered, NewRecord, Problem, Run, ScreenAsked, ScreenReader, _

from .screens_about import NAMES
from .screens_words import work

ABOUT = (*NAMES, "relationship_entity", "about_entity")
"""What a request is about, brought along in the address."""
WHEN, TEXTS = ("need_by", "consequence"), ("consequence_text", "description")
PLAIN = ("subject", *WHEN, *TEXTS)
TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "text", "max": 2000}, "number": {"type": "decimal", "scale": 4}, "date": {"type": "date"},
    "yes_no": {"type": "choice", "codes": "fact_answer"}, "choice": {"type": "choice"},
}  # fmt: skip
"""How a fact of a kind is typed."""
FACT = "fact."
"""Stands before the names of inputs of facts."""


def _brought(asked: ScreenAsked) -> dict[str, str]:
    return {name: asked.get(name) for name in ABOUT if asked.get(name)}


def _with_party(brought: dict[str, str], reader: ScreenReader) -> dict[str, str]:
    """The same with the party of the relationship, where it is not named."""
    entity, id = brought.get("relationship_entity", ""), brought.get("relationship", "")
    if brought.get("party") or not entity or not id or not reader.reads(entity, "party"):
        return brought
    row = reader.get(entity, id, ("party",))
    return {**brought, "party": str(row["party"])} if row is not None and row["party"] else brought


def kinds(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any]:
    """GET ask: what can be asked for."""
    brought = _brought(asked)
    rows = [
        {
            "label": told["label"], "href": reader.here(f"ask/{code}", **brought),
            "facts": ", ".join(str(f["label"]) for f in _facts_of(code, reader).values() if f["required"]),
        }
        for code, told in reader.codes("request_type").items()
    ]  # fmt: skip
    return {
        "kinds": sorted(rows, key=lambda one: str(one["label"])),
        "about": _about(asked, reader),
        "kind": "",
        "effort": "",
    }


def _facts_of(kind: str, reader: ScreenReader) -> dict[str, Mapping[str, Any]]:
    return {code: told for code, told in reader.codes("request_fact").items() if told["type"] == kind}


def _about(asked: ScreenAsked, reader: ScreenReader) -> list[tuple[str, str]]:
    """Label and name of what it is about, as far as the reader sees it."""
    made = []
    for name in NAMES:
        entity = asked.get(f"{name}_entity") or {"party": "party", "outcome": "outcome"}.get(name, "")
        id = asked.get(name)
        row = reader.get(entity, id, ("display",)) if entity and id and reader.may(entity) else None
        if row is not None and row.get("display"):
            made.append((reader.label("request", name), str(row["display"])))
    return made


def form(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any] | None:
    """GET ask/{kind}: the form of a kind."""
    kind = asked.get("kind")
    told = reader.codes("request_type").get(kind)
    if told is None:
        return None
    own = {one.name: one for one in reader.inputs("request", (*PLAIN, *NAMES), _with_party(_brought(asked), reader))}
    facts = reader.asks(_asks(kind, reader), FACT)
    return {
        "kinds": [], "kind": told["label"], "help": told["help"], "about": [],
        "effort": work(told["effort"]) if told["effort"] else "", "fields": own, "facts": facts,
        **{group: [own[name] for name in names if name in own] for group, names in (("when", WHEN), ("texts", TEXTS), ("links", NAMES))},
        "drawn": ",".join((*own, *(one.name for one in facts))), "here": reader.here(f"ask/{kind}", **_brought(asked)), "back": reader.here("ask", **_brought(asked)),
        "checks": [one["label"] for one in reader.codes("request_check").values() if one["type"] == kind and one["required"]],
    }  # fmt: skip


def _asks(kind: str, reader: ScreenReader) -> dict[str, Mapping[str, Any]]:
    """The facts of a kind, written as fields."""
    return {
        code: {
            **TYPES[fact["kind"]], **({"codes": fact["list"]} if fact["kind"] == "choice" else {}),
            "label": str(fact["label"]), "required": bool(fact["required"]),
        }
        for code, fact in _facts_of(kind, reader).items()
    }  # fmt: skip


def _text(value: Any) -> str:
    """A fact as it is kept."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else str(value or "").strip()


def ask(asked: ScreenAsked, reader: ScreenReader) -> Answered:
    """POST ask/{kind}: the request as it was filled in, sent, or kept as unclear. Sent without a fact it stays unclear, says what is
    missing, and the round counts."""
    kind = asked.get("kind")
    wanted = _facts_of(kind, reader)
    read, wrong = reader.answers(_asks(kind, reader), FACT)
    given = {code: _text(read.get(code)) for code in wanted}
    values, problems = reader.taken("request", (*PLAIN, *NAMES))
    facts = [{"fact": code, "value": text} for code, text in given.items() if text]
    values = {"type": kind, **values, "facts": facts}
    missing = [name for name in ("subject", "need_by") if not values.get(name)]
    lacks = [Problem(_("{field} is required", field=reader.label("request", n)), "required", n) for n in missing]
    if lacks or problems or wrong:
        return Answered(problems=[*lacks, *wrong, *problems])
    new = NewRecord("request", values)
    if asked.posted("then") == "choose":
        return Answered([new], "", "send/{new}", texts=True)
    if asked.posted("then") != "send":
        return Answered([new], _("Kept; nobody is asked yet"), "/e/request/{new}", texts=True)
    lost = any(fact["required"] and not given[code] for code, fact in wanted.items())
    told = _("It stays unclear: facts are missing") if lost else _("Sent")
    return Answered([new, Run("request", "{new}", "send", {})], told, "/e/request/{new}", texts=True)
