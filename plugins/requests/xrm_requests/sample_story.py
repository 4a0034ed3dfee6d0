"""The three requests of the demo's story: Helga's letter is handed on from service to procurement, a customer's filters are the bridge,
finance releases the larger order. Days count from the day of the demo."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from xrm_core.plugin import SampleMaker

Row = dict[str, Any]


def make(maker: SampleMaker, ranks: dict[str | None, int]) -> None:
    """The story's requests, done and documented, with every decision about them"""
    named = maker.shared.get("named", {})
    if "brandt" not in named:
        return

    def at(days: int, hour: int, minute: int = 0) -> datetime:
        day, left = maker.as_of, -days
        while left:
            day -= timedelta(days=1)
            left -= day.weekday() < 5
        return datetime.combine(day, time(hour, minute), UTC)

    rows, decisions = _requests(maker, named, at), _decisions(maker, at)
    ids = maker.add("request", rows)
    maker.add("decision", [{"request": ids[n], **told} for n, told in decisions])
    maker.add(
        "slot",
        [{"user": maker.user("chiara"), "on": at(-3, 9).date(), "minutes": 120, "request": ids[0], "done": True}],
    )
    maker.add("article", [{
        "title": "Nordsee pumps late: what to tell donors", "body": rows[0]["done_what"] + "\n\n" + rows[0]["result"], "type": "donor_enquiry", "skill": "impact",
        "cause": "supplier", "owner": maker.user("chiara"), "from_request": ids[0], "status": "draft", "review_on": maker.as_of + timedelta(days=365),
    }])  # fmt: skip


def _requests(maker: SampleMaker, named: Any, at: Any) -> list[Row]:
    def about(shared: str, entity: str, name: str) -> Row:
        id = dict(maker.shared.get(shared, {})).get(named.get(name))
        serves = dict(maker.shared.get("outcome_of", {})).get(id)
        row = {"party": named.get(name)} | ({"relationship": id, "relationship_entity": entity} if id else {})
        return row | ({"outcome": serves} if serves else {})

    return [
        {
            "type": "donor_enquiry", "subject": "Brandt: which wells run, and why the delay?", "trigger_user": maker.user("ben"), "need_by": at(-1, 17), "consequence": "relationship",
            "consequence_text": "She decides on the next gift at the end of the month.", "doer": maker.user("chiara"), "doer_department": maker.department("procurement"),
            "facts": [{"fact": "enquiry_question", "value": "Which wells run, and why the delay?"}, {"fact": "enquiry_fund", "value": "WELLS"}, {"fact": "enquiry_places", "value": "Ten wells of Turkana"}],
            "sent_at": at(-4, 10, 30), "decide_by": at(-4, 13), "decided_at": at(-4, 11, 5), "decision_minutes": 35, "status": "accepted", "confirmed_right": True,
            "done_what": "The pumps were held up by an expired certificate; it is renewed. 40 filters of another customer bridge the gap.", "result": "Eight of ten wells run; the last two follow next week.",
            "cause": "supplier", "checked": ["enquiry_with_readings"], "done_at": at(-2, 16), "accepted_at": at(-1, 10), "rating": 5, "effort_planned": 120, "effort_left": 0, "fulfilment_minutes": 1290,
            **about("donors", "donor", "brandt"),
        },
        {
            "type": "release_stock", "subject": "40 filters of Hotel Albatros as a bridge", "trigger_user": maker.user("chiara"), "need_by": at(-2, 12), "consequence": "relationship",
            "doer": maker.user("samir"), "doer_department": maker.department("sales"), "sent_at": at(-3, 9, 20), "decide_by": at(-3, 10, 20), "decided_at": at(-3, 14), "decision_minutes": 280,
            "facts": [{"fact": "release_item", "value": "Filter F40"}, {"fact": "release_pieces", "value": "40"}, {"fact": "release_for", "value": "Hotel Albatros"}],
            "status": "accepted", "confirmed_right": True, "done_what": "Called the hotel: it waits if it gets 60 in place of 40.", "result": "Promised day moved, larger order confirmed.",
            "cause": "supplier", "checked": ["release_told"], "done_at": at(-3, 15), "accepted_at": at(-3, 16), "effort_planned": 30, "effort_left": 0, "fulfilment_minutes": 340,
            **about("customers", "customer", "hotel_albatros"),
        },
        {
            "type": "credit_release", "subject": "Hotel Albatros: 60 filters are above its limit", "trigger_user": maker.user("samir"), "need_by": at(-3, 17), "consequence": "cost",
            "doer": maker.user("mei"), "doer_department": maker.department("finance"), "sent_at": at(-3, 14, 20), "decide_by": at(-3, 15, 20), "decided_at": at(-3, 14, 40), "decision_minutes": 20,
            "facts": [{"fact": "credit_amount", "value": "1800"}, {"fact": "credit_order", "value": "60 filters"}],
            "status": "accepted", "confirmed_right": True, "done_what": "Released: pays on time for two years. Fund WELLS pays the freight.", "result": "The order may ship.",
            "cause": "nothing_to_learn", "checked": ["credit_reason"], "done_at": at(-3, 15), "accepted_at": at(-3, 15, 30), "effort_planned": 30, "effort_left": 0, "fulfilment_minutes": 40,
            **about("customers", "customer", "hotel_albatros"),
        },
    ]  # fmt: skip


def _decisions(maker: SampleMaker, at: Any) -> list[tuple[int, Row]]:
    dana, chiara, samir, mei = (maker.user(name) for name in ("dana", "chiara", "samir", "mei"))
    return [
        (0, {"kind": "hand_on", "by": dana, "at": at(-4, 11, 5), "from_user": dana, "to_user": chiara, "reason": "wrong_person", "reason_text": "The wells wait for pumps; Chiara knows why they are late."}),
        (0, {"kind": "ask_back", "by": chiara, "at": at(-4, 15, 40), "question": "Which batch of pumps is it about?", "answer_by": at(-3, 12)}),
        (0, {"kind": "plan", "by": chiara, "at": at(-4, 16, 5), "plan_on": at(-3, 9).date()}),
        (0, {"kind": "do_now", "by": chiara, "at": at(-3, 9)}),
        (1, {"kind": "do_now", "by": samir, "at": at(-3, 14)}),
        (2, {"kind": "do_now", "by": mei, "at": at(-3, 14, 40)}),
    ]  # fmt: skip
