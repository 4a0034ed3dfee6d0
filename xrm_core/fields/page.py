"""The reference page of the field types, written from the types themselves: `python -m xrm_core.fields.page >
docs/field_types.md`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from xrm_core.metamodel.catalog import Field
from xrm_core.metamodel.definitions import FieldDef
from xrm_core.metamodel.field_type import Column, FieldType
from xrm_core.metamodel.kinds import T

EXAMPLES: Mapping[str, str] = {
    "text": "bank_ref: {type: text, max: 40, pattern: '[A-Z0-9 ]+'}",
    "long_text": "remark: {type: long_text, rows: 4}",
    "integer": "instalments: {type: integer, min: 1, max: 120}",
    "decimal": "weight: {type: decimal, scale: 3, min: 0, unit: kg}",
    "money": "amount: {type: money, required: true, min: 0.01}",
    "percent": "share: {type: percent, min: 0, max: 100}",
    "boolean": "anonymous: {type: boolean}",
    "date": "received_on: {type: date, not_after: today}",
    "datetime": "sent_at: {type: datetime}",
    "duration": "effort: {type: duration, max: 'PT40H'}",
    "email": "email: {type: email}",
    "phone": "phone: {type: phone, country: GB}",
    "url": "website: {type: url}",
    "address": "address: {type: address}",
    "person_name": "person: {type: person_name, show: sorted}",
    "choice": "method: {type: choice, codes: payment_method, default: transfer}",
    "multi_choice": "wishes: {type: multi_choice, values: {post: By post, email: By e-mail}}",
    "tags": "interests: {type: tags, suggest: [water, schools]}",
    "link": "donor: {type: link, to: donor, required: true, reverse: donations, reverse_label: Donations}",
    "user": "owner: {type: user, on_delete: empty}",
    "many_to_many": "people: {type: many_to_many, to: party, as: person, fields: {part: {type: text}}}",
    "child_table": "payments: {type: child_table, title: '{due_on} {amount}', fields: "
    "{due_on: {type: date}, amount: {type: money, required: true}}}",
    "sequence": "number: {type: sequence, pattern: 'DN-{year}-{n:05}'}",
    "file": "contract: {type: file, accept: [application/pdf], max_mb: 10}",
    "image": "logo: {type: image}",
    "json": "answers: {type: json, shape: object}",
    "location": "place: {type: location}",
    "colour": "colour: {type: colour}",
    "rating": "mission_fit: {type: rating, max: 5}",
    "formula": "net: {type: formula, of: money, is: record.amount - record.fee, currency_from: amount}",
    "rollup": "total: {type: rollup, of: money, over: donations, compute: sum, value: amount_base, "
    "where: \"row.status == 'received'\"}",
    "country": "country: {type: country, first: [GB, IE]}",
    "language": "language: {type: language, only: [en, de]}",
    "currency": "currency: {type: currency, only: [GBP, EUR, USD]}",
    "time_zone": "time_zone: {type: time_zone}",
}
"""One line of metadata for each built-in type."""
KIND_NAMES = {
    "bool": "yes/no", "int": "whole number", "decimal": "exact number", "text": "text", "date": "date", "datetime":
    "date and time", "duration": "length of time", "ref": "id of a record", "list": "list", "json": "JSON",
}  # fmt: skip
HEAD = """# Field types

<!-- Written from the field types themselves by `python -m xrm_core.fields.page > docs/field_types.md`. Do not edit. -->

A field's `type` says what kind of value it holds: how it is stored, checked, read from forms and files, shown,
filtered and sent through the API. Stored values are exact on SQLite and PostgreSQL alike; no number passes through
floating point.

Texts are kept as typed, but for blanks at both ends; an empty text is no value. Control characters other than tab
and line feed are refused, and so is what PostgreSQL cannot store. What is exported reads back to the same value in
every language.

A refused value comes with a sentence, a code and, where there is one, the way out. Nothing is rounded, cut off or
guessed: a number with too many places, a date whose century is open, and a name that means two countries are refused.
"""
OWN = """
## A type of your own

A plugin makes a type with the same class as the built-in ones and hands it over in `xrm_field_types`. A type of one
column subclasses `ValueType` and answers five questions; a type that leaves one open cannot be made, so its plugin
does not load.

```python
from xrm_core.plugin import FieldFault, T, ValueType, Widget, hook


class Isbn(ValueType):
    \"\"\"The number of a book.\"\"\"

    name = "isbn"

    def kind(self, field):
        return T("text", not field.required)

    def value(self, raw, field, env):
        if not is_isbn(raw):
            raise FieldFault(f"{raw} is not an ISBN", code="not_an_isbn", hint="copy the 13 digits below the bar code")
        return raw

    def widget(self, field):
        return Widget("text", {"max": 17})

    def operators(self, field):
        return ("eq", "empty", "notEmpty")

    def schema(self, field):
        return {field.name: {"title": "ISBN", "type": "string", "pattern": "^[0-9]{13}$"}}


@hook
def xrm_field_types():
    return [Isbn]
```

`parse` reads a form's text where it differs from the API's, `format` shows a value, `settle` looks at all columns of
a field together and at what was stored before. A type of several columns subclasses `FieldType`.
"""


def field_types_page(kinds: Sequence[type[FieldType]]) -> str:
    """The page in Markdown: what is common to all types, then a section for each."""
    common = {info.alias or key: info for key, info in FieldDef.model_fields.items() if key != "type"}
    parts = [HEAD, "\n## Keys of every field\n", _options(common.items()), "\n## The types\n", _overview(kinds)]
    parts += [_section(kind()) for kind in kinds]
    return "\n".join(parts) + OWN


def example_field(kind: FieldType) -> Field:
    """The field of the type's example; for a type without one, a field with the options' defaults."""
    text = EXAMPLES.get(kind.name)
    name, given = next(iter(yaml.safe_load(text).items())) if text else (kind.name, {})
    own = {key: value for key, value in given.items() if key not in FieldDef.model_fields}
    return Field(name, "donation", kind, kind.Options(**own), {"en": name}, {}, required=bool(given.get("required")))


def _overview(kinds: Sequence[type[FieldType]]) -> str:
    rows = ["| type | holds | columns | filter by |", "|---|---|---|---|"]
    for kind in kinds:
        made = kind()
        field = example_field(made)
        columns = "<br>".join(_column(c) for c in made.columns(field)) or "records of their own"
        rows.append(
            f"| [{kind.name}](#{kind.name}) | {_sentence(kind)} | {columns} | {', '.join(made.operators(field))} |"
        )
    return "\n".join(rows) + "\n"


def _section(kind: FieldType) -> str:
    parts = [f"\n### {kind.name}\n", inspect.cleandoc(type(kind).__doc__ or "") + "\n"]
    if kind.name in EXAMPLES:
        parts.append(f"```yaml\n{EXAMPLES[kind.name]}\n```\n")
    options: type[BaseModel] = kind.Options
    if options.model_fields:
        parts.append(_options((info.alias or key, info) for key, info in options.model_fields.items()))
    return "\n".join(parts)


def _options(items: Iterable[tuple[str, FieldInfo]]) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, info in items:
        default = "needed" if info.is_required() else _default(info.default)
        rows.append(f"| `{key}` | {_annotation(info.annotation)} | {default} | {_cell(info.description or '')} |")
    return "\n".join(rows) + "\n"


def _default(value: Any) -> str:
    if value is None or value in ((), [], {}):
        return ""
    return (
        f"`{', '.join(map(str, value))}`"
        if isinstance(value, tuple)
        else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    )


def _annotation(kind: Any) -> str:
    """A Python annotation in the words of an author of metadata."""
    origin, given = get_origin(kind), get_args(kind)
    if hasattr(kind, "__metadata__"):
        return _annotation(given[0])
    if origin in (list, tuple):
        return f"list of {_annotation(given[0])}"
    if origin is dict:
        return f"mapping to {_annotation(given[1])}"
    if given and str(origin) == "typing.Literal":
        return ", ".join(f"`{one}`" for one in given)
    if given:
        return " or ".join(dict.fromkeys(_annotation(one) for one in given if one is not type(None)))
    words = {
        "str": "text",
        "int": "whole number",
        "bool": "yes/no",
        "Decimal": "number",
        "date": "date",
        "timedelta": "duration",
        "Any": "any",
    }
    written = {
        "MixinRef": "`{mixin: name}`",
        "FieldDef": "field",
        "KeyDef": "key",
        "RuleDef": "rule",
        "LifecycleDef": "lifecycle",
        "CodeDef": "code",
    }
    name = getattr(kind, "__name__", str(kind).removeprefix("typing."))
    return words.get(name) or written.get(name, name)


def _column(column: Column) -> str:
    return f"`{column.name}` {_kind(column.kind)}" + ("" if column.stored else ", not stored")


def _kind(kind: T) -> str:
    if kind.kind == "decimal":
        return f"{KIND_NAMES['decimal']}, {kind.scale} places"
    if kind.kind == "list":
        return f"list of {_kind(kind.item)}"
    return "code" if kind.codes or kind.options else KIND_NAMES[kind.kind]


def _sentence(kind: type[FieldType]) -> str:
    return _cell(" ".join((kind.__doc__ or "").split()).split(". ")[0].rstrip("."))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    from xrm_core.fields import built_in

    sys.stdout.write(field_types_page(built_in()))
