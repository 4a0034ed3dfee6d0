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
    "apart.said": "who told pairs apart; asked for pairs of similar.pairs",
    "apart.take_back": "what somebody keeps, of two records that records.read_record answered",
    "apart.tell": "what somebody keeps, of two records that records.read_record answered",
    "GET /e/{entity}/{id}/merge": "joining.foresee, of two records that records.read_record answered; test_joining",
    "POST /e/{entity}/{id}/merge": "joining.join_records; test_joining",
    "POST /e/{entity}/similar": "apart.tell and apart.take_back",
    "boards.cell_cards": "further cards of a column and lane, through boards.more_cards",
    "boards.lanes_of": "groups of lists.grouped_records",
    "boards.more_cards": "further cards of a column, through lists.list_records",
    "boards.query_of_column": "reads no record",
    "desk.note_opened": "keeps for oneself that one opened a record that was answered; desk.recent asks for its title under rights",
    "exportjobs.is_large": "a count of lists.count_records",
    "exportjobs.queue_export": "keeps the question; the job asks it as the user, through exporting.export",
    "figures.column_of": "reads no record",
    "finding.numbered": "lists.list_records by number",
    "mentions.people": "users of lists.lookup; of a record, which records.read_record answered, only who sees it",
    "mentions.saved": "tells those who are named and who read the record",
    "mentions.sees": "says whether somebody reads a record, to nobody",
    "GET /e/{entity}/people": "mentions.people",
    "network.bindings": "asks the catalog alone",
    "network.network": "asked beside the integrated page, and held against the oracle there",
    "notices.saved": "tells those who read the record that they were assigned to",
    "saved_views.change": "a record of saved_view, through records.update_record",
    "saved_views.drop": "a record of saved_view, through deleting.delete_record",
    "saved_views.is_sound": "asks the catalog and sight alone",
    "saved_views.keep": "a record of saved_view, through records.create_record",
    "saved_views.of_entity": "records of saved_view through the relation",
    "saved_views.one": "a record of saved_view through the relation",
    "saved_views.required": "a record of saved_view through the relation",
    "several.act_on": "bulk.upsert_records, deleting.delete_record, records.run_transition and actions.run_action, record by record",
    "several.chosen": "ids through lists.list_records",
    "severaljobs.queue": "keeps ids; the job does several.act_on as the user",
    "severaljobs.report": "keeps for its actor what several.act_on answered; titles are asked for again when it is shown",
    "similar.paths_of": "asks the catalog and sight alone",
    "spans.in_span": "reads no record",
    "bulk.faults_of": "only judges rows that the caller has; writes and answers nothing stored",
    "deleting.bin_records": "what delete_record and undoing.undo do with records that they have asked for",
    "deleting.bring_back": "what restore_record and undoing.undo do with a record that they have asked for",
    "files.keep": "keeps an upload that belongs to no record yet",
    "linking.keys_of": "asks the catalog alone",
    "linking.link_by_keys": "answers ids for marks through permits.seen_by_key, which has tests of its own",
    "joining.foresee": "joining.join_records, taken back; counts of lists.list_records and lists.nested_records",
    "joining.join_records": "records.read_record, records.update_record and records.run_transition",
    "lists.columns_of": "reads no record",
    "lists.listed_entity": "reads no record",
    "lists.query_of_view": "reads no record",
    "records.as_stored": "answers what its caller has just written, through permits.shown",
    "records.stored_record": "the raw record for services that have asked before",
    "transitions.states_of": "asks the catalog alone",
    "GET /lookup/{entity}/{field}": "lists.lookup",
    "GET /e/{entity}/list/{name}": "fields that sight.reads_path says exist, titles of records that records.read_record answered",
    "POST /e/{entity}/list/keep": "a saved view, through records.create_record, records.update_record and deleting.delete_record",
    "POST /e/{entity}/export": "the list's question, narrowed to ids, through exporting.export; a large one is asked again by the job",
    "GET /undo": "the words that one's own last act was answered with, and the way back",
    "GET /access/map": "asks the catalog alone",
    "GET /dashboards/{name}": "tiles of figures.figures_of, asked for in the channel of one's own pages",
    "GET /dashboards/{name}/{tile}": "figures.figures_of through the relation, held against lists for every reader in test_figures",
    "GET /dashboards/{name}/{tile}/csv": "figures.figures_of through the relation, held against lists for every reader in test_figures",
    "GET /tiles/new": "a tile as GET /dashboards/{name}/{tile} draws it, of fields that sight.reads_path says exist; test_dashboards_made",
    "GET /tiles/{id}": "a record of dashboard_tile through the relation, drawn as GET /tiles/new",
    "GET /design": "made-up records alone",
    "GET /exports/{id}": "one's own export",
    "GET /exports/{id}/file": "one's own export, made as oneself by exporting.export",
    "GET /import/{id}": "an import for those who may import, as importing says",
    "GET /import/{id}/check": "rows of the file that oneself sent",
    "GET /import/{id}/errors": "rows of the file that oneself sent",
    "GET /import/{id}/file": "rows of the file that oneself sent",
    "GET /import/{id}/mapping": "rows of the file that oneself sent",
    "GET /import/{id}/report": "rows of the file that oneself sent",
    "GET /import/{id}/run": "rows of the file that oneself sent",
    "GET /read/day": "reads a date that was typed",
    "GET /names/{source}": "names of countries, languages, currencies and time zones, which are no records",
    "GET /several/{id}": "a job of one's own",
    "GET /file/{id}": "files.fetch asks for the record that the file belongs to",
    "GET /api/{entity}/{id}/files/{field}": "files.fetch asks for the record that the file belongs to",
    "POST /api/{entity}/files": "keeps an upload that belongs to no record yet",
    "POST /api/{entity}/{id}/restore": "deleting.restore_record",
    "POST /api/{entity}/{id}/restore_values": "past.restore_values",
    "POST /api/{entity}/bulk": "bulk.upsert_records",
    "POST /e/{entity}/bulk/{name}": "what the next one would do, in a transaction that is taken back",
    "POST /e/{entity}/bulk/{name}/run": "bulk.upsert_records, deleting.delete_record, records.run_transition and actions.run_action, record by record",
    "POST /e/{entity}/move": "records.run_transition",
    "POST /e/{entity}/new": "records.create_record",
    "POST /e/{entity}/{id}/edit": "records.update_record",
    "POST /e/{entity}/{id}/delete": "deleting.delete_record",
    "POST /e/{entity}/{id}/restore": "deleting.restore_record",
    "POST /e/{entity}/{id}/restore-value": "past.restore_values",
    "POST /e/{entity}/{id}/field/{name}": "records.update_record",
    "POST /e/{entity}/{id}/do/{name}": "records.run_transition",
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
