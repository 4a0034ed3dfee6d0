"""Replies to the mail that told of a request: the sender's own decision, or words that are kept with it and answered.

Three things have to fit before anything is done: the reply names a Message-ID that only that mail had (it is signed), it comes
from the address of the user who was told, and our own server vouches for the sender. The decision is then an action of this
user, with his rights; who writes to us from elsewhere waits for a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Desk, Later, NewRecord, Problem, Reader, Record, _, speaking

from . import actions, notifying, replying
from .labels import label_of
from .people import ACTIVE, MOST

TOKEN = re.compile(r"<rq\.([0-9a-f-]{36}\.[A-Za-z0-9_-]{16,64})(?:\.[0-9a-f-]{36})?@")
MOST_REPLIES = 5
"""Replies to one mail that are answered."""
Taken = Mapping[str, str]


def take(mail: Any, desk: Desk) -> Taken | None:
    """What becomes of a message that came in: None where it answers no mail of ours."""
    told = _told(mail.answers, desk.reader)
    user = desk.reader.get("user", told["user"]) if told else None
    request = desk.reader.get("request", told["request"]) if told else None
    if told is None or user is None or request is None:
        return None
    if mail.automatic:
        return {
            "state": "taken",
            "reason": _("A machine answered the mail about {number}: nothing is done.", number=request["number"]),
        }
    if str(mail.sender).lower() != str(user["email"]).lower() or user["status"] != "active":
        return {
            "state": "aside",
            "reason": _("It answers the mail about {number}, which went to somebody else.", number=request["number"]),
        }
    if mail.authenticated != "pass":
        return {
            "state": "aside",
            "reason": _("It decides {number}, but our server does not vouch for the sender.", number=request["number"]),
        }
    return _answered(mail, told, user, request, desk)


def _told(answers: Sequence[str], reader: Reader) -> Record | None:
    """The mail of ours that a message answers."""
    for id in answers:
        found = TOKEN.match(id)
        signed = reader.signed(found[1]) if found else None
        if signed is not None:
            return reader.get("request_mail", signed)
    return None


def _answered(mail: Any, told: Record, user: Record, request: Record, desk: Desk) -> Taken:
    """Decide what the reply says, keep its words with the request, and answer."""
    reader = desk.reader
    before = reader.find("request_mail", "record.about == given.one", {"one": told["id"]}, limit=MOST)
    with speaking(user["language"] or str(reader.settings.get("language") or "en")):
        result, words = _decided(mail.text, told, user, request, desk)
        link = reader.address(f"/p/requests/inbox/{request['id']}")
        answer = "\n\n".join([words, *([] if result == "decided" else [notifying.how(reader)]), link])
    id, quiet = reader.new_id(), len(before) >= MOST_REPLIES
    row = {
        "request": request["id"], "user": user["id"], "acting": told["acting"], "mailbox": told["mailbox"], "decide_by": told["decide_by"],
        "about": told["id"], "to_message": mail.id[:250], "text": replying.written(mail.text) or None, "result": result,
        "answer": answer, "state": "not_needed" if quiet else "waiting",
    }  # fmt: skip
    desk.save([NewRecord("request_mail", row, id)])
    if not quiet:
        desk.later(Later(notifying.ERRAND, {"id": id}, key=id))
    said = label_of("request_reply", result, reader)
    return {"state": "taken", "reason": _("Reply about {number}: {result}", number=request["number"], result=said)}


def _decided(text: str, told: Record, user: Record, request: Record, desk: Desk) -> tuple[str, str]:
    """What came of a reply, as a code and in words."""
    reader = desk.reader
    said = replying.read(text, reader.today)
    if said is None:
        return "not_understood", _(
            "Your words are kept with {number}. They decide nothing: the first line begins with no decision.",
            number=request["number"],
        )
    if not notifying.is_open(told, request):
        return "too_late", _(
            "Nothing was done: {number} does not wait for this decision any more. {state}",
            number=request["number"],
            state=actions.closed_because(request, reader),
        )
    values = _values(said, request, reader)
    problems = (
        (values,)
        if isinstance(values, Problem)
        else desk.act(user["id"], "request", request["id"], said.verb, values, told["acting"])
    )
    if problems:
        why = " ".join(f"{p.message} {p.hint}." if p.hint else p.message for p in problems)
        return "refused", _("Nothing was done with {number}: {reason}", number=request["number"], reason=why)
    decision = label_of("decision_kind", said.verb, reader)
    on = f" ({reader.shown(said.day)})" if said.day else ""
    return "decided", _("{number} is decided: {decision}.", number=request["number"], decision=f"{decision}{on}")


def _values(said: replying.Said, request: Record, reader: Reader) -> dict[str, Any] | Problem:
    """The values of the action; or why the line does not say them."""
    if said.verb == "do_now":
        return {"overrule_reason": said.rest[:300] or None}
    if said.verb == "plan" and said.day is not None:
        late = said.rest[:300] or None
        return {"plan_on": said.day.isoformat(), "late_reason": late, "overrule_reason": late}
    if said.verb == "ask_back":
        return {"question": said.rest}
    if said.verb == "decline":
        return _reason(said.rest, reader)
    users = reader.find("user", ACTIVE, limit=MOST)
    found, why = replying.person_in(said.rest, [(u["id"], u["name"], u["email"]) for u in users])
    if len(found) != 1:
        told = (
            _("Nobody here has this name: {name}", name=said.rest)
            if not found
            else _("Several people have this name: {name}", name=said.rest)
        )
        return Problem(told, "unknown", "to_user", hint=_("write the whole name, or the address"))
    return {"to_user": found[0], **_reason(why, reader)}


def _reason(words: str, reader: Reader) -> dict[str, Any]:
    """The reason that the words name, else another one in these words."""
    names = {code: _labels(told) for code, told in reader.codes("decision_reason").items()}
    code = replying.code_in(words, names)
    return {"reason": code or "other", "reason_text": None if code else words[:300] or None}


def _labels(told: Mapping[str, Any]) -> Sequence[str]:
    label = told["label"]
    return [str(one) for one in label.values()] if isinstance(label, Mapping) else [str(label)]
