"""Exact numbers: from typed and JSON values (`exact`, `whole`), and from what people write (`read_number`)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from xrm_core.language import _, ngettext
from xrm_core.metamodel.field_type import FieldFault
from xrm_core.metamodel.kinds import DIGITS, LIMIT

from .characters import shown

_EXACT = Context(prec=DIGITS, traps=[InvalidOperation, Inexact])
_STEP = tuple(Decimal(1).scaleb(-places) for places in range(DIGITS + 1))
_ZERO = tuple(Decimal(0).scaleb(-places) for places in range(DIGITS + 1))
_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?[0-9]{1,60}", re.ASCII)
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_MINUS = {ord(c): "-" for c in "\u2212\u2012\u2013\ufe63\uff0d"}
UNSEEN = dict.fromkeys((*range(0x200E, 0x2010), 0x061C, *range(0x2066, 0x206A)))
"""Marks of writing direction, which numbers are shown with in some languages."""
_GROUPERS = {ord(c): " " for c in "\u00a0\u202f\u2009\u2007\u2008'\u2019\u02bc\u066c"}


def exact_float(raw: float) -> Decimal:
    """The decimal that a JSON or YAML number was written as, when that is certain: up to 15 digits survive as a float
    (IEEE 754 binary64). Raises FieldFault for more digits, NaN and infinity."""
    number = Decimal(repr(raw)).normalize()
    if not number.is_finite():
        raise _not_finite()
    if len(number.as_tuple().digits) > 15:
        raise FieldFault(
            _("The number {raw!r} has more digits than a JSON number keeps", raw=raw),
            code="inexact",
            hint=_('send it as text, as in "{number}"', number=number),
        )
    return number


def exact(raw: Any, places: int) -> Decimal:
    """The number with exactly so many digits after the point, 18 in all. Takes Decimal, int, float and text. Raises
    FieldFault."""
    kind = type(raw)
    number = raw if kind is Decimal else Decimal(raw) if kind is int else _decimal_of(raw)
    try:
        result = _EXACT.quantize(number, _STEP[places])
    except Inexact:
        raise _too_fine(number, places) from None
    except InvalidOperation:
        raise _too_large(number, places) from None
    if not result:
        return _ZERO[places]
    if not result.is_finite():
        raise _not_finite()
    return result


def exact_many(raws: Sequence[Any], places: int) -> list[Decimal] | None:
    """`exact` of many numbers; None where one of them is a text, or is refused."""
    if not set(map(type, raws)) <= {Decimal, int}:
        return None
    quantize, step, zero = _EXACT.quantize, _STEP[places], _ZERO[places]
    try:
        found = [quantize(raw, step) or zero for raw in raws]
    except (Inexact, InvalidOperation):
        return None
    return found if all(map(Decimal.is_finite, found)) else None


def whole(raw: Any) -> int:
    """The whole number, at most 18 digits. Takes int, text, and Decimal or float without a fraction. Raises
    FieldFault."""
    if type(raw) is not int:
        if isinstance(raw, str) and _WHOLE.fullmatch(raw):
            raw = int(raw)
        else:
            number = raw if type(raw) is Decimal else _decimal_of(raw)
            if not number.is_finite():
                raise _not_finite()
            if number.adjusted() > 60:
                raise _too_large(number, 0)
            if number != int(number):
                raise FieldFault(
                    _("{plain} is not a whole number", plain=plain(number)),
                    code="not_whole",
                    hint=_("leave out the fraction"),
                )
            raw = int(number)
    if -LIMIT < raw < LIMIT:
        return raw  # type: ignore[no-any-return]  # an int from here on
    raise FieldFault(_("The number has more than {digits} digits", digits=DIGITS), code="too_large")


def are_within(numbers: Sequence[Decimal], low: Decimal | None, high: Decimal | None) -> bool:
    """Whether `check_range` lets all pass."""
    return (low is None or low <= min(numbers)) and (high is None or max(numbers) <= high)


def are_whole(raws: Sequence[Any], low: int | None, high: int | None) -> bool:
    """Whether all are whole numbers as `whole` and `check_range` let them pass."""
    if set(map(type, raws)) != {int}:
        return False
    least, most = min(raws), max(raws)
    return least > -LIMIT and most < LIMIT and (low is None or low <= least) and (high is None or most <= high)


def check_range(number: Decimal | int, low: Decimal | int | None, high: Decimal | int | None) -> None:
    """Raise FieldFault when the number lies outside; the limits are allowed values."""
    if low is not None and number < low:
        raise FieldFault(
            _("{plain} is less than {plain2}, the least allowed", plain=_short(number), plain2=_short(low)),
            code="too_small",
        )
    if high is not None and number > high:
        raise FieldFault(
            _("{plain} is more than {plain2}, the most allowed", plain=_short(number), plain2=_short(high)),
            code="too_large",
        )


def plain(number: Decimal | int) -> str:
    """Digits with a point, no exponent."""
    return format(number, "f") if isinstance(number, Decimal) else str(number)


def _short(number: Decimal | int) -> str:
    """The number as it is told: without the zeros that only fill its places."""
    text = plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def export_number(number: Decimal | int) -> str:
    """The number for a file, such that `read_number` takes it back in every language.

    `1.234` is 1234 to a German reader, so a number that could be read as thousands gets one more zero: `1.2340`.
    """
    text = plain(number)
    head, point, tail = text.lstrip("-").partition(".")
    return text + "0" if point and len(tail) == 3 and len(head) <= 3 and head != "0" else text


def read_number(text: str, decimal: str = ".", group: str = ",") -> Decimal:
    """A number as people write it: `1,234.56`, `1.234,56`, `1 234,56`, `(12.50)`, `12-`. Raises FieldFault.

    `decimal` and `group` are the marks of the reader's language; they decide only where the writing leaves it open
    (`1.234`).
    """
    if _PLAIN.fullmatch(text) and (len(text) - text.find(".") != 4 or "." not in text):
        return Decimal(text)
    body = text.translate(_MINUS | _GROUPERS | UNSEEN).replace("\u066b", ",").strip()
    body = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in body[:80])
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1].strip()
    elif body.endswith("-") and not body.startswith("-"):
        negative, body = True, body[:-1].strip()
    elif body[:1] in ("-", "+"):
        negative, body = body[0] == "-", body[1:].strip()
    if not body or not body[-1].isdigit() or body.strip("0123456789., "):
        raise _no_number(text)
    number = Decimal(_join_groups(body, text, decimal, group))
    return -number if negative else number


def _join_groups(body: str, text: str, decimal: str, group: str) -> str:
    marks = [c for c in body if not c.isdigit()]
    kinds = set(marks)
    if not kinds:
        return body
    last = marks[-1]
    if len(kinds) > 1:
        if len(kinds) > 2 or last == " " or marks.count(last) > 1:
            raise _no_number(text)
        head, __, tail = body.rpartition(last)
        return _groups(head, marks[0], text) + "." + tail
    if len(marks) > 1 or last == " ":
        return _groups(body, last, text)
    head, __, tail = body.partition(last)
    if len(tail) != 3 or len(head) > 3 or head in ("", "0"):
        return f"{head or '0'}.{tail}"
    if last == decimal:
        return f"{head}.{tail}"
    if last == group:
        return head + tail
    raise FieldFault(
        _(
            "{value} can be read as {head}{tail} or as {head}{decimal}{tail}",
            value=shown(text),
            head=head,
            tail=tail,
            decimal=decimal,
        ),
        code="ambiguous",
        hint=_("write {head}{tail} or {head}{decimal}{tail}0", head=head, tail=tail, decimal=decimal),
    )


def _groups(body: str, mark: str, text: str) -> str:
    first, *rest = body.split(mark)
    threes = all(len(part) == 3 for part in rest)
    indian = mark == "," and len(rest) > 1 and len(rest[-1]) == 3 and all(len(part) == 2 for part in rest[:-1])
    if not 1 <= len(first) <= 3 or not (threes or (indian and len(first) <= 2)):
        raise _no_number(text)
    return first + "".join(rest)


def _decimal_of(raw: Any) -> Decimal:
    if isinstance(raw, Decimal):
        return raw
    if isinstance(raw, bool):
        raise FieldFault(_("A yes or no is not a number"), code="not_a_number")
    if isinstance(raw, int):
        return Decimal(raw)
    if isinstance(raw, float):
        return exact_float(raw)
    if isinstance(raw, str):
        text = raw.strip()
        if _NUMBER.fullmatch(text):
            return Decimal(text)
        if text.lower().lstrip("+-") in ("nan", "snan", "inf", "infinity"):
            raise _not_finite()
    raise _no_number(raw)


def _no_number(raw: Any) -> FieldFault:
    return FieldFault(
        _("{value} is not a number", value=shown(raw)), code="not_a_number", hint=_("write digits, as in 1234.50")
    )


def _not_finite() -> FieldFault:
    return FieldFault(
        _("Infinity and “not a number” cannot be stored"), code="not_a_number", hint=_("leave the field empty")
    )


def _too_fine(number: Decimal, places: int) -> FieldFault:
    given = -int(number.normalize().as_tuple().exponent)
    value = shown(plain(number) if given < 60 else number)
    return FieldFault(
        _("{value} has {given} digits after the point; none fits", value=value, given=given)
        if places == 0
        else ngettext(
            "{value} has {given} digits after the point; {n} fits",
            "{value} has {given} digits after the point; {n} fit",
            places,
            value=value,
            given=given,
        ),
        code="too_many_places",
        hint=_("round it first"),
    )


def _too_large(number: Decimal, places: int) -> FieldFault:
    if not number.is_finite():
        return _not_finite()
    room = DIGITS - places
    return FieldFault(
        _("The number has more than {room} digits before the point", room=room),
        code="too_large",
        hint=_("check the unit"),
    )
