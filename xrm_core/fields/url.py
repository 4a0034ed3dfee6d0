"""url: an address on the web."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from pydantic import Field as Key

from xrm_core.language import _, joined
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import clean, shown, text_of
from .email import ascii_domain
from .options import Options, may_be_empty
from .schemas import describe
from .text import OPERATORS

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):").match
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.ASCII).fullmatch
_BARE = re.compile(r"(?:www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?=[/?#:]|$))\S*", re.I).fullmatch
DANGEROUS = frozenset({"javascript", "vbscript", "data", "file", "blob", "about", "view-source"})
"""Schemes that can run code or read files when clicked; never allowed."""
MAX = 2000


class UrlOptions(Options):
    """Options of url."""

    schemes: tuple[str, ...] = Key(("http", "https"), min_length=1, description="Schemes allowed")


class UrlType(ValueType):
    """An address on the web, safe to show as a link: http and https, or the schemes that the field names. No user
    names or passwords in it. Scheme and host are kept in lower case, the host in its ASCII form."""

    name = "url"
    Options = UrlOptions

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """The address, checked."""
        text = clean(text_of(raw))
        return normal(text, cast(UrlOptions, field.options).schemes) if text else None

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """An address; `www.example.org` gets https://."""
        schemes = cast(UrlOptions, field.options).schemes
        if "https" in schemes and "://" not in text and _BARE(text) and "@" not in text:
            text = f"https://{text}"
        return self.value(text, field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Without the scheme of the web and a closing slash."""
        return str(value).removeprefix("https://").removeprefix("http://").removesuffix("/")

    def widget(self, field: Field) -> Widget:
        """A URL input."""
        return Widget("url", {"max": MAX})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Texts are compared and searched."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string in the form of a URL."""
        return {field.name: describe(field, {"type": "string", "format": "iri", "maxLength": MAX})}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """Schemes in lower case, none that can run code."""
        schemes = cast(UrlOptions, field.options).schemes
        bad = [s for s in schemes if s in DANGEROUS or not re.fullmatch(r"[a-z][a-z0-9+.-]*", s)]
        return [f"the scheme {scheme!r} cannot be allowed" for scheme in bad]


def normal(text: str, schemes: Sequence[str]) -> str:
    """The address in the form it is stored in. Raises FieldFault."""
    found = _SCHEME(text)
    if not found:
        raise _fault(_("{value} does not begin with a scheme", value=shown(text)), _as_in(schemes[0]))
    scheme = found[1].lower()
    if scheme not in schemes or scheme in DANGEROUS:
        told = _("{value} has the scheme {scheme}, which is not allowed", value=shown(text), scheme=scheme)
        raise _fault(told, _("use {names}", names=joined(schemes, "or")), "scheme")
    if len(text) > MAX:
        told = _("{value} has {size} characters; {high} fit", value=shown(text), size=len(text), high=MAX)
        raise _fault(told, _("shorten it"), "too_long")
    if any(c.isspace() for c in text) or "\\" in text or '"' in text or "<" in text or ">" in text:
        told = _("{value} has a blank or a sign that a URL cannot have", value=shown(text))
        raise _fault(told, _("replace it by its % form, as in %20"))
    rest = text[len(found[0]) :]
    if scheme not in ("http", "https") and not rest.startswith("//"):
        return f"{scheme}:{rest}"
    try:
        parts = urlsplit(f"{scheme}:{rest}")
        port = parts.port
    except ValueError:
        raise _fault(_("{value} is not a URL", value=shown(text)), _as_in(scheme)) from None
    if not rest.startswith("//") or not parts.hostname:
        raise _fault(_("{value} names no host", value=shown(text)), _as_in(scheme))
    if parts.username is not None or parts.password is not None:
        told = _("{value} has a user name in it", value=shown(text))
        raise _fault(told, _("leave out what stands before the @"), "credentials")
    host = _host(parts.hostname)
    if host is None:
        raise _fault(_("{value} has no valid host", value=shown(text)), _as_in(scheme))
    tail = rest[2:].partition(parts.netloc)[2]
    return f"{scheme}://{host}{'' if port is None else f':{port}'}{tail}"


def _host(host: str) -> str | None:
    if ":" in host:
        return f"[{host}]"
    if ".." in host:
        return None
    if host.isascii() and _HOST(host):
        return host
    return ascii_domain(host)


def _as_in(scheme: str) -> str:
    return _("write it as {example}", example=f"{scheme}://example.org")


def _fault(told: str, hint: str, code: str = "not_a_url") -> FieldFault:
    return FieldFault(told, code=code, hint=hint)
