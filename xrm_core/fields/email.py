"""email: an e-mail address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import clean, shown, text_of
from .options import may_be_empty
from .schemas import describe
from .text import OPERATORS

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_PLAIN = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])"
).fullmatch
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*").fullmatch
_NAMED = re.compile(r"(?:[^<>]*)<\s*([^<>\s]+@[^<>\s]+)\s*>").fullmatch


class EmailType(ValueType):
    """An e-mail address: the practical part of RFC 5321 and 5322 (no quoted local part, no address literal, no
    comments).

    The local part is kept as typed, since only its host knows what its case means; the domain is kept in lower case
    and in its ASCII form (IDNA 2008), and shown in its own script.
    """

    name = "email"

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """The address with its domain in lower case."""
        if type(raw) is str and len(raw) < 200:
            plain = _PLAIN(raw)
            if plain and ".." not in plain[1] and plain[1][0] != "." != plain[1][-1] and "xn--" not in plain[2]:
                return raw
        text = clean(text_of(raw))
        return normal(text) if text else None

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """An address, also as `mailto:a@b.org` or `Ann Bell <a@b.org>`."""
        named = _NAMED(text)
        text = named[1] if named else text.strip("<> \t\r\n")
        return self.value(text[7:] if text[:7].lower() == "mailto:" else text, field, env)

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """Addresses that are in their stored form already, as almost all are."""
        texts = given[field.name]
        if set(map(type, texts)) != {str}:
            return None
        together = "\n" + "\n".join(texts)
        if (
            ".." in together
            or "\n." in together
            or ".@" in together
            or "xn--" in together
            or max(map(len, texts)) >= 200
        ):
            return None
        return given if all(map(_PLAIN, texts)) else None

    def format(self, value: Any, field: Field, env: Env) -> str:
        """The address with its domain in its own script."""
        return _shown(value) if "xn--" in value else value

    def widget(self, field: Field) -> Widget:
        """An e-mail input."""
        return Widget("email", {"max": 254})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Texts are compared and searched."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string in the form of an address."""
        return {field.name: describe(field, {"type": "string", "format": "email", "maxLength": 254})}


def normal(text: str) -> str:
    """The address in the form it is stored in. Raises FieldFault saying which part is wrong."""
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise _fault(_("{value} has no @ with text on both sides", value=shown(text)))
    if len(local.encode()) > 64:
        raise _fault(_("{value} has more than 64 characters before the @", value=shown(text)))
    if " " in text or "@" in local:
        raise _fault(
            _("{value} has a blank", value=shown(text))
            if " " in text
            else _("{value} has more than one @", value=shown(text))
        )
    if not _LOCAL(local):
        raise _fault(_("{value} has a misplaced dot or sign before the @", value=shown(text)))
    host = ascii_domain(domain)
    if host is None or "." not in host or host.rpartition(".")[2].isdigit():
        raise _fault(_("{value} has no valid domain behind the @", value=shown(text)))
    address = f"{local}@{host}"
    if len(address.encode()) > 254:
        raise _fault(_("{value} has more than 254 characters", value=shown(text)))
    return address


def ascii_domain(domain: str) -> str | None:
    """A domain in lower case and ASCII form (IDNA 2008), None when it is none."""
    import idna  # its tables are large, and a start asks for no address

    host = domain.lower().rstrip(".")
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def _fault(told: str) -> FieldFault:
    return FieldFault(told, code="not_an_email", hint=_("write it as name@example.org"))


@lru_cache(maxsize=4096)
def _shown(address: str) -> str:
    import idna

    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return address
