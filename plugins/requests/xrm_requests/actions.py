"""The actions on a request: what each is called, what it asks for, when it is open, and what is said when it is closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xrm_core.plugin import ActionSpec, Reader, Record, _

from . import deciding, fitting, fulfilling, knowledge, ranking, sending, urgency
from .labels import label_of
from .people import name_of

Fields = Mapping[str, Mapping[str, Any]]
OPEN = "record.status in ['undecided', 'doing', 'planned', 'waiting']"
UNDECIDED = "record.status == 'undecided'"
DECIDABLE = ("undecided", "doing", "planned")
REASON_TEXT: Fields = {
    "reason_text": {"type": "text", "max": 300, "label": {"en": "In words", "de": "In Worten", "ar": "بالكلمات"}}
}
WHY: Fields = {
    "reason_text": {
        **REASON_TEXT["reason_text"],
        "required": True,
        "label": {"en": "Why", "de": "Warum", "ar": "السبب"},
    }
}
REASON: Fields = {
    "reason": {
        "type": "choice",
        "codes": "decision_reason",
        "required": True,
        "label": {"en": "Reason", "de": "Grund", "ar": "السبب"},
    }
}
ROOM: Fields = {
    "move": {
        "type": "link",
        "to": "request",
        "label": {"en": "Move another request", "de": "Eine andere Anfrage verschieben", "ar": "نقل طلب آخر"},
    },
    "move_to": {"type": "date", "label": {"en": "To", "de": "Auf", "ar": "إلى"}},
    "drop": {
        "type": "link",
        "to": "request",
        "label": {"en": "Drop another request", "de": "Eine andere Anfrage fallen lassen", "ar": "إسقاط طلب آخر"},
    },
    "overrule_reason": {
        "type": "text",
        "max": 300,
        "label": {"en": "Beyond capacity because", "de": "Über die Kapazität weil", "ar": "فوق الطاقة لأن"},
    },
}
"""The ways out where there is no room, and the reason to do without."""


def closed_because(record: Record, reader: Reader) -> str:
    """Why nothing can be decided now: what was decided, by whom and when; so that the second of two sees the first."""
    rows = reader.children("request", "decisions", record["id"])
    last = max(rows, key=lambda row: (row["at"], row["id"]), default=None)
    status = label_of("request_status", record["status"], reader)
    if last is None:
        return _("It is {status}.", status=status)
    who, what = name_of(last["by"], reader) or _("the platform"), label_of("decision_kind", last["kind"], reader)
    return _(
        "It is {status}: {name} decided “{decision}” at {time}.",
        status=status,
        name=who,
        decision=what,
        time=reader.shown(last["at"]),
    )


ICONS = {
    "do_now": "play", "plan": "calendar-clock", "decline": "circle-x", "hand_on": "forward", "ask_back": "message-circle-question-mark",
    "confirm_right": "user-check", "send": "send", "answer": "reply", "withdraw": "undo-2", "make_urgent": "siren", "finish": "circle-check-big",
    "accept": "thumbs-up", "send_back": "rotate-ccw", "use_article": "book-open-check", "raise_rank": "list-start",
    "grant_urgent": "badge-check", "not_urgent": "bell-off", "propose": "user-search", "suggest": "lightbulb", "nearest": "library",
    "room": "calendar-range", "shifts": "arrow-up-down",
}  # fmt: skip
"""Of the buttons, by name."""


def _action(
    name: str,
    label: tuple[str, str, str],
    run: Callable[..., Any],
    when: str | None,
    fields: Fields | None = None,
    *,
    reads: bool = False,
    way: tuple[Sequence[str], str] = ((), ""),
    several: Sequence[str] | None = None,
) -> ActionSpec:
    en, de, ar = label
    return ActionSpec(
        name,
        "request",
        {"en": en, "de": de, "ar": ar},
        run,
        when,
        fields or {},
        "read" if reads else "write",
        closed_because,
        way[1],
        way[0],
        several,
        icon=ICONS[name],
    )


def _text(en: str, de: str, ar: str, kind: str = "long_text", **more: Any) -> Mapping[str, Any]:
    return {"type": kind, "label": {"en": en, "de": de, "ar": ar}, **more}


def actions() -> Sequence[ActionSpec]:
    """All of them, in the order of the buttons."""
    return [*_deciding(), *_asking(), *_ending(), *_ordering(), *_reading()]


def _deciding() -> Sequence[ActionSpec]:
    day = _text("Day", "Tag", "اليوم", "date", required=True)
    late = _text(
        "Why after the day needed",
        "Warum nach dem Tag, an dem es gebraucht wird",
        "سبب تجاوز يوم الحاجة",
        "text",
        max=300,
    )
    to = _text("To whom", "An wen", "إلى من", "user", required=True)
    question = _text("Question", "Rückfrage", "السؤال", required=True)
    by = _text("Answer by", "Antwort bis", "الجواب قبل", "datetime")
    return [
        _action("do_now", ("Do now", "Jetzt tun", "نفّذ الآن"), deciding.do_now, f"{UNDECIDED} || record.status == 'planned'", ROOM, way=(("undecided", "planned"), "doing"), several=()),
        _action("plan", ("Plan", "Planen", "خطّط"), deciding.plan, "record.status in ['undecided', 'doing', 'planned']", {"plan_on": day, "late_reason": late, **ROOM}, way=(DECIDABLE, "planned"), several=("plan_on", "late_reason")),
        _action("decline", ("Decline", "Ablehnen", "ارفض"), deciding.decline, "record.status in ['undecided', 'doing', 'planned']", {**REASON, **REASON_TEXT}, way=(DECIDABLE, "declined"), several=("reason", "reason_text")),
        _action("hand_on", ("Hand on", "Weitergeben", "حوّل"), deciding.hand_on, "record.status in ['undecided', 'doing', 'planned']", {"to_user": to, **REASON, **REASON_TEXT}, several=("to_user", "reason", "reason_text")),
        _action("ask_back", ("Ask back", "Rückfragen", "استفسر"), deciding.ask_back, "record.status in ['undecided', 'doing', 'planned']", {"question": question, "answer_by": by}, way=(DECIDABLE, "waiting")),
        _action("confirm_right", ("I am the right one", "Ich bin richtig", "أنا المناسب"), deciding.confirm_right, f"{UNDECIDED} && !record.confirmed_right"),
    ]  # fmt: skip


def _asking() -> Sequence[ActionSpec]:
    doer = _text("Doer", "Wer es tut", "المنفذ", "user")
    other = _text(
        "Why somebody else than the first",
        "Warum jemand anderes als die erste Person",
        "سبب اختيار غير الأول",
        "choice",
        codes="choice_reason",
    )
    return [
        _action("send", ("Send", "Senden", "أرسل"), sending.send, "record.status == 'unclear'", {"doer": doer, "other_choice": other}, way=(("unclear",), "undecided")),
        _action("answer", ("Answer", "Antworten", "أجب"), deciding.answer, "record.status == 'waiting'", {"answer": _text("Answer", "Antwort", "الجواب", required=True)}, way=(("waiting",), "undecided")),
        _action("withdraw", ("Withdraw", "Zurückziehen", "اسحب"), fulfilling.withdraw, f"{OPEN} || record.status == 'unclear'", WHY, way=(("unclear", *DECIDABLE, "waiting"), "withdrawn")),
        _action("make_urgent", ("Make urgent", "Als eilig kennzeichnen", "اجعله عاجلًا"), urgency.make_urgent, f"{OPEN} && !record.urgent", {"urgent_reason": _text("Why it is urgent", "Warum es eilt", "سبب الاستعجال", "text", max=300, required=True)}),
    ]  # fmt: skip


def _ending() -> Sequence[ActionSpec]:
    done = {
        "done_what": _text("What was done", "Was getan wurde", "ما تم", required=True),
        "result": _text("What came of it", "Was daraus wurde", "النتيجة", required=True),
        "cause": _text("Cause", "Ursache", "السبب", "choice", codes="cause", required=True),
        "checked": _text("Checked", "Geprüft", "تم التحقق", "multi_choice", codes="request_check"),
        "minutes": _text("Minutes it took", "Gebrauchte Minuten", "الدقائق المستغرقة", "integer", min=0, max=60_000),
    }
    return [
        _action("finish", ("Done", "Erledigt", "منجز"), fulfilling.finish, "record.status in ['doing', 'planned']", done, way=(("doing", "planned"), "done")),
        _action("accept", ("Accept", "Annehmen", "اقبل"), fulfilling.accept, "record.status == 'done'", {"rating": _text("Rating", "Bewertung", "التقييم", "rating", max=5)}, way=(("done",), "accepted"), several=()),
        _action("send_back", ("Send back", "Zurückgeben", "أعد"), fulfilling.send_back, "record.status == 'done'", WHY, way=(("done",), "undecided")),
        _action("use_article", ("An article helped", "Ein Artikel half", "ساعدت مقالة"), knowledge.use_article, "record.status != 'withdrawn'", {
            "article": {"type": "link", "to": "article", "required": True, "label": {"en": "Article", "de": "Artikel", "ar": "مقالة"}},
            "result": _text("It", "Er", "النتيجة", "choice", codes="article_result", required=True),
        }),
    ]  # fmt: skip


def _ordering() -> Sequence[ActionSpec]:
    reason = {"urgent_reason": _text("Why it is granted", "Warum gewährt", "سبب المنح", "text", max=300, required=True)}
    return [
        _action("raise_rank", ("Raise", "Höher einreihen", "ارفع"), ranking.raise_rank, OPEN, {"to": _text("To rank", "Auf Rang", "إلى الترتيب", "integer", min=1, required=True)}),
        _action("grant_urgent", ("Grant urgency", "Eile gewähren", "امنح الاستعجال"), urgency.grant_urgent, f"{OPEN} && !record.urgent", reason),
        _action("not_urgent", ("Was not urgent", "War nicht eilig", "لم يكن عاجلًا"), urgency.not_urgent, "record.urgent && !record.found_not_urgent"),
    ]  # fmt: skip


def _reading() -> Sequence[ActionSpec]:
    to = {"to": _text("To rank", "Auf Rang", "إلى الترتيب", "integer", min=1, required=True)}
    until = {"until": _text("Until", "Bis", "حتى", "date")}
    return [
        _action("propose", ("Who can do it", "Wer es kann", "من يستطيع"), sending.propose, None, reads=True),
        _action("suggest", ("What to decide", "Was zu entscheiden ist", "ما القرار"), deciding.suggest, UNDECIDED, reads=True),
        _action("nearest", ("What is known", "Was bekannt ist", "ما المعروف"), knowledge.show_nearest, None, reads=True),
        _action("room", ("Room for it", "Platz dafür", "المتسع له"), fitting.room, None, until, reads=True),
        _action("shifts", ("What a rise moves", "Was sich verschiebt", "ما الذي يتحرك"), ranking.show_shifts, OPEN, to, reads=True),
    ]  # fmt: skip
