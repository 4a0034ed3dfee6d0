"""The registry of shortcuts: what it holds, and that everything else takes its keys from there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xrm_core.web.models import Link
from xrm_core.web.shortcuts import BY_NAME, SHORTCUTS, caps, going, keyshortcuts, sheet

WEB = Path(__file__).parents[3] / "xrm_core" / "web"
BROWSER = {
    "Control+T",
    "Control+N",
    "Control+W",
    "Control+R",
    "Control+L",
    "Control+F",
    "Control+P",
    "Control+Tab",
    "F5",
    " ",
}
"""What people need from their browser."""


def test_no_key_means_two_things_or_is_the_browsers() -> None:
    """Every shortcut has a key of its own, and none that a browser is used with."""
    keys = [one.keys for one in SHORTCUTS]
    assert len(set(keys)) == len(keys)
    assert BROWSER.isdisjoint(keys)
    assert {one.name for one in SHORTCUTS if one.is_single} >= {
        "create",
        "edit",
        "filter",
        "select",
        "select_range",
        "undo",
    }
    assert not any(BY_NAME[name].is_single for name in ("palette", "save", "save_close", "close"))


def test_controls_name_shortcuts_of_the_registry() -> None:
    """Templates and handlers write no keys themselves, and name none that is not there."""
    templates = "".join(path.read_text("utf-8") for path in (WEB / "templates").rglob("*.html"))
    assert re.findall(r'aria-keyshortcuts="(?!\{\{ keyshortcuts\()[^"]*"', templates) == []
    named = set(re.findall(r"(?:keyshortcuts|key_caps)\([\"'](\w+)[\"']\)", templates))
    code = "".join(path.read_text("utf-8") for path in WEB.rglob("*.py"))
    named |= set(re.findall(r'shortcut="(\w+)"', code))
    scripts = "".join(path.read_text("utf-8") for path in (WEB / "static" / "js").rglob("*.js"))
    named |= set(re.findall(r'onShortcut\("(\w+)"', scripts))
    assert named <= set(BY_NAME)
    with pytest.raises(KeyError):
        keyshortcuts("no such shortcut")


def test_keys_are_shown_as_they_stand_on_a_keyboard() -> None:
    """Modifiers are short, letters are capitals."""
    assert caps("palette") == ("Ctrl", "K")
    assert caps("help") == ("?",)
    assert caps("save_close") == ("Ctrl", "↵")


def test_places_get_letters_of_their_own() -> None:
    """The letters behind g come from the address, the first that is free; start and notifications keep theirs."""
    places = [
        Link(label=label, href=f"/e/{name}")
        for label, name in (("Donors", "donor"), ("Orders", "order"), ("Dogs", "dog"), ("Haus", "h"), ("日本", "n"))
    ]
    made = {one.href: one.keys for one in going(places)}
    assert made == {
        "/": "g h",
        "/notifications": "g n",
        "/e/donor": "g d",
        "/e/order": "g o",
        "/e/dog": "g g",
        "/e/h": "g a",
    }


def test_the_sheet_holds_everything() -> None:
    """Each shortcut stands on the sheet once, under the heading of its group."""
    shown = [one for _, items in sheet(going([Link(label="Donors", href="/e/donor")])) for one, _ in items]
    assert len(shown) == len(SHORTCUTS) + 3
    assert {one.name for one in shown} >= {"palette", "go-d", "go-home"}
