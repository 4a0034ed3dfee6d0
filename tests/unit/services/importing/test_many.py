"""Rows read together become what each becomes by itself."""

from __future__ import annotations

from random import Random
from typing import Any

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.importing.lookups import stored_key, stored_keys
from xrm_core.services.importing.mapping.many import candidates_of
from xrm_core.services.importing.mapping.paths import Names
from xrm_core.services.importing.mapping.plan import Candidate, PlanMaker

COLUMNS = ("No", "Name", "Founded", "Fee", "Open", "Tags", "Leader")
TEXTS: dict[str, tuple[str, ...]] = {
    "No": ("1", " 2 ", "", "n/a"), "Name": ("Ann", " Bob ", "", "n/a"), "Founded": ("01/02/1999", "2001-02-03", "soon", ""),
    "Fee": ("£1,200.50", "3", "three", ""), "Open": ("yes", "no", "perhaps", ""), "Tags": ("a;b", "", "c"), "Leader": ("7", ""),
}  # fmt: skip
MAPPING: dict[str, Any] = {
    "file": "clubs.csv", "dates": ["dd/mm/yyyy"], "blank": ["n/a"], "when": {"column": "Name", "is_not": "Nobody"},
    "let": {"both": {"template": "{No}-{Name}"}},
    "targets": [{
        "entity": "club", "when": "Name",
        "fields": {
            "source_key": {"column": "both"}, "name": "Name", "founded_on": "Founded", "fee": "Fee",
            "tags": {"column": "Tags", "split": ";"},
        },
        "create": {"open": "Open"},
    }],
}  # fmt: skip
LINKED: dict[str, Any] = {
    "file": "people.csv",
    "targets": [{
        "entity": "person",
        "fields": {"source_key": "No", "name": "Name", "since": "Founded", "leader": {"link": "person", "key": "Leader"}},
    }],
}  # fmt: skip


def told(candidates: list[Candidate] | None) -> Any:
    """What tells candidates apart."""
    return candidates and [
        (c.number, c.given, c.create, c.values, c.waits, [str(p) for p in c.problems], c.faults) for c in candidates
    ]


def test_rows_read_together_become_what_each_becomes(desk: Any) -> None:
    """Values, creation values, links, conditions and faults, whether texts recur or not."""
    random = Random(3)
    for spec in (MAPPING, LINKED):
        definition = desk.mapping(spec)
        with desk.runtime.work(SYSTEM, "import") as work:
            plan = PlanMaker(work.catalog, definition).plan(definition.files[0], Names("t.csv", COLUMNS))
        for size in (1, 7, 200):
            rows = [{name: random.choice(texts) for name, texts in TEXTS.items()} for _ in range(size)]
            for n, row in enumerate(rows):
                row["No"] += str(n) if random.random() < 0.8 else ""
                row["Name"] = random.choice(["Nobody", row["Name"], row["Name"]])
            together = candidates_of(plan, list(enumerate(rows)))
            assert [told(many) for many in together] == [told(plan.candidates(n, row)) for n, row in enumerate(rows)]


def test_keys_read_together_are_those_read_singly(desk: Any) -> None:
    """Texts are read by the key's fields, sources are compared as they are; what cannot be of its field is no key."""
    keys = [("src ", f" {n} ") for n in range(30)] + [("src", None), (None, "1"), ("src", "x" * 200), ("src", 5)]
    with desk.runtime.work(SYSTEM, "import") as work:
        for columns in (("source", "source_key"), ("name", "since"), ("club", "id")):
            together = stored_keys(work, "person", columns, keys)
            assert together == [stored_key(work, "person", columns, key) for key in keys]
