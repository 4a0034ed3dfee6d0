"""The page on which people see to how they sign in, to their sessions, and to their tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from ..errors import InvalidRecord, NotFound, XrmError
from ..language import N_, _, ngettext
from ..metamodel.values import Actor
from ..services.runtime import Runtime
from ..services.signing import own, passkeys, sessions
from ..services.signing.guesses import TooManyGuesses, WrongAnswer
from ..services.signing.own import NotProved
from ..services.work import Work
from ..storage import factors, signing
from .asked import Answer, Asked, Go, Shown
from .cells import moment
from .models import (
    AccountPage,
    AccountPart,
    AccountRow,
    Action,
    Banner,
    ConfirmPage,
    FormError,
    FormField,
    Link,
    Pill,
)
from .signing_cookies import session_cookie, session_of

ACCOUNT = "/account"
PROOF = f"{ACCOUNT}/confirm"
LONGEST = 1000
SOON = timedelta(days=14)
BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari", "curl", "python")
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
SPOKEN = {"Edg": "Edge", "OPR": "Opera", "python": N_("a program"), "curl": N_("a program"), "Mac OS X": "macOS"}


def crumbs() -> tuple[Link, ...]:
    """The place of the pages below the account."""
    return (Link(label=_("Account"), href=ACCOUNT),)


def account(work: Work, asked: Asked) -> Shown:
    """GET /account."""
    person = own.me(work)
    parts = (
        _password(work, person.id),
        _second(work, person.id),
        _sessions(work, asked, person.id),
        _tokens(work, person.id),
    )
    page = AccountPage(title=_("Your account"), text=f"{person.name} · {person.email}", parts=parts)
    return Shown("account.html", page, page.title)


def second_factor(work: Work, asked: Asked) -> Shown | Go:
    """GET /account/second-factor: all that there is for somebody who owes one."""
    person = own.me(work)
    if not work.actor.owes_factor:
        return Go(ACCOUNT)
    text = _("A role of yours is open only to those who sign in with a second factor. Set one up to go on.")
    out = Action(label=_("Sign out"), href="/sign-out", method="post", id="leave")
    part = _second(work, person.id)
    page = AccountPage(
        title=_("Set up a second factor"), text=f"{person.name} · {person.email}", banners=(Banner(title=text),),
        parts=(replace(part, actions=(*part.actions, out)),),
    )  # fmt: skip
    return Shown("account.html", page, page.title)


def _password(work: Work, user: str) -> AccountPart:
    changed = signing.password_changed_at(work.tx, user)
    text = (
        _("Set on {when}.", when=moment(work, changed).text)
        if changed
        else _("You have none: you sign in by link, passkey or provider.")
    )
    label = _("Change it") if changed else _("Set one")
    action = Action(label=label, href=f"{ACCOUNT}/password", id="change-password")
    return AccountPart(name="password", title=_("Password"), icon="key-round", text=text, actions=(action,))


def _second(work: Work, user: str) -> AccountPart:
    found = factors.factors_of(work.tx, user)
    rows = [
        AccountRow(
            title=one.name, icon="fingerprint-pattern" if one.kind == "passkey" else "smartphone",
            lines=(_("Added {when}", when=moment(work, one.created_at).text), _used(work, one.used_at)),
            actions=(Action(label=_("Remove"), href=f"{ACCOUNT}/factors/{one.id}/remove", method="post", id=f"remove-{one.id}", confirm=_("Remove {one}?", one=one.name)),),
        )
        for one in found
    ]  # fmt: skip
    if found:
        left = factors.recovery_left(work.tx, user)
        again = Action(
            label=_("New codes"),
            href=f"{ACCOUNT}/recovery",
            method="post",
            id="new-recovery",
            confirm=_("The old codes become worthless."),
        )
        pills = (Pill(label=_("{left} left", left=left), tone="ok" if left > 2 else "warn"),)
        line = _("For the day when the phone is lost. Each works once.")
        rows.append(
            AccountRow(title=_("Recovery codes"), icon="life-buoy", lines=(line,), pills=pills, actions=(again,))
        )
    add: tuple[Action, ...] = (
        Action(label=_("Add an app"), href=f"{ACCOUNT}/app", method="post", icon="smartphone", id="add-app"),
    )
    if possible := passkeys.are_possible(work.settings):
        add = (
            Action(label=_("Add a passkey"), href=f"{ACCOUNT}/passkey", icon="fingerprint-pattern", id="add-passkey"),
            *add,
        )
    text = (
        _("After your password you are asked for one of these.") if found
        else _("Nothing yet. With a second factor a stolen password alone opens nothing.")
    )  # fmt: skip
    note = "" if possible else _("Passkeys need a name as the address of this server (HTTPS, or localhost).")
    return AccountPart(
        name="factors",
        title=_("Second factor"),
        icon="shield-check",
        text=text,
        rows=tuple(rows),
        actions=add,
        note=note,
    )


def _used(work: Work, at: datetime | None) -> str:
    return _("Used {when}", when=moment(work, at).text) if at else _("Not used yet")


def _sessions(work: Work, asked: Asked, user: str) -> AccountPart:
    begun = sessions.of(work, user, session_of(work.settings, asked))
    rows = tuple(
        AccountRow(
            title=spoken(one.agent), icon="monitor", pills=(Pill(label=_("this one"), tone="ok"),) if one.here else (),
            lines=(_("Since {when}, by {method}", when=moment(work, one.created_at).text, method=one.method), _("Seen {when}", when=moment(work, one.seen_at).text)),
            actions=() if one.here else (Action(label=_("End"), href=f"{ACCOUNT}/sessions/{one.handle}/end", method="post", id=f"end-{one.handle}"),),
        )
        for one in begun
    )  # fmt: skip
    others = (Action(label=_("End all others"), href=f"{ACCOUNT}/sessions/end", method="post", id="end-others"),)
    return AccountPart(
        name="sessions",
        title=_("Where you are signed in"),
        icon="monitor",
        rows=rows,
        actions=others if len(begun) > 1 else (),
    )


def spoken(agent: str) -> str:
    """A browser in words, from how it names itself."""
    browser = next((b for b in BROWSERS if b in agent), "")
    system = next((s for s in SYSTEMS if s in agent), "")
    words = [_(SPOKEN[word]) if word in SPOKEN else word for word in (browser, system) if word]
    if len(words) == 2:
        return _("{browser} on {system}", browser=words[0], system=words[1])
    return "".join(words) or _("A browser")


def _tokens(work: Work, user: str) -> AccountPart:
    rows = []
    for one in signing.own_tokens(work.tx, user):
        ends = one["expires_at"]
        over = ends is not None and ends <= work.now
        soon = ends is not None and not over and ends - work.now < SOON
        pills = (
            (Pill(label=_("expired"), tone="bad"),)
            if over
            else (Pill(label=_("expires soon"), tone="warn"),)
            if soon
            else ()
        )
        until = _("Until {when}", when=moment(work, ends).text) if ends else _("Without an end")
        limits = (
            _("May do: {scopes}", scopes=", ".join(one["scopes"]))
            if one["scopes"] is not None
            else _("May do all that you may")
        )
        revoke = Action(label=_("Revoke"), href=f"{ACCOUNT}/tokens/{one['id']}/revoke", method="post", id=f"revoke-{one['id']}", confirm=_("Revoke {name}? Programs that use it stop working.", name=one['name']))  # fmt: skip
        lines = (limits, f"{until}. {_used(work, one['used_at'])}")
        rows.append(AccountRow(title=one["name"], icon="ticket", lines=lines, pills=pills, actions=(revoke,)))
    add = (Action(label=_("Make a token"), href=f"{ACCOUNT}/tokens/new", icon="plus", id="make-token"),)
    text = "" if rows else _("Programs sign in with a token. You have none.")
    return AccountPart(
        name="tokens", title=_("Tokens for programs"), icon="ticket", text=text, rows=tuple(rows), actions=add
    )


def ask_password(work: Work, asked: Asked) -> Shown | Go:
    """GET /account/password."""
    person = own.me(work)
    if signing.password_hash(work.tx, person.id) is None and not sessions.is_proved(
        work, session_of(work.settings, asked)
    ):
        return Go(PROOF)
    return password_page(work)


def password_page(work: Work, fault: XrmError | None = None, field: str = "new") -> Shown:
    """The form for a password, again with what was wrong."""
    has_one = signing.password_hash(work.tx, own.me(work).id) is not None
    old = FormField(name="old", label=_("Password until now"), widget="password", autocomplete="current-password", required=True, autofocus=True, errors=_at("old", field, fault))  # fmt: skip
    new = FormField(
        name="new", label=_("New password"), widget="password", autocomplete="new-password", required=True, autofocus=not has_one,
        hint=_("At least 12 characters. A few words that do not belong together are easy to keep in mind."), errors=_at("new", field, fault),
    )  # fmt: skip
    again = FormField(name="again", label=_("Once more"), widget="password", autocomplete="new-password", required=True, errors=_at("again", field, fault))  # fmt: skip
    page = ConfirmPage(
        title=_("Change the password") if has_one else _("Set a password"), text=_("You stay signed in here. All your other sessions end."),
        action=Action(label=_("Save"), href=f"{ACCOUNT}/password", method="post", style="primary"), cancel_href=ACCOUNT,
        fields=(*((old,) if has_one else ()), new, again), errors=_summary(fault, field),
    )  # fmt: skip
    return Shown("confirm.html", page, page.title, fault.status if fault else 200, crumbs())


def change_password(runtime: Runtime, actor: Actor, asked: Asked) -> Answer:
    """POST /account/password."""
    old, new, again = (asked.posted(name)[:LONGEST] for name in ("old", "new", "again"))
    secret, field = session_of(runtime.settings, asked), "new"
    fault: XrmError
    try:
        if new != again:
            raise InvalidRecord(_("The two are not the same"), code="again")
        made = own.change_password(runtime, actor, secret, old, new)
        return Go(
            ACCOUNT,
            _("Password saved. Your other sessions have ended."),
            cookies=(session_cookie(runtime.settings, made),),
        )
    except NotProved:
        return Go(PROOF)
    except (WrongAnswer, TooManyGuesses) as wrong:
        fault, field = wrong, "old"
    except InvalidRecord as wrong:
        fault, field = wrong, "again" if wrong.code == "again" else "new"
    with runtime.work(actor, "web") as work:
        return password_page(work, fault, field)


def _at(name: str, field: str, fault: XrmError | None) -> tuple[str, ...]:
    if fault is None or name != field:
        return ()
    return (f"{fault.message}." + (f" {fault.hint[:1].upper()}{fault.hint[1:]}." if fault.hint else ""),)


def _summary(fault: XrmError | None, field: str) -> tuple[FormError, ...]:
    return (FormError(text=f"{fault.message}.", field=field),) if fault else ()


def ask_proof(work: Work, asked: Asked) -> Shown:
    """GET /account/confirm: show again who one is."""
    return proof_page(work)


def proof_page(work: Work, fault: XrmError | None = None) -> Shown:
    """The form, again with what was wrong."""
    has_one = signing.password_hash(work.tx, own.me(work).id) is not None
    field = FormField(name="password", label=_("Password"), widget="password", autocomplete="current-password", required=True, autofocus=True, errors=_at("password", "password", fault))  # fmt: skip
    text = _("It is a while since you signed in. What comes next decides who can sign in as you.")
    if not has_one:
        text += " " + _("You have no password: sign out, and sign in again as you did last time.")
    page = ConfirmPage(
        title=_("Show that it is you"), text=text, cancel_href=ACCOUNT, fields=(field,) if has_one else (), errors=_summary(fault, "password"),
        action=Action(label=_("Go on"), href=f"{ACCOUNT}/confirm", method="post", style="primary")
        if has_one else Action(label=_("Sign out"), href="/sign-out", method="post"),
    )  # fmt: skip
    return Shown("confirm.html", page, page.title, fault.status if fault else 200, crumbs())


def prove(runtime: Runtime, actor: Actor, asked: Asked) -> Answer:
    """POST /account/confirm."""
    secret, password = session_of(runtime.settings, asked), asked.posted("password")[:LONGEST]
    try:
        own_secret = own.prove(runtime, actor, secret, password)
    except (WrongAnswer, TooManyGuesses) as fault:
        with runtime.work(actor, "web") as work:
            return proof_page(work, fault)
    return Go(
        ACCOUNT, _("Now go on with what you wanted to do."), cookies=(session_cookie(runtime.settings, own_secret),)
    )


def end_session(work: Work, asked: Asked) -> Go:
    """POST /account/sessions/{handle}/end."""
    if not sessions.end(work, own.me(work).id, asked.path["handle"]):
        raise NotFound(_("there is no such session"), code="not_found")
    return Go(ACCOUNT, _("The session has ended"))


def end_others(work: Work, asked: Asked) -> Go:
    """POST /account/sessions/end: all but this one."""
    count = sessions.end_others(work, own.me(work).id, session_of(work.settings, asked))
    return Go(ACCOUNT, ngettext("{n} session ended", "{n} sessions ended", count))
