"""The registry of channels: each way to records, with what it covers of the services and routes, and the questions that prove it.

A new service or route that answers or changes records must be covered by one of these, or stand in EXEMPT with its reason; a
test fails where it does neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ..work import Work
from .ground import Seat


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: what the oracle expects and what was found, as values that can be compared; `asked`: how to ask again."""

    verb: str
    expected: Any
    found: Any
    asked: str = ""


Ask: TypeAlias = Callable[[Work, Seat], Iterable[Probe]]


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to records. `covers`: names of services (`lists.list_records`) and routes (`GET /api/{entity}`); `writes`: its
    questions change the database and are undone; `web`: they go through the web application."""

    name: str
    ask: Ask
    covers: tuple[str, ...]
    writes: bool = False
    web: bool = False


CHANNELS: Final[dict[str, Channel]] = {}
"""All channels by name, filled where they are written: see `reading`, `writing`, `serving`."""

EXEMPT: Final[dict[str, str]] = {
    "bulk.faults_of": "only judges rows that the caller has; writes and answers nothing stored",
    "deleting.bin_records": "what delete_record and undoing.undo do with records that they have asked for",
    "deleting.bring_back": "what restore_record and undoing.undo do with a record that they have asked for",
    "files.keep": "keeps an upload that belongs to no record yet",
    "linking.keys_of": "asks the catalog alone",
    "linking.link_by_keys": "answers ids for marks through permits.seen_by_key, which has tests of its own",
    "lists.columns_of": "reads no record",
    "lists.grouped_records": "counts and sums of storage.group through the relation, as lists.board answers them",
    "lists.listed_entity": "reads no record",
    "lists.query_of_view": "reads no record",
    "records.as_stored": "answers what its caller has just written, through permits.shown",
    "records.stored_record": "the raw record for services that have asked before",
    "transitions.states_of": "asks the catalog alone",
    "GET /": "counts and lists of lists.list_records",
    "GET /search": "lists.list_records with words, for every entity that is open",
    "GET /lookup/{entity}/{field}": "lists.lookup",
    "GET /e/{entity}/chart.csv": "figures.figures_of through the relation, held against lists for every reader in test_figures",
    "GET /e/{entity}/list/{name}": "fields that sight.reads_path says exist, titles of records that records.read_record answered",
    "POST /e/{entity}/list/keep": "a saved view, through records.create_record, records.update_record and deleting.delete_record",
    "POST /e/{entity}/export": "the list's question, narrowed to ids, through exporting.export; a large one is asked again by the job",
    "GET /file/{id}": "files.fetch asks for the record that the file belongs to",
    "GET /api/{entity}/{id}/files/{field}": "files.fetch asks for the record that the file belongs to",
    "POST /api/{entity}/files": "keeps an upload that belongs to no record yet",
    "GET /api/{entity}/{id}/transitions": "transitions.transitions_of of a record that records.read_record answered",
    "GET /api/{entity}/{id}/actions": "actions.actions_of of a record that records.read_record answered",
    "POST /api/{entity}/{id}/restore": "deleting.restore_record",
    "POST /api/{entity}/{id}/restore_values": "past.restore_values",
    "POST /api/{entity}/{id}/{action}": "records.run_transition and actions.run_action",
    "POST /api/{entity}/bulk": "bulk.upsert_records",
    "POST /e/{entity}/bulk/{name}": "what the next one would do, in a transaction that is taken back",
    "POST /e/{entity}/bulk/{name}/run": "bulk.upsert_records, deleting.delete_record and records.run_transition, record by record",
    "POST /e/{entity}/move": "records.run_transition",
    "POST /e/{entity}/new": "records.create_record",
    "POST /e/{entity}/{id}/edit": "records.update_record",
    "POST /e/{entity}/{id}/delete": "deleting.delete_record",
    "POST /e/{entity}/{id}/restore": "deleting.restore_record",
    "POST /e/{entity}/{id}/restore-value": "past.restore_values",
    "GET /e/{entity}/{id}/field/{name}": "the input of a field that access.is_hidden lets exist, of a record that records.read_record answered",
    "POST /e/{entity}/{id}/field/{name}": "records.update_record",
    "GET /e/{entity}/{id}/do/{name}": "the form of a transition on a record that records.read_record answered",
    "POST /e/{entity}/{id}/do/{name}": "records.run_transition",
    "GET /e/{entity}/{id}/run/{name}": "the form of an action on a record that records.read_record answered",
    "POST /e/{entity}/{id}/run/{name}": "actions.run_action",
}
"""What needs no channel of its own, and why."""


def channel(name: str, *covers: str, writes: bool = False, web: bool = False) -> Callable[[Ask], Ask]:
    """Register a channel. Raises ValueError for a name that is taken."""

    def add(ask: Ask) -> Ask:
        if name in CHANNELS:
            raise ValueError(f"there are two channels {name!r}")
        CHANNELS[name] = Channel(name, ask, covers, writes, web)
        return ask

    return add


def covered() -> set[str]:
    """All that channels cover."""
    return {name for one in CHANNELS.values() for name in one.covers}
