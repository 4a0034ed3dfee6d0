"""The steps of a value: each makes a function from value to value. A blank value (None) passes by, where not said otherwise."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from ....errors import ImportFault
from ....language import _
from ....metamodel.imports import Step
from .texts import DateReader, ValueFault, read_number

Function = Callable[[Any], Any]
YES = frozenset(("yes", "y", "true", "t", "1", "x", "on", "ja", "oui", "si", "sí"))
NO = frozenset(("no", "n", "false", "f", "0", "off", "nein", "non"))


class Reading(Struct, frozen=True):
    """How a file writes things: texts that mean nothing, date forms, the style of numbers; and how countries are found."""

    blank: frozenset[str] = frozenset()
    dates: tuple[str, ...] = ()
    numbers: str = "en"
    country: Callable[[str], str | None] = lambda text: None


def compile_steps(steps: Sequence[Step], reading: Reading) -> Function | None:
    """One function for all steps in their order; None when there are none. Raises ImportFault for a wrong argument."""
    functions: list[tuple[Function, bool]] = []
    for step in steps:
        try:
            functions.append(
                (MAKERS[step.name](step.argument, reading), step.name in ("default", "map", "join", "yes_no"))
            )
        except KeyError:
            raise ImportFault(
                _("there is no step {step!r}", step=step.name),
                code="step",
                hint=_("one of {names}", names=", ".join(MAKERS)),
            ) from None
        except (TypeError, ValueError, re.error) as error:
            raise ImportFault(
                _(
                    "the step {step} cannot use {argument!r} ({error})",
                    step=step.name,
                    argument=step.argument,
                    error=error,
                ),
                code="step",
            ) from None
    if not functions:
        return None
    if len(functions) == 1:
        only, takes_blank = functions[0]
        return only if takes_blank else lambda value: None if value is None else only(value)

    def run(value: Any) -> Any:
        for function, takes_blank in functions:
            if value is not None or takes_blank:
                value = function(value)
        return value

    return run


def clean(value: Any, blank: frozenset[str] = frozenset()) -> Any:
    """A text without spaces at its ends; None for a blank one."""
    if isinstance(value, str):
        value = value.strip()
        return None if not value or value in blank else value
    return value


def text_of(value: Any) -> str:
    """A value as text; whole numbers without a point."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return format(value.quantize(Decimal(1)), "f")
    return str(value)


def fold(value: Any) -> str:
    """Without regard to case and runs of spaces (Unicode case folding)."""
    return " ".join(text_of(value).casefold().split())


def yes_no(value: Any) -> Any:
    """True or False from words, or as it is. Raises ValueFault."""
    if value is None or isinstance(value, bool):
        return value
    word = text_of(value).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueFault(_("{value!r} is neither yes nor no", value=value))


def number_of(value: Any, style: str) -> Any:
    """An exact number from a text, or as it is."""
    return read_number(value, style) if isinstance(value, str) else value


def _texts(argument: Any) -> list[str]:
    return [str(item) for item in argument] if isinstance(argument, list) else [str(argument)]


def _on_text(function: Callable[[str], Any]) -> Function:
    """Apply to a text, or to each item of a list."""

    def run(value: Any) -> Any:
        if isinstance(value, list):
            return [found for item in value if (found := clean(function(text_of(item)))) is not None]
        return clean(function(text_of(value)))

    return run


def _remove(argument: Any, reading: Reading) -> Function:
    pattern = re.compile("|".join(re.escape(text) for text in _texts(argument)))
    return _on_text(lambda value: pattern.sub("", value))


def _strip_prefix(argument: Any, reading: Reading) -> Function:
    prefixes = _texts(argument)
    return _on_text(lambda value: next((value[len(p) :] for p in prefixes if value.startswith(p)), value))


def _strip_suffix(argument: Any, reading: Reading) -> Function:
    suffixes = _texts(argument)
    return _on_text(lambda value: next((value[: -len(s)] for s in suffixes if value.endswith(s)), value))


def _replace(argument: Any, reading: Reading) -> Function:
    pairs = [(str(old), str(new)) for old, new in dict(argument).items()]

    def run(value: str) -> str:
        for old, new in pairs:
            value = value.replace(old, new)
        return value

    return _on_text(run)


def _extract(argument: Any, reading: Reading) -> Function:
    pattern = re.compile(str(argument))

    def run(value: str) -> str | None:
        match = pattern.search(value)
        return None if match is None else match[1] if pattern.groups else match[0]

    return _on_text(run)


def _whole(argument: Any, reading: Reading) -> Function:
    pattern = re.compile(str(argument))
    return _on_text(lambda value: value if pattern.fullmatch(value) else None)


def _split(argument: Any, reading: Reading) -> Function:
    separator = str(argument)
    return lambda value: [part for item in text_of(value).split(separator) if (part := item.strip())]


def _part(argument: Any, reading: Reading) -> Function:
    place = int(argument)

    def run(value: Any) -> Any:
        items = value if isinstance(value, list) else [value]
        return items[place] if -len(items) <= place < len(items) else None

    return run


def _join(argument: Any, reading: Reading) -> Function:
    separator = str(argument)

    def run(value: Any) -> Any:
        items = value if isinstance(value, list) else [value]
        return clean(separator.join(text_of(item) for item in items if item is not None))

    return run


def _map(argument: Any, reading: Reading) -> Function:
    table = {str(key): value for key, value in dict(argument).items()}
    folded = {key.casefold(): value for key, value in table.items()}
    rest = table.get("*", KeyError)

    def one(value: Any) -> Any:
        key = "" if value is None else text_of(value)
        if key in table:
            return table[key]
        if key.casefold() in folded:
            return folded[key.casefold()]
        if value is None:
            return None
        if rest is KeyError:
            raise ValueFault(_("{key!r} is none of {names}", key=key, names=", ".join(repr(k) for k in table)))
        return value if rest == "=" else rest

    def every(value: Any) -> Any:
        if isinstance(value, list):
            return [found for item in value if (found := one(item)) is not None] or None
        return one(value)

    return every


def _pad(argument: Any, reading: Reading) -> Function:
    width, fill = (
        (int(argument["to"]), str(argument["with"])) if isinstance(argument, Mapping) else (int(argument), "0")
    )
    return _on_text(lambda value: value.rjust(width, fill))


def _shorten(argument: Any, reading: Reading) -> Function:
    most = int(argument)

    def run(value: str) -> str:
        if len(value) <= most:
            return value
        return f"{value[: most - 9]}~{hashlib.sha256(value.encode()).hexdigest()[:8]}"

    return _on_text(run)


def _date(argument: Any, reading: Reading) -> Function:
    read = DateReader(_texts(argument) if argument not in (True, None) else reading.dates)
    return lambda value: read(value) if isinstance(value, str) else value


def _number(argument: Any, reading: Reading) -> Function:
    style = argument if argument in ("en", "de", "fr") else reading.numbers
    return lambda value: number_of(value, style)


def _times(argument: Any, reading: Reading) -> Function:
    factor = Decimal(str(argument))
    return lambda value: Decimal(text_of(number_of(value, reading.numbers))) * factor


def _invert(argument: Any, reading: Reading) -> Function:
    return lambda value: not yes_no(value)


def _country(argument: Any, reading: Reading) -> Function:
    def run(value: Any) -> Any:
        found = reading.country(text_of(value))
        if found is None and argument != "or_blank":
            raise ValueFault(_("{value!r} is no country that is known", value=value))
        return found

    return run


def _plain(function: Callable[[str], str]) -> Callable[[Any, Reading], Function]:
    return lambda argument, reading: _on_text(function)


def _default(argument: Any, reading: Reading) -> Function:
    return lambda value: argument if value is None else value


MAKERS: dict[str, Callable[[Any, Reading], Function]] = {
    "remove": _remove, "strip_prefix": _strip_prefix, "strip_suffix": _strip_suffix, "replace": _replace,
    "extract": _extract, "whole": _whole, "split": _split, "part": _part, "join": _join, "map": _map, "pad": _pad,
    "shorten": _shorten, "date": _date, "number": _number, "times": _times, "invert": _invert, "country": _country,
    "fold": _plain(fold), "single_spaces": _plain(lambda value: " ".join(value.split())),
    "lower": _plain(str.lower), "upper": _plain(str.upper), "default": _default,
    "yes_no": lambda argument, reading: yes_no,
}  # fmt: skip
