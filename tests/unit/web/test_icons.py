"""Icons come as markup that screen readers skip."""

from __future__ import annotations

from xrm_core.web.icons import FALLBACK, icon, is_icon


def test_an_icon_is_inline_hidden_and_without_size() -> None:
    """The drawing takes its size and colour from the style sheet, and is hidden: words beside it say what it means."""
    drawn = icon("search")
    assert drawn.startswith("<svg")
    assert 'class="icon"' in drawn
    assert 'aria-hidden="true"' in drawn
    assert "style=" not in drawn
    assert 'class="icon icon-l"' in icon("search", "l")


def test_an_unknown_icon_draws_the_fallback() -> None:
    """A wrong name in metadata costs the picture, not the page."""
    assert icon("no-such-icon") == icon(FALLBACK)
    assert not is_icon("no-such-icon")
    assert is_icon(FALLBACK)


def test_a_name_never_becomes_markup() -> None:
    """A hostile name is no icon, and nothing of it is drawn."""
    assert "onload" not in icon('x" onload="alert(1)')
