"""The page that is left when not even the error page can be made: no template, no database, no session; words, a way on, and an id
that the log has."""

from __future__ import annotations

from typing import Any

from litestar import Response
from markupsafe import Markup

from ..errors import XrmError
from ..language import _, direction, spoken
from . import faults
from .asked import Asked
from .assets import STYLES, asset_url
from .guards import HEADERS, SAFE, own_path
from .models import Action
from .shell import looks
from .typed import is_of_a_record, send_again

PAGE = Markup(
    '<!doctype html>\n<html lang="{lang}" dir="{dir}" data-theme="{theme}" data-density="{density}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
    "<title>{title}</title>{styles}</head>\n"
    '<body><div class="bare"><main id="main"><section class="card fault" aria-labelledby="fault-title">'
    '<div><p class="fault-status">{status}</p><h1 id="fault-title">{title}</h1></div><p>{text}</p>{kept}'
    '<div class="btn-row">{ways}</div><dl class="fault-id"><dt>{named}</dt><dd class="mono">{reference}</dd></dl>'
    "</section></main></div></body>\n</html>\n"
)
STYLE = Markup('<link rel="stylesheet" href="{}">')
LINK = Markup('<a class="btn" href="{}">{}</a>')
FORM = Markup('<form method="post" action="{}">{}<button class="btn primary">{}</button></form>')
INPUT = Markup('<input type="hidden" name="{}" value="{}">')
KEPT = Markup('<p class="muted">{}</p>')


def last_page(asked: Asked, fault: XrmError, status: int, reference: str, look: str, token: Markup) -> Response[Any]:
    """The answer to who asked, in the language spoken; `look` is the cookie with theme and density,
    `token` the input that a form carries. A form of a record is sent once
    more from here, with all that was typed."""
    title, text = faults.title_of(status), faults.told(fault)
    if asked.wants_problem:
        body = {"title": title, "status": status, "detail": text, "code": fault.code, "reference": reference}
        return Response(body, media_type="application/problem+json", status_code=status, headers=dict(HEADERS))
    writes = asked.method not in SAFE
    again = send_again(asked) if writes and is_of_a_record(asked) and faults.may_repeat(status, fault) else None
    theme, density = looks(look)
    html = PAGE.format(
        lang=spoken(), dir=direction(spoken()), theme=theme, density=density, title=title, status=status, text=text, reference=reference,
        styles=Markup("").join(STYLE.format(asset_url(f"css/{name}.css")) for name in STYLES), named=_("Reference"),
        kept=KEPT.format(kept) if (kept := faults.kept_of(status, writes, again is not None)) else "", ways=_ways(asked, again, writes, token),
    )  # fmt: skip
    return Response(html, media_type="text/html", status_code=status, headers=dict(HEADERS))


def _ways(asked: Asked, again: Action | None, writes: bool, token: Markup) -> Markup:
    made: list[Markup] = []
    if again is not None:
        inputs = token + Markup("").join(INPUT.format(name, value) for name, value in again.fields)
        made.append(FORM.format(again.href, inputs, again.label))
    elif not writes:
        made.append(LINK.format(own_path(asked.url), _("Try again")))
    return Markup("").join([*made, LINK.format("/", _("Back to the start"))])
