"""rating: a small number of stars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T
from xrm_core.metamodel.kinds import whole as whole_kind

from .numerals import are_whole, whole
from .options import Options, may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_OUT_OF = re.compile(r"(\d{1,2})\s*(?:/|of|von|sur)\s*(\d{1,2})", re.ASCII | re.IGNORECASE).fullmatch


class RatingOptions(Options):
    """Options of rating."""

    max: int = Key(5, ge=2, le=10, description="Most stars")


class RatingType(ValueType):
    """A judgement from 1 to `max`; no judgement is empty, not 0."""

    name = "rating"
    Options = RatingOptions

    def kind(self, field: Field) -> T:
        """Whole number of two digits."""
        return whole_kind(2, may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> int:
        """The number within 1 to `max`."""
        number, most = whole(raw), cast(RatingOptions, field.options).max
        if not 1 <= number <= most:
            raise FieldFault(
                _("{number} is not a rating from 1 to {most}", number=number, most=most),
                code="out_of_range",
                hint=_("leave it empty for no rating"),
            )
        return number

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """Numbers within 1 to `max`."""
        return given if are_whole(given[field.name], 1, cast(RatingOptions, field.options).max) else None

    def parse(self, text: str, field: Field, env: Env) -> int:
        """`4`, `4/5`, `★★★★`."""
        stars = text.strip("☆ ")
        if stars and set(stars) == {"★"}:
            return self.value(len(stars), field, env)
        out_of = _OUT_OF(text)
        if out_of and int(out_of[2]) != cast(RatingOptions, field.options).max:
            told = f"{text} is counted out of {out_of[2]}, not of {cast(RatingOptions, field.options).max}"
            raise FieldFault(told, code="out_of_range", hint=_("convert it first"))
        return self.value(out_of[1] if out_of else text, field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """`4/5`."""
        return f"{value}/{cast(RatingOptions, field.options).max}"

    def widget(self, field: Field) -> Widget:
        """Stars."""
        return Widget("rating", {"max": cast(RatingOptions, field.options).max})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Numbers are compared."""
        return ("eq", "ne", "lt", "le", "gt", "ge", "in", "empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """An integer from 1 to `max`."""
        most = cast(RatingOptions, field.options).max
        return {field.name: describe(field, {"type": "integer", "minimum": 1, "maximum": most})}
