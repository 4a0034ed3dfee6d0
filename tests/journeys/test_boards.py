"""Boards, calendars and timelines by mouse, by their menus and on a phone: lanes, limits, refusals, what asks for more, undo."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.records import create_record, read_record

from .conftest import NewPerson, Server

ENTITY = """entity: zz_job
label: Job
plural: Jobs
title: "{name}"
fields:
  name: {type: text, required: true}
  state: {type: choice, values: {asked: Asked, doing: Doing, done: Done}, default: asked, required: true}
  room: {type: choice, values: {kitchen: Kitchen, garden: Garden}}
  hours: {type: integer}
  result: {type: text}
  starts_at: {type: datetime}
  ends_at: {type: datetime}
lifecycle:
  field: state
  create_in: [asked, doing, done]
  transitions:
    begin: {from: [asked], to: doing, when: "record.hours != null", message: Say first how many hours it takes.}
    finish: {from: [doing], to: done, require: [result]}
"""
VIEWS = """entity: zz_job
views:
  - {view: zz_jobs, default: true, columns: [name, state, room]}
  - {view: zz_lanes, kind: board, by: state, card: [name], lanes: room, limits: {asked: 2}, sum: hours}
  - {view: zz_calendar, kind: calendar, by: starts_at, until: ends_at, card: [name]}
  - {view: zz_timeline, kind: timeline, by: starts_at, until: ends_at, card: [name]}
"""
CRATE = """entity: zz_crate
label: Crate
plural: Crates
title: "{name}"
fields:
  name: {type: text, required: true}
  state: {type: choice, values: {full: Full, empty: Empty}, default: full, required: true}
  shelf: {type: choice, values: {high: High, low: Low}}
"""
CRATES = """entity: zz_crate
views:
  - {view: zz_crates, default: true, columns: [name, state, shelf]}
  - {view: zz_shelves, kind: board, by: state, card: [name], lanes: shelf, sort: [name]}
"""


@pytest.fixture(scope="module")
def jobs(server: Server) -> Iterator[dict[str, str]]:
    """Jobs of a made-up entity, by their names; the id of each."""
    files = {"entities/zz_job.yaml": ENTITY, "views/zz_job.yaml": VIEWS}
    for name, text in files.items():
        (server.root / "metadata" / name).write_text(text, "utf-8")
    until = time.monotonic() + 20
    while "zz_job" not in server.runtime.catalog.entities or "zz_lanes" not in server.runtime.catalog.views:
        assert time.monotonic() < until, "the metadata is not in force"
        time.sleep(0.05)
    noon = datetime.now(UTC).replace(day=12, hour=12, minute=0, second=0, microsecond=0)
    found: dict[str, dict[str, Any]] = {
        "Dishes": {"room": "kitchen", "hours": 2},
        "Oven": {"room": "kitchen"},
        "Hedge": {"room": "garden", "hours": 3},
        "Roses": {"room": "garden", "state": "doing", "hours": 1},
        "Shed": {"hours": 5, "state": "done", "result": "stands"},
        "Party": {"room": "garden", "state": "done", "starts_at": noon, "ends_at": noon + timedelta(days=3)},
    }
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        ids = {name: str(create_record(work, "zz_job", {"name": name, **v})["id"]) for name, v in found.items()}
    yield ids
    for name in files:
        (server.root / "metadata" / name).unlink()


def of(server: Server, id: str, *names: str) -> dict[str, Any]:
    """Some values of a job as they are stored."""
    with server.runtime.work(SYSTEM, "cli") as work:
        return dict(read_record(work, "zz_job", id, names))


def drag(tab: Any, what: str, to: str, x: int = 60, y: int = 14) -> None:
    """Take hold of something and let it go over a place."""
    start, end = tab.locator(what).bounding_box(), tab.locator(to).bounding_box()
    tab.mouse.move(start["x"] + 8, start["y"] + 8)
    tab.mouse.down()
    tab.mouse.move(end["x"] + x, end["y"] + y, steps=6)
    tab.mouse.move(end["x"] + x + 2, end["y"] + y + 1)
    tab.mouse.up()


def sums_of_lanes(tab: Any) -> dict[str, str]:
    """What the cards of each lane come to, as its head says."""
    heads = tab.locator(".board-lane > summary").all()
    return {h.locator("h2").inner_text(): h.locator(".lane-sum").inner_text() for h in heads}


def test_lanes_cross_the_columns_and_cards_go_between_them(
    server: Server, person: NewPerson, jobs: dict[str, str]
) -> None:
    """Cells stand under the heads of their columns; over its limit a column says so; a card is dragged to another lane and back by
    undo; its menu does the same without pointing."""
    ben = person(height=1200)
    tab = ben.tab
    ben.go("/e/zz_job?view=zz_lanes")
    heads = tab.eval_on_selector_all(
        ".heads .board-column", "all => all.map(e => Math.round(e.getBoundingClientRect().x))"
    )
    for lane in ("kitchen", "garden", ""):
        cells = tab.eval_on_selector_all(
            f"[data-lane='{lane}']", "all => all.map(e => Math.round(e.getBoundingClientRect().x))"
        )
        assert cells == heads
        assert len(set(heads)) == 3
    assert "No more than 2 should stand here" in ben.text(".board-head.over-limit")
    assert tab.locator("[data-lane=''][data-to=done] .board-card").inner_text().strip().startswith("Shed")
    assert sums_of_lanes(tab) == {"Kitchen": "2", "Garden": "4", "Empty": "5"}
    assert tab.locator("[data-lane=''][data-to=done] .cell-sum").inner_text().split() == ["1", "5"]
    hedge = f"#card-{jobs['Hedge']}"
    drag(tab, hedge, "[data-lane=kitchen][data-to=asked]")
    tab.wait_for_selector(f"[data-lane=kitchen] {hedge}")
    tab.wait_for_selector(".board-lane:has(h2:has-text('Kitchen')) .lane-sum:has-text('5')")  # comes with the answer
    assert sums_of_lanes(tab) == {"Kitchen": "5", "Garden": "1", "Empty": "5"}
    assert tab.locator("[data-lane=kitchen][data-to=asked] .cell-sum").inner_text().split() == ["3", "5"]
    assert ben.toast() == "Hedge: Kitchen"
    assert of(server, jobs["Hedge"], "room", "state") == {"room": "kitchen", "state": "asked"}
    tab.locator("#toasts .toast [data-undo], #toasts .toast form button").first.click()
    tab.wait_for_selector(f"[data-lane=garden] {hedge}")
    tab.focus(f"#move-{jobs['Hedge']}")
    tab.keyboard.press("Enter")
    tab.locator(f"{hedge} button[name=lane][value='']").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"[data-lane=''] {hedge}")
    assert of(server, jobs["Hedge"], "room") == {"room": None}
    assert tab.evaluate("document.activeElement.id") == f"move-{jobs['Hedge']}"
    tab.click("#lane-1 > summary")
    drag(tab, hedge, "[data-lane=''][data-to=doing]")
    tab.wait_for_selector(f"[data-lane=''][data-to=doing] {hedge}")
    assert tab.locator("#lane-1[open]").count() == 0  # a lane that was closed stays so


STILL = """new Promise((done) => {
  let last = -1;
  const look = () => {
    const now = document.querySelector(".board-wrap").scrollLeft;
    if (now === last) return done(now);
    last = now;
    setTimeout(look, 400);
  };
  look();
})"""
"""Until a board that was pushed stands still."""


@pytest.fixture(scope="module")
def crates(server: Server) -> Iterator[None]:
    """A hundred and thirty crates of another made-up entity, most of them on one shelf."""
    files = {"entities/zz_crate.yaml": CRATE, "views/zz_crate.yaml": CRATES}
    for name, text in files.items():
        (server.root / "metadata" / name).write_text(text, "utf-8")
    until = time.monotonic() + 20
    while "zz_crate" not in server.runtime.catalog.entities or "zz_shelves" not in server.runtime.catalog.views:
        assert time.monotonic() < until, "the metadata is not in force"
        time.sleep(0.05)
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        for n in range(130):
            values = {"name": f"C{n:03}", "shelf": "high" if n < 100 else "low" if n < 128 else None}
            create_record(work, "zz_crate", values)
    yield
    for name in files:
        (server.root / "metadata" / name).unlink()


def test_every_lane_shows_its_first_cards_and_brings_the_others(
    server: Server, person: NewPerson, crates: None
) -> None:
    """A lane whose cards all stand behind a hundred others of their column shows them; more of a cell come in place, by keys too, and
    each is there once; without scripts the link leads to the list of exactly these."""
    ben = person(height=1000)
    tab = ben.tab
    ben.go("/e/zz_crate?view=zz_shelves")

    def named(lane: str) -> list[str]:
        return [str(one) for one in tab.locator(f"[data-lane='{lane}'][data-to=full] .board-card h3").all_inner_texts()]

    assert named("high") == [f"C{n:03}" for n in range(8)]
    assert named("low") == [f"C{n:03}" for n in range(100, 108)]
    assert named("") == ["C128", "C129"]
    low = "[data-lane=low][data-to=full]"
    assert tab.locator(f"{low} .board-more").inner_text().startswith("20 more")
    tab.focus(f"{low} .board-more a")
    tab.keyboard.press("Enter")
    tab.locator(f"{low} .board-card").nth(27).wait_for()
    assert named("low") == [f"C{n:03}" for n in range(100, 128)]
    assert tab.locator(f"{low} .board-more a").count() == 0
    assert "C108" in tab.evaluate("document.activeElement.closest('.board-card').innerText")  # the first that came
    high = "[data-lane=high][data-to=full]"
    for many in (20, 40):
        tab.locator(f"{high} .board-more a").click()
        tab.locator(f"{high} .board-card").nth(many - 1).wait_for()
    assert named("high") == [f"C{n:03}" for n in range(40)]
    assert tab.locator(f"{high} .board-more").inner_text().startswith("60 more")
    plain = person(scripts=False)
    plain.tab.goto(server.base + "/e/zz_crate?view=zz_shelves")
    plain.tab.locator(f"{low} .board-more a").click()
    assert plain.text("#count") == "28"


def test_a_refused_card_comes_back_and_one_that_asks_opens_its_form(
    server: Server, person: NewPerson, jobs: dict[str, str]
) -> None:
    """A guard that fails says why and the card is where it was; a transition that needs a field asks for it, and the card goes on;
    with a finger at 390 px by the menu."""
    ben = person(height=1200)
    tab = ben.tab
    ben.go("/e/zz_job?view=zz_lanes")
    oven = f"#card-{jobs['Oven']}"
    drag(tab, oven, "[data-lane=kitchen][data-to=doing]")
    tab.wait_for_selector("#toasts .toast.bad")
    assert ben.toast() == "Say first how many hours it takes."
    assert tab.locator(f"[data-lane=kitchen][data-to=asked] {oven}").count() == 1
    mei = person(width=390, height=844)
    mei.go("/e/zz_job?view=zz_lanes")
    mei.tab.locator(f"#move-{jobs['Roses']}").scroll_into_view_if_needed()
    mei.tab.tap(f"#move-{jobs['Roses']}")
    mei.tab.tap(f"#move-{jobs['Roses']}-done")
    mei.tab.wait_for_selector("dialog[open] [name=result]")
    assert mei.tab.locator("details.menu[open]").count() == 0
    mei.tab.fill("dialog[open] [name=result]", "in bloom")
    mei.tab.tap("dialog[open] button.primary")
    mei.tab.wait_for_selector(f"[data-lane=garden][data-to=done] #card-{jobs['Roses']}")
    assert of(server, jobs["Roses"], "state", "result") == {"state": "done", "result": "in bloom"}
    assert mei.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_calendar_goes_by_the_clock_of_its_reader(server: Server, person: NewPerson, jobs: dict[str, str]) -> None:
    """A moment stands on the day that it is where the reader is, with his time; moved to another day it keeps that time. Days begin
    as British ones do, lead to themselves alone, and to a new record; what has no room is behind "+n more"."""
    at = datetime.now(UTC).replace(day=20, hour=20, minute=0, second=0, microsecond=0)
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        ids = [str(create_record(work, "zz_job", {"name": f"Night {n}", "starts_at": at})["id"]) for n in range(5)]
    server.make("user", name="Kei", email="kei@brightwater.example", roles=["admin"], time_zone="Asia/Tokyo")
    kei = person("kei@brightwater.example", height=1100)
    tab = kei.tab
    month = at.strftime("%Y-%m")
    kei.go(f"/e/zz_job?view=zz_calendar&on={month}-01")
    assert kei.text(f".day[data-on='{month}-21'] .entry:nth-child(2)").split() == ["05:00", "Night", "0"]
    assert kei.text(f".day[data-on='{month}-21'] .day-more summary") == "+2 more"
    drag(tab, f".day[data-on='{month}-21'] .entry[data-id='{ids[0]}']", f".day[data-on='{month}-25']")
    tab.wait_for_selector(f".day[data-on='{month}-25'] .entry[data-id='{ids[0]}']")
    kei.toast()  # the entry stands there at once, the answer comes after it
    assert of(server, ids[0], "starts_at")["starts_at"] == at.replace(day=24)
    tab.click(f".day[data-on='{month}-25'] .day-number")
    tab.wait_for_selector(".one-day")
    assert kei.text(".when h2") == (at + timedelta(days=5)).strftime("%A, %-d %B %Y")
    assert tab.locator(".one-day .entry").count() == 1
    tab.click(".day-new")
    tab.wait_for_url("**/e/zz_job/new?starts_at=*")
    assert tab.input_value("#f-starts_at").startswith("25 ")
    kei.go(f"/e/zz_job?view=zz_calendar&on={month}-01")
    tab.focus(f"#move-{ids[1]}")
    tab.keyboard.press("Enter")
    assert tab.input_value(f"#on-{ids[1]}").startswith("21 ")
    tab.fill(f"#on-{ids[1]}", f"22.{at.month}.{at.year}")  # as one writes it, not as a machine does
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f".day[data-on='{month}-22'] .entry[data-id='{ids[1]}']")
    assert of(server, ids[1], "starts_at")["starts_at"] == at.replace(day=21)


def test_a_bar_is_moved_and_stretched(server: Server, person: NewPerson, jobs: dict[str, str]) -> None:
    """A bar moves by dragging, its end alone by dragging that, each goes back by undo; by keys in the table below."""
    ben = person(height=1000)
    tab = ben.tab
    id = jobs["Party"]
    before = of(server, id, "starts_at", "ends_at")
    ben.go("/e/zz_job?view=zz_timeline&zoom=quarter")
    bar = f"a[data-bar='{id}'] .bar"
    box = tab.locator(bar).bounding_box()
    step = box["width"] / 4
    pull(tab, box["x"] + box["width"] / 2, box["y"] + 5, 2 * step)
    tab.wait_for_selector("#toasts .toast [data-undo]")
    moved = of(server, id, "starts_at", "ends_at")
    assert {n: v - before[n] for n, v in moved.items()} == {n: timedelta(days=2) for n in before}
    tab.click("#toasts .toast [data-undo]")
    tab.locator("#toasts .toast", has_text="Undone").wait_for()
    assert of(server, id, "starts_at", "ends_at") == before
    ben.go("/e/zz_job?view=zz_timeline&zoom=quarter")
    box = tab.locator(bar).bounding_box()
    pull(tab, box["x"] + box["width"] - 1, box["y"] + 5, -step)
    tab.wait_for_selector("#toasts .toast [data-undo]")
    assert of(server, id, "starts_at", "ends_at") == {**before, "ends_at": before["ends_at"] - timedelta(days=1)}
    ben.go("/e/zz_job?view=zz_timeline&zoom=quarter")
    tab.focus(".as-table summary")
    tab.keyboard.press("Enter")
    tab.focus(f"#move-{id}")
    tab.keyboard.press("Enter")
    tab.fill(f"tr:has(#move-{id}) [name=until]", (before["starts_at"] - timedelta(days=3)).date().isoformat())
    tab.keyboard.press("Enter")
    tab.locator("#toasts .toast.bad", has_text="It would end before it begins.").wait_for()


def pull(tab: Any, x: float, y: float, by: float) -> None:
    """Take hold at a place and pull to the side."""
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + by / 2, y, steps=3)
    tab.mouse.move(x + by, y, steps=3)
    tab.mouse.up()


def test_a_card_is_moved_by_a_finger_that_stays_and_a_finger_that_moves_scrolls(
    server: Server, person: NewPerson, crates: None
) -> None:
    """On a phone: a swipe over cards scrolls the page and moves none; a long press takes hold of one, and it is put where the finger is
    let go, the board scrolling below at its edge; let go outside it stays."""
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        made = create_record(work, "zz_crate", {"name": "A finger's crate", "shelf": None})
    card = f"#card-{made['id']}"
    mei = person(width=390, height=844)
    tab = mei.tab
    mei.go("/e/zz_crate?view=zz_shelves")
    tab.locator(card).evaluate("one => one.scrollIntoView({block: 'center'})")
    box = tab.locator(card).bounding_box()
    touch = tab.context.new_cdp_session(tab)

    def point(kind: str, *at: float) -> None:
        spots = [{"x": at[0], "y": at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    x, y = box["x"] + 40, box["y"] + box["height"] - 12
    point("touchStart", x, y)
    for n in range(1, 12):
        point("touchMove", x - 6 * n, y)
    point("touchEnd")
    tab.wait_for_function("() => document.querySelector('.board-wrap').scrollLeft > 20")
    tab.evaluate(STILL)
    assert tab.locator(".held-card").count() == 0
    assert tab.locator(f"[data-to=full] {card}").count() == 1
    tab.evaluate("document.querySelector('.board-wrap').scrollLeft = 0")
    point("touchStart", x, y)
    tab.wait_for_selector(".held-card")
    point("touchMove", 380, y)
    tab.wait_for_function(
        "() => { const one = document.querySelector('.board-wrap'); return one.scrollLeft + one.clientWidth > one.scrollWidth - 3; }"
    )
    point("touchMove", 220, y)
    tab.wait_for_selector("[data-lane=''][data-to=empty].over")
    point("touchEnd")
    tab.wait_for_selector(f"[data-lane=''][data-to=empty] {card}")
    assert mei.toast() == "A finger's crate: Empty"
    assert tab.locator(".held-card").count() == 0
    tab.locator(card).evaluate("one => one.scrollIntoView({block: 'center', inline: 'center'})")
    box = tab.locator(card).bounding_box()
    point("touchStart", box["x"] + 30, box["y"] + box["height"] - 12)
    tab.wait_for_selector(".held-card")
    point("touchMove", box["x"] + 30, 20)
    point("touchEnd")
    assert tab.locator(".held-card, .moving").count() == 0
    assert tab.locator(f"[data-to=empty] {card}").count() == 1
