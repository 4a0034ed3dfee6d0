"""address: a postal address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Column, Env, FieldFault, Widget
from xrm_core.metamodel.kinds import choice

from .characters import shown
from .compound import CompoundTextType
from .options import Options
from .standards import countries, country_name, read_country

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_POSTCODE_LAST = (
    "GB IE US CA AU NZ IN ZA SG HK TH PH MY ID PK BD LK NG KE GH JM TT BS BB "
    "IM JE GG CO PE JO SA BR VN KR TW UA MM NP KH"
)
_POSTCODE_OWN_LINE = "GB IM JE GG"


class AddressOptions(Options):
    """Options of address."""

    country: str | None = Key(None, pattern="^[A-Z]{2}$", description="Country offered first; else the organisation's")


class AddressType(CompoundTextType):
    """A postal address in eight columns: care_of, line1 to line3, locality, region, postcode, country (two letters,
    ISO 3166-1).

    Nothing but the country is checked: addresses of the world have no common form. Shown in the order of the country.
    """

    name = "address"
    Options = AddressOptions
    parts: ClassVar[Mapping[str, tuple[str, int]]] = {
        "care_of": ("care of", 100), "line1": ("line 1", 200), "line2": ("line 2", 200), "line3": ("line 3", 200),
        "locality": ("town", 100), "region": ("region", 100), "postcode": ("postcode", 20), "country": ("country", 2),
    }  # fmt: skip

    def columns(self, field: Field) -> tuple[Column, ...]:
        """A text for each part; the country is one of the codes."""
        *texts, country = super().columns(field)
        return (*texts, Column(country.name, choice(tuple(countries()), null=True)))

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Each part given."""
        return super().accept(given, field, env)

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """Each part given; the country also by its name, a street of several lines also in line 1."""
        name, key = f"{field.name}_country", f"{field.name}_line1"
        texts = dict(given)
        lines = [line.strip() for line in texts.get(key, "").splitlines() if line.strip()]
        rest = [f"{field.name}_line2", f"{field.name}_line3"]
        if 1 < len(lines) <= 3 and not any(texts.get(other, "").strip() for other in rest):
            texts.update(zip((key, *rest), (*lines, "", "")[:3], strict=True))
        if texts.get(name, "").strip():
            texts[name] = read_country(texts[name], env.language, part=name)
        return super().read(texts, field, env)

    def part(self, part: str, text: str, field: Field, env: Env) -> str:
        """The country must exist; a postcode is kept in capitals."""
        if part == "postcode":
            return text.upper()
        if part == "country":
            code = text.upper()
            if code not in countries():
                raise FieldFault(
                    _("{value} is not a country of ISO 3166-1", value=shown(text)),
                    code="not_a_country",
                    hint=_("write two letters, as in GB"),
                )
            return code
        return text

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """In one line, parted by commas; the country is named when it is not the organisation's."""
        return ", ".join(address_lines(record, field.name, env))

    def widget(self, field: Field) -> Widget:
        """Inputs for the parts."""
        return Widget("address", {"parts": tuple(self.parts), "country": cast(AddressOptions, field.options).country})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Those of texts, on each part."""
        return super().operators(field)

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string for each part."""
        return super().schema(field)

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The country must exist."""
        code = cast(AddressOptions, field.options).country
        return [f"{code!r} is not a country of ISO 3166-1"] if code and code not in countries() else []


def address_lines(record: Mapping[str, Any], name: str, env: Env) -> list[str]:
    """The lines of an address as they are printed in its country, from the columns `{name}_{part}`."""
    part = {key: record.get(f"{name}_{key}") or "" for key in AddressType.parts}
    country = part["country"] or env.country or ""
    town, region, postcode = part["locality"], part["region"], part["postcode"]
    if country and country in _POSTCODE_OWN_LINE:
        last = [town, region, postcode]
    elif country and country in _POSTCODE_LAST:
        last = [" ".join(filter(None, (f"{town}," if town and region else town, region, postcode)))]
    else:
        last = [" ".join(filter(None, (postcode, town))), region]
    lines = [part["care_of"] and f"c/o {part['care_of']}", part["line1"], part["line2"], part["line3"], *last]
    if part["country"] and part["country"] != env.country:
        lines.append(country_name(part["country"], env.language))
    return [line for line in lines if line]
