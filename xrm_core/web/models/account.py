"""The page on which people see to how they sign in, and what it shows once."""

from __future__ import annotations

from msgspec import Struct

from xrm_core.web.models.forms import FormError, FormField
from xrm_core.web.models.parts import Action, Banner, Pill


class AccountRow(Struct, frozen=True, kw_only=True):
    """One thing with what can be done with it: a factor, a session, a token."""

    title: str
    lines: tuple[str, ...] = ()
    pills: tuple[Pill, ...] = ()
    actions: tuple[Action, ...] = ()
    icon: str = "circle"


class AccountPart(Struct, frozen=True, kw_only=True):
    """A card: what it is about, what there is, and what can be added. `passkey` is the address that offers to make one."""

    name: str
    title: str
    icon: str
    text: str = ""
    rows: tuple[AccountRow, ...] = ()
    actions: tuple[Action, ...] = ()
    note: str = ""


class AccountPage(Struct, frozen=True, kw_only=True):
    """Template `account.html`."""

    title: str
    text: str
    parts: tuple[AccountPart, ...]
    banners: tuple[Banner, ...] = ()


class AppPage(Struct, frozen=True, kw_only=True):
    """Template `account_app.html`: a secret for an authenticator app, as a QR code (`size` modules, a `path` of the dark
    ones) and to type."""

    title: str
    size: int
    path: str
    secret: str
    action: str
    fields: tuple[FormField, ...]
    hidden: tuple[tuple[str, str], ...]
    cancel_href: str
    errors: tuple[FormError, ...] = ()


class OncePage(Struct, frozen=True, kw_only=True):
    """Template `account_once.html`: secrets that are shown this once."""

    title: str
    text: str
    secrets: tuple[str, ...]
    next: Action


class PasskeyPage(Struct, frozen=True, kw_only=True):
    """Template `account_passkey.html`: asks the browser for a passkey. `options` is where the browser's question comes from,
    `action` where its answer goes."""

    title: str
    text: str
    options: str
    action: str
    kind: str
    label: str
    cancel_href: str
    fields: tuple[FormField, ...] = ()
    errors: tuple[FormError, ...] = ()
