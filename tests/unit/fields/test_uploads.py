"""Files that are uploaded."""

import pytest

from xrm_core.fields.uploads import check_upload, told_type
from xrm_core.metamodel.field_type import FieldFault

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def test_the_bytes_tell_the_kind():
    """A browser's claim is taken only where the first bytes bear it out."""
    assert told_type(PNG) == "image/png"
    assert told_type(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert told_type(b"<svg onload=alert(1)>") is None


@pytest.mark.parametrize(
    ("claimed", "body", "kept"),
    [
        ("image/png", PNG, "image/png"),
        ("text/plain", PNG, "image/png"),
        ("image/png", b"<html>", "application/octet-stream"),
        ("application/pdf", b"%PDF-1.7", "application/pdf"),
        ("text/csv; charset=utf-8", b"a,b", "text/csv"),
        ("", b"abc", "application/octet-stream"),
    ],
)
def test_kept_kinds(ask, claimed, body, kept):
    """What is kept with the file is what its bytes bear out."""
    assert check_upload(ask.field("file"), "x", claimed, body) == kept


def test_fields_take_what_they_say(ask):
    """A picture must be one; kinds and size are the field's."""
    for field, claimed, body, code in [
        (ask.field("image"), "image/svg+xml", b"<svg>", "wrong_kind"),
        (ask.field("image"), "image/png", b"<html>", "wrong_kind"),
        (ask.field("file", accept=("application/pdf",)), "image/png", PNG, "wrong_kind"),
        (ask.field("file", max_mb=1), "text/plain", b"x" * (2**20 + 1), "too_large"),
    ]:
        with pytest.raises(FieldFault) as caught:
            check_upload(field, "x", claimed, body)
        assert caught.value.code == code
    assert check_upload(ask.field("file", accept=("image/*",)), "x", "image/png", PNG) == "image/png"
