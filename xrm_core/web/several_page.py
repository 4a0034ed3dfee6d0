"""The page of a large act on many records: how far it is, what became of it, and the way back."""

from __future__ import annotations

from collections import Counter

from ..language import _
from ..services import severaljobs
from ..services.work import Work
from .asked import Asked, Go, Shown
from .cells import capital, figure
from .guards import own_path
from .models import Action, BulkPage, BulkReason
from .refusals import told_reasons


def several_page(work: Work, asked: Asked) -> Shown:
    """GET /several/{id}."""
    id = asked.path["id"]
    state = severaljobs.state_of(work, id)
    texts = {
        "waiting": _("It begins in a moment. You may leave this page."), "running": _("At work. You may leave this page."),
        "undoing": _("Being taken back."), "done": _("Done."), "undone": _("Taken back."), "failed": capital(str(state["error"])),
    }  # fmt: skip
    figures = [
        (_("Changed"), figure(work, state["changed"])),
        (_("As it was"), figure(work, state["unchanged"])),
        (_("Refused"), figure(work, state["refused"])),
    ]
    if state["state"] == "undone":
        figures.append((_("Taken back"), figure(work, int(state.get("back_count", 0)))))
    kept = Counter(state.get("kept", ()))
    reasons = [*told_reasons(work, state["entity"], severaljobs.refusals(state))]
    reasons += [BulkReason(text=capital(reason), count=figure(work, n)) for reason, n in kept.items()]
    back = Action(label=_("Take it back"), href=f"/several/{id}/undo", method="post", icon="undo-2")
    page = BulkPage(
        title=state["title"], text=texts[state["state"]], back=own_path(state["back"]), url=f"/several/{id}", state=state["state"],
        done=state["at"], total=state["total"], figures=tuple(figures), reasons=tuple(reasons),
        actions=(back,) if state["state"] == "done" and state["acts"] else (),
    )  # fmt: skip
    return Shown("several.html", page, page.title)


def undo_several(work: Work, asked: Asked) -> Go:
    """POST /several/{id}/undo."""
    severaljobs.queue_undo(work, asked.path["id"])
    return Go(f"/several/{asked.path['id']}")
