"""The sample of parties and donors: its profile, and that the same seed makes the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from xrm_parties.rules import facts_of, fold_spaces, grade
from xrm_parties.sample import iban

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services.runtime import Runtime
from xrm_core.services.sampling import make_sample
from xrm_core.services.work import Work
from xrm_core.storage import query

MADE = {"party": 308, "donor": 130, "campaign": 13, "fund": 5, "funding": 12, "exchange_rate": 240}


@pytest.fixture(scope="module")
def demo(trust: Runtime) -> Runtime:
    """The organisation with its sample in it."""
    counts = make_sample(trust, trust.host.sample_steps(), as_of=date.today())
    assert {k: counts[k] for k in MADE} == MADE
    return trust


def listed(w: Work, entity: str, *columns: str, filter: str | None = None) -> list[Mapping[str, Any]]:
    """All records, some columns."""
    return list(query.run(w.tx, w.catalog, Query(entity, columns, filter, limit=500), w.context()).rows)


def test_donors_give_as_planned(demo: Runtime) -> None:
    """Segments come out near the plan, a few give most of the money, and the Brandts gave last year but not yet this."""
    with demo.work(SYSTEM, "cli") as w:
        donors = listed(w, "donor", "display", "segment", "stage", "phase", "total", "last_fy", "this_fy", "tier")
        found = Counter(d["segment"] for d in donors)
        for segment, percent in {"retained": 34, "new": 14, "reactivated": 6, "lybunt": 22, "sybunt": 24}.items():
            assert abs(100 * found[segment] / len(donors) - percent) <= 4, segment
        totals = sorted((d["total"] for d in donors), reverse=True)
        assert 0.55 <= sum(totals[:6]) / sum(totals) <= 0.75
        assert 0.78 <= sum(totals[:26]) / sum(totals) <= 0.92
        brandt = next(d for d in donors if d["display"] == "Haushalt Brandt")
        assert (brandt["segment"], brandt["last_fy"], brandt["tier"]) == ("lybunt", 20000, "T1")
        assert all(d["phase"] for d in donors)


def test_figures_hold_against_the_gifts(demo: Runtime) -> None:
    """Totals of donors, campaigns and funds are the same money."""
    with demo.work(SYSTEM, "cli") as w:
        raised = sum(g["amount_base"] for g in w.reader.find("donation", "record.status == 'received'", {}, 5000))
        assert sum(d["total"] for d in listed(w, "donor", "total")) == raised
        assert sum(f["raised"] for f in listed(w, "fund", "raised")) == raised
        tops = listed(w, "campaign", "raised", filter="record.parent == null")
        loose = sum(
            g["amount_base"]
            for g in w.reader.find("donation", "record.status == 'received' && record.campaign == null", {}, 5000)
        )
        assert sum(c["raised"] for c in tops) + loose == raised


def test_receipts_have_no_gap(demo: Runtime) -> None:
    """The journal's numbers are 1 to n."""
    with demo.work(SYSTEM, "cli") as w:
        numbers = sorted(int(r["number"][-6:]) for r in listed(w, "receipt", "number"))
        assert numbers == list(range(1, len(numbers) + 1))


def test_people_are_made_up(demo: Runtime) -> None:
    """E-mail only under example.org, IBANs of no bank, eight languages, Arabic script among them."""
    with demo.work(SYSTEM, "cli") as w:
        parties = listed(w, "party", "name", "email", "language", "kind", "status", "is_own")
        assert all(p["email"] is None or p["email"].endswith("example.org") for p in parties)
        assert {p["language"] for p in parties} == {"en", "de", "fr", "es", "it", "pl", "tr", "ar"}
        assert any("\u0600" <= c <= "\u06ff" for p in parties for c in p["name"])
        assert all(a["iban"][4:9] == "00000" for a in listed(w, "bank_account", "iban"))
        assert Counter(p["status"] for p in parties)["deceased"] == 2
        assert len(iban("DE", 1)) == 22


def test_doubles_are_found(demo: Runtime) -> None:
    """The six doubles that were left in on purpose are told from the others."""
    with demo.work(SYSTEM, "cli") as w:
        parties = w.reader.find("party", "record.is_own != true", {}, 1000)
        rows = {
            t: {p["id"]: w.reader.children("party", t, p["id"]) for p in parties}
            for t in ("contact_points", "addresses")
        }
        known = [(p["id"], facts_of(p, rows["contact_points"][p["id"]], rows["addresses"][p["id"]])) for p in parties]
        twins = [
            (i, g)
            for n, (i, a) in enumerate(known)
            for _, b in known[n + 1 :]
            if (g := grade(a, b)) and g[0] != "possible"
        ]
        assert len(twins) >= 6
        assert len({fold_spaces(p["name"]) for p in parties}) > 250
