"""All relationships of a record together: timeline, next steps, money by year, ties; on both databases, under rights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.contracts.conftest import _on_each
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, counting, integrated, network, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage import query
from xrm_core.testing import temporary_organisation

METADATA = """
mixin: bond
fields:
  who: {type: link, to: being, required: true}
  began: {type: date}
  todo: {type: text}
  due: {type: date}
  keeper: {type: user}
next_step: {what: todo, on: due, who: keeper, when: "record.todo != 'never'"}
---
entity: being
title: "{name}"
search: [name]
integrates: bond
fields:
  name: {type: text, required: true}
---
entity: patron
mixins: [bond]
title: "patron {who}"
---
entity: maker
mixins: [bond]
title: "maker {who}"
---
entity: gift
title: "{what}"
timeline: {on: given_on, amount: amount, when: "record.what != 'void'"}
fields:
  patron: {type: link, to: patron, required: true, reverse: gifts}
  what: {type: text, required: true}
  amount: {type: money}
  given_on: {type: date}
---
entity: visit
title: "{what}"
timeline: {on: at}
fields:
  being: {type: link, to: being, required: true, reverse: visits}
  what: {type: text, required: true}
  at: {type: datetime}
  secret: {type: boolean, default: false}
---
entity: kin
title: "{a} {kind} {b}"
connects: [a, b]
fields:
  a: {type: link, to: being, required: true, reverse: kin_of}
  kind: {type: choice, codes: kinship, required: true}
  b: {type: link, to: being, required: true, reverse: kin_to}
  since: {type: date}
  until: {type: date}
---
codes: kinship
attributes: {reverse: text}
values:
  parent: {label: is a parent of, reverse: is a child of}
  friend: {label: is a friend of, reverse: is a friend of}
"""
ACCESS = """
role: guest
label: Guest
---
grants:
  - {role: guest, entity: being, verbs: [read], rows: "record.name != 'Ghost'"}
  - {role: guest, entity: visit, verbs: [read], rows: "!record.secret"}
  - {role: guest, entity: kin, verbs: [read]}
  - {role: guest, entity: patron, verbs: [read], fields: [who, began]}
"""


@contextmanager
def open_village(url: str) -> Iterator[Runtime]:
    """An organisation of beings."""
    parts = METADATA.split("---\ncodes:")
    files = {"entities/village.yaml": parts[0], "codes/village.yaml": "codes:" + parts[1], "access/rights.yaml": ACCESS}
    with temporary_organisation(metadata=files, url=url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            records.create_record(work, "user", {"name": "Gil", "email": "gil@example.com", "roles": ["guest"]})
        yield runtime


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def village(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """The organisation, once on each database."""
    yield from _on_each(request, open_village)


def make(work: Work, entity: str, **values: Any) -> str:
    """A record; its id."""
    return str(records.create_record(work, entity, values)["id"])


def as_guest(runtime: Runtime) -> Any:
    """A transaction as the guest."""
    with runtime.work(SYSTEM, "web") as work:
        (gil,) = work.reader.find("user", "record.email == 'gil@example.com'", {}, 1)
        actor = accounts.actor_by_id(work, str(gil["id"]))
    return runtime.work(actor, "web")


def test_the_timeline_is_told_page_by_page_without_a_gap(village: Runtime) -> None:
    """Events of all relationships, dates and moments, several on a day: page by page they are those of one long page, newest first."""
    with village.work(SYSTEM, "cli", write=True) as work:
        ann = make(work, "being", name="Ann")
        patron = make(work, "patron", who=ann, began=date(2024, 1, 2))
        for n in range(17):
            make(work, "gift", patron=patron, what=f"gift {n}", given_on=date(2025, 3, 1 + n // 5), amount=Decimal(n))
            make(work, "visit", being=ann, what=f"visit {n}", at=f"2025-03-0{1 + n // 6}T{n:02}:30:00Z")
        make(work, "gift", patron=patron, what="void", given_on=date(2025, 3, 2), amount=Decimal(9))
        being = work.entity("being")
        stands = integrated.standings(work, being, ann)
        whole = integrated.events(work, being, ann, stands, limit=100)
        assert (len(whole.events), whole.older, set(whole.kinds)) == (35, None, {"gift", "visit", "patron"})
        assert [e.on for e in whole.events] == sorted((e.on for e in whole.events), reverse=True)
        assert whole.events[-1].began
        told, before = [], None
        while True:
            page = integrated.events(work, being, ann, stands, limit=4, before=before)
            told += [e.id for e in page.events]
            before = page.older
            if before is None:
                break
        assert told == [e.id for e in whole.events]
        gifts = integrated.events(work, being, ann, stands, kind="gift", limit=100)
        assert ({e.entity.name for e in gifts.events}, len(gifts.events), set(gifts.kinds)) == (
            {"gift"},
            17,
            set(whole.kinds),
        )


def test_money_is_added_up_by_year_and_currency(village: Runtime) -> None:
    """What counts by the timeline's condition, each currency by itself; the list behind a year holds just these."""
    with village.work(SYSTEM, "cli", write=True) as work:
        bob = make(work, "being", name="Bob")
        patron = make(work, "patron", who=bob)
        own = work.settings.organisation.currency
        other = "JPY" if own != "JPY" else "CHF"
        for year, amount, currency in ((2023, 5, own), (2024, 7, own), (2024, 1, own), (2024, 100, other)):
            make(
                work,
                "gift",
                patron=patron,
                what="g",
                given_on=date(year, 5, 1),
                amount=Decimal(amount),
                amount_currency=currency,
            )
        make(
            work, "gift", patron=patron, what="void", given_on=date(2024, 5, 1), amount=Decimal(50), amount_currency=own
        )
        being = work.entity("being")
        series = integrated.money_by_year(work, being, bob, integrated.standings(work, being, bob))
        assert {(s.currency, y): a for s in series for y, a in s.years.items()} == {
            (None, 2023): 5,
            (None, 2024): 8,
            (other, 2024): 100,
        }
        behind = f"({series[0].filter}) && year({series[0].day}) == 2024"
        assert len(work.reader.find("gift", behind, {}, 10)) == 3


def test_next_steps_come_in_the_order_of_their_days(village: Runtime) -> None:
    """Of all relationships: the late before the later, those without a day last, those that are over not at all."""
    with village.work(SYSTEM, "cli", write=True) as work:
        cat = make(work, "being", name="Cat")
        for todo, due in (
            ("call", date(2025, 1, 5)),
            ("write", None),
            ("never", date(2020, 1, 1)),
            (None, date(2021, 1, 1)),
        ):
            make(work, "patron" if due else "maker", who=cat, todo=todo, due=due)
        being = work.entity("being")
        steps = integrated.next_steps(work, being, cat, integrated.standings(work, being, cat))
        assert [(s.what, s.on, s.entity.name) for s in steps] == [
            ("call", date(2025, 1, 5), "patron"),
            ("write", None, "maker"),
        ]


def test_the_picture_goes_out_step_by_step(village: Runtime) -> None:
    """Depth, kinds and days choose what is drawn; a tie is read from the nearer end; the same asks give the same."""
    with village.work(SYSTEM, "cli", write=True) as work:
        dan, eva, fay, gus = (make(work, "being", name=n) for n in ("Dan", "Eva", "Fay", "Gus"))
        make(work, "kin", a=dan, b=eva, kind="parent", since=date(2000, 1, 1))
        make(work, "kin", a=fay, b=eva, kind="friend", until=date(2010, 1, 1))
        make(work, "kin", a=gus, b=fay, kind="friend")
        being = work.entity("being")
        record = {"id": eva, "display": "Eva"}

        def drawn(**asked: Any) -> list[tuple[str, int]]:
            return [(one.title, one.depth) for one in network.network(work, being, record, **asked).records]

        assert drawn() == [("Eva", 0), ("Dan", 1), ("Fay", 1)] or drawn() == [("Eva", 0), ("Fay", 1), ("Dan", 1)]
        assert dict(drawn(depth=2))["Gus"] == 2
        assert dict(drawn(depth=9)) == dict(drawn(depth=2))
        assert dict(drawn(kind="parent", depth=3)) == {"Eva": 0, "Dan": 1}
        assert dict(drawn(at=date(2015, 6, 1), depth=3)) == {"Eva": 0, "Dan": 1}
        assert dict(drawn(at=date(1999, 6, 1), depth=1)) == {"Eva": 0, "Fay": 1}
        found = network.network(work, being, record)
        (tie,) = [one.tie for one in found.records if one.title == "Dan"]
        assert tie is not None
        assert (tie.a, tie.back, tie.over) == (dan, "is a child of", False)
        assert found == network.network(work, being, record)


def test_what_is_hidden_leaves_no_trace(village: Runtime) -> None:
    """A guest sees neither records of others nor ties to them, no sums of closed fields, no next step of closed fields; and nothing
    is counted that he does not see."""
    with village.work(SYSTEM, "cli", write=True) as work:
        hal, ghost, ida = (make(work, "being", name=n) for n in ("Hal", "Ghost", "Ida"))
        patron = make(work, "patron", who=hal, todo="whisper", due=date(2025, 1, 1), began=date(2024, 4, 4))
        make(work, "gift", patron=patron, what="gold", given_on=date(2025, 1, 1), amount=Decimal(5))
        make(work, "visit", being=hal, what="open", at="2025-01-01T10:00:00Z")
        make(work, "visit", being=hal, what="closed", at="2025-01-02T10:00:00Z", secret=True)
        make(work, "kin", a=hal, b=ghost, kind="friend")
        make(work, "kin", a=ghost, b=ida, kind="friend")
    with as_guest(village) as work:
        being = work.entity("being")
        stands = integrated.standings(work, being, hal)
        line = integrated.events(work, being, hal, stands)
        assert [e.title for e in line.events if not e.began] == ["open"]
        assert "gift" not in line.kinds
        assert integrated.next_steps(work, being, hal, stands) == []
        assert integrated.money_by_year(work, being, hal, stands) == []
        found = network.network(work, being, {"id": hal, "display": "Hal"}, 3)
        assert (len(found.records), found.ties, found.more) == (1, [], False)


def test_lists_are_counted_as_far_as_one_sees_them(village: Runtime) -> None:
    """The tabs of a record say how many records stand in their lists: those that the reader sees, up to a limit."""
    with village.work(SYSTEM, "cli", write=True) as work:
        ida = make(work, "being", name="Ida")
        for n in range(4):
            make(work, "visit", being=ida, what=f"v{n}", secret=n > 1)
        children = work.entity("being").children
        asked = [children[name] for name in ("visits", "kin_of")]
        assert counting.pointing(work, ida, asked, 9) == {"visits": 4}
        assert counting.pointing(work, ida, asked, 2) == {"visits": 3}
        guest = next(
            r["id"] for r in query.find(work.tx, work.catalog, "user", "record.name == 'Gil'", work.context(), 1)
        )
        work.actor = accounts.actor_by_id(work, str(guest))
        assert counting.pointing(work, ida, asked, 9) == {"visits": 2}
