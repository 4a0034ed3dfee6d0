"""Work in the background that draws what pages show: taken by the worker, imported when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..services.exportjobs import SHOWN
from ..services.jobs import Handler

if TYPE_CHECKING:
    from ..services.runtime import Runtime


def shown_jobs() -> Mapping[str, Handler]:
    """What each kind of such a job does."""
    return {SHOWN: _export}


def _export(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    from .exports_shown import carry_out

    carry_out(runtime, payload)
