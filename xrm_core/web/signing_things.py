"""What people add to how they sign in, and take away: authenticator apps, recovery codes, tokens."""

from __future__ import annotations

from ..errors import InvalidRecord, NotFound, XrmError
from ..language import N_, _
from ..services.signing import codes, own, tokens
from ..services.signing.guesses import WrongAnswer
from ..services.signing.own import NotProved
from ..services.work import Work
from .asked import Asked, Go, Shown
from .cells import capital
from .models import Action, AppPage, ConfirmPage, FormError, FormField, OncePage, Option
from .signing_account import ACCOUNT, PROOF, crumbs
from .signing_cookies import session_of

KEEP = N_("Print them or put them into your password manager. They are not shown again.")


def kept() -> Action:
    """The way on from codes that are shown once."""
    return Action(label=_("I have kept them"), href=ACCOUNT, style="primary", icon="check")


def offer_app(work: Work, asked: Asked) -> Shown | Go:
    """POST /account/app: a secret for an app; a factor once a code of it was shown."""
    try:
        own.require_proof(work, session_of(work.settings, asked))
    except NotProved:
        return Go(PROOF)
    person = own.me(work)
    return _app_page(codes.offer(work, person.id, person.email))


def _app_page(offer: codes.Offer, name: str = "", fault: XrmError | None = None) -> Shown:
    size, path = codes.qr(offer.uri)
    told = f"{fault.message}." if fault else ""
    fields = (
        FormField(name="code", label=_("Code of the app"), autocomplete="one-time-code", required=True, max_length=10, autofocus=True, errors=(told,) if told else ()),
        FormField(name="name", label=_("Name"), value=name, placeholder=_("My phone"), max_length=60),
    )  # fmt: skip
    page = AppPage(
        title=_("Add an authenticator app"), size=size, path=path, secret=offer.secret, action=f"{ACCOUNT}/app/add", fields=fields,
        hidden=(("token", offer.token),), cancel_href=ACCOUNT, errors=(FormError(text=told, field="code"),) if told else (),
    )  # fmt: skip
    return Shown("account_app.html", page, page.title, fault.status if fault else 200, crumbs())


def add_app(work: Work, asked: Asked) -> Shown | Go:
    """POST /account/app/add: the app shows its first code."""
    token, name = asked.posted("token"), asked.posted("name")
    person = own.me(work)
    offer = codes.offered(work, person.id, person.email, token)
    try:
        made = own.add_app(work, session_of(work.settings, asked), token, asked.posted("code")[:20], name)
    except NotProved:
        return Go(PROOF)
    except WrongAnswer as fault:
        if offer is None:
            raise
        return _app_page(offer, name, fault)
    return once_codes(made) if made else Go(ACCOUNT, _("The app was added"))


def once_codes(made: list[str]) -> Shown:
    """The page that shows new recovery codes."""
    page = OncePage(
        title=_("Your recovery codes"),
        text=_("Each signs you in once when your phone is lost.") + " " + _(KEEP),
        secrets=tuple(made),
        next=kept(),
    )
    return Shown("account_once.html", page, page.title, crumbs=crumbs())


def remove_factor(work: Work, asked: Asked) -> Go:
    """POST /account/factors/{id}/remove."""
    try:
        own.remove_factor(work, session_of(work.settings, asked), asked.path["id"])
    except NotProved:
        return Go(PROOF)
    return Go(ACCOUNT, _("Removed"))


def renew_recovery(work: Work, asked: Asked) -> Shown | Go:
    """POST /account/recovery: new codes in place of the old ones."""
    try:
        return once_codes(own.renew_recovery(work, session_of(work.settings, asked)))
    except NotProved:
        return Go(PROOF)


def ask_token(work: Work, asked: Asked) -> Shown:
    """GET /account/tokens/new."""
    return token_page()


def token_page(asked: Asked | None = None, fault: InvalidRecord | None = None) -> Shown:
    """The form for a token, again with what was wrong."""
    typed = asked.posted if asked else (lambda name, default="": default)
    wrong = (
        {p.field: (capital(p.message) + (f" ({p.hint})" if p.hint else ""),) for p in fault.problems} if fault else {}
    )
    limit = typed("limit", "read")
    fields = (
        FormField(name="name", label=_("What is it for?"), value=typed("name"), required=True, max_length=80, autofocus=True, errors=wrong.get("name", ())),
        FormField(
            name="limit", label=_("What may it do?"), widget="radio",
            options=tuple(
                Option(value=value, label=label, selected=limit == value)
                for value, label in (("read", _("Read what you may read")), ("write", _("Read and write what you may")), ("some", _("Only what is named below")), ("all", _("All that you may")))
            ),
        ),
        FormField(name="scopes", label=_("Named"), value=typed("scopes"), hint=_("Entities and verbs with commas between: donation:read, party:*"), errors=wrong.get("scopes", ())),
        FormField(name="days", label=_("For how many days?"), widget="integer", value=typed("days", "90"), required=True, errors=wrong.get("days", ())),
    )  # fmt: skip
    page = ConfirmPage(
        title=_("Make a token"), text=_("A program signs in with it as you, and is recorded so."), fields=fields, cancel_href=ACCOUNT,
        action=Action(label=_("Make it"), href=f"{ACCOUNT}/tokens/new", method="post", style="primary"),
        errors=tuple(FormError(text=capital(p.message), field=p.field or "") for p in fault.problems) if fault else (),
    )  # fmt: skip
    return Shown("confirm.html", page, page.title, fault.status if fault else 200, crumbs())


def make_token(work: Work, asked: Asked) -> Shown | Go:
    """POST /account/tokens/new: the secret is shown this once."""
    limit, days = asked.posted("limit", "read"), asked.posted("days").strip()
    named = {"read": ["read"], "write": ["read", "write"], "all": []}.get(
        limit, asked.posted("scopes")[:2000].split(",")
    )
    try:
        if limit == "some" and not any(one.strip() for one in named):
            tokens.check_scopes(work.catalog, ["nothing"])
        count = int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0
        secret = tokens.make_own(work, session_of(work.settings, asked), asked.posted("name"), count, named)
    except NotProved:
        return Go(PROOF)
    except InvalidRecord as fault:
        return token_page(asked, fault)
    page = OncePage(
        title=_("Your token"), text=_("Copy it now: it is not shown again. Programs send it as Authorization: Bearer …"), secrets=(secret,),
        next=Action(label=_("I have kept it"), href=ACCOUNT, style="primary", icon="check"),
    )  # fmt: skip
    return Shown("account_once.html", page, page.title, crumbs=crumbs())


def revoke_token(work: Work, asked: Asked) -> Go:
    """POST /account/tokens/{id}/revoke."""
    if not tokens.revoke_own(work, asked.path["id"]):
        raise NotFound(_("there is no such token"), code="not_found")
    return Go(ACCOUNT, _("The token is worthless now"))
