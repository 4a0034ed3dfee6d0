"""Names in the database are short enough, different, and quoted."""

from __future__ import annotations

import pytest

from xrm_core.storage.names import MAX_NAME, foreign_name, index_name, key_name, limited, quoted


def test_long_names_stay_different() -> None:
    """Names beyond the limit are cut and told apart; short ones are left as they are."""
    one, other = limited("a" * 70), limited("a" * 71)
    assert one != other
    assert len(one) == len(other) == MAX_NAME
    assert limited("gift") == "gift"
    assert len(key_name("e" * 60, ("c" * 60, "d"))) <= MAX_NAME
    assert index_name("gift", ("a", "id")) == "ix_gift_a_id"
    assert foreign_name("gift", "party") == "fk_gift_party"


def test_a_quote_is_no_part_of_a_name() -> None:
    """What would end the quotes is refused."""
    assert quoted("order") == '"order"'
    for bad in ('a"b', "a\x00b"):
        with pytest.raises(ValueError, match="cannot be a name"):
            quoted(bad)
