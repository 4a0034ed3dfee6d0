"""The one registry of keyboard shortcuts. It feeds the handler (`static/js/keys.js`, which reads the sheet), the palette, the sheet
behind `?` and the attribute `aria-keyshortcuts`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ..language import N_, _
from .models import Link

EVERYWHERE, GO, LISTS, RECORDS, FORMS, CHOICES = (
    N_("Everywhere"),
    N_("Go to"),
    N_("Lists and boards"),
    N_("Records"),
    N_("Forms"),
    N_("Choices at the foot of a page"),
)
CAPS = {
    "Control": "Ctrl",
    "Escape": "Esc",
    "Enter": "↵",
    "Shift": "⇧",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
}
"""What stands on a key, where its name in `KeyboardEvent.key` does not."""


class Shortcut(Struct, frozen=True, kw_only=True):
    """What a key does. `keys` are in the form of `aria-keyshortcuts` ("Control+K", "/"); two keys one after the other have a space
    ("g p"). `label` is English, marked for translation, unless it is `said` in the reader's language already. `href` is where it
    leads, if it does nothing but that."""

    name: str
    keys: str
    label: str
    group: str
    href: str = ""
    said: bool = False

    @property
    def caps(self) -> tuple[str, ...]:
        """The keys as they are shown, one by one."""
        steps = (part for step in self.keys.split(" ") for part in step.split("+"))
        return tuple(CAPS.get(part, part.upper() if len(part) == 1 and part.isalpha() else part) for part in steps)

    @property
    def is_single(self) -> bool:
        """Is it typed without a modifier? Then it works outside of inputs and dialogs only, and can be switched off."""
        return "+" not in self.keys.replace("Shift+", "") and self.keys != "Escape"


def _of(name: str, keys: str, label: str, group: str) -> Shortcut:
    return Shortcut(name=name, keys=keys, label=label, group=group)


SHORTCUTS = (
    _of("palette", "Control+K", N_("Search, go somewhere, do something"), EVERYWHERE),
    _of("search", "/", N_("Search this list, or everything"), EVERYWHERE),
    _of("create", "c", N_("Create"), EVERYWHERE),
    _of("undo", "z", N_("Undo what was just done"), EVERYWHERE),
    _of("help", "?", N_("This list"), EVERYWHERE),
    _of("close", "Escape", N_("Close what is on top"), EVERYWHERE),
    _of("next", "j", N_("Next row"), LISTS),
    _of("previous", "k", N_("Previous row"), LISTS),
    _of("open", "Enter", N_("Open the row"), LISTS),
    _of("select", "x", N_("Select the row"), LISTS),
    _of("select_range", "Shift+X", N_("Select up to the row"), LISTS),
    _of("filter", "f", N_("Filter"), LISTS),
    _of("views", "v", N_("Views"), LISTS),
    _of("edit", "e", N_("Edit"), RECORDS),
    _of("previous_record", "[", N_("Previous record"), RECORDS),
    _of("next_record", "]", N_("Next record"), RECORDS),
    _of("save", "Control+S", N_("Save"), FORMS),
    _of("save_close", "Control+Enter", N_("Save and close, or send"), FORMS),
    _of("choice_1", "1", N_("First choice"), CHOICES),
    _of("choice_2", "2", N_("Second choice"), CHOICES),
    _of("choice_3", "3", N_("Third choice"), CHOICES),
    _of("choice_4", "4", N_("Fourth choice"), CHOICES),
    _of("choice_5", "5", N_("Fifth choice"), CHOICES),
)
"""All of them, but those of `g`, which go by the reader's menu. No key of a browser is among them, except to save and to search,
which a browser does worse here."""
BY_NAME = {one.name: one for one in SHORTCUTS} | {one.keys: one for one in SHORTCUTS}
FIXED = {"h": "/", "n": "/notifications"}
"""Letters behind `g` that are the same for everybody: home, notifications."""


def keyshortcuts(name: str) -> str:
    """The value of `aria-keyshortcuts` for the control that a shortcut (its name, or its keys) works on. Raises KeyError for an
    unknown one."""
    return BY_NAME[name].keys


def caps(name: str) -> tuple[str, ...]:
    """The keys of a shortcut as they are shown. Raises KeyError for an unknown name."""
    return BY_NAME[name].caps


def going(places: Iterable[Link]) -> tuple[Shortcut, ...]:
    """Shortcuts of `g` for places of the menu: each gets the first letter of its address (which no language changes), else of its
    name, that is free, in their order; places for which none is left have none."""
    fixed = (
        Shortcut(name="go-home", keys="g h", label=N_("Start"), group=GO, href=FIXED["h"]),
        Shortcut(name="go-notifications", keys="g n", label=N_("Notifications"), group=GO, href=FIXED["n"]),
    )
    taken, made = set(FIXED), list(fixed)
    for place in places:
        said = place.href.split("?")[0].rpartition("/")[2] + place.label
        free = next((c for c in said.lower() if c.isascii() and c.isalpha() and c not in taken), None)
        if free is not None and place.href not in FIXED.values():
            taken.add(free)
            made.append(
                Shortcut(name=f"go-{free}", keys=f"g {free}", label=place.label, group=GO, href=place.href, said=True)
            )
    return tuple(made)


def sheet(go: Sequence[Shortcut]) -> tuple[tuple[str, tuple[tuple[Shortcut, str], ...]], ...]:
    """The groups of the sheet behind `?`: each its title and its shortcuts, with their names in the reader's language."""
    every = (*SHORTCUTS, *go)
    return tuple(
        (_(title), tuple((one, one.label if one.said else _(one.label)) for one in every if one.group == title))
        for title in (EVERYWHERE, GO, LISTS, RECORDS, FORMS, CHOICES)
        if any(one.group == title for one in every)
    )
