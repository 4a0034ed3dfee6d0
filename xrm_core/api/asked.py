"""What a request asks and what a handler answers, as values: nothing of the web server is left in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote_plus

from msgspec import Struct, field

from ..errors import BadRequest
from ..language import _
from ..metamodel.values import ANONYMOUS, Actor
from .encoding import JSON, decode_object

MAX_PARAMETERS = 40
SHORT = 1_000
"""Characters of a query that is remembered."""


class Answer(Struct):
    """What a handler says: a value for JSON (or bytes as they are), status and headers; `chunks` instead of it where the
    answer is sent piece by piece while the transaction is open."""

    value: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON
    chunks: Iterator[bytes] | None = None


@dataclass(slots=True)
class Asked:
    """What was asked: path parameters, query parameters, headers, body."""

    method: str
    path: Mapping[str, Any]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    url: str
    client: str = ""
    """The address that it came from."""
    actor: Actor = ANONYMOUS
    """Who asks, once that is known."""

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number among the query parameters. Raises BadRequest."""
        raw = self.query.get(name)
        if raw is None:
            return default
        if not (raw.isascii() and raw.isdigit() and len(raw) <= 9 and low <= int(raw) <= high):
            raise BadRequest(
                _("{name} is a whole number from {low} to {high}", name=name, low=low, high=high), code="bad_parameter"
            )
        return int(raw)

    def choice(self, name: str, *known: str) -> str:
        """One of some words among the query parameters, by default the first. Raises BadRequest."""
        raw = self.query.get(name, known[0])
        if raw not in known:
            raise BadRequest(
                _("{name} is {names} or {known}", name=name, names=", ".join(known[:-1]), known=known[-1]),
                code="bad_parameter",
            )
        return raw

    def names(self, name: str, most: int) -> tuple[str, ...]:
        """Names separated by commas among the query parameters, each once. Raises BadRequest."""
        found = tuple(dict.fromkeys(part.strip() for part in self.query.get(name, "").split(",") if part.strip()))
        if len(found) > most:
            raise BadRequest(_("{name} takes at most {most} names", name=name, most=most), code="bad_parameter")
        return found

    def only(self, *names: str) -> None:
        """Refuse query parameters that are not among these. Raises BadRequest naming them."""
        unknown = [n for n in self.query if n not in names]
        if unknown:
            known = f"known are {', '.join(names)}" if names else "there are none here"
            raise BadRequest(
                _("unknown parameter {names}", names=", ".join(map(repr, unknown))), code="bad_parameter", hint=known
            )

    def values(self) -> dict[str, Any]:
        """The JSON object of the body. Raises BadRequest."""
        return decode_object(self.body)

    @property
    def version(self) -> int | None:
        """The version that If-Match names; None without one. Raises BadRequest."""
        raw = self.headers.get("if-match")
        if raw is None or raw.strip() == "*":
            return None
        text = raw.strip().removeprefix("W/").strip('"').partition("-")[0]
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise BadRequest(_('If-Match is the ETag of the record, as "3"'), code="bad_parameter")
        return int(text)

    def names_no_version(self) -> None:
        """Refuse a condition where there is no one version that it could be about. Raises BadRequest."""
        if "if-match" in self.headers:
            raise BadRequest(_("If-Match belongs to a write to one stored record"), code="bad_parameter")

    def has(self, etag: str) -> bool:
        """Does If-None-Match say that the client holds this already?"""
        held = [part.strip().removeprefix("W/") for part in self.headers.get("if-none-match", "").split(",")]
        return etag in held or "*" in held


def parameters(raw: bytes) -> Mapping[str, str]:
    """Query parameters by name. Raises BadRequest for one given twice, for what is not UTF-8, and for NUL characters."""
    return _known_parameters(raw) if len(raw) <= SHORT else _parameters(raw)


def _parameters(raw: bytes) -> Mapping[str, str]:
    try:
        parts = raw.decode("ascii").split("&")
        if len(parts) > MAX_PARAMETERS:
            raise BadRequest(
                _("more than {max_parameters} parameters", max_parameters=MAX_PARAMETERS), code="bad_parameter"
            )
        pairs = [part.partition("=") for part in parts if part]
        read = [(_read(name), _read(value)) for name, _sign, value in pairs]
    except UnicodeDecodeError:
        raise BadRequest(_("the parameters are not UTF-8"), code="bad_parameter") from None
    found: dict[str, str] = {}
    for name, value in read:
        if name in found:
            raise BadRequest(_("the parameter {name!r} is given twice", name=name), code="bad_parameter")
        if "\x00" in value or "\x00" in name:
            raise BadRequest(_("a parameter has a NUL character"), code="bad_parameter")
        found[name] = value
    return MappingProxyType(found)


_known_parameters = lru_cache(512)(_parameters)
"""Programs ask the same again and again."""


def _read(text: str) -> str:
    """A name or a value as it was meant (`application/x-www-form-urlencoded`); most are written as they are."""
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text
