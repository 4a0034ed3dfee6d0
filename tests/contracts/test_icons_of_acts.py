"""Icons of what can be done with a record: each says what it does, and none stands for everything."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.proving import proving_ground
from xrm_core.web.act_icons import ONWARD, RUNS, VERBS, action_icon, codes_of, transition_icon
from xrm_core.web.icons import is_icon

ROOT = Path(__file__).resolve().parents[2]
MOST_ONWARD = 0.2
"""Share of the transitions that may have the icon of any step onward: names that are no verbs of all fields."""


def test_each_act_has_an_icon_that_fits() -> None:
    """Actions of plugins have icons that there are, no two of one entity the same; steps of lifecycles are told apart by what they do:
    few have the icon that says only that it goes on."""
    with proving_ground(ROOT, scale=0.01) as runtime, runtime.work(SYSTEM, "cli") as work:
        acts: dict[str, Counter[str]] = {}
        for of, name in work.host.actions:
            acts.setdefault(of, Counter())[action_icon(work, work.entity(of), name)] += 1
        ways = [
            transition_icon(entity, name, codes_of(work, entity))
            for entity in work.catalog.entities.values()
            if entity.lifecycle is not None
            for name, step in entity.lifecycle.transitions.items()
            if not step.automatic
        ]
    drawn = {*ways, *VERBS.values(), *(image for found in acts.values() for image in found)}
    assert [image for image in sorted(drawn) if not is_icon(image)] == []
    assert "zap" not in drawn
    assert {of: found for of, found in acts.items() if max(found.values()) > 1} == {}
    assert sum(found[RUNS] for found in acts.values()) <= 1, "only to do it now"
    assert ways.count(ONWARD) / len(ways) < MOST_ONWARD
