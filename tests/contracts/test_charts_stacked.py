"""What charts say: bars that stand upon one another only of what adds up, lengths of time in the reader's words."""

from __future__ import annotations

import re

from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.testing import temporary_organisation

FILES = {
    "entities/all.yaml": """
entity: meal
title: "{dish}"
fields:
  dish: {type: text}
  state: {type: choice, values: {planned: Planned, served: Served}, default: planned}
  size: {type: choice, values: {small: Small, large: Large}, default: small}
  cost: {type: decimal}
  takes: {type: duration}
""",
    "views/all.yaml": "views:\n  - {view: meals, entity: meal, kind: chart, chart: bar, group: state}\n",
}


def test_averages_are_not_stacked() -> None:
    """A sum by state and size is; asked for an average, the chart shows plain bars, each of them the average, and offers no stacks."""
    with temporary_organisation(metadata=FILES) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            session = accounts.begin_session(work, accounts.first_administrator(work, "A", "a@example.com"))
            for size, cost in (("small", "2.00"), ("large", "6.00")):
                records.create_record(work, "meal", {"dish": size, "size": size, "cost": cost, "takes": "PT50M"})
        client = TestClient(create_app(runtime), base_url="http://127.0.0.1", cookies={"xrm_session": session})

        def told(how: str) -> tuple[list[str], bool, bool]:
            page = client.get(f"/e/meal?view=meals&group=state&chart=stacked&stack=size&value={how}:cost").text
            row = page[page.index("<tbody") : page.index("</tbody>")]
            cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"(?s)<td.*?</td>", row)]
            return [c for c in cells if c], 'value="stacked"' in page, 'name="stack"' in page

        cells, offers, asks = told("sum")
        assert ([float(c) for c in cells[-3:]], offers, asks) == ([2, 6, 8], True, True)
        cells, offers, asks = told("average")
        assert (float(cells[-1]), offers, asks) == (4, False, False)
        page = client.get("/e/meal?view=meals&value=sum:takes").text
        assert "1 hr 40 min" in page
        assert "1:40:00" not in page
