"""Texts in the language spoken."""

from __future__ import annotations

import threading
from contextvars import copy_context
from pathlib import Path

import pytest

from xrm_core.language import N_, _, ngettext, speak, speaking, speech, spoken
from xrm_core.language.catalogues import read

ARABIC = """
msgid ""
msgstr ""
"Language: ar\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"

msgid "{n} record"
msgid_plural "{n} records"
msgstr[0] "zero"
msgstr[1] "one"
msgstr[2] "two"
msgstr[3] "few {n}"
msgstr[4] "many {n}"
msgstr[5] "other {n}"

msgid "Hello {name}"
msgstr "Ahlan {name}"

msgid "Broken {name}"
msgstr "Broken {nobody}"

#, fuzzy
msgid "Unsure"
msgstr "Perhaps"

msgid "Empty"
msgstr ""
"""


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A language of the tests' own, `xx`."""
    file = tmp_path / "xx.po"
    file.write_text(ARABIC, "utf-8")
    monkeypatch.setattr(speech, "_folders", [tmp_path])
    monkeypatch.setattr(speech, "_read", {})


def test_english_is_the_source() -> None:
    """Texts stay as they are, with their places filled in; no catalogue is read."""
    assert _("Hello {name}", name="Ben") == "Hello Ben"
    assert ngettext("{n} record", "{n} records", 1) == "1 record"
    assert ngettext("{n} record", "{n} records", 3, n="3,000") == "3,000 records"
    assert speech._read == {}


def test_braces_without_values_are_text() -> None:
    """A text that takes no values is not filled in."""
    assert _("{year} and {n}") == "{year} and {n}"


def test_a_marked_constant_stays_english_until_it_is_said() -> None:
    """`N_` only marks."""
    with speaking("xx"):
        constant = N_("Hello {name}")
        assert constant == "Hello {name}"
        assert _(constant, name="Ben") == "Ahlan Ben"


@pytest.mark.parametrize(
    ("n", "said"),
    [(0, "zero"), (1, "one"), (2, "two"), (3, "few 3"), (10, "few 10"), (11, "many 11"), (99, "many 99"), (100, "other 100"),
     (102, "other 102"), (103, "few 103"), (111, "many 111"), (1000, "other 1000")],
)  # fmt: skip
def test_arabic_has_six_forms(n: int, said: str) -> None:
    """Numbers take the form that the language has for them."""
    with speaking("xx"):
        assert ngettext("{n} record", "{n} records", n) == said


def test_what_is_missing_stays_english() -> None:
    """No translation, an unsure one, an empty one, and one that names a place that is not there."""
    with speaking("xx"):
        assert _("Nobody translated this") == "Nobody translated this"
        assert _("Unsure") == "Unsure"
        assert _("Empty") == "Empty"
        assert _("Broken {name}", name="Ben") == "Broken Ben"
        assert ngettext("{n} thing", "{n} things", 2) == "2 things"


def test_a_region_takes_the_texts_of_its_language() -> None:
    """`xx-YY` speaks `xx`; a language without a catalogue speaks English; a name that is no language is none."""
    with speaking("xx-YY"):
        assert _("Hello {name}", name="Ben") == "Ahlan Ben"
    with speaking("zz"):
        assert _("Hello {name}", name="Ben") == "Hello Ben"
    with speaking("../xx"):
        assert _("Hello {name}", name="Ben") == "Hello Ben"


def test_a_block_ends_and_threads_do_not_mix() -> None:
    """What is spoken inside a block is not spoken after it, nor in a thread with another context."""
    heard: list[str] = []
    with speaking("xx"):
        copy_context().run(speak, "de")
        assert spoken() == "xx"
        thread = threading.Thread(target=lambda: heard.append(spoken()))
        thread.start()
        thread.join()
    assert spoken() == "en"
    assert heard == ["en"]


def test_the_first_file_says_it(tmp_path: Path) -> None:
    """A plugin's catalogue adds texts and replaces none."""
    other = tmp_path / "other.po"
    other.write_text('msgid "Hello {name}"\nmsgstr "X"\n\nmsgid "More"\nmsgstr "Mehr"\n', "utf-8")
    both = read([tmp_path / "xx.po", other])
    assert both.texts["Hello {name}"] == "Ahlan {name}"
    assert both.texts["More"] == "Mehr"


def test_thousands_are_parted_as_the_language_does() -> None:
    """`{n:,}` is a figure of the language that is spoken; other forms and other values stay what they are."""
    with speaking("de"):
        assert _("{n:,} of {name}, {n}", n=48850, name="x") == "48.850 of x, 48850"
    with speaking("en"):
        assert _("{n:,}", n=48850) == "48,850"
