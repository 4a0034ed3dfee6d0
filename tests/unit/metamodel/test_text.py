"""Texts: what the metadata writes, and what fits into one line."""

from __future__ import annotations

from xrm_core.metamodel.text import in_one_line


def test_a_text_fits_into_a_header() -> None:
    """No line ends within it, nothing controls anything, and it is no longer than is asked."""
    assert in_one_line("Ada\r\nBcc: eve@example.org\x00\u202e!", 50) == "Ada Bcc: eve@example.org !"
    assert in_one_line("a" * 300, 200) == "a" * 200
    assert in_one_line(None, 10) == ""
