"""Inputs that plugins draw themselves: names of widgets and the templates that draw them."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import PluginError
from ..plugin.host import Host
from ..services.work import Work


def plugin_widgets(host: Host) -> Mapping[str, str]:
    """Name of a widget -> template. Raises PluginError where two plugins give the same name."""
    made: dict[str, str] = {}
    owner: dict[str, str] = {}
    for plugin, found in host.answers("xrm_widgets"):
        for name, template in found.items():
            if name in made:
                raise PluginError(f"the widget {name!r} comes from plugin {owner[name]!r} and from {plugin!r}")
            made[name], owner[name] = template, plugin
    return made


def widgets_of(work: Work) -> Mapping[str, str]:
    """The widgets of the plugins in use."""
    return work.catalog.derive("web:widgets", lambda: plugin_widgets(work.host))
