"""Kinds of requests are metadata: what they name has to be there, and what is wrong is told with file and line."""

from __future__ import annotations

import pytest

from xrm_core.errors import MetadataError
from xrm_core.testing import temporary_organisation

KIND = """\
extend: request_type
values:
  well_repair: {label: Repair, department: workshop, decide_within: 0, emergency: fload}
---
extend: request_fact
values:
  repair_well: {label: Which well, type: well_repairs, kind: word}
  repair_part: {label: Which part, type: well_repair, kind: choice, list: parts}
  repair_size: {label: Which size, type: well_repair, kind: choice}
---
extend: request_skill
values:
  repair_pumps: {label: Pumps, type: well_repair, skill: pump_repair, level: 5}
  repair_more: {label: More, type: well_repair}
---
extend: request_emergency
values:
  dry: {label: Dry, over: request, rule: "record.consequenc == 'safety'"}
  flood: {label: Flood, over: party, rule: "record.kind == 'person'"}
  drought: {label: Drought, over: request, rule: "record.facts.exists(f, f.fact == 'delay_day_left')"}
---
extend: request_check
values:
  repair_runs: {label: It runs, type: pump_repair}
"""
FAULTS = (
    "3 values.well_repair.decide_within: a whole number, 1 or more, is expected, found 0",
    "3 values.well_repair.department: there is no department 'workshop'; one of: management, fundraising",
    "3 values.well_repair.emergency: 'fload' is no code of 'request_emergency'; did you mean 'flood'?",
    "7 values.repair_well.kind: 'word' is no code of 'fact_kind'",
    "7 values.repair_well.type: 'well_repairs' is no code of 'request_type'; did you mean 'well_repair'?",
    "8 values.repair_part.list: there is no code list 'parts'",
    "9 values.repair_size.list: the code says no list, and its kind is choice; give list",
    "13 values.repair_pumps.level: a whole number, 1 to 4, is expected, found 5",
    "13 values.repair_pumps.skill: 'pump_repair' is no code of 'skill'",
    "14 values.repair_more.skill: the code says no skill",
    "18 values.dry.rule: request has no field 'consequenc'",
    "19 values.flood.over: this is about 'request', not about 'party'; write request",
    "20 values.drought.rule: 'delay_day_left' is not one of its options (at character 34 of 'record.facts.exists(f, f.fact == "
    "'delay_day_left')'); did you mean 'delay_days_left'?",
    "24 values.repair_runs.type: 'pump_repair' is no code of 'request_type'",
)


def test_a_kind_names_only_what_there_is() -> None:
    """An unknown skill, level, department, fact, list, emergency or checklist's kind is an error at its file and line, all at once."""
    with (
        pytest.raises(MetadataError) as fault,
        temporary_organisation(["parties", "requests"], {"codes/kinds.yaml": KIND}),
    ):
        pass
    told = [str(problem).partition("codes/kinds.yaml:")[2] for problem in fault.value.problems]
    assert len(told) == len(FAULTS)
    for one, expected in zip(told, FAULTS, strict=True):
        assert one.startswith(expected)
