"""What a request asks."""

from __future__ import annotations

import pytest

from xrm_core.api.asked import MAX_PARAMETERS, SHORT, Asked, parameters
from xrm_core.errors import BadRequest


def asked(query: str = "", **headers: str) -> Asked:
    """A request with parameters and headers."""
    return Asked("GET", {}, parameters(query.encode()), {k.replace("_", "-"): v for k, v in headers.items()}, b"", "/")


def test_parameters_are_read() -> None:
    """UTF-8, blanks and empty values."""
    assert parameters(b"a=1&b=%C3%A4+x&c=") == {"a": "1", "b": "ä x", "c": ""}


def test_remembered_parameters_are_nobodys_to_change() -> None:
    """Short ones are remembered for the next request, long ones are not."""
    first = parameters(b"a=1")
    assert parameters(b"a=1") is first
    with pytest.raises(TypeError):
        first["a"] = "2"  # type: ignore[index]
    long = b"a=" + b"x" * SHORT
    assert parameters(long) is not parameters(long)
    assert parameters(long) == {"a": "x" * SHORT}


@pytest.mark.parametrize(
    "raw",
    [b"a=1&a=2", b"a=%FF", b"a=\xff", b"a=%00", b"%00=a", b"&".join(b"p%d=1" % n for n in range(MAX_PARAMETERS + 1))],
)
def test_doubtful_parameters_are_refused(raw: bytes) -> None:
    """Given twice, not UTF-8, with NUL, too many."""
    with pytest.raises(BadRequest):
        parameters(raw)


def test_numbers_choices_and_names() -> None:
    """Each in its limits, with a default where it is not given."""
    given = asked("n=5&c=b&names=a,%20b,,a")
    assert (given.number("n", 1, 1, 9), given.number("m", 1, 1, 9)) == (5, 1)
    assert (given.choice("c", "a", "b"), given.choice("d", "a", "b")) == ("b", "a")
    assert given.names("names", 2) == ("a", "b")
    for wrong in (
        lambda: given.number("n", 1, 6, 9),
        lambda: given.choice("c", "a", "x"),
        lambda: given.names("names", 1),
        lambda: given.only("n", "c"),
    ):
        with pytest.raises(BadRequest):
            wrong()


@pytest.mark.parametrize(("header", "version"), [('"3"', 3), ("3", 3), ('W/"12"', 12), ("*", None)])
def test_versions(header: str, version: int | None) -> None:
    """If-Match names one, also when a proxy made it weak."""
    assert asked(if_match=header).version == version


@pytest.mark.parametrize("header", ["x", '""', "٣", '"-1"', "9" * 19, '"1", "2"'])
def test_no_versions(header: str) -> None:
    """Anything else is refused."""
    with pytest.raises(BadRequest):
        _ = asked(if_match=header).version


def test_what_is_held() -> None:
    """If-None-Match lists tags, weak ones too."""
    assert asked(if_none_match='"1", W/"3"').has('"3"')
    assert asked(if_none_match="*").has('"3"')
    assert not asked(if_none_match='"1"').has('"3"')
    assert not asked().has('"3"')
