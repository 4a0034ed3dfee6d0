"""What all pictures share: the frame with its words, and text cut to fit."""

from __future__ import annotations

from markupsafe import Markup, escape


def frame(css: str, size: tuple[float, float], label: str, inner: str, role: str = "img") -> Markup:
    """Wrap drawn parts, whose texts are escaped already, into a picture of `size` that says `label`.

    `role` is "img" for a picture, "group" for one whose parts are links.
    """
    drawn = (
        f'<svg class="{css}" viewBox="0 0 {size[0]:g} {size[1]:g}" width="{size[0]:g}" height="{size[1]:g}" '
        f'role="{role}" aria-label="{escape(label)}">{inner}</svg>'
    )
    return Markup(drawn)  # noqa: S704  every text in it went through escape()


def cut(text: str, letters: int = 18) -> str:
    """Return an escaped text of at most so many letters."""
    return str(escape(text if len(text) <= letters else text[: letters - 1].rstrip() + "…"))
