"""What records are found by, in lists and pickers: their own fields, what they point to, and their child rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from xrm_core.errors import MetadataError
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import finding, lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage import search
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: person
title: "{name}"
search: [name, called, names.name, names.kind]
fields:
  name: {type: text, required: true}
  called: {type: person_name}
  names:
    type: child_table
    fields:
      name: {type: text, required: true}
      kind: {type: text}
---
entity: member
title: "{person}"
search: [person, number]
fields:
  number: {type: sequence, pattern: "M-{n:05}"}
  person: {type: link, to: person, required: true}
"""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with persons who are members, on either database."""
    with temporary_organisation(metadata={"entities/all.yaml": ENTITIES}, url=database_url) as made:
        yield made


def found(work: Work, entity: str, q: str) -> list[str]:
    """The titles that a list finds, which are those that a picker finds."""
    rows = lists.list_records(work, Query(entity, ("display",), q=q)).rows
    titles = sorted(row["display"] for row in rows)
    assert sorted(hit["display"] for hit in lists.lookup(work, entity, q)) == titles
    return titles


def test_a_relationship_is_found_by_the_name_of_its_party(runtime: Runtime) -> None:
    """By words and parts of it, with the own number; when the party is renamed, by the new name and no longer by the old one."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        ids = [records.create_record(work, "person", {"name": name})["id"] for name in ("Ana Silva", "Ben Silver")]
        for id in ids:
            records.create_record(work, "member", {"person": id})
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert found(work, "member", "sil") == ["Ana Silva", "Ben Silver"]
        assert found(work, "member", "ilva") == ["Ana Silva"]
        assert found(work, "member", "silver M-00002") == ["Ben Silver"]
        titles = {
            q: sorted(hit.title for hit in finding.numbered(work, work.entity("member"), q, 5))
            for q in ("m-000", "m-00002", "m-1", "2")
        }
        assert titles == {
            "m-000": ["Ana Silva", "Ben Silver"],
            "m-00002": ["Ben Silver"],
            "m-1": [],
            "2": ["Ben Silver"],
        }
        records.update_record(work, "person", str(ids[0]), {"name": "Ana Gold"})
        records.update_record(work, "person", str(ids[1]), {"called_given": "Benedict"})
    with runtime.work(SYSTEM, "api") as work:
        assert found(work, "member", "gold") == ["Ana Gold"]
        assert found(work, "member", "silva") == []
        assert found(work, "member", "benedict") == ["Ben Silver"]


def test_a_record_is_found_by_its_child_rows(runtime: Runtime) -> None:
    """As they are now: added with it or by themselves, changed, removed; also through a link, and after entering all anew."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        person: Any = records.create_record(
            work, "person", {"name": "Ana", "names": [{"name": "Anita"}, {"name": "Nita", "kind": "pet"}]}
        )
        records.create_record(work, "member", {"person": person["id"]})
    for q in ("anita", "pet", "ana nit"):
        with runtime.work(SYSTEM, "api") as work:
            assert (found(work, "person", q), found(work, "member", q)) == (["Ana"], ["Ana"])
    with runtime.work(SYSTEM, "api", write=True) as work:
        records.create_record(work, "person_names", {"person": person["id"], "name": "Annie"})
        rows = work.reader.children("person", "names", person["id"])
        records.update_record(work, "person_names", str(rows[0]["id"]), {"name": "Hannah"})
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert [found(work, "person", q) for q in ("annie", "hannah", "anita")] == [["Ana"], ["Ana"], []]
        records.update_record(work, "person", person["id"], {"names": [{"name": "Nan"}]})
        assert [found(work, "person", q) for q in ("nan", "hannah")] == [["Ana"], []]
        search.rebuild(work.tx, work.catalog)
        assert [found(work, "member", q) for q in ("nan", "hannah")] == [["Ana"], []]


def test_a_path_through_a_link_is_refused_with_the_way_out() -> None:
    """The link itself is named."""
    wrong = ENTITIES.replace("search: [person, number]", "search: [person.name, number]")
    with pytest.raises(MetadataError) as refused, temporary_organisation(metadata={"entities/all.yaml": wrong}):
        pass
    assert [(p.code, p.hint) for p in refused.value.problems] == [
        ("bad_search", "name a link itself: records are found by the search fields of what it points to")
    ]
