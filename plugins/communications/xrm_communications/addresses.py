"""Addresses beyond ASCII: domains go over the wire as punycode (IDNA 2008, RFC 5891), the part before the @ as it is, which takes a
server that offers SMTPUTF8 (RFC 6531)."""

from __future__ import annotations

import idna


def wired(address: str) -> str:
    """An address as it goes over the wire: its domain in ASCII and small letters. Raises ValueError for a domain that is none."""
    local, __, domain = address.rpartition("@")
    return f"{local}@{domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def shown(address: str) -> str:
    """An address as people write it: its domain in its own letters."""
    local, __, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.decode(domain)}" if "xn--" in domain.lower() else f"{local}@{domain.lower()}"
    except ValueError:
        return address


def needs_utf8(address: str) -> bool:
    """Whether sending to an address takes SMTPUTF8: its part before the @ is not ASCII."""
    return not address.rpartition("@")[0].isascii()
