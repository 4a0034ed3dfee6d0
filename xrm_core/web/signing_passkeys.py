"""The pages of passkeys: a question for the browser, and what it answers."""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import NotFound
from ..language import _
from ..metamodel.values import Actor
from ..services.runtime import Runtime
from ..services.signing import own, passkeys
from ..services.signing.guesses import WrongAnswer
from ..services.signing.own import NotProved
from ..services.work import Work
from .asked import Asked, Go, Sent, Shown
from .models import FormError, FormField, PasskeyPage
from .signing import ask, code_page, go_on
from .signing_account import ACCOUNT, PROOF, crumbs
from .signing_cookies import came, session_of, step_of
from .signing_things import once_codes


def _question(asked: dict[str, Any]) -> Sent:
    return Sent(msgspec.json.encode(asked), "application/json")


def offer(work: Work, asked: Asked) -> Shown | Go:
    """GET /account/passkey: a name, and the button that asks the browser."""
    own.me(work)
    try:
        own.require_proof(work, session_of(work.settings, asked))
    except NotProved:
        return Go(PROOF)
    return _offer_page()


def _offer_page(name: str = "", fault: WrongAnswer | None = None) -> Shown:
    field = FormField(
        name="name",
        label=_("Name"),
        value=name,
        placeholder=_("My laptop"),
        max_length=60,
        hint=_("So that you know it again."),
    )
    page = PasskeyPage(
        title=_("Add a passkey"), text=_("Your phone, computer or key proves that it is you: by finger, face or PIN. Nothing to remember, nothing to type."),
        options=f"{ACCOUNT}/passkey/options", action=f"{ACCOUNT}/passkey", kind="create", label=_("Ask the browser"), cancel_href=ACCOUNT,
        fields=(field,), errors=(FormError(text=f"{fault.message}."),) if fault else (),
    )  # fmt: skip
    return Shown("account_passkey.html", page, page.title, fault.status if fault else 200, crumbs())


def ask_new(work: Work, asked: Asked) -> Sent:
    """POST /account/passkey/options: the browser's question."""
    return _question(passkeys.ask_new(work, session_of(work.settings, asked)))


def add(work: Work, asked: Asked) -> Shown | Go:
    """POST /account/passkey: the browser's answer."""
    name, answer = asked.posted("name"), asked.posted("answer")
    try:
        made = passkeys.add(work, session_of(work.settings, asked), asked.posted("token"), answer, name)
    except NotProved:
        return Go(PROOF)
    except WrongAnswer as fault:
        return _offer_page(name, fault)
    return once_codes(made) if made else Go(ACCOUNT, _("The passkey was added"))


def ask_any(work: Work, asked: Asked) -> Sent:
    """POST /sign-in/passkey/options: the browser's question, before or between the factors."""
    if not passkeys.are_possible(work.settings):
        raise NotFound(_("there is no page at this address"), code="not_found")
    return _question(passkeys.ask(work, step_of(work.settings, asked)))


def enter(runtime: Runtime, actor: Actor, asked: Asked) -> Shown | Go:
    """POST /sign-in/passkey: the browser's answer."""
    settings = runtime.settings
    step = step_of(settings, asked)
    try:
        entered = passkeys.enter(runtime, asked.posted("token"), asked.posted("answer"), step, came(settings, asked))
    except WrongAnswer as fault:
        if not step:
            return ask(settings, "", fault)
        with runtime.work(actor, "web") as work:
            return code_page(work, asked, fault)
    return go_on(settings, entered, asked)
