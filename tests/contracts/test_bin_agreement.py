"""Links to records in the bin mean the same in lists, which the database computes, and in saves, which Python does."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import lists, records
from xrm_core.storage import records as stored
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: shelf
fields:
  name: {type: text, required: true}
  pages: {type: rollup, of: integer, over: books, compute: sum, value: pages}
  longest: {type: rollup, of: text, over: books, compute: latest, value: title, by: pages}
---
entity: book
fields:
  title: {type: text, required: true}
  pages: {type: integer}
  shelf: {type: link, to: shelf, on_delete: restrict, reverse: books}
  place: {type: formula, of: text, is: "record.shelf.name"}
  share: {type: formula, of: decimal, scale: 2, is: "record.pages / record.shelf.pages"}
---
entity: card
fields:
  book: {type: link, to: book, required: true, on_delete: restrict}
  place: {type: formula, of: text, is: "record.book.place"}
  thick: {type: formula, of: boolean, is: "record.book.pages > 100 && record.book.shelf.pages > 0"}
"""


def test_lists_and_saves_follow_links_to_the_bin_alike(database_url: str) -> None:
    """A step through a link to a deleted record still leads there; a roll-up leaves deleted records out; hooks' readers do not
    see them, and no link may newly point to one."""
    with temporary_organisation(metadata={"entities/library.yaml": ENTITIES}, url=database_url) as runtime:
        with runtime.work(SYSTEM, "api", write=True) as work:
            shelf = records.create_record(work, "shelf", {"name": "North"})
            thin = records.create_record(work, "book", {"title": "Thin", "pages": 50, "shelf": shelf["id"]})
            thick = records.create_record(work, "book", {"title": "Thick", "pages": 150, "shelf": shelf["id"]})
            for book in (thin, thick):
                records.create_record(work, "card", {"book": book["id"]})
            for entity, gone in (("book", thick), ("shelf", shelf)):
                stored.update(work.tx, work.catalog, entity, str(gone["id"]), 1, {"version": 2, "deleted_at": work.now})
        with runtime.work(SYSTEM, "api", write=True) as work:
            for entity, computed in (
                ("card", ("place", "thick")),
                ("book", ("place", "share")),
                ("shelf", ("pages", "longest")),
            ):
                for row in lists.list_records(work, Query(entity, ("id", *computed), deleted="any")).rows:
                    record = records.read_record(work, entity, str(row["id"]), deleted=True)
                    assert {name: work.reader.value(entity, record, name) for name in computed} == {
                        name: row[name] for name in computed
                    }
            cards = lists.list_records(work, Query("card", ("place", "thick"), sort=("id",))).rows
            assert [tuple(row.values()) for row in cards] == [("North", False), ("North", True)]
            assert work.reader.value("shelf", work.load("shelf", str(shelf["id"])) or {}, "pages") == 50
            _hidden(work, str(shelf["id"]), str(thick["id"]))


def _hidden(work: Any, shelf: str, book: str) -> None:
    """Nobody is handed the records in the bin."""
    assert work.reader.get("shelf", shelf) is None
    assert work.reader.get_many("book", [book]) == {}
    with pytest.raises(InvalidRecord) as refused:
        records.create_record(work, "card", {"book": book})
    assert refused.value.problems[0].code == "link"
