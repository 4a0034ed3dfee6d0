"""The inbox: what waits for a decision by the time left, one request with what it takes to decide it, and the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xrm_core.plugin import Actor, Answered, Problem, Query, Record, Run, ScreenAsked, ScreenReader, _

from .screens_words import ago, left, work

MINE = "record.status == 'undecided' && record.doer == given.me"
LED = (
    "record.status == 'undecided' && record.doer != given.me && record.decide_by < now() "
    "&& (record.doer_department in actor.leads || record.deputy == given.me)"
)
"""What waits for the actor himself; what waits longer than it may for others of his departments, or those he stands in for."""
QUEUE = ("number", "subject", "type", "party", "decide_by", "urgent", "trigger_user", "doer")
SHOWN = (
    *QUEUE, "status", "description", "trigger_department", "trigger_party", "need_by", "consequence", "consequence_text",
    "about", "relationship", "sent_at", "confirmed_right", "urgent_reason", "effort_left", "handed_on", "returned_why", "answer",
    "question", "version", "rank", "confidential",
)  # fmt: skip
DECISIONS = (
    ("do_now", "play", ()),
    ("plan", "calendar-clock", ("plan_on", "late_reason")),
    ("decline", "circle-x", ("reason", "reason_text")),
    ("hand_on", "forward", ("to_user", "reason", "reason_text")),
    ("ask_back", "message-circle-question-mark", ("question", "answer_by")),
)
"""The decisions by their keys 1 to 5: icon, and the fields of the action that are always asked for."""
KNOWN = frozenset(("confirm_right", *(name for name, _icon, _fields in DECISIONS)))
"""What the page offers."""
TOO_MUCH = ("overrule_reason",)
"""Asked for besides where the time does not suffice."""
BEATEN = frozenset(("version_conflict", "action_closed"))
"""What a decision is refused with that somebody else was faster than."""
MOST = 200


def waiting(actor: Actor, reader: ScreenReader) -> int:
    """How many requests wait for the actor."""
    return reader.count(Query("request", filter=MINE), {"me": actor.acts_as or ""})


def queue(actor: Actor, reader: ScreenReader, of: str = "") -> Sequence[Record]:
    """What waits, the least time left first: for the actor, or (`led`) past its time in the departments that he leads."""
    asked_for = Query("request", QUEUE, LED if of == "led" else MINE, ("decide_by", "rank"), MOST)
    return reader.find(asked_for, {"me": actor.acts_as or ""})


def inbox(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Mapping[str, Any]:
    """GET inbox?of=: the queue with its first request, which is shown beside it where there is room."""
    rows = queue(actor, reader, asked.get("of"))
    return _page(asked, actor, reader, rows, str(rows[0]["id"]) if rows else "", is_list=True)


def one_request(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Mapping[str, Any] | None:
    """GET inbox/{request}?of=: one request, beside the queue."""
    found = reader.get("request", asked.get("request"), ("id",))
    return (
        None
        if found is None
        else _page(asked, actor, reader, queue(actor, reader, asked.get("of")), str(found["id"]), is_list=False)
    )


def _page(
    asked: ScreenAsked, actor: Actor, reader: ScreenReader, rows: Sequence[Record], id: str, *, is_list: bool
) -> Mapping[str, Any]:
    of = asked.get("of")
    one = chosen(asked, reader, id, rows) if id else None
    beaten = one is not None and not one["undecided"] and any(p.code in BEATEN for p in asked.problems)
    return {
        "problems": () if beaten else asked.problems,
        "beaten": beaten,
        "queue": [_line(row, reader, of, id) for row in rows],
        "tabs": _tabs(actor, reader, of),
        "past": sum(1 for row in rows if row["decide_by"] is not None and row["decide_by"] < reader.now),
        "is_list": is_list,
        "here": reader.here(f"inbox/{id}" if id else "inbox", of=of),
        "of": of,
        "chosen": one,
        "next_href": _beside(rows, id, 1, reader, of),
        "previous_href": _beside(rows, id, -1, reader, of),
        "back": reader.here("inbox", of=of),
        "later": [] if rows else _later(actor, reader),
        "week": reader.here("week"),
        "mail": reader.here("mail") if reader.may("request_notice") else "",
    }


def _tabs(actor: Actor, reader: ScreenReader, of: str) -> list[tuple[str, str, int, bool]]:
    """Name, address, count, and whether it is shown: one's own, and for who leads a department or stands in for somebody what is
    past its time there."""
    led = reader.count(Query("request", filter=LED), {"me": actor.acts_as or ""})
    if not actor.leads and not led:
        return []
    name = _("Past their time in your departments") if actor.leads else _("Past their time, where you stand in")
    return [
        (_("For you"), reader.here("inbox"), waiting(actor, reader), of != "led"),
        (name, reader.here("inbox", of="led"), led, of == "led"),
    ]


def _line(row: Record, reader: ScreenReader, of: str, chosen: str) -> dict[str, Any]:
    words, tone = left(row["decide_by"], reader.now)
    return {
        "id": row["id"], "subject": row["subject"] or row["number"], "href": reader.here(f"inbox/{row['id']}", of=of),
        "who": reader.text("request", row, "party") if row.get("party") else reader.text("request", row, "trigger_user"),
        "left": words, "tone": tone, "urgent": bool(row.get("urgent")), "current": row["id"] == chosen,
        "doer": reader.text("request", row, "doer") if of == "led" else "",
    }  # fmt: skip


def _beside(rows: Sequence[Record], id: str, by: int, reader: ScreenReader, of: str) -> str:
    """The address of the next or previous request of the queue; '' at its end."""
    ids = [str(r["id"]) for r in rows]
    at = ids.index(id) + by if id in ids else (0 if by > 0 else -1)
    return reader.here(f"inbox/{ids[at]}", of=of) if 0 <= at < len(ids) else ""


def chosen(asked: ScreenAsked, reader: ScreenReader, id: str, rows: Sequence[Record]) -> dict[str, Any] | None:
    """A request with what it takes to decide it."""
    row = reader.get("request", id, SHOWN)
    if row is None:
        return None
    words, tone = left(row["decide_by"], reader.now)
    open_now = row["status"] == "undecided"
    return {
        "row": row, "id": id, "href": reader.url("request", id), "subject": row["subject"] or row["number"],
        "status": reader.cell("request", row, "status"), "undecided": open_now, "left": words, "tone": tone,
        "came": ago(row.get("sent_at"), reader.now), "by": reader.cell("request", row, "trigger_user"),
        "description": reader.cell("request", row, "description") if row.get("description") else None,
        "details": _details(row, reader), "facts": _facts(id, reader), "party": _party(row, reader),
        "decided": None if open_now else _decided(id, reader), "chain": _chain(id, reader),
        "suggested": _suggested(id, reader) if open_now else None, "near": reader.ask("request", id, "nearest") or {},
        "confirm": _confirm(row, reader) if open_now else None,
        "choices": _choices(asked, id, row, reader) if open_now else [],
        "urgent": bool(row.get("urgent")),
    }  # fmt: skip


def _details(row: Record, reader: ScreenReader) -> list[tuple[str, Any]]:
    """Label and cell of what is said of a request beside its text."""
    names = (
        "type",
        "need_by",
        "consequence",
        "consequence_text",
        "about",
        "relationship",
        "trigger_department",
        "urgent_reason",
        "returned_why",
        "question",
        "answer",
    )
    made = [(reader.label("request", n), reader.cell("request", row, n)) for n in names if row.get(n) not in (None, "")]
    effort = row.get("effort_left")
    return [*made, (_("Effort"), work(effort))] if effort else made


def _facts(id: str, reader: ScreenReader) -> list[tuple[str, Any]]:
    """What each fact is called, and what it says as the reader writes it."""
    rows = reader.children("request", "facts", [id], ("fact", "value")).get(id, ())
    return [(reader.text("request_facts", row, "fact"), reader.cell("request_facts", row, "value")) for row in rows]


def _party(row: Record, reader: ScreenReader) -> dict[str, Any] | None:
    """The card of the party that it is about, or of the one on whose behalf it is asked."""
    id = row.get("party") or row.get("trigger_party")
    names = ("display", "kind", "email", "phone", "locality", "country", "do_not_contact")
    party = reader.get("party", str(id), names) if id else None
    if party is None:
        return None
    about = "record.party == given.party && record.is_open && record.id != given.this"
    return {
        "name": party["display"], "href": reader.url("party", str(id)),
        "facts": [
            (reader.label("party", n), reader.cell("party", party, n))
            for n in names[1:-1] if party.get(n)
        ],
        "quiet": bool(party.get("do_not_contact")),
        "open": reader.count(Query("request", filter=about), {"party": str(id), "this": str(row["id"])}),
    }  # fmt: skip


def _decided(id: str, reader: ScreenReader) -> dict[str, Any] | None:
    """What was decided last, by whom and when."""
    columns = ("kind", "by", "at", "reason", "reason_text", "plan_on", "to_user", "question", "answer_by")
    rows = reader.find(Query("decision", columns, "record.request == given.id", ("-at",), 1), {"id": id})
    if not rows:
        return None
    row = rows[0]
    told = [
        (reader.label("decision", n), reader.cell("decision", row, n))
        for n in columns[3:]
        if row.get(n) not in (None, "")
    ]
    return {
        "what": reader.text("decision", row, "kind"),
        "by": reader.text("decision", row, "by"),
        "ago": ago(row["at"], reader.now),
        "told": told,
    }


def _chain(id: str, reader: ScreenReader) -> list[dict[str, Any]]:
    """Through whose hands it went."""
    asked_for = Query(
        "decision",
        ("from_user", "to_user", "reason", "at"),
        "record.request == given.id && record.kind == 'hand_on'",
        ("at",),
        20,
    )
    return [
        {n: reader.text("decision", row, n) for n in ("from_user", "to_user", "reason")}
        | {"ago": ago(row["at"], reader.now)}
        for row in reader.find(asked_for, {"id": id})
    ]


def _suggested(id: str, reader: ScreenReader) -> dict[str, Any] | None:
    """The decision that the rules suggest, with its key and its reason."""
    found = reader.ask("request", id, "suggest")
    keys = {name: str(n) for n, (name, _icon, _fields) in enumerate(DECISIONS, 1)}
    if not found or found.get("action") not in keys:
        return None
    label = reader.codes("decision_kind").get(found["action"], {}).get("label", found["action"])
    return {"action": found["action"], "label": label, "key": keys[found["action"]], "words": found.get("words", "")}


def _confirm(row: Record, reader: ScreenReader) -> Any:
    """Who sees a request first says whether it is his."""
    return None if row.get("confirmed_right") else reader.offer("request", str(row["id"]), "confirm_right")


def _choices(asked: ScreenAsked, id: str, row: Record, reader: ScreenReader) -> list[dict[str, Any]]:
    """The decisions that the reader may take, each with its key, what it asks for, and whether its form came back refused."""
    usual = reader.ask("request", id, "room") or {}
    made = []
    for n, (name, image, fields) in enumerate(DECISIONS, 1):
        offer = reader.offer("request", id, name)
        if offer is None:
            continue
        refused = bool(asked.problems) and asked.posted("_run").endswith(f"/{name}")
        room = _room_until(offer, id, reader) if name == "plan" and refused else usual
        short = name in ("do_now", "plan") and (room.get("fits") is False or refused)
        made.append({
            "name": name, "key": str(n), "icon": image, "offer": offer, "only": (*fields, *(TOO_MUCH if short else ())),
            "open": refused, "problems": asked.problems if refused else (),
            "room": _room(name, room) if room and (name == "do_now" or (name == "plan" and refused)) else None,
            "doers": _doers(asked, row, reader) if name == "hand_on" else [],
        })  # fmt: skip
    return made


def _room_until(offer: Any, id: str, reader: ScreenReader) -> Mapping[str, Any]:
    """The room until the day that was typed for a plan."""
    typed = next((str(f.value) for f in offer.fields if f.name.endswith(".plan_on")), "")
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return {}
    return reader.ask("request", id, "room", {"until": day.isoformat()}) or {}


def _room(decision: str, room: Mapping[str, Any]) -> dict[str, Any]:
    """Whether there is time for it, and the ways out where there is none. To move or drop another is an input of the decision, to
    hand it on is a decision of its own."""
    free, effort = int(room.get("free_minutes") or 0), int(room.get("effort") or 0)
    if room.get("fits", True):
        words = _("It takes about {effort}; {free} are free until it is needed.", effort=work(effort), free=work(free))
    else:
        words = _(
            "It takes about {effort}, and only {free} are free until it is needed.",
            effort=work(effort),
            free=work(free),
        )
    ways = []
    for n, way in enumerate(room.get("ways") or ()):
        kind = str(way.get("action", ""))
        gives = way["values"].get(kind if kind in ("move", "drop") else "to_user")
        name = f"{decision}.{kind}" if kind in ("move", "drop") else "way"
        ways.append({"n": f"{decision}-{n}", "name": name, "value": gives, "words": way.get("words", "")})
    return {"fits": bool(room.get("fits", True)), "words": words, "ways": [] if room.get("fits", True) else ways}


def _doers(asked: ScreenAsked, row: Record, reader: ScreenReader) -> list[dict[str, Any]]:
    """The others who are proposed for it, best first, each with the reason."""
    found = reader.ask("request", str(row["id"]), "propose") or ()
    return [
        {
            "user": one["user"],
            "name": one.get("name", ""),
            "words": one.get("words", ""),
            "checked": asked.posted("doer") == one["user"],
        }
        for one in [one for one in found if one["user"] != row.get("doer")][:4]
    ]


def decide(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Answered:
    """POST inbox/{request}: the decision that the form names, then on to the next request."""
    __, named, name = (*asked.posted("_run").split("/"), "", "", "")[:3]
    id, of = asked.get("request") or named, asked.get("of")
    name = "hand_on" if asked.posted("way") else name
    if not id or name not in KNOWN:
        return Answered(problems=[Problem(_("Choose what to do with it."), field="_run")])
    if name == "confirm_right":
        return Answered([Run("request", id, name)], _("You are the right person for it"), _tail(f"inbox/{id}", of))
    rows = queue(actor, reader, of)
    ahead = _after(rows, id)
    label = reader.codes("decision_kind").get(name, {}).get("label", name)
    row = reader.get("request", id, ("number",))
    toast = _("{number}: {decision}", number=row["number"] if row else "", decision=label)
    return Answered([_run(asked, id, name, reader)], toast, _tail(f"inbox/{ahead}" if ahead else "inbox", of))


def _run(asked: ScreenAsked, id: str, name: str, reader: ScreenReader) -> Run:
    """The decision with its fields; the way out of too much work, or the person proposed, that was picked."""
    version = asked.posted("_version")
    seen = int(version) if version.isdigit() else None
    if asked.posted("way"):
        return Run("request", id, name, {"to_user": asked.posted("way"), "reason": "no_capacity"}, seen)
    if name == "hand_on" and asked.posted("doer") and not asked.posted("hand_on.to_user__text"):
        given = {n: asked.posted(f"hand_on.{n}") or None for n in ("reason", "reason_text")}
        return Run("request", id, name, {"to_user": asked.posted("doer"), **given}, seen)
    return Run("request", id, name)


def _after(rows: Sequence[Record], id: str) -> str:
    """The id of what comes next when a request has left the queue: the one behind it, else the first of the others."""
    ids = [str(r["id"]) for r in rows]
    at = ids.index(id) if id in ids else -1
    others = [*ids[at + 1 :], *ids[: max(at, 0)]]
    return others[0] if others else ""


def _tail(path: str, of: str) -> str:
    return f"{path}?of={of}" if of == "led" else path


def _later(actor: Actor, reader: ScreenReader) -> list[tuple[str, str, str]]:
    """What the actor has decided to do next: for an inbox that is empty."""
    asked_for = Query(
        "request",
        ("number", "subject", "plan_on", "status"),
        "record.doer == given.me && record.status in ['doing', 'planned']",
        ("rank",),
        5,
    )
    rows = reader.find(asked_for, {"me": actor.acts_as or ""})
    return [
        (
            row["subject"] or row["number"],
            reader.url("request", str(row["id"])),
            reader.shown(row["plan_on"]) if row.get("plan_on") else reader.text("request", row, "status"),
        )
        for row in rows
    ]
