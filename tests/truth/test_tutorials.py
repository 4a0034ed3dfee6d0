"""The YAML that the README and the first tutorial tell a newcomer to write is right, word for word."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from xrm_core.errors import InvalidRecord, MetadataError
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import lists, records, transitions
from xrm_core.testing import temporary_organisation

ROOT = Path(__file__).parents[2]


def blocks(page: str) -> list[str]:
    """The YAML blocks of a page."""
    return re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.S)


def workshop() -> tuple[str, str, str, str, str]:
    """The tutorial's entity with everything that its steps add; its form, its view, what it adds to a party and to its form."""
    entity, rows, states, form, view, party, tab = blocks("docs/first-entity.md")
    fields, rules = rows.split("rules:")
    state, cycle = states.split("lifecycle:")
    whole = entity.replace("search:", f"{fields}{state}rules:{rules}lifecycle:{cycle}search:")
    return whole, form, view, party, tab


def test_the_volunteer_of_the_readme_is_a_relationship() -> None:
    """Its ten lines compile; a party becomes a volunteer, starts, and is in another phase then."""
    [yaml] = blocks("README.md")
    assert len(yaml.splitlines()) == 10
    with (
        temporary_organisation(["parties"], {"entities/volunteer.yaml": yaml}) as runtime,
        runtime.work(SYSTEM, "api", write=True) as work,
    ):
        department = lists.list_records(work, Query("department", ("id",))).rows[0]["id"]
        party = records.create_record(work, "party", {"kind": "person", "name": "Ada Bell"})["id"]
        made = records.create_record(work, "volunteer", {"party": party, "department": department})
        assert work.reader.value("volunteer", made, "phase") == "forming"
        started = records.run_transition(work, "volunteer", made["id"], "start")
        assert work.reader.value("volunteer", started, "phase") == "maintaining"


def test_the_workshop_of_the_tutorial_works() -> None:
    """Entity, child rows, rule, lifecycle, form, view and the field on parties hold together and do what the page says."""
    entity, form, view, party, tab = workshop()
    files = {
        "entities/workshop.yaml": entity,
        "forms/workshop.yaml": form,
        "views/workshop.yaml": view,
        "entities/party.yaml": party,
        "forms/party.yaml": tab,
    }
    with temporary_organisation(["parties"], files) as runtime, runtime.work(SYSTEM, "api", write=True) as work:
        day = work.today + timedelta(days=9)
        made = records.create_record(work, "workshop", {"name": "Knots", "held_on": day, "fee": "20", "places": 1})
        with pytest.raises(InvalidRecord, match="more guests than places"):
            records.update_record(work, "workshop", made["id"], {"guests": [{"name": "Ada"}, {"name": "Ben"}]})
        opened = records.run_transition(work, "workshop", made["id"], "open")
        offers = {offer.name: offer for offer in transitions.transitions_of(work, "workshop", opened)}
        assert not offers["hold"].allowed
        assert "The day has not come yet." in str(offers["hold"].reason)
        assert "member_no" in runtime.catalog.entity("party").fields
        assert "member_no" in [
            field for tab in runtime.catalog.forms["party"].tabs for s in tab.sections for field in s.fields
        ]


def test_the_mistake_of_the_tutorial_is_told_as_it_says() -> None:
    """The page shows the very line that the check prints."""
    page = (ROOT / "docs" / "first-entity.md").read_text(encoding="utf-8")
    [told] = re.findall(r"^error: mine/(\S+) (.*)$", page, re.M)
    wrong = blocks("docs/first-entity.md")[0].replace("type: text", "type: txt", 1)
    with pytest.raises(MetadataError) as refused, temporary_organisation([], {"entities/workshop.yaml": wrong}):
        pass
    [problem] = refused.value.problems
    assert str(problem).endswith(" ".join(told))
