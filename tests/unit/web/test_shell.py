"""The frame around pages: where the reader is in the menu."""

from __future__ import annotations

import pytest

from xrm_core.web.menu import nearest
from xrm_core.web.models import Link, MenuGroup

MENU = (
    MenuGroup(label="", items=(Link(label="Start", href="/"),)),
    MenuGroup(
        label="Donors",
        items=(Link(label="Mine", href="/e/donor?view=mine"), Link(label="All", href="/e/donor?view=all")),
    ),
)


def marked(menu: tuple[MenuGroup, ...]) -> list[str]:
    """The labels of the entries that are marked as the present page."""
    return [link.label for group in menu for link in group.items if link.current]


@pytest.mark.parametrize("path", ["/e/donor/0192-aa", "/e/donor/0192-aa/edit?tab=x", "/e/donor/new"])
def test_a_record_is_found_in_the_menu_by_its_entity(path: str) -> None:
    """On a page that is no entry itself, the first entry of the same entity says where the reader is."""
    assert marked(nearest(MENU, path)) == ["Mine"]


def test_a_record_belongs_to_the_whole_list() -> None:
    """Where the menu leads to the list of all records of the entity, that entry is marked before a filtered one."""
    assert marked(nearest(MENU, "/e/donor/0192-aa", "all")) == ["All"]


@pytest.mark.parametrize("path", ["/", "/jobs", "/e/pledge/1"])
def test_nothing_is_marked_that_is_not_meant(path: str) -> None:
    """Another entity, or a page without one, marks no entry."""
    assert marked(nearest(MENU, path)) == []


def test_the_page_itself_stays_marked() -> None:
    """An entry that is the page keeps its mark, and no second one is added."""
    here = (*MENU, MenuGroup(label="Tools", items=(Link(label="Jobs", href="/jobs", current=True),)))
    assert marked(nearest(here, "/e/donor/1")) == ["Jobs"]
