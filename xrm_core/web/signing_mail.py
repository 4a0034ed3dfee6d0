"""Links by mail: a forgotten password, the first password of somebody who was invited."""

from __future__ import annotations

from ..errors import InvalidRecord, NotFound
from ..language import N_, _
from ..metamodel.values import Actor
from ..services.runtime import Runtime
from ..services.signing import mails
from ..services.work import Work
from .asked import Asked, Go, Shown
from .models import FormError, FormField, Link, SignInPage
from .shell import entity_url
from .signing import LONGEST, refused_link

SENT = N_("If this address belongs to somebody here, a mail is on its way. Its link works for one hour.")


def back() -> tuple[Link, ...]:
    """The way back to the sign-in."""
    return (Link(label=_("Back to the sign-in"), href="/sign-in"),)


def forgotten(work: Work, asked: Asked) -> Shown:
    """GET /sign-in/forgotten: which address?"""
    _require_passwords(work)
    field = FormField(
        name="email", label=_("E-mail"), widget="email", autocomplete="username", required=True, autofocus=True
    )
    page = SignInPage(
        title=_("A new password"), step="ask", text=_("You get a link by mail."), action="/sign-in/forgotten", fields=(field,),
        submit_label=_("Send the link"), links=back(),
    )  # fmt: skip
    return Shown("sign_in.html", page, page.title)


def ask_reset(work: Work, asked: Asked) -> Shown:
    """POST /sign-in/forgotten: the same answer for every address, and as much work."""
    _require_passwords(work)
    mails.ask_reset(work, asked.posted("email")[:LONGEST])
    return Shown(
        "sign_in.html", SignInPage(title=_("Look into your mail"), step="sent", text=_(SENT), links=back()), _("Mail")
    )


def _require_passwords(work: Work) -> None:
    if not work.settings.sign_in.passwords:
        raise NotFound(_("there is no page at this address"), code="not_found")


def ask_password(work: Work, asked: Asked) -> Shown:
    """GET /sign-in/password/{secret}: asks for the password; the link is used up when it is set."""
    return _page(work, str(asked.path["secret"]))


def _page(work: Work, secret: str, fault: InvalidRecord | None = None) -> Shown:
    person = mails.waiting(work, secret)
    if person is None:
        return refused_link()
    told, hint = (f"{fault.message}.", fault.hint or "") if fault else ("", "")
    at = "again" if fault and fault.code == "again" else "new"
    wrong = (told + (f" {hint[:1].upper()}{hint[1:]}." if hint else ""),) if told else ()
    fields = (
        FormField(
            name="new", label=_("New password"), widget="password", autocomplete="new-password", required=True, autofocus=True,
            hint=_("At least 12 characters. A few words that do not belong together are easy to keep in mind."),
            errors=wrong if at == "new" else (),
        ),
        FormField(name="again", label=_("Once more"), widget="password", autocomplete="new-password", required=True, errors=wrong if at == "again" else ()),
    )  # fmt: skip
    page = SignInPage(
        title=_("Choose a password"), step="ask", text=_("For {email} at {name}.", email=person.email, name=work.settings.organisation.name), action="/sign-in/password",
        hidden=(("token", secret),), fields=fields, submit_label=_("Save"), errors=(FormError(text=told, field=at),) if told else (),
    )  # fmt: skip
    return Shown("sign_in.html", page, page.title, fault.status if fault else 200)


def set_password(runtime: Runtime, actor: Actor, asked: Asked) -> Shown | Go:
    """POST /sign-in/password: sets it, and uses the link up."""
    secret, new, again = (asked.posted(name)[:LONGEST] for name in ("token", "new", "again"))
    try:
        if not mails.set_password(runtime, secret, new, again):
            return refused_link()
    except InvalidRecord as fault:
        with runtime.work(actor, "web") as work:
            return _page(work, secret, fault)
    return Go("/sign-in", _("The password is set. Sign in with it."))


def invite(work: Work, asked: Asked) -> Go:
    """POST /account/invite/{id}: an administrator sends a user the link to his first password."""
    person = mails.invite(work, str(asked.path["id"]))
    return Go(entity_url("user", person.id), _("An invitation goes to {email}", email=person.email))
