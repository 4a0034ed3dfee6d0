"""phone: a telephone number."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import check_length, clean, one_line, shown, text_of
from .options import Options, may_be_empty
from .schemas import describe
from .text import OPERATORS

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_STORED = re.compile(r"\+[1-9][0-9]{4,14}(;ext=[0-9]{1,15})?", re.ASCII).fullmatch


class PhoneOptions(Options):
    """Options of phone."""

    country: str | None = Key(
        None, pattern="^[A-Z]{2}$", description="Country of numbers without +; else the organisation's"
    )
    strict: bool = Key(False, description="Refuse numbers that do not exist instead of keeping them as typed")


class PhoneType(ValueType):
    """A telephone number. A number that can exist (libphonenumber) is stored as E.164, `+442071838750`, with
    `;ext=12` for an extension; anything else is kept as typed, unless the field is strict."""

    name = "phone"
    Options = PhoneOptions

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """E.164, or as typed."""
        options = cast(PhoneOptions, field.options)
        text = clean(text_of(raw))
        if not text:
            return None
        number = e164(text, options.country or env.country)
        if number is not None:
            return number
        if options.strict:
            hint = _("write it with + and the country's number, as in +44 20 7183 8750")
            raise FieldFault(
                _("{value} is not a telephone number that can exist", value=shown(text)), code="not_a_phone", hint=hint
            )
        check_length(text, 0, 60)
        return text

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """A number, also as `tel:...`."""
        text = one_line(text)
        return self.value(text[4:] if text[:4].lower() == "tel:" else text, field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """In international form, `+44 20 7183 8750`."""
        return phone_text(value) if value[:1] == "+" and _STORED(value) else value

    def widget(self, field: Field) -> Widget:
        """A telephone input."""
        return Widget("phone", {"max": 60, "country": cast(PhoneOptions, field.options).country})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Texts are compared and searched."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string."""
        return {
            field.name: describe(
                field, {"type": "string", "maxLength": 60, "x-format": "E.164 where the number can exist"}
            )
        }


@lru_cache(maxsize=16384)
def e164(text: str, country: str | None) -> str | None:
    """The number in E.164 form with its extension (RFC 3966), None when no such number can exist."""
    import phonenumbers  # reads large tables when imported: only those pay who use telephone numbers

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    code = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{code};ext={number.extension}" if number.extension else code


@lru_cache(maxsize=16384)
def phone_text(stored: str) -> str:
    """A number in E.164 as people write it, `+44 20 7183 8750`; anything else as it is."""
    import phonenumbers  # see e164

    try:
        number = phonenumbers.parse(stored, None)
    except phonenumbers.NumberParseException:
        return stored
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
