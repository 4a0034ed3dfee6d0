"""Values as cells: what a reader sees of a field, in lists, on records and on cards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import nh3
from markupsafe import Markup

from ..errors import NotFound
from ..fields.locales import show_datetime, show_number
from ..fields.phone import phone_text
from ..metamodel.catalog import CodeValue, Field
from ..metamodel.text import say
from ..services.records import read_record
from ..services.work import Work
from ..storage import attachments
from .addresses import entity_url
from .models import Cell
from .paths import Path, is_link

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

EMPTY = Cell(kind="empty")
NOT_FOR_YOU = Cell(kind="hidden", text="Not visible to you")
"""What stands for a record that a link leads to and that the reader may not see: the same for all of them."""
SIMPLE = {
    "integer": "number", "decimal": "number", "money": "money", "percent": "percent", "date": "date", "email": "email",
    "phone": "phone", "url": "url", "rating": "rating", "colour": "colour", "json": "json",
}  # fmt: skip
SHORT = 120
PHONE, EMAIL = re.compile(r"\+[1-9]\d{6,14}").fullmatch, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+").fullmatch
"""Texts that are what everybody can call or write to: a number in E.164, a plain address."""
FILE_NAME = re.compile(r"[^\s:;,]*\w\.\w").match


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 0.1 s, paid when the first long text is shown

    return MarkdownIt("commonmark", {"html": False, "linkify": False})


def markdown(text: str) -> Markup:
    """Markdown as HTML, sanitised: no scripts, no styles, no images from elsewhere."""
    clean = nh3.clean(
        _markdown().render(text), tags=nh3.ALLOWED_TAGS - {"img"}, url_schemes={"http", "https", "mailto"}
    )
    return Markup(clean)  # noqa: S704  # sanitised in the line above


def safe_html(text: str) -> Markup:
    """HTML of strangers, sanitised: no scripts, no styles, no forms, no pictures."""
    clean = nh3.clean(
        text,
        tags=nh3.ALLOWED_TAGS - {"img", "map", "area"},
        clean_content_tags={"script", "style", "title", "template", "noscript"},
        url_schemes={"http", "https", "mailto"},
    )
    return Markup(clean)  # noqa: S704  # sanitised in the line above


def figure(work: Work, number: int) -> str:
    """A count as the reader writes it: 12,430 or 12.430."""
    return show_number(number, work.language)


def cell_of(work: Work, path: Path, row: Mapping[str, Any], *, short: bool = True) -> Cell:
    """The cell of a path in a row of a list that was asked for `path.columns`."""
    if path.field is None:
        return _system(work, path, row)
    display = row.get(f"{path.prefix}{path.name}.display")
    return field_cell(work, path.field, path.values(row), display, short=short)


def _system(work: Work, path: Path, row: Mapping[str, Any]) -> Cell:
    value = row.get(path.path)
    if value is None:
        return EMPTY
    if path.name == "display":
        id = row.get(f"{path.prefix}id") if path.prefix else row.get("id")
        return Cell(kind="title", text=str(value), href=entity_url(path.owner.name, str(id)) if id else "")
    if isinstance(value, datetime):
        return moment(work, value)
    return Cell(text=str(value))


def in_sentence(work: Work, label: str) -> str:
    """A name of an entity inside an English sentence; other languages keep their capitals, as "I" and abbreviations do."""
    keeps = not work.language.startswith("en") or label[1:2].isupper() or label.startswith("I ")
    return label if keeps else label[:1].lower() + label[1:]


def capital(text: str) -> str:
    """A message as a sentence begins; one that begins with the name of a file keeps it as it is."""
    return text if FILE_NAME(text) else text[:1].upper() + text[1:]


def apart(text: str) -> str:
    """A text of any direction as a part of another: isolated (Unicode UAX 9), so that neither turns the other round."""
    return f"\u2068{text}\u2069" if any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text) else text


def file_name(work: Work, id: str) -> str:
    """The name of an attached file; '' where there is none."""
    found = attachments.get(work.tx, id)
    return found.name if found is not None else ""


def title_of(work: Work, entity: str, id: str) -> str:
    """The title of a record, also of one in the bin; '' where it is gone, or not for this reader."""
    try:
        return str(read_record(work, entity, id, ("display",), deleted=True)["display"] or id)
    except NotFound:
        return ""


def moment(work: Work, value: datetime, *, seconds: bool = False) -> Cell:
    """A moment in the reader's zone and language, to the minute or the second; the whole of it is in `iso`."""
    shown = value if seconds else value.replace(second=0, microsecond=0)
    text = show_datetime(shown, work.language, work.actor.time_zone or work.settings.organisation.time_zone)
    return Cell(kind="datetime", text=text, iso=value.isoformat())


def field_cell(
    work: Work, field: Field, values: Mapping[str, Any], display: str | None = None, *, short: bool = False
) -> Cell:
    """The cell of a field; `values` by column name; `display` the title of the record that a link points to."""
    if field.columns and all(
        values.get(c.name) in (None, [], "") for c in field.columns if not c.name.endswith("_currency")
    ):
        return EMPTY
    if is_link(field):
        return _link(work, field, values, display)
    value = values.get(field.name)
    name = field.type.name
    text = field.type.text(values, field, work.env)
    if isinstance(value, str) and (name == "choice" or value in codes_of(work, field)):
        return _choice(work, field, value, text)
    if name in ("multi_choice", "tags"):
        codes = codes_of(work, field)
        items = tuple(Cell(text=say(codes[v].label, work.language) if v in codes else str(v)) for v in value or ())
        return Cell(kind="tags", text=text, items=items)
    if name == "boolean":
        return Cell(kind="boolean", text=text, tone="ok" if value else "neutral")
    if name == "long_text":
        plain = " ".join(str(value).split())
        return (
            Cell(text=plain[:SHORT] + ("…" if len(plain) > SHORT else ""))
            if short
            else Cell(kind="markdown", text=plain, html=(safe_html if _is_html(field) else markdown)(str(value)))
        )
    if name in ("file", "image"):
        name_of_file = values.get(f"{field.name}.name") or file_name(work, str(value))
        return Cell(kind="file", text=name_of_file or text, href=f"/file/{value}")
    kind = SIMPLE.get(_result(field), "text")
    if name == "text" and isinstance(value, str) and text == value:
        kind = "phone" if PHONE(value) else "email" if EMAIL(value) else kind
        text = phone_text(value) if kind == "phone" else text
    iso = value.isoformat() if isinstance(value, (date, datetime)) else ""
    href = {"email": f"mailto:{value}", "phone": f"tel:{value}", "url": str(value)}.get(kind, "")
    if kind == "url" and not href.lower().startswith(("https://", "http://", "ftp://", "mailto:", "tel:", "sip:")):
        kind, href = "text", ""  # what a formula makes is not checked as what is typed
    number = float(value) if kind == "rating" and value is not None else 0.0
    if isinstance(value, datetime):
        return moment(work, value, seconds=True)
    return Cell(kind=kind, text=text, href=href, iso=iso, number=number)  # type: ignore[arg-type]  # SIMPLE holds cell kinds


def _is_html(field: Field) -> bool:
    """Whether a long text is HTML."""
    return getattr(field.options, "format", "") == "html"


def _result(field: Field) -> str:
    if field.type.name not in ("formula", "rollup"):
        return field.type.name
    return str(
        getattr(field.options, "of", None)
        or {"int": "integer", "bool": "boolean"}.get(field.columns[0].kind.kind, field.columns[0].kind.kind)
    )


def _link(work: Work, field: Field, values: Mapping[str, Any], display: str | None) -> Cell:
    """A link by the title of its record, which is asked for where the query did not bring it (one of several entities)."""
    id = str(values[field.columns[0].name])
    targets = field.columns[0].kind.entities
    entity = str(values.get(field.columns[1].name)) if len(field.columns) > 1 else targets[0]
    if not display:
        seen = values.get(f"{field.name}.version") is not None
        display = id if seen else "" if f"{field.name}.version" in values else title_of(work, entity, id)
    kind = "user" if entity == "user" else "link"
    return Cell(kind=kind, text=display, href=entity_url(entity, id)) if display else NOT_FOR_YOU  # type: ignore[arg-type]


def codes_of(work: Work, field: Field) -> Mapping[str, CodeValue]:
    """The codes of a field by code: of a choice, of each of several, or of a formula that answers codes; empty for others."""
    if not field.columns:
        return {}
    kind = field.columns[0].kind
    name = kind.codes or (kind.item.codes if kind.kind == "list" else None) or getattr(field.options, "codes", None)
    found = work.catalog.codes.get(name) if isinstance(name, str) else None
    return found.values if found else {}


def _choice(work: Work, field: Field, value: str, text: str) -> Cell:
    code = codes_of(work, field).get(value)
    text = say(code.label, work.language) if code is not None else text
    lifecycle = work.entity(field.entity).lifecycle
    stands = lifecycle is not None and lifecycle.field == field.name
    tone = code.colour if code is not None and code.colour else "neutral"
    return Cell(kind="pill" if stands or tone != "neutral" else "text", text=text, tone=tone)  # type: ignore[arg-type]
