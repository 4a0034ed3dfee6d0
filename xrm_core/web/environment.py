"""The Jinja environment that draws every page: escaping on, undefined names are errors, texts go through gettext."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined

from xrm_core.language import _, ngettext
from xrm_core.web import svg
from xrm_core.web.assets import MODULES, STYLES, asset_url
from xrm_core.web.icons import icon
from xrm_core.web.marks import fitting, hue, initials, soft
from xrm_core.web.models import Toast
from xrm_core.web.shortcuts import caps, going, keyshortcuts, sheet


def build_environment(loaders: Sequence[BaseLoader] = (), statics: Mapping[str, str] | None = None) -> Environment:
    """Return the environment of all page templates.

    Texts are said in the language of the request at hand (`xrm_core.language`; macros see no request). `loaders` are plugins'
    templates and come first, so they may replace a page. `statics` is the folder of each plugin's own files by its name: a
    template asks for one by `asset("requests:inbox.css")`, for a script of a part by `module("requests:inbox")`.
    """
    environment = Environment(
        loader=ChoiceLoader([*loaders, PackageLoader("xrm_core.web", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )

    folders = statics or {}

    def file_of(path: str) -> str:
        plugin, sep, name = path.partition(":")
        return f"of/{folders[plugin]}/{name}" if sep else path

    environment.globals.update(_=_, ngettext=ngettext, icon=icon, svg=svg)
    environment.globals.update(asset=lambda path: asset_url(file_of(path)), module=file_of)
    environment.globals.update(
        keyshortcuts=keyshortcuts, key_caps=caps, shortcut_sheet=lambda places: sheet(going(places))
    )
    environment.globals.update(styles=STYLES, idle_styles=(), modules=MODULES, blank_toast=Toast(text="", tone="bad"))
    environment.filters.update(initials=initials, hue=hue, fitting=fitting, soft=soft)
    return environment
