"""Replies as people write them, in three languages: which decide, and which do not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xrm_requests import replying
from xrm_requests.replying import Said

TODAY = date(2026, 11, 23)  # a Monday
PEOPLE = (
    ("a", "Amal Haddad", "amal@x.example"),
    ("b", "Ben Adler", "ben@x.example"),
    ("c", "Ben Cole", "cole@x.example"),
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("do now", Said("do_now")),
        ("Do now.\n\nBen\n\n> plan tomorrow", Said("do_now")),
        ("Jetzt tun, weil es brennt", Said("do_now", "es brennt")),
        ("نفّذ الآن", Said("do_now")),
        ("plan 2026-12-01", Said("plan", "", date(2026, 12, 1))),
        ("\n\nPlan: 1.12.2026 because the pumps come late", Said("plan", "the pumps come late", date(2026, 12, 1))),
        ("Planen am 1.12.", Said("plan", "", date(2026, 12, 1))),
        ("planen für 4.1.", Said("plan", "", date(2027, 1, 4))),
        ("plan for tomorrow", Said("plan", "", date(2026, 11, 24))),
        ("plan monday", Said("plan", "", date(2026, 11, 30))),
        ("planen Freitag", Said("plan", "", date(2026, 11, 27))),
        ("خطّط ليوم ٢٠٢٦-١٢-٠١", Said("plan", "", date(2026, 12, 1))),
        ("\u200fخطط غدًا\u200f", Said("plan", "", date(2026, 11, 24))),
        ("decline no budget", Said("decline", "no budget")),
        ("Ablehnen: schon angefragt", Said("decline", "schon angefragt")),
        ("ارفض لا طاقة متاحة", Said("decline", "لا طاقة متاحة")),
        ("hand on to amal", Said("hand_on", "amal")),
        ("Weitergeben an Amal Haddad", Said("hand_on", "Amal Haddad")),
        ("حوّل إلى أمل", Said("hand_on", "أمل")),
        ("ask back - which batch?", Said("ask_back", "which batch?")),
        ("Rückfrage: Welche Charge?", Said("ask_back", "Welche Charge?")),
        ("> do now", None),
        ("On Monday Ben wrote:\n> do now", None),
        ("Thanks, I will plan it", None),
        ("plan", None),
        ("plan 2026-13-01", None),
        ("plan to look at it tomorrow", None),
        ("do now if you can", None),
        ("decline", None),
        ("hand on", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_first_line_is_read(text: str, said: Said | None) -> None:
    """A verb at the start of the first line decides, with what it takes; anything else decides nothing."""
    assert replying.read(text, TODAY) == said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("amal", (["a"], "")), ("Amal Haddad: knows them", (["a"], "knows them")), ("AMAL@X.EXAMPLE because she knows", (["a"], "she knows")),
        ("ben", (["b", "c"], "")), ("Ben Cole", (["c"], "")), ("cole", (["c"], "")), ("Nobody", ([], "")), ("", ([], "")),
    ],
)  # fmt: skip
def test_people_are_found_by_their_names(text: str, found: tuple[list[str], str]) -> None:
    """By the whole name, a first name, an address; what several have names several."""
    assert replying.person_in(text, PEOPLE) == found


def test_a_reason_is_known_by_its_name() -> None:
    """The name of a code in any language is that code, other words are none."""
    codes = {"duplicate": ("Asked already", "Schon angefragt"), "no_capacity": ("No capacity", "Keine Kapazität")}
    assert replying.code_in("schon  ANGEFRAGT.", codes) == "duplicate"
    assert replying.code_in("no budget", codes) is None


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    """Whatever a message says, it is read or it decides nothing; what is quoted never decides."""
    said = replying.read(text, TODAY)
    assert said is None or said.verb in replying.VERBS
    assert (
        replying.read("\n".join(f"> {line}" for line in text.split("\n")), TODAY) is None
        or "\r" in text
        or any(sign in text for sign in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    )
