"""Calls are effort and never success: no shipped figure, measure or signal counts them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = [*sorted(ROOT.glob("plugins/*/xrm_*")), ROOT / "metadata"]
CALLS = re.compile(r"\bcommunications\b|channel == '(phone|meeting|video|chat)'|\bsame_time\b")


def documents(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """All shipped documents of a kind of metadata, with where they stand."""
    paths = [path for folder in FOLDERS for path in sorted(folder.glob(f"{kind}/**/*.yaml"))]
    return [(str(p.relative_to(ROOT)), d) for p in paths for d in yaml.safe_load_all(p.read_text("utf-8")) if d]


def test_there_is_something_to_look_at() -> None:
    """Dashboards of plugins and of the organisation, and measures."""
    assert {where.split("/")[0] for where, _ in documents("dashboards")} == {"plugins", "metadata"}
    assert any("measure" in str(document) for _, document in documents("codes"))


@pytest.mark.parametrize(
    ("where", "dashboard"), documents("dashboards"), ids=lambda one: one if isinstance(one, str) else ""
)
def test_no_dashboard_counts_calls(where: str, dashboard: dict[str, Any]) -> None:
    """No tile or chart is over communications, or picks those that are talks."""
    for name, tile in dashboard.get("tiles", {}).items():
        assert tile.get("entity") != "communication", (where, name)
        said = " ".join(str(tile.get(key, "")) for key in ("filter", "value", "group"))
        assert not CALLS.search(said), (where, name, said)


def test_no_measure_and_no_signal_counts_calls() -> None:
    """What an outcome is measured by, and what a relationship's health is made of, are results and answers owed."""
    for where, document in documents("codes"):
        if document.get("codes", document.get("extend")) in ("outcome_type", "health_signal"):
            for code, told in (document.get("values") or {}).items():
                assert not CALLS.search(str(told.get("measure", ""))), (where, code)
