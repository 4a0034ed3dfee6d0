"""colour: a colour of the screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import shown, text_of
from .options import may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})", re.ASCII).fullmatch


class ColourType(ValueType):
    """A colour as red, green and blue, `#0b5cad`."""

    name = "colour"

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """Six digits in lower case; three are doubled."""
        text = text_of(raw).strip().lower()
        if not text:
            return None
        found = _HEX(text)
        if not found:
            raise FieldFault(
                _("{value} is not a colour", value=shown(text)), code="not_a_colour", hint=_("write it as #0b5cad")
            )
        return text if len(text) == 7 else "#" + "".join(c * 2 for c in found[1])

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """The # may be missing."""
        return self.value(text if text.startswith("#") else f"#{text}", field, env)

    def widget(self, field: Field) -> Widget:
        """A colour input."""
        return Widget("colour")

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it this one."""
        return ("eq", "ne", "in", "empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string of # and six digits."""
        return {field.name: describe(field, {"type": "string", "pattern": "^#[0-9a-f]{6}$"})}
