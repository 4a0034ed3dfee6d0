"""Ids are UUIDs of version 7 that rise."""

from __future__ import annotations

import threading
import time
import uuid

from xrm_core.storage.ids import IdMaker, is_id, new_id


def test_ids_are_uuids_of_version_7() -> None:
    """Version, variant and time are where RFC 9562 has them."""
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000
    assert is_id(str(made))


def test_ids_rise_within_a_millisecond_and_when_the_clock_goes_back() -> None:
    """Thousands of ids of one millisecond rise; so do those made after the clock was set back."""
    moments = [5_000_000_000_000_000] * 5000 + [4_000_000_000_000_000] * 100 + [6_000_000_000_000_000] * 10
    clock = iter(moments)
    maker = IdMaker(lambda: next(clock))
    made = [maker() for _ in moments]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_an_exhausted_millisecond_borrows_the_next() -> None:
    """When no number is left in a millisecond, ids go on in the next one."""
    maker = IdMaker(lambda: 1_000_000_000)
    maker()
    maker._tail = (1 << 74) - 1
    first, second = uuid.UUID(maker()), uuid.UUID(maker())
    assert first.int >> 80 == 1001
    assert first < second
    assert (first.version, first.variant) == (7, uuid.RFC_4122)


def test_threads_share_no_id() -> None:
    """Ids made by several threads at once are all different."""
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(new_id() for _ in range(2000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000


def test_what_is_no_id() -> None:
    """Only the canonical text counts: lower case, hyphens, 36 characters."""
    good = new_id()
    for bad in (
        "",
        None,
        7,
        good.upper(),
        good.replace("-", ""),
        good + " ",
        "{" + good[1:],
        good[:-1] + "g",
        "x" * 36,
        "' OR 1=1 --".ljust(36),
    ):
        assert not is_id(bad)
