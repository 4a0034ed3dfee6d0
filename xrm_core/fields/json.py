"""json: any JSON value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import LIMIT, T

from .characters import shown
from .options import Options, may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

DEPTH = 20
SIZE = 100_000


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class JsonOptions(Options):
    """Options of json."""

    max_size: int = Key(SIZE, ge=1, le=1_000_000, description="Most bytes of the value written as JSON")
    shape: str | None = Key(
        None, pattern="^(object|array)$", description="Kind of the outermost value: `object` or `array`; default: any"
    )


class JsonType(ValueType):
    """Any JSON value, at most 20 levels deep and 100 kB long. Whole numbers are kept exactly up to 18 digits; other
    numbers are floating point as in JSON, so amounts belong into fields of their own. Not sorted, not compared."""

    name = "json"
    Options = JsonOptions

    def kind(self, field: Field) -> T:
        """JSON."""
        return T("json", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> Any:
        """The value, rebuilt from plain parts."""
        options = cast(JsonOptions, field.options)
        made = _plain(raw, 1)
        if options.shape is not None and not isinstance(made, dict if options.shape == "object" else list):
            told = _("The value is not an object") if options.shape == "object" else _("The value is not an array")
            raise FieldFault(told, code="wrong_shape")
        size = len(_dump(made).encode())
        if size > options.max_size:
            raise FieldFault(
                _("The value has {size} bytes; {max_size} fit", size=size, max_size=options.max_size), code="too_long"
            )
        return made

    def parse(self, text: str, field: Field, env: Env) -> Any:
        """JSON text."""
        most = cast(JsonOptions, field.options).max_size
        if len(text) > most:
            raise FieldFault(_("The text has {n} characters; {most} fit", n=len(text), most=most), code="too_long")
        return self.value(read_json(text), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """JSON text, cut short for lists."""
        text = _dump(value)
        return text if len(text) <= 200 else text[:199] + "…"

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """JSON text."""
        value = record.get(field.name)
        return {field.name: "" if value is None else _dump(value)}

    def widget(self, field: Field) -> Widget:
        """An input for JSON text."""
        return Widget("json", {"shape": cast(JsonOptions, field.options).shape})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is there a value."""
        return ("empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """Anything, or the shape declared."""
        shape = cast(JsonOptions, field.options).shape
        return {field.name: describe(field, {"type": shape} if shape else {})}


def read_json(text: str) -> Any:
    """The value of a JSON text (RFC 8259): names once, no NaN. Raises FieldFault with the place of the fault."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        told = f"The text is not JSON: {fault.msg} in line {fault.lineno}, column {fault.colno}"
        raise FieldFault(told, code="not_json", hint=_("put texts and names in double quotes")) from None
    except (RecursionError, ValueError):
        raise FieldFault(_("The text is not JSON that can be kept"), code="not_json") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise FieldFault(_("An object has the same name twice"), code="not_json", hint=_("leave one of them out"))
    return made


def _no_constant(word: str) -> Any:
    raise FieldFault(_("{word} is not a JSON number", word=word), code="not_json", hint=_("use null"))


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _plain(raw: Any, depth: int) -> Any:
    if depth > DEPTH:
        raise FieldFault(
            _("The value is more than {depth} levels deep", depth=DEPTH), code="too_deep", hint=_("flatten it")
        )
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        return _text(raw)
    if isinstance(raw, (int, float)):
        return _number(raw)
    if isinstance(raw, Decimal):  # how the API reads every number with a point
        return _number(float(raw))
    if isinstance(raw, Mapping):
        return {_name(name): _plain(item, depth + 1) for name, item in raw.items()}
    if isinstance(raw, (list, tuple)):
        return [_plain(item, depth + 1) for item in raw]
    raise FieldFault(
        _("{value} is not a JSON value", value=shown(type(raw).__name__)),
        code="not_json",
        hint=_("send texts, numbers, lists, objects"),
    )


def _name(raw: Any) -> str:
    if isinstance(raw, str):
        return _text(raw)
    raise FieldFault(
        _("The name {value} in an object is not a text", value=shown(raw)), code="not_json", hint=_("put it in quotes")
    )


def _text(text: str) -> str:
    if _UNSTORABLE.search(text):
        told = "A text in the value has a NUL character or half a character, which cannot be stored"
        raise FieldFault(told, code="control_character", hint=_("remove it"))
    return text


def _number(number: int | float) -> int | float:
    """A float without a fraction becomes an int, as the databases give it back."""
    if isinstance(number, float):
        if number != number or number in (float("inf"), float("-inf")):
            raise FieldFault(_("Infinity and “not a number” are not JSON"), code="not_a_number", hint=_("use null"))
        if not number.is_integer():
            return number
        number = int(number)
    if abs(number) >= LIMIT:
        raise FieldFault(
            _("A number in the value has more than 18 digits"), code="too_large", hint=_("write it as text")
        )
    return number
