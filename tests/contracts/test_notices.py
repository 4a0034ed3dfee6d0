"""What people are told: who becomes responsible, how their imports ended, what failed; under the rights of whoever reads it."""

from __future__ import annotations

import pytest

from tests.contracts.guarded import Charity
from xrm_core.errors import NotFound
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import mentions, notices, records
from xrm_core.services.bulk import upsert_records


@pytest.fixture
def office(charity: Charity) -> Charity:
    """The charity, with nothing told to anybody."""
    with charity.work() as work:
        work.tx.do("DELETE FROM xrm_notice", ())
    return charity


def titles(office: Charity, who: str) -> list[str]:
    """What somebody is told: the title of the record, else the kind."""
    with office.work(who, write=False) as work:
        return [one.title or one.kind for one in notices.told(work)[0]]


def test_whoever_gets_a_record_is_told(office: Charity) -> None:
    """Nora gives a donor to Tom: he is told with its title, she is not, and a change of something else tells nobody."""
    donor = office.make("donor", name="Alder", office="north")
    with office.work("nora") as work:
        records.update_record(work, "donor", donor, {"keeper": office.users["tom"]})
    with office.work("nora") as work:
        records.update_record(work, "donor", donor, {"phone": "12"})
    assert titles(office, "tom") == ["Alder"]
    assert titles(office, "nora") == []
    with office.work("nora") as work:
        records.update_record(work, "donor", donor, {"keeper": office.users["nora"]})
    assert titles(office, "nora") == []  # what one does oneself is no news


def test_a_notice_tells_nothing_that_its_reader_may_not_see(office: Charity) -> None:
    """Nora is made keeper of a donor of the other office: the notice is not shown; when the donor moves to hers, it is, with the title
    of that day."""
    donor = office.make("donor", name="Hidden", office="south")
    with office.work("ada") as work:
        records.update_record(work, "donor", donor, {"keeper": office.users["nora"]})
    assert titles(office, "nora") == []
    assert titles(office, "eve") == []
    with office.work("nora", write=False) as work:
        assert notices.unread(work) == 0, "a number that nobody can open says that something is there"
    with office.work("ada") as work:
        records.update_record(work, "donor", donor, {"office": "north", "name": "Moved"})
    assert titles(office, "nora") == ["Moved"]


def test_many_records_are_told_of_at_once(office: Charity) -> None:
    """A write of more than a few records tells their new keeper once, with their number."""
    with office.work("ada") as work:
        for number in range(notices.SINGLY):
            records.create_record(
                work, "donor", {"name": f"Some {number}", "office": "south", "keeper": office.users["tom"]}
            )
        made = [records.create_record(work, "donor", {"name": f"Many {n}", "office": "south"})["id"] for n in range(12)]
    assert len(titles(office, "tom")) == notices.SINGLY
    with office.work("ada") as work:
        rows = [{"name": f"Many {n}", "office": "south", "keeper": office.users["tom"]} for n in range(len(made))]
        assert {r.status for r in upsert_records(work, "donor", rows, ("name", "office"))} == {"updated"}
    with office.work("tom", write=False) as work:
        newest = notices.told(work)[0][0]
    assert (newest.record, newest.values["count"], newest.values["by"]) == ("", 12, "Ada")


def test_what_is_read_is_no_longer_counted(office: Charity) -> None:
    """One notice, then all; nobody marks those of somebody else, and a page goes on where the last one ended."""
    with office.work() as work:
        for number in range(notices.PAGE + 3):
            notices.tell_job(work, office.users["tom"], f"File {number}", "/import/x", "done")
    with office.work("tom") as work:
        first, more = notices.told(work)
        assert (len(first), notices.unread(work)) == (notices.PAGE, notices.PAGE + 3)
        rest, none = notices.told(work, more)
        assert (len(rest), none) == (3, None)
        assert not {one.id for one in first} & {one.id for one in rest}
        assert notices.mark_read(work, first[0].id) == 1
        assert notices.mark_read(work, first[0].id) == 0
        assert notices.unread(work) == notices.PAGE + 2
    with office.work("rita") as work:
        assert notices.mark_read(work, first[1].id) == 0
        assert notices.mark_read(work) == 0
    with office.work("tom") as work:
        assert notices.mark_read(work) == notices.PAGE + 2
        assert notices.told(work, only_unread=True) == ([], None)


def test_failed_work_is_told_to_administrators_alone(office: Charity) -> None:
    """Work that failed for good reaches those who can see to it."""
    with office.runtime.work(SYSTEM, "job", write=True) as work:
        notices.tell_failure(work, "after_commit", "job-1")
    assert titles(office, "ada") == ["failed"]
    assert titles(office, "nora") == []


def test_imports_and_samples_tell_nobody_record_by_record(office: Charity) -> None:
    """What comes in by the hundred is not told of one by one."""
    with office.work("ada", door="import") as work:
        records.create_record(work, "donor", {"name": "Imported", "office": "south", "keeper": office.users["tom"]})
    assert titles(office, "tom") == []


def test_who_is_mentioned_is_told_if_he_may_see_it(office: Charity) -> None:
    """A name in a text tells its person once, where he sees the record and the text; nobody else, and not who wrote it."""
    donor = office.make("donor", name="Birch", office="south")
    names = " ".join(f"[@{who}](/e/user/{office.users[who]})" for who in ("nora", "tom", "ada", "eve"))
    with office.work("ada") as work:
        records.update_record(work, "donor", donor, {"note": f"Ask {names}."})
        records.update_record(work, "donor", donor, {"note": f"Please ask {names}."})
        assert [one.name for one in mentions.people(work, "donor", donor, "")] != []
    assert titles(office, "tom") == ["Birch"]
    assert [titles(office, who) for who in ("nora", "ada", "eve")] == [[], [], []]
    with office.work("ada") as work:
        line = {"what": "Seeds", "remark": f"{names} count them"}
        records.update_record(work, "donor", donor, {"lines": [line]})
    assert titles(office, "tom") == ["Birch", "Birch"], "of a row, the record that it belongs to is told"
    assert titles(office, "nora") == []
    with office.work("tom", write=False) as work:
        assert [(one.kind, one.entity) for one in notices.told(work)[0]] == [(mentions.MENTIONED, "donor")] * 2
    with office.work("ada", write=False) as work:
        offered = {one.id for one in mentions.people(work, "donor", donor, "")}
        assert office.users["tom"] in offered
        assert office.users["nora"] not in offered
    with office.work("nora", write=False) as work, pytest.raises(NotFound):
        mentions.people(work, "donor", donor, "")
