"""money: an exact amount with its currency."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType, Widget
from xrm_core.metamodel.kinds import MAX_SCALE, T
from xrm_core.metamodel.kinds import decimal as decimal_kind
from xrm_core.metamodel.text import say

from .characters import shown
from .integer import OPERATORS, limits_fault
from .locales import locale_of, number_style, show_money
from .numerals import UNSEEN, are_within, check_range, exact, exact_many, export_number, read_number
from .options import Number, Options, may_be_empty
from .schemas import decimal_schema, describe
from .standards import currencies, read_currency

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class MoneyOptions(Options):
    """Options of money."""

    scale: int = Key(2, ge=0, le=MAX_SCALE, description="Digits after the point; 4 for unit prices")
    min: Number | None = Key(None, description="Least amount allowed")
    max: Number | None = Key(None, description="Greatest amount allowed")
    currency: str | None = Key(
        None, pattern="^[A-Z]{3}$", description="Currency taken when none is given; else the organisation's (ISO 4217)"
    )
    only: tuple[str, ...] = Key((), description="Currencies allowed; empty: all of ISO 4217")


class MoneyType(FieldType):
    """An amount and its currency, in two columns: `amount` and `amount_currency`. Amounts are never rounded or
    converted here.

    An amount without a currency gets the field's, else the organisation's. Without an amount there is no currency.
    """

    name = "money"
    Options = MoneyOptions

    def columns(self, field: Field) -> tuple[Column, ...]:
        """Amount, then currency."""
        kind = decimal_kind(cast(MoneyOptions, field.options).scale, null=may_be_empty(field))
        return (Column(field.name, kind), Column(f"{field.name}_currency", T("text", may_be_empty(field))))

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """The columns given; a currency that is missing is filled in by `settle`."""
        options = cast(MoneyOptions, field.options)
        name, unit = field.name, f"{field.name}_currency"
        result: dict[str, Any] = {}
        if name in given:
            raw = given[name]
            if raw is None or raw == "":
                return {name: None, unit: None}
            number = exact(raw, options.scale)
            if options.min is not None or options.max is not None:
                check_range(number, options.min, options.max)
            result[name] = number
        if unit in given:
            currency = given[unit] or None
            if currency is not None:
                check_currency(currency, options, unit)
            result[unit] = currency
        return result

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """Amounts that are numbers, and codes of currencies."""
        options, unit = cast(MoneyOptions, field.options), f"{field.name}_currency"
        result: dict[str, Sequence[Any]] = {}
        if field.name in given:
            numbers = exact_many(given[field.name], options.scale)
            if numbers is None or not are_within(numbers, options.min, options.max):
                return None
            result[field.name] = numbers
        if unit in given:
            if set(map(type, given[unit])) != {str}:
                return None
            try:
                for currency in set(given[unit]):
                    check_currency(currency, options, unit)
            except FieldFault:
                return None
            result[unit] = given[unit]
        return result

    def settle(self, record: Mapping[str, Any], before: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """An amount has a currency; without an amount there is none."""
        unit = f"{field.name}_currency"
        if record.get(field.name) is None:
            return {unit: None}
        return {} if record.get(unit) else {unit: cast(MoneyOptions, field.options).currency or env.currency}

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """`£5,000.00`, `5.000,00 EUR`, `1200`: the currency may stand in the amount's text or in its own column."""
        unit = f"{field.name}_currency"
        text = given.get(field.name, "").strip()
        if not text and field.name in given:
            return {field.name: None, unit: None}
        currency = read_currency(given[unit], env.language, part=unit) if given.get(unit, "").strip() else None
        if field.name not in given:
            return self.accept({unit: currency}, field, env)
        usual = cast(MoneyOptions, field.options).currency or env.currency
        digits, found = split_currency(text, currency or usual, env.language)
        if currency and found and currency != found:
            raise FieldFault(
                _(
                    "{value} is in {found}, but the currency given is {currency}",
                    value=shown(text),
                    found=found,
                    currency=currency,
                ),
                code="two_currencies",
            )
        style = number_style(env.language)
        number = read_number(digits, style.decimal, style.group)
        said = currency or found
        return self.accept(
            {field.name: number, unit: said} if said or unit in given else {field.name: number}, field, env
        )

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """The amount with its currency, as the language writes it."""
        amount = record.get(field.name)
        if amount is None:
            return ""
        currency = record.get(f"{field.name}_currency") or cast(MoneyOptions, field.options).currency or env.currency
        return show_money(amount, currency, env.language)

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """Digits that every language reads alike, and the code of the currency."""
        amount, unit = record.get(field.name), f"{field.name}_currency"
        return {field.name: "" if amount is None else export_number(amount), unit: record.get(unit) or ""}

    def widget(self, field: Field) -> Widget:
        """A number input with a choice of currency."""
        options = cast(MoneyOptions, field.options)
        step = str(Decimal(1).scaleb(-options.scale))
        return Widget(
            "money",
            {
                "step": step,
                "min": options.min,
                "max": options.max,
                "currency": options.currency,
                "currencies": options.only,
            },
        )

    def operators(self, field: Field) -> tuple[str, ...]:
        """Amounts are compared as numbers; filter the currency too where there are several."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string of digits and a code of three letters."""
        options = cast(MoneyOptions, field.options)
        code: dict[str, Any] = {"type": "string", "pattern": "^[A-Z]{3}$"}
        if options.only:
            code["enum"] = list(options.only)
        title = f"{say(field.label) or field.name}: currency (ISO 4217)"
        return {
            field.name: decimal_schema(field, options.scale, options.min, options.max),
            f"{field.name}_currency": describe(field, code, title=title, optional=True),
        }

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The limits must leave room, currencies must exist."""
        options = cast(MoneyOptions, field.options)
        given = [*options.only, *([options.currency] if options.currency else [])]
        faults = [f"{code!r} is not a currency of ISO 4217" for code in given if code not in currencies()]
        if options.only and options.currency and options.currency not in options.only:
            faults.append(f"currency {options.currency} is not among only: {', '.join(options.only)}")
        return faults + limits_fault(options.min, options.max)


def check_currency(code: Any, options: MoneyOptions, part: str) -> None:
    """Raise FieldFault unless the code is a currency that the field allows."""
    if not isinstance(code, str) or code not in currencies():
        hint = _("write its three letters, as in EUR")
        raise FieldFault(
            _("{value} is not a currency of ISO 4217", value=shown(code)), code="not_a_currency", part=part, hint=hint
        )
    if options.only and code not in options.only:
        raise FieldFault(
            _("{code} is not used here", code=code),
            code="currency_not_allowed",
            part=part,
            hint=_("use {names}", names=", ".join(options.only)),
        )


def split_currency(text: str, usual: str, language: str) -> tuple[str, str | None]:
    """The digits of an amount, and the currency written beside them, if any: `US$5` -> (`5`, `USD`). Raises FieldFault.

    A sign that several currencies use (`$`, `kr`, `¥`) means `usual` when that uses it, else the one best known.
    """
    text = text.translate(UNSEEN).strip()
    found = _AMOUNT(text) if len(text) <= 80 else None
    if not found:
        raise FieldFault(_("{value} is not an amount of money", value=shown(text)), code="not_a_number", hint=_HINT)
    bracket, sign, before, inner, digits, tail, after, closing = found.groups()
    if (before and after) or bool(bracket) != bool(closing):
        raise FieldFault(_("{value} is not an amount of money", value=shown(text)), code="not_a_number", hint=_HINT)
    minus = sum(mark in ("-", "−") for mark in (sign, inner, tail)) + bool(bracket)
    if minus > 1:
        raise FieldFault(_("{value} has more than one minus", value=shown(text)), code="not_a_number", hint=_HINT)
    code = before or after
    return ("-" if minus else "") + digits, currency_of_sign(code, usual, language, text) if code else None


_HINT = "write it as 1234.50, or EUR 1234.50"
_AMOUNT = re.compile(
    r"(\()?\s*([+−-]?)\s*([^\d()+−-]*?)\s*([+−-]?)\s*((?:(?<![^\W\d_])[.,])?\d(?:.*\d)?)(?:[.,][-–—]{1,2})?"
    r"\s*([−-]?)\s*([^\d()+−-]*?)\s*(\))?"
).fullmatch
"""Bracket, sign, currency, sign, digits (`12.-` means 12.00), sign, currency, bracket."""


def currency_of_sign(sign: str, usual: str, language: str, text: str) -> str:
    """The currency that a sign or a code beside an amount means. Raises FieldFault."""
    if sign.upper() in currencies():
        return sign.upper()
    if sign in _symbols_of(usual, language):
        return usual
    if sign in _WELL_KNOWN:
        return _WELL_KNOWN[sign]
    found = [code for code in _OFTEN if sign in _symbols_of(code, language)]
    if len(found) == 1:
        return found[0]
    if sign.startswith("kr"):
        hint = _("write the code, as in SEK, NOK or DKK")
        raise FieldFault(_("{value} is the sign of several currencies", value=shown(sign)), code="ambiguous", hint=hint)
    raise FieldFault(
        _("{value} is not an amount of money", value=shown(text)),
        code="not_a_number",
        hint=_("write it as 1234.50, or EUR 1234.50"),
    )


_WELL_KNOWN = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN", "Kč": "CZK",
"Fr.": "CHF",
               "SFr.": "CHF", "Fr": "CHF", "Rs": "INR", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₩": "KRW", "₴": "UAH",
               "R$": "BRL", "euro": "EUR", "Euro": "EUR"}  # fmt: skip
_OFTEN = (
    "AUD",
    "CAD",
    "NZD",
    "HKD",
    "SGD",
    "MXN",
    "CNY",
    "TWD",
    "HUF",
    "RON",
    "BGN",
    "THB",
    "VND",
    "PHP",
    "NGN",
    "ZAR",
)


@lru_cache(maxsize=512)
def _symbols_of(currency: str, language: str) -> frozenset[str]:
    """The signs of a currency: in the language, in English, and the short one used at home."""
    from babel.numbers import get_currency_symbol

    signs = {get_currency_symbol(currency, locale_of(language)), get_currency_symbol(currency, "en")}
    signs |= {s.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for s in signs}
    if currency in ("SEK", "NOK", "DKK", "ISK"):
        signs |= {"kr", "kr."}
    return frozenset(signs - {""})
