"""The pages that say that something did not work: what happened, what was kept, where to go, whom to ask, and an id that the log has."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import PluginError, Problem, Refused, VersionConflict, XrmError
from ..language import N_, _
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import lists, records
from ..services.sight import is_open
from ..services.work import Work
from .addresses import entity_url
from .asked import Asked
from .cells import in_sentence
from .guards import SAFE, own_path
from .models import Action, ErrorPage
from .typed import send_again, typed_in

NOWHERE = N_("There is nothing at this address, or it is not for you to see.")
BROKEN = N_("Something broke on our side")
TITLES = {
    400: N_("That address does not make sense"), 401: N_("Your session has ended"), 403: N_("Not for you to do"), 404: N_("Not found"),
    405: N_("That does not work here"), 409: N_("Not possible now"), 412: N_("Changed meanwhile"), 413: N_("Too large"), 415: N_("Not a kind that is taken"),
    422: N_("Not accepted"), 429: N_("Too many tries"), 503: N_("Not available just now"),
}  # fmt: skip
OPENED = {
    400: N_("What was sent cannot be read; open the page again and repeat."),
    405: N_("This address takes what a page of ours sends; open that page and go on from there."),
    413: N_("What was sent is larger than this address takes."),
    415: N_("What was sent is of a kind that this address does not take."),
}
"""What is told where no page was asked: the words of the server's library are in nobody's language."""
KEPT = {
    401: N_("Nothing was changed. Sign in, then do it again."),
    403: N_("Nothing was changed."),
    409: N_("Nothing was changed. Look at what is there now, and try again."),
    412: N_("Nothing was changed. Look at what is there now, and try again."),
    422: N_("Nothing was changed."),
    500: N_("Nothing was changed. Try again; if it fails once more, tell us the reference below."),
    503: N_("Nothing was changed. Wait a moment, then try again."),
}
"""What became of a write that failed; each is carried out as a whole or not at all."""
STAYS = {
    401: N_(
        "Nothing was changed, and what you typed is kept here: sign in on another tab, then send it again from this one."
    ),
    500: N_(
        "Nothing was changed, and what you typed is kept here: send it again; if it fails once more, tell us the reference below."
    ),
    503: N_("Nothing was changed, and what you typed is kept here: wait a moment, then send it again."),
}
STAYS_STALE = N_("Nothing was changed, and what you typed is kept here: send it again.")
STAYS_ELSE = N_("Nothing was changed, and what you typed is kept here.")
"""The same where something was typed, which stands on the page."""
OUT_OF_DATE = N_("This form is out of date")
CHANGED = N_("Somebody changed this after you opened it.")
READ = {
    500: N_("Your data is as it was. Try again; if it fails once more, tell us the reference below."),
    503: N_("Your data is as it was. Try again in a moment."),
}
"""The same of a page that was only looked at."""
ASKED = 3
"""Administrators that are named."""


def sentence(text: str) -> str:
    """A message as it stands alone: with a capital and a stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def told(fault: XrmError) -> str:
    """What the reader is told: our own words; what a plugin's code said stays in the log."""
    if fault.code == "unknown_entity":
        return _(NOWHERE)
    if fault.code == "csrf":
        return _("You have signed in anew since this form was opened.")
    if isinstance(fault, VersionConflict):
        return _(CHANGED)
    if isinstance(fault, PluginError):
        return f"{fault.told}."
    return f"{_(BROKEN)}." if fault.status == 500 else sentence(fault.message)


def title_of(status: int) -> str:
    """The heading for a status."""
    return _(TITLES.get(status, BROKEN))


def page_of(work: Work, asked: Asked, fault: XrmError, status: int, reference: str) -> ErrorPage:
    """The page about a fault, for whoever asked."""
    typed = typed_in(work, asked)
    kept = _(STAYS_STALE) if typed and fault.code == "csrf" else kept_of(status, asked.method not in SAFE, bool(typed))
    lines = () if status >= 500 else tuple(_line(p) for p in fault.problems)
    own = (fault.code == "csrf" and typed) or isinstance(fault, VersionConflict)  # what is to be done stands below
    text = f"{told(fault)} {sentence(fault.hint)}" if fault.hint and status < 500 and not own else told(fault)
    return ErrorPage(
        status=status, title=_(OUT_OF_DATE) if fault.code == "csrf" else title_of(status), text=text, reference=reference, lines=tuple(dict.fromkeys(lines)),
        kept=kept, ask=_whom_to_ask(work) if isinstance(fault, Refused) and _lacks_a_right(fault) else "",
        actions=tuple(_ways(work, asked, status, bool(typed))), typed=typed, again=send_again(asked) if typed and may_repeat(status, fault) else None,
    )  # fmt: skip


def kept_of(status: int, writes: bool, holds: bool) -> str:
    """What became of what was to be done, or looked at; `holds`: the page holds what was typed."""
    if holds:
        return _(STAYS.get(status, STAYS_ELSE))
    kept = (KEPT.get(status) or KEPT[403]) if writes else READ.get(status, "")
    return _(kept) if kept else ""


def may_repeat(status: int, fault: XrmError) -> bool:
    """Can the same form be taken when it is sent once more?"""
    return fault.code == "csrf" or status in (401, 500, 503)


def _line(problem: Problem) -> str:
    said = sentence(problem.message)
    said = f"{problem.field}: {said}" if problem.field else said
    said = f"{problem.where}: {said}" if problem.where else said
    return f"{said} {sentence(problem.hint)}" if problem.hint else said


def _lacks_a_right(fault: XrmError) -> bool:
    return fault.code not in ("csrf", "cross_site")


def _whom_to_ask(work: Work) -> str:
    """Who can open what is closed: the administrators, by name where the reader may see users."""
    names: list[str] = []
    if work.actor.kind == "user" and is_open(work, "user"):
        try:
            filter = "'admin' in record.roles && record.status == 'active'"
            page = lists.list_records(work, Query("user", ("id", "display"), filter, ("name",), ASKED))
            names = [str(row["display"]) for row in page.rows if row["display"]]
        except XrmError:  # roles of users are not his to ask about
            names = []
    where = work.settings.organisation.name
    if names:
        return _("If you need this for your work, ask {names}, who look after the rights here.", names=", ".join(names))
    return _("If you need this for your work, ask an administrator of {organisation}.", organisation=where)


def _ways(work: Work, asked: Asked, status: int, holds: bool = False) -> list[Action]:
    """Where to go from here: back to where one came from, the record and the list it belongs to, the start. Where the page `holds` what
    was typed, signing in takes another tab."""
    if work.actor.kind == "anonymous":
        return [
            Action(
                label=_("Sign in"), href="/sign-in", style="default" if holds else "primary", icon="log-in", apart=holds
            )
        ]
    made: list[Action] = []
    back = _came_from(asked)
    if back:
        made.append(
            Action(label=_("Back to where you were"), href=back, style="default" if holds else "primary", icon="undo-2")
        )
    elif status >= 500 and asked.method in SAFE:
        made.append(Action(label=_("Try again"), href=own_path(asked.url), style="primary", icon="rotate-cw"))
    name = str(asked.path.get("entity", ""))
    if is_open(work, name):
        entity = work.entity(name)
        made += _record_of(work, name, str(asked.path.get("id", "")), back) if status in (403, 409, 412, 422) else []
        href = entity_url(name)
        if href != back:
            made.append(
                Action(
                    label=_("All {plural}", plural=in_sentence(work, say(entity.plural, work.language))),
                    href=href,
                    icon=entity.icon or "list",
                )
            )
    if status == 404:
        made.append(Action(label=_("Search everything"), href="/search", icon="search"))
    return [*made, Action(label=_("Back to the start"), href="/", icon="house")]


def _record_of(work: Work, entity: str, id: str, back: str) -> list[Action]:
    """The way to the record that it was about, as it is now; none where it is not there for the reader, or where one came from it."""
    href = entity_url(entity, id)
    if not id or back.partition("?")[0] == href:
        return []
    try:
        title = records.read_record(work, entity, id, ("id", "display"))["display"]
    except XrmError:
        return []
    return [Action(label=_("Open {name}", name=str(title or "")).strip(), href=href, icon="arrow-up-right")]


def _came_from(asked: Asked) -> str:
    """The page of ours that led here, by the browser's word; not this one again."""
    parts = urlsplit(asked.headers.get("referer", ""))
    if not parts.netloc or parts.netloc != asked.headers.get("host", ""):
        return ""
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    same = urlsplit(asked.url).path == parts.path and asked.method in SAFE
    return "" if same or own_path(path) != path else path
