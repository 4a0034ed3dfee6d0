"""What a palette finds by words that very many records hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.access_worlds import postgres
from xrm_core.metamodel.catalog import Entity
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import finding, lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.storage.search_survey import LOOK
from xrm_core.testing import temporary_organisation

METADATA = {
    "entities/club.yaml": """
entity: club
title: "{name}"
search: [name]
fields:
  name: {type: text, required: true}
---
entity: hall
title: "{name}"
search: [name]
fields:
  name: {type: text, required: true}
---
entity: band
title: "{name}"
search: [name]
fields:
  name: {type: text, required: true}
---
entity: member
title: "{number} of {club}"
search: [number, club]
fields:
  number: {type: text, required: true}
  club: {type: link, to: club, required: true}
"""
}
CLUBS, EACH = LOOK + 20, 3


@pytest.fixture(params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """More clubs than are looked at, each with a member."""
    if request.param == "sqlite":
        with temporary_organisation((), METADATA) as found:
            yield found
    else:
        with postgres(request.getfixturevalue("pg_url")) as url, temporary_organisation((), METADATA, url=url) as found:
            yield found


def test_what_points_to_the_hits_that_are_shown(runtime: Runtime) -> None:
    """Where a word is too frequent to look for it in all that is found by its links, the members of the clubs that are shown are
    shown, with the way to all of them; where one stands among many records that are older, its entity is told to be left; a rare
    word is looked for everywhere."""
    with runtime.work(SYSTEM, "sample", write=True) as work:
        for n in range(CLUBS):
            club = records.create_record(work, "club", {"name": f"Friends of rare{n:03}"})
            records.create_record(work, "member", {"number": f"{n}", "club": str(club["id"])})
        for n in range(LOOK + 1):
            records.create_record(work, "hall", {"name": f"Hall {n}" if n else "Hall of friends"})
        records.create_record(work, "band", {"name": "Band"})
    with runtime.work(SYSTEM, "web") as work:
        entities = [work.entity(name) for name in ("club", "hall", "band", "member")]
        left: list[Entity] = []
        (clubs, shown, more), (members, led, all_of_them) = finding.found_in(work, "friends", entities, EACH, left=left)
        assert [entity.name for entity in left] == ["hall"]
        assert lists.list_records(work, Query("hall", ("id",), q="friends")).rows
        assert (clubs.name, len(shown), more) == ("club", EACH, True)
        assert (members.name, len(led), all_of_them) == ("member", EACH, True)
        assert {hit.title.split(" of ", 1)[1] for hit in led} == {hit.title for hit in shown}
        page = lists.list_records(work, Query("club", ("id",), q="friends", count="capped"))
        assert (page.count, page.count_is) == (CLUBS, "exact")
        rare = {entity.name: hits for entity, hits, _ in finding.found_in(work, "rare007", entities, EACH)}
        assert [hit.title for hit in rare["club"]] == ["Friends of rare007"]
        assert [hit.title for hit in rare["member"]] == ["7 of Friends of rare007"]
