"""Fields of every type without a catalog, and short ways to ask a type its questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from msgspec.structs import force_setattr

from xrm_core.fields import built_in
from xrm_core.metamodel.catalog import CodeList, CodeValue, Field
from xrm_core.metamodel.field_type import Env, FieldFault

TYPES = {kind.name: kind() for kind in built_in()}
TODAY = date(2026, 5, 1)


def code(name: str, en: str, de: str = "", **more: Any) -> CodeValue:
    """A code with its labels."""
    return CodeValue(name, {"en": en, **({"de": de} if de else {})}, {}, **more)


METHODS = CodeList("method", {"en": "Payment method", "de": "Zahlart"}, {}, {v.code: v for v in (
    code("transfer", "Bank transfer", "Überweisung", was="wire"),
    code("card", "Card", "Karte"),
    code("cheque", "Cheque", "Scheck", valid_until=date(2025, 12, 31), replaced_by="transfer"),
    code("crypto", "Crypto", valid_from=date(2027, 1, 1)),
    code("stamps", "Stamps", retired=True),
    code("goods", "Goods, services", "Güter, Dienste"),
)})  # fmt: skip


class Ask:
    """Asks a field type of the name `type` about a field `x` with the given options."""

    types = TYPES
    env = Env(
        codes={"method": METHODS}, language="en", currency="EUR", country="GB", time_zone="Europe/London", today=TODAY
    )

    def field(self, type: str, required: bool = False, **options: Any) -> Field:
        """A field `x` of the entity `thing`."""
        kind = TYPES[type]
        field = Field("x", "thing", kind, kind.Options(**options), {"en": "X"}, {}, required=required)
        force_setattr(field, "columns", kind.columns(field))
        return field

    def within(self, language: str = "en", **more: Any) -> Env:
        """The surroundings in another language."""
        return replace(self.env, language=language, **more)

    def accept(self, type: str, raw: Any, **options: Any) -> Any:
        """What is stored for a typed or JSON value."""
        field = self.field(type, **options)
        return field.type.accept({"x": raw}, field, self.env)["x"]

    def refused(self, type: str, raw: Any, **options: Any) -> str:
        """The code of the fault for a value; its sentence is checked to be one."""
        field = self.field(type, **options)
        with pytest.raises(FieldFault) as caught:
            field.type.accept({"x": raw}, field, self.env)
        assert len(caught.value.message) > 10
        assert str(raw) == "" or "\x00" not in caught.value.message
        return caught.value.code

    def read(self, type: str, text: str, language: str = "en", /, **options: Any) -> Any:
        """What is stored for a text of a form or a file."""
        field = self.field(type, **options)
        return field.type.read({"x": text}, field, self.within(language))["x"]

    def unread(self, type: str, text: str, language: str = "en", /, **options: Any) -> FieldFault:
        """The fault for a text."""
        field = self.field(type, **options)
        with pytest.raises(FieldFault) as caught:
            field.type.read({"x": text}, field, self.within(language))
        return caught.value

    def shown(self, type: str, value: Any, language: str = "en", /, **options: Any) -> str:
        """The value as people read it."""
        field = self.field(type, **options)
        return field.type.text({"x": value}, field, self.within(language))

    def faults(self, type: str, names: Any = None, required: bool = False, **options: Any) -> list[str]:
        """Faults of a field's options."""
        field = self.field(type, required, **options)
        return field.type.check_options(field, names or {})


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Asks field types."""
    return Ask()
