"""A folder end to end."""

from __future__ import annotations

from typing import Any

PARTY = """
entity: party
label: {en: Party, de: Partner}
title: "{name}"
fields:
  name: {type: text, required: true}
  addresses:
    type: child_table
    fields:
      place: {type: text}
      kind: {type: choice, values: {home: Home, work: {en: Work, de: Arbeit}}}
search: [name]
"""
DONOR = """
mixin: relationship
fields:
  party: {type: link, to: party, required: true}
  since: {type: date}
title: "{party}"
---
entity: donor
mixins: [relationship]
fields:
  stage: {type: choice, codes: donor_stage, default: new}
  total: {type: rollup, of: money, over: donation_via_donor, compute: sum, value: amount}
  number_of: {type: rollup, of: integer, is: "record.donation_via_donor.count(d)"}
  campaigns: {type: many_to_many, to: campaign, fields: {share: {type: integer}}}
lifecycle:
  field: stage
  transitions:
    win: {from: [new], to: active, when: "record.total > 0 && old.stage == 'new'"}
---
entity: donation
title: "{donor} {amount}"
fields:
  donor: {type: link, to: donor, required: true}
  amount: {type: money, min: 0.5}
  target: {type: link, to: {mixin: relationship}}
---
entity: campaign
fields: {name: {type: text}}
---
codes: donor_stage
attributes: {phase: text}
values: {new: {phase: forming}, active: {phase: maintaining}}
"""


def test_folder(folder: Any) -> None:
    """Mixins, child tables, ties, reverse links, roll-ups and titles become entities with columns and expressions."""
    folder.write("entities/party.yaml", PARTY, "parties")
    folder.write("entities/donor.yaml", DONOR, "donors", ("parties",))
    catalog = folder.catalog(currency="EUR")
    assert set(catalog.entities) == {"party", "party_addresses", "donor", "donor_campaigns", "donation", "campaign"}
    donor = catalog.entity("donor")
    assert list(donor.fields)[:2] == ["party", "since"]
    assert donor.title == "{party}"
    assert set(donor.children) >= {"donation_via_donor", "campaigns"}
    assert donor.children["campaigns"].tie == "campaign"
    assert donor.fields["total"].formula == "record.donation_via_donor.sum(row, row.amount)"
    assert donor.lifecycle.states == ("new", "active")
    assert donor.lifecycle.create_in == ("new",)
    assert donor.columns["stage"].kind.options == ("new", "active")
    assert catalog.entity("donation").columns["target"].kind.entities == ("donor",)
    assert catalog.entity("donation").columns["amount_currency"].stored
    assert catalog.entity("party_addresses").parent == "party"
    assert catalog.codes["party_addresses_kind"].values["work"].label["de"] == "Arbeit"
    assert catalog.forms["donor"].tabs[0].sections
    assert catalog.views["donor_board"].by == "stage"
    assert [g.name for g in catalog.menu] == ["donors", "parties"]
    assert catalog.provenance["donor.stage.default"][0].where.file == "donors/entities/donor.yaml"
