"""What finished work teaches: articles drafted of it, those nearest to a new request with the reason, and how they did."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, NewRecord, Patch, Problem, Reader, Record, _, ngettext

from . import kinds
from .labels import fact_said, label_of
from .people import MOST

NOTHING = "nothing_to_learn"
SHOWN, LOOKED_AT = 3, 1_000
WORD = re.compile(r"[^\W\d_]{4,}")
REVIEW_AFTER = timedelta(days=365)
CONTRADICTED = 2
"""From so many contradictions on an article goes to review."""


def drafted(request: Record, reader: Reader) -> list[FurtherChange]:
    """The draft of an article of a request that is done; nothing where there was nothing to learn. Where it was sent back and is done
    again, what was done then stands below in the draft that is there."""
    if request["cause"] == NOTHING or not request["doer"]:
        return []
    skills = list(kinds.skills_of(request["type"], reader))
    rows = reader.children("request", "facts", request["id"])
    facts = "\n".join(f"- {label_of('request_fact', row['fact'], reader)}: {fact_said(row, reader)}" for row in rows)
    parts = (
        (_("What was asked"), facts),
        (_("What was done"), request["done_what"]),
        (_("What came of it"), request["result"]),
    )
    body = "\n\n".join(f"**{heading}**\n\n{text}" for heading, text in parts if text)
    there = reader.find(
        "article", "record.from_request == given.one && record.status == 'draft'", {"one": request["id"]}
    )
    if there:
        more = "\n\n".join(f"**{heading}**\n\n{text}" for heading, text in parts[1:] if text)
        changed = {"body": f"{there[0]['body']}\n\n{more}", "cause": request["cause"]}
        return [Patch("article", there[0]["id"], changed)] if more not in there[0]["body"] else []
    title = f"{label_of('request_type', request['type'], reader)}: {request['subject']}"[:200]
    return [
        NewRecord(
            "article",
            {
                "title": title, "body": body, "type": request["type"], "skill": skills[0] if skills else None, "cause": request["cause"],
                "owner": request["doer"], "from_request": request["id"], "review_on": reader.today + REVIEW_AFTER,
            },
        )
    ]  # fmt: skip


def words(texts: Iterable[str | None]) -> Counter[str]:
    """The words of texts that say something: of four letters and more, without case."""
    return Counter(word for text in texts for word in WORD.findall((text or "").casefold()))


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """How much of the one's words the other has too, 0 to 1."""
    return len(one.keys() & other.keys()) / len(one) if one else 0.0


def nearest(request: Record, reader: Reader) -> dict[str, list[dict[str, Any]]]:
    """The three nearest articles and similar requests, each with the reason, of those that the reader may see: by words of subject
    and facts, then the same kind and skill, then how often it solved."""
    facts = [row["value"] for row in reader.children("request", "facts", request["id"])]
    asked = words((request["subject"], request["description"], *facts))
    skills = set(kinds.skills_of(request["type"], reader))
    articles = reader.seen("article", "record.status == 'published'", limit=LOOKED_AT, sort=("-updated_at",))
    solved = Counter(row["article"] for row in reader.find("article_use", "record.result == 'solved'", limit=MOST))
    rated = [
        (
            likeness(asked, words((row["title"], row["body"]))),
            row["type"] == request["type"],
            row["skill"] in skills,
            solved[row["id"]],
            row,
        )
        for row in articles
    ]
    rated = [one for one in rated if one[0] or one[1] or one[2]]
    rated.sort(key=lambda one: (-round(one[0], 2), not one[1], not one[2], -one[3], one[4]["id"]))
    return {
        "articles": [_article(*one) for one in rated[:SHOWN]],
        "requests": _similar(request, asked, reader),
    }


def _article(like: float, kind: bool, skill: bool, solved: int, row: Record) -> dict[str, Any]:
    said = [_("{percent} % of the words", percent=round(100 * like))] if like else []
    said += [_("the same kind")] if kind else [_("the same skill")] if skill else []
    said += [ngettext("solved once", "solved {n} times", solved)] if solved else []
    return {"id": row["id"], "title": row["title"], "words": ", ".join(said), "solved": solved}


def _similar(request: Record, asked: Counter[str], reader: Reader) -> list[dict[str, Any]]:
    rows = reader.seen(
        "request",
        "record.type == given.type && record.status != 'unclear'",
        {"type": request["type"]},
        LOOKED_AT,
        ("-sent_at",),
    )
    made = [
        (likeness(asked, words((row["subject"], row["description"]))), row)
        for row in rows
        if row["id"] != request["id"]
    ]
    made = sorted((one for one in made if one[0] > 0), key=lambda one: (-one[0], one[1]["id"]))
    return [
        {
            "id": row["id"], "number": row["number"], "subject": row["subject"], "status": row["status"],
            "words": _(
                "{percent} % of the words, the same kind; {status}",
                percent=round(100 * like), status=label_of("request_status", row["status"], reader),
            ),
        }
        for like, row in made[:SHOWN]
    ]  # fmt: skip


def show_nearest(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> dict[str, Any]:
    """The nearest as an answer."""
    return dict(nearest(record, reader))


def use_article(
    record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange | Problem]:
    """What an article did for a request: it counts; what was contradicted twice goes to review."""
    article = reader.get("article", values["article"])
    if article is None or not reader.seen("article", f"record.id == '{values['article']}'"):
        return [Problem(_("There is no such article."), "link", "article")]
    told = {
        "article": article["id"],
        "request": record["id"],
        "result": values["result"],
        "at": reader.now,
        "by": actor.id,
    }
    wrong = reader.find(
        "article_use",
        "record.article == given.one && record.result == 'contradicted'",
        {"one": article["id"]},
        limit=MOST,
    )
    changes: list[FurtherChange] = [NewRecord("article_use", told)]
    if values["result"] == "contradicted" and len(wrong) + 1 >= CONTRADICTED and article["status"] == "published":
        changes.append(Patch("article", article["id"], transition="review", reason=_("Contradicted twice")))
    return changes


def due_for_review(reader: Reader, today: date) -> list[FurtherChange]:
    """Published articles whose day of review has come, or that nobody has used for a year."""
    rows = reader.find(
        "article", "record.status == 'published' && record.review_on <= given.day", {"day": today}, limit=MOST
    )
    unused = reader.find(
        "article",
        "record.status == 'published' && record.review_on > given.day && record.created_at < given.since && !record.uses.exists(u, u.at >= given.since)",
        {"day": today, "since": reader.now - REVIEW_AFTER}, limit=MOST,
    )  # fmt: skip
    return [
        *(Patch("article", row["id"], transition="review", reason=_("Its day of review has come")) for row in rows),
        *(
            Patch("article", row["id"], transition="review", reason=_("Nobody has used it for a year"))
            for row in unused
        ),
    ]
