"""Which tiles a page of a dashboard works out by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from xrm_core.web import dashboards


def test_dear_tiles_are_left_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick tiles are worked out; after a dear one those that nobody knows wait, until they were fetched; then what they take counts."""
    clock, kept = [0.0], {}
    takes = {"a": 0.01, "b": 0.2, "c": 0.01, "d": 0.3}

    def draw(work: Any, dashboard: Any, tile: Any, choice: Any) -> str:
        clock[0] += takes[tile.name]
        return str(tile.name)

    monkeypatch.setattr(dashboards.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(dashboards.tiles, "draw_tile", draw)
    monkeypatch.setattr(dashboards.tiles, "empty_tile", lambda *_: "waits")
    work: Any = SimpleNamespace(catalog=SimpleNamespace(derive=lambda name, make: kept.setdefault(name, make())))
    board: Any = SimpleNamespace(name="board")
    shown: Any = [SimpleNamespace(name=name, kind="number") for name in takes]

    def page(tiles: Any = shown, budget: float = 0.1) -> list[Any]:
        return dashboards.drawn(work, board, tiles, None, budget)  # type: ignore[arg-type]

    assert page() == ["a", "b", "waits", "waits"]
    assert page() == ["a", "waits", "waits", "waits"]
    assert page(shown[2:], float("inf")) == ["c", "d"]
    assert page() == ["a", "waits", "c", "waits"]
