"""The relationship picture as data: steps outwards from somebody with many ties."""

from __future__ import annotations

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.network import network
from xrm_core.services.records import create_record, read_record
from xrm_core.testing import temporary_organisation

METADATA = {
    "access/roles.yaml": "role: admin\nlabel: Administrator\n",
    "entities/firm.yaml": "entity: firm\nlabel: Firm\ntitle: '{name}'\nfields:\n  name: {type: text, required: true}\n",
    "entities/tie.yaml": "entity: tie\nlabel: Tie\nconnects: [here, there]\nfields:\n  here: {type: link, to: firm, required: true}\n"
    "  there: {type: link, to: firm, required: true}\n",
}


def test_three_steps_out_from_a_hub_of_many() -> None:
    """Who is tied to sixty others, each of whom is tied to one more, is drawn three steps out: no question is too long to be asked."""
    with (
        temporary_organisation(metadata=METADATA) as runtime,
        runtime.work(SYSTEM, "cli", write=True) as work,
    ):
        hub = str(create_record(work, "firm", {"name": "Hub"})["id"])
        for n in range(60):
            near, far = (str(create_record(work, "firm", {"name": f"{way} {n:02}"})["id"]) for way in ("Near", "Far"))
            create_record(work, "tie", {"here": hub, "there": near})
            create_record(work, "tie", {"here": near, "there": far})
        drawn = network(work, work.entity("firm"), read_record(work, "firm", hub, ("id", "display")), 3)
        assert [one.depth for one in drawn.records] == [0, *[1] * 60]
        assert drawn.more
        two = network(work, work.entity("firm"), read_record(work, "firm", hub, ("id", "display")), 2)
        assert len({tie.id for tie in two.ties}) == len(two.ties) == 44
