"""Two records beside each other, about to become one."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .forms import FormError, FormField
from .parts import Action, Cell, Link

Side = Literal["stays", "gone"]


class JoinValue(Struct, frozen=True, kw_only=True):
    """A field in which two records differ; `keep` says whose value stays. Without `chosen` it is no matter of choice."""

    name: str
    label: str
    stays: Cell
    gone: Cell
    keep: Side = "stays"
    chosen: bool = True


class JoinLine(Struct, frozen=True, kw_only=True):
    """What happens to records of a kind: what they are called, how many, and a word on why."""

    label: str
    count: str
    text: str = ""


class JoinEffect(Struct, frozen=True, kw_only=True):
    """One consequence of a merge, with the records that it concerns."""

    title: str
    icon: str
    lines: tuple[JoinLine, ...]


class JoinPage(Struct, frozen=True, kw_only=True):
    """Template `merge.html`: two records beside each other, `values` in which they differ, `alike` in which nothing is to be chosen,
    what moves, what is refused (`errors`). `all_stays` and `all_gone` lead to the page with all values of one of the two chosen."""

    title: str
    text: str
    action: str
    cancel_href: str
    save_label: str
    stays: Link
    gone: Link
    hidden: tuple[tuple[str, str], ...] = ()
    values: tuple[JoinValue, ...] = ()
    alike: tuple[JoinValue, ...] = ()
    effects: tuple[JoinEffect, ...] = ()
    note: str = ""
    swap: Action | None = None
    all_stays: str = ""
    all_gone: str = ""
    reason: FormField | None = None
    errors: tuple[FormError, ...] = ()
    is_open: bool = True
