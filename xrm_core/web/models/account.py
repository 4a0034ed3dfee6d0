"""The page on which people see to how they sign in, and what it shows once."""

from __future__ import annotations

from dataclasses import dataclass

from xrm_core.web.models.forms import FormError, FormField
from xrm_core.web.models.parts import Action, Banner, Pill


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AccountRow:
    """One thing with what can be done with it: a factor, a session, a token."""

    title: str
    lines: tuple[str, ...] = ()
    pills: tuple[Pill, ...] = ()
    actions: tuple[Action, ...] = ()
    icon: str = "circle"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AccountPart:
    """A card: what it is about, what there is, and what can be added. `passkey` is the address that offers to make one."""

    name: str
    title: str
    icon: str
    text: str = ""
    rows: tuple[AccountRow, ...] = ()
    actions: tuple[Action, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AccountPage:
    """Template `account.html`."""

    title: str
    text: str
    parts: tuple[AccountPart, ...]
    banners: tuple[Banner, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AppPage:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OncePage:
    """Template `account_once.html`: secrets that are shown this once."""

    title: str
    text: str
    secrets: tuple[str, ...]
    next: Action


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PasskeyPage:
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
