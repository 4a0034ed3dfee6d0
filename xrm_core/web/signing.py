"""Signing in and out: by address and password, by a second factor, by a one-time link."""

from __future__ import annotations

from ..errors import NotFound, XrmError
from ..language import N_, _, joined
from ..metamodel.values import Actor
from ..services import accounts, viewing
from ..services.runtime import Runtime
from ..services.settings import Settings
from ..services.signing import entering, notes, passkeys
from ..services.signing.entering import Entered
from ..services.signing.guesses import TooManyGuesses, WrongAnswer
from ..services.work import Work
from .asked import Asked, Go, Shown
from .cells import capital
from .models import Action, FormError, FormField, Link, SignInPage
from .signing_cookies import came, next_cookie, next_of, session_cookie, session_of, step_cookie, step_of

LONGEST = 1000
"""Characters that are looked at of what was typed."""
OVER = N_("That took too long. Sign in again.")


def sign_in(work: Work, asked: Asked) -> Shown | Go:
    """GET /sign-in: address and password, and the other ways in."""
    if work.actor.kind != "anonymous":
        return Go("/")
    return ask(work.settings)


def ask(settings: Settings, email: str = "", fault: XrmError | None = None) -> Shown:
    """The sign-in page, again with what was wrong."""
    errors = (FormError(text=_told(fault), field="email"),) if fault else ()
    ways = settings.sign_in.passwords
    fields = (
        FormField(name="email", label=_("E-mail"), widget="email", value=email, autocomplete="username", autofocus=not email, required=True),
        FormField(name="password", label=_("Password"), widget="password", autocomplete="current-password", autofocus=bool(email), required=True),
    )  # fmt: skip
    page = SignInPage(
        title=_("Sign in"), step="ask" if ways else "sent", text="" if ways else _("Choose where you are known."), action="/sign-in",
        fields=fields if ways else (), errors=errors, links=(Link(label=_("Forgot the password?"), href="/sign-in/forgotten"),) if ways else (),
        passkey=_("Sign in with a passkey") if passkeys.are_possible(settings) else "",
        providers=tuple(
            Action(label=_("Sign in with {title}", title=one.title), href=f"/sign-in/with/{name}", icon="log-in", id=f"with-{name}")
            for name, one in settings.sign_in.providers.items()
        ),
    )  # fmt: skip
    return Shown("sign_in.html", page, _("Sign in"), fault.status if fault else 200)


def by_password(runtime: Runtime, __: Actor, asked: Asked) -> Shown | Go:
    """POST /sign-in: address and password."""
    if not runtime.settings.sign_in.passwords:
        raise NotFound(_("nobody signs in by password here"), code="not_found")
    email, password = asked.posted("email")[:LONGEST], asked.posted("password")[:LONGEST]
    try:
        entered = entering.by_password(runtime, email, password, came(runtime.settings, asked))
    except (WrongAnswer, TooManyGuesses) as fault:
        return ask(runtime.settings, email, fault)
    return go_on(runtime.settings, entered, asked)


def go_on(settings: Settings, entered: Entered, asked: Asked) -> Go:
    """To the second factor where there is one, else in: to the page that was asked for before."""
    if entered.step:
        return Go("/sign-in/code", cookies=(step_cookie(settings, entered.step),))
    cookies = (session_cookie(settings, entered.session), step_cookie(settings, ""), next_cookie(settings, ""))
    return Go(next_of(settings, asked), cookies=cookies)


def ask_code(work: Work, asked: Asked) -> Shown | Go:
    """GET /sign-in/code: the second factor."""
    return code_page(work, asked)


def code_page(work: Work, asked: Asked, fault: XrmError | None = None) -> Shown | Go:
    """The page of the second factor, again with what was wrong."""
    step = entering.step_of(work, step_of(work.settings, asked))
    if step is None:
        return Go("/sign-in", _(OVER), tone="warn")
    ways = [*([_("the six digits of your app")] if any(f.kind == "totp" for f in step.factors) else [])]
    ways += [_("one of your recovery codes")] if step.recovery else []
    field = FormField(
        name="code", label=_("Code"), autocomplete="one-time-code", max_length=40, autofocus=True, required=True,
        hint=f"{capital(joined(ways, 'or'))}." if ways else "",
    )  # fmt: skip
    errors = (FormError(text=_told(fault), field="code"),) if fault else ()
    page = SignInPage(
        title=_("One more step"), step="ask" if ways else "sent", text=_("Show that it is you."), action="/sign-in/code", errors=errors,
        passkey=_("Use a passkey") if any(f.kind == "passkey" for f in step.factors) else "",
        fields=(field,) if ways else (), submit_label=_("Go on"), links=(Link(label=_("Begin again"), href="/sign-in"),),
    )  # fmt: skip
    return Shown("sign_in.html", page, page.title, fault.status if fault else 200)


def by_code(runtime: Runtime, actor: Actor, asked: Asked) -> Shown | Go:
    """POST /sign-in/code: a code of an app, or a recovery code."""
    secret, who = step_of(runtime.settings, asked), came(runtime.settings, asked)
    try:
        entered = entering.by_code(runtime, secret, asked.posted("code")[:LONGEST], who)
    except (WrongAnswer, TooManyGuesses) as fault:
        with runtime.work(actor, "web") as work:
            return code_page(work, asked, fault)
    return Go("/sign-in", _(OVER), tone="warn") if entered is None else go_on(runtime.settings, entered, asked)


def sign_in_link(work: Work, asked: Asked) -> Shown:
    """GET /sign-in/{secret}: says whom the link signs in, and asks before it uses it, so that a scanner of mails does not use it up."""
    secret = str(asked.path["secret"])
    person = entering.waiting(work, secret)
    if person is None:
        return refused_link()
    name, address = work.settings.organisation.name, veiled(person.email)
    text = [_("This link signs you in to {name} as {address}. It works once.", name=name, address=address)]
    if work.actor.kind == "user" and work.actor.id != person.id:
        text.append(_("You are signed in as {name} now; that ends.", name=f"\u2068{work.actor.name}\u2069"))
    page = SignInPage(
        title=_("Sign in"), step="confirm", text=" ".join(text), action="/sign-in/link", hidden=(("token", secret),), submit_label=_("Sign in"),
    )  # fmt: skip
    return Shown("sign_in.html", page, _("Sign in"))


def veiled(email: str) -> str:
    """An address as its owner knows it, and nobody else who gets to see a link: its first letter, and where it is."""
    name, _at, domain = email.rpartition("@")
    return f"\u2068{name[:1]}…@{domain}\u2069"


def use_link(work: Work, asked: Asked) -> Shown | Go:
    """POST /sign-in/link: trades the link for a session, or for the step to the second factor."""
    entered = entering.by_link(work, asked.posted("token"), came(work.settings, asked))
    return refused_link() if entered is None else go_on(work.settings, entered, asked)


def refused_link() -> Shown:
    """The page for a link that opens nothing; why, nobody is told."""
    page = SignInPage(
        title=_("This link does not work"), step="refused", text=_("It was used already, has expired, or was not copied whole. Ask for a new one."),
        links=(Link(label=_("Sign in"), href="/sign-in"),),
    )  # fmt: skip
    return Shown("sign_in.html", page, page.title, 403)


def sign_out(work: Work, asked: Asked) -> Go:
    """POST /sign-out."""
    secret = session_of(work.settings, asked)
    viewing.end(work, accounts.hash_of(secret))
    notes.signed_out(work)
    accounts.end_session(work, secret)
    return Go("/sign-in", cookies=(session_cookie(work.settings, ""),))


def _told(fault: XrmError | None) -> str:
    return f"{fault.message}." if fault else ""
