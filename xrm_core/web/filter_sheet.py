"""The sheet in which a filter is clicked together: conditions with and / or, each about a field that is chosen by walking links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from ..errors import BadRequest, XrmError
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services.work import Work
from .asked import Answer, Asked, Go, Shown, whole_number
from .conditions import Arms, Condition, Item, Written, read_arms, write_arms
from .filtering import inputs_of, kinds_of, operator_label, read_values
from .listing import Address, open_view
from .models import FieldChoice, FieldChooser, FilterRow, FilterSheet, Option
from .offered import list_of
from .targets import FOUND, Target, found_by, links_of, operators, target, targets_of

ROW = re.compile(r"c\.(\d{1,2})\.(\d{1,2})\.(path|op|value|to|n|text|value__text|value__which)")
SENT = {"value__text": "words", "value__which": "which"}
"""What of the inputs of a lookup is called otherwise in a draft."""
MOST = 20
"""Arms, and conditions of one."""


@dataclass(slots=True)
class Draft:
    """One condition as it is being made: what its inputs hold."""

    path: str = ""
    op: str = ""
    given: dict[str, list[str]] = field(default_factory=dict)
    text: str = ""
    values: tuple[str, ...] | None = None
    """Canonical values, where they come from a filter and not from inputs."""
    error: str = ""


Drafts = list[list[Draft]]


def filter_sheet(work: Work, asked: Asked) -> Answer:
    """GET /e/{entity}/list/filter: the conditions of one chip (`chip`: its number, else a new one), changed by the button pressed
    (`do`), or put into force."""
    entity = work.entity(asked.path["entity"])
    address = open_view(work, entity, asked)[1]
    chip = asked.get("chip")
    at = int(chip) if chip.isascii() and chip.isdigit() and int(chip) < len(address.filters) else None
    drafts = _posted(asked)
    if not drafts and at is not None:
        drafts = _drafts(read_arms(address.filters[at], kinds_of(work, entity)))
    verb, __, rest = (asked.get("do") or ("" if drafts else "walk:0.0:")).partition(":")
    if verb == "apply":
        text = _applied(work, entity, drafts)
        if text is not None:
            return Go(address.href(filters=_with(address.filters, at, text)))
    slot = _change(work, entity, drafts, verb, rest)
    find = asked.get("find").strip()
    return _shown(work, entity, address, drafts, chip if at is not None else "", slot, find)


def _with(filters: Sequence[str], at: int | None, text: str) -> list[str]:
    """The filters with one of them changed, added, or (empty) taken out."""
    made = list(filters)
    if at is None:
        made.append(text)
    else:
        made[at] = text
    return [f for f in made if f]


def _posted(asked: Asked) -> Drafts:
    """The conditions that came with the sheet's inputs."""
    found: dict[tuple[int, int], Draft] = {}
    for name, value in asked.query:
        m = ROW.fullmatch(name)
        if m is None or int(m[1]) >= MOST or int(m[2]) >= MOST:
            continue
        draft = found.setdefault((int(m[1]), int(m[2])), Draft())
        if m[3] in ("path", "op", "text"):
            setattr(draft, m[3], value)
        else:
            draft.given.setdefault(SENT.get(m[3], m[3]), []).append(value)
    arms: dict[int, list[Draft]] = {}
    for (arm, __), draft in sorted(found.items()):
        if draft.path or draft.text:
            arms.setdefault(arm, []).append(draft)
    return list(arms.values())


def _drafts(arms: Arms) -> Drafts:
    return [
        [Draft(i.path, i.op, values=i.values) if isinstance(i, Condition) else Draft(text=i.text) for i in arm] for arm in arms
    ]  # fmt: skip


def _change(work: Work, entity: Entity, drafts: Drafts, verb: str, rest: str) -> tuple[int, int, str] | None:
    """What a button does to the conditions; the place and path of the chooser where a field is to be chosen."""
    place, __, path = rest.partition(":")
    arm, __, row = place.partition(".")
    a, r = whole_number(arm) or 0, whole_number(row) or 0
    if verb == "and":
        return (a, len(drafts[a]) if a < len(drafts) else 0, "")
    if verb == "or":
        return (len(drafts), 0, "")
    if verb == "walk":
        return (a, r, path)
    if verb == "field" and (found := target(work, entity, path)) is not None:
        _put(drafts, a, r, Draft(path, operators(found)[0] if operators(found) else "eq", values=()))
    if verb == "drop" and a < len(drafts) and r < len(drafts[a]):
        del drafts[a][r]
        drafts[:] = [arm_ for arm_ in drafts if arm_]
        return None if drafts else (0, 0, "")
    return None


def _put(drafts: Drafts, arm: int, row: int, draft: Draft) -> None:
    if arm >= len(drafts):
        drafts.append([draft])
    elif row >= len(drafts[arm]):
        drafts[arm].append(draft)
    else:
        drafts[arm][row] = draft


def _applied(work: Work, entity: Entity, drafts: Drafts) -> str | None:
    """The expression of the conditions; None where one has a fault, which then stands in it."""
    made: list[tuple[Item, ...]] = []
    for arm in drafts:
        items = [item for draft in arm if (item := _item(work, entity, draft)) is not None]
        made.append(tuple(items))
    if any(draft.error for arm in drafts for draft in arm):
        return None
    return write_arms(tuple(made), kinds_of(work, entity))


def _item(work: Work, entity: Entity, draft: Draft) -> Item | None:
    if draft.text:
        return Written(draft.text)
    found = target(work, entity, draft.path)
    if found is None or draft.op not in {*operators(found), "eq", "ne"}:
        draft.error = _("this field cannot be filtered like that")
        return None
    try:
        values = (
            draft.values
            if draft.values is not None and not draft.given
            else read_values(work, found, draft.op, draft.given)
        )
    except XrmError as fault:
        draft.error = fault.message
        return None
    return Condition(draft.path, draft.op, values)


# ---- as it is shown
def _shown(
    work: Work,
    entity: Entity,
    address: Address,
    drafts: Drafts,
    chip: str,
    slot: tuple[int, int, str] | None,
    find: str,
) -> Shown:
    arms = tuple(tuple(_row(work, entity, d, f"{a}.{r}") for r, d in enumerate(arm)) for a, arm in enumerate(drafts))
    title = _("Choose a field") if slot else _("Change the filter") if chip else _("New filter")
    keep = [*address.pairs(), *((("chip", chip),) if chip else ())]
    page = FilterSheet(
        title=title, action=address.sheet("filter").partition("?")[0], back=address.href(), keep=tuple(keep), arms=arms,
        hidden=tuple(_hidden(arms)) if slot else (), chooser=_chooser(work, entity, address, slot, find) if slot else None, is_new=not chip,
    )  # fmt: skip
    broken = any(row.error for arm in arms for row in arm)
    return Shown("sheet_filter.html", page, title, 422 if broken else 200)


def _row(work: Work, entity: Entity, draft: Draft, key: str) -> FilterRow:
    if draft.text:
        return FilterRow(key=key, text=draft.text, error=draft.error)
    found = target(work, entity, draft.path)
    if found is None:
        return FilterRow(key=key, text=draft.path, error=_("there is no such field"))
    offered = operators(found)
    op = draft.op or offered[0]
    listed = offered if op in offered else (*offered, op)
    values = draft.values if draft.values is not None else _typed(work, found, op, draft)
    return FilterRow(
        key=key, path=draft.path, label=found.label, error=draft.error,
        operators=tuple(Option(value=o, label=operator_label(found, o), selected=o == op) for o in listed),
        inputs=inputs_of(work, found, op, values, f"c.{key}.", " ".join(draft.given.get("words", ()))),
    )  # fmt: skip


def _typed(work: Work, found: Target, op: str, draft: Draft) -> tuple[str, ...]:
    """What was typed so far, as the inputs show it again: read where it can be, else as it is."""
    try:
        return read_values(work, found, op, draft.given)
    except BadRequest:
        return tuple(v for name in ("value", "to", "n") for v in draft.given.get(name, ()))


def _hidden(arms: Sequence[Sequence[FilterRow]]) -> list[tuple[str, str]]:
    """The conditions as hidden inputs, while a field of another one is chosen."""
    made: list[tuple[str, str]] = []
    for row in (row for arm in arms for row in arm):
        dot = f"c.{row.key}."
        if row.text:
            made.append((f"{dot}text", row.text))
            continue
        made += [(f"{dot}path", row.path), (f"{dot}op", next((o.value for o in row.operators if o.selected), ""))]
        for one in row.inputs:
            if one.lookup is not None and one.lookup.label and not one.value:
                made.append((f"{one.name}__text", one.lookup.label))
            chosen = [o.value for o in one.options if o.selected] if one.options else [one.value]
            made += [(one.name, value) for value in chosen if value]
    return made


def _chooser(work: Work, entity: Entity, address: Address, slot: tuple[int, int, str], find: str) -> FieldChooser:
    """The fields at the end of a path: those of the list first, then the others; links lead on. With a text to find, those called so,
    behind links too."""
    arm, row, path = slot
    place = f"{arm}.{row}"
    listed = list_of(work, entity.name) if not path else None
    order = {name.split(".")[0]: n for n, name in enumerate(listed.columns)} if listed else {}
    walks = {t.path: t for t in links_of(work, entity, path)}
    found = sorted(targets_of(work, entity, path), key=lambda t: order.get(t.path.split(".")[-1], 999))
    if find:
        found, order = list(islice(found_by(work, entity, find, path, targets_of), FOUND)), {}
    choices = [
        FieldChoice(
            label=t.label if find else t.name, value=f"field:{place}:{t.path}", walk=f"walk:{place}:{t.path}" if t.path in walks else "",
            icon=ICONS.get(t.kind, "type"), group=_("In this list") if t.path in order else "" if not order else _("All fields"),
        )
        for t in found
    ]  # fmt: skip
    crumbs = [FieldChoice(label=say(entity.label, work.language), walk=f"walk:{place}:")]
    hops = path.split(".") if path else []
    for n in range(len(hops)):
        step = target(work, entity, ".".join(hops[: n + 1]))
        if step is not None:
            crumbs.append(FieldChoice(label=step.name, walk=f"walk:{place}:{step.path}"))
    return FieldChooser(
        fields=tuple(choices), crumbs=tuple(crumbs[:-1]), here=crumbs[-1].label,
        find_href=address.sheet("filter", do=f"walk:{place}:{path}", find=""),
    )  # fmt: skip


ICONS = {
    "text": "type", "int": "hash", "decimal": "hash", "bool": "toggle-left", "date": "calendar", "datetime": "calendar-clock",
    "ref": "link", "list": "tags", "duration": "timer",
}  # fmt: skip
