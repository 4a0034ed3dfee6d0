"""Saved views on pages: what can be done with a list that was changed, the sheet in which a view is named, saving and deleting."""

from __future__ import annotations

from urllib.parse import urlencode

from ..errors import BadRequest, XrmError
from ..language import _
from ..metamodel.catalog import Entity
from ..services import saved_views
from ..services.saved_views import AUDIENCES, SavedView
from ..services.sight import is_open
from ..services.work import Work
from . import focus
from .asked import Answer, Asked, Go, Shown
from .listing import Address, open_view, view_of
from .models import Action, FormField, Option, ViewSheet
from .shell import entity_url
from .viewstate import EMPTY, read_state, write_state


def view_actions(work: Work, entity: Entity, address: Address, saved: SavedView | None) -> tuple[Action, ...]:
    """What can be done with the view: with one that was changed keep it, keep it as a new one, or go back to it; with one's own
    change its name and for whom it is, or delete it."""
    if work.actor.id is None or not is_open(work, saved_views.ENTITY, "create"):
        return ()
    own = saved if saved is not None and saved.is_own else None
    if not address.is_modified:
        return (
            (Action(label=_("Edit view"), href=address.sheet("view", id=own.id), icon="pencil", id="view-edit"),)
            if own
            else ()
        )
    made = []
    if own is not None:
        label = _("Save") if own.audience == "me" else _("Save for all")
        fields = (("do", "save"), ("id", own.id), *address.pairs(without="q"))
        made.append(
            Action(
                label=label,
                href=entity_url(entity.name, "list", "keep"),
                method="post",
                fields=fields,
                icon="save",
                id="view-save",
            )
        )
    made.append(Action(label=_("Save as"), href=address.sheet("view"), icon="bookmark-plus", id="view-save-as"))
    plain = Address(address.entity, address.view, q=address.q, base=address.base, state=address.base)
    made.append(Action(label=_("Reset"), href=plain.href(), icon="rotate-ccw", id="view-reset"))
    return tuple(made)


def view_sheet(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/list/view: the form for a new view, or for the one named by `id`."""
    entity = work.entity(asked.path["entity"])
    address = open_view(work, entity, asked)[1]
    return _sheet(work, entity, address, asked.get("id"), "", "me", {})


def _sheet(
    work: Work, entity: Entity, address: Address, id: str, name: str, audience: str, errors: dict[str, tuple[str, ...]]
) -> Shown:
    old = saved_views.required(work, entity.name, id) if id else None
    name, audience = (name or old.name, old.audience if not errors else audience) if old else (name, audience)
    hints = {
        "me": _("Nobody else sees it."), "department": _("Everybody of your department sees it."), "everybody": _("All who may see these records."),
    }  # fmt: skip
    allowed = saved_views.audiences(work)
    options = tuple(
        Option(value=a, label=_(AUDIENCES[a]), hint=hints[a], selected=a == audience)
        for a in AUDIENCES
        if a in allowed or a == audience
    )
    fields = (
        FormField(
            name="name",
            label=_("Name"),
            value=name,
            required=True,
            max_length=60,
            autofocus=True,
            errors=errors.get("name", ()),
        ),
        FormField(
            name="audience", label=_("For whom"), widget="radio", options=options, errors=errors.get("audience", ())
        ),
    )
    drop = Action(
        label=_("Delete view"), href=entity_url(entity.name, "list", "keep"), method="post", style="danger", icon="trash-2",
        fields=(("do", "delete"), ("id", id)),
    )  # fmt: skip
    page = ViewSheet(
        title=_("Edit view") if old else _("Save as a new view"), action=entity_url(entity.name, "list", "keep"), back=address.href(), fields=fields,
        keep=(("do", "change" if old else "new"), ("id", id), *_whole(address)), save=_("Save view"), others=(drop,) if old else (),
    )  # fmt: skip
    return Shown("sheet_view.html", page, page.title, 422 if errors else 200)


def _whole(address: Address) -> list[tuple[str, str]]:
    """The list as it stands, told without what its view has by itself."""
    return [("view", address.view), *write_state(address.state, EMPTY)]


def keep_view(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/list/keep: keep a new view, save one anew, change its name and for whom it is, or delete it."""
    entity = work.entity(asked.path["entity"])
    work.access.require(entity.name, "read")
    do, id, name = asked.posted("do"), asked.posted("id"), asked.posted("name").strip()
    if do == "delete":
        old = saved_views.required(work, entity.name, id)
        saved_views.drop(work, old)
        return Go(entity_url(entity.name), _("The view “{name}” is deleted", name=old.name))
    posted = [(k, v) for k, v in asked.form if isinstance(v, str)]
    if do == "save":
        old = saved_views.required(work, entity.name, id)
        state = read_state(posted, read_state(old.pairs))
        saved_views.change(work, old, pairs=write_state(state))
        return Go(_url(entity, id), _("“{name}” is saved", name=old.name))
    if do not in ("new", "change"):
        raise BadRequest(_("this cannot be done with a view"), code="bad_parameter")
    return _kept(work, asked, entity, id if do == "change" else "", name, posted)


def _kept(work: Work, asked: Asked, entity: Entity, id: str, name: str, posted: list[tuple[str, str]]) -> Answer:
    """The form of the sheet, carried out; drawn again with what is wrong."""
    under, audience = asked.posted("view"), asked.posted("audience") or "me"
    unit, state = focus.department(work), read_state(posted)
    try:
        if not name:
            raise BadRequest(_("Say what the view is called."), code="no_name")
        with work.tx.savepoint():
            if id:
                saved_views.change(
                    work, saved_views.required(work, entity.name, id), name=name, audience=audience, unit=unit
                )
            else:
                parent = saved_views.one(work, entity.name, under)
                base = parent.base if parent is not None else view_of(work, entity, under).name
                id = saved_views.keep(work, entity.name, base, name, write_state(state), audience, unit)
    except XrmError as fault:
        if fault.status not in (400, 403, 422):
            raise
        work.forget()
        told = tuple(p.message for p in fault.problems) or (fault.message,)
        address = Address(entity.name, under, state=state)
        return _sheet(
            work, entity, address, id, name, audience, {"name" if fault.code == "no_name" else "audience": told}
        )
    return Go(_url(entity, id), _("The view “{name}” is kept", name=name))


def _url(entity: Entity, id: str) -> str:
    return entity_url(entity.name) + "?" + urlencode({"view": id})
