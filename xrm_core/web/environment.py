"""The Jinja environment that draws every page: escaping on, undefined names are errors, texts go through gettext."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined

from xrm_core.web import svg
from xrm_core.web.assets import MODULES, STYLES, asset_url
from xrm_core.web.icons import icon
from xrm_core.web.marks import fitting, hue, initials
from xrm_core.web.models import Toast

Translate = Callable[[str], str]
TranslatePlural = Callable[[str, str, int], str]


def _same(message: str) -> str:
    """Return the English text itself."""
    return message


def _same_plural(one: str, many: str, count: int) -> str:
    """Return the English form for a number."""
    return one if count == 1 else many


def build_environment(
    translate: Translate = _same,
    translate_plural: TranslatePlural = _same_plural,
    loaders: Sequence[BaseLoader] = (),
) -> Environment:
    """Return the environment of all page templates.

    `translate` and `translate_plural` answer in the language of the request at hand (they read it from the request's
    context, since macros see no request). `loaders` are plugins' templates and come first, so they may replace a page.
    """
    environment = Environment(
        loader=ChoiceLoader([*loaders, PackageLoader("xrm_core.web", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )

    def text(message: str, **values: object) -> str:
        """Translate, then fill in the named values ("{n} records")."""
        return translate(message).format(**values) if values else translate(message)

    def plural(one: str, many: str, n: int, **values: object) -> str:
        """Translate the form for `n`, then fill in `n` and the named values."""
        return translate_plural(one, many, n).format(n=n, **values)

    environment.globals.update(_=text, ngettext=plural, icon=icon, asset=asset_url, svg=svg)
    environment.globals.update(styles=STYLES, modules=MODULES, blank_toast=Toast(text="", tone="bad"))
    environment.filters.update(initials=initials, hue=hue, fitting=fitting)
    return environment
