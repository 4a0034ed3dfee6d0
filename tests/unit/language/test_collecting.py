"""Texts of a package and its catalogues."""

from __future__ import annotations

from pathlib import Path

import pytest

from xrm_core.language.collecting import catalogue_path, collect, faults, places, update


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that says texts in Python and in a template."""
    (tmp_path / "rules.py").write_text('x = _("Say {name}", name=1)\ny = N_("Constant")\n', "utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.html").write_text(
        '{% if 1 %}{{ _("Say {name}", name=2) }}{{ ngettext("{n} gift", "{n} gifts", 3) }}{% endif %}', "utf-8"
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text('_("Not a text")\n', "utf-8")
    return tmp_path


def test_texts_are_collected_from_both(package: Path) -> None:
    """Python and templates, once each, plurals as pairs, tests left out."""
    assert [(m.id, m.files) for m in collect(package)] == [
        ("Say {name}", ("rules.py", "templates/a.html")),
        ("Constant", ("rules.py",)),
        (("{n} gift", "{n} gifts"), ("templates/a.html",)),
    ]


def test_an_update_keeps_adds_and_drops(package: Path) -> None:
    """What was translated stays, what is new is missing, what nobody says goes; twice the same is the same file."""
    given = {"Constant": "Konstante", "Say {name}": "Sag {name}", ("{n} gift", "{n} gifts"): ("{n} Gabe", "{n} Gaben")}
    assert update(package, "de", given) == []
    first = catalogue_path(package, "de").read_bytes()
    assert update(package, "de") == []
    assert catalogue_path(package, "de").read_bytes() == first
    (package / "rules.py").write_text('z = _("New")\n', "utf-8")
    assert list(faults(package, "de")) == [
        "de: nobody says this any more: 'Constant'",
        "de: missing: 'New' (rules.py)",
    ]
    assert update(package, "de") == ["New"]
    assert list(faults(package, "de")) == ["de: missing: 'New' (rules.py)"]


def test_named_places_are_those_of_the_original(package: Path) -> None:
    """A translation that lacks a place, or names another, is told; a plural's form may leave the number out."""
    forms = ("لا هدايا", "هدية", "هديتان", "{n} هدايا", "{n} هدية", "{n} هدية")
    update(package, "ar", {"Say {name}": "قل {who}", "Constant": "ثابت", ("{n} gift", "{n} gifts"): forms})
    assert list(faults(package, "ar")) == ["ar: other places than in 'Say {name}': 'قل {who}'"]


def test_places_of_a_text() -> None:
    """Names in braces, without their format; doubled braces are braces."""
    assert places("{a} of {b:,} {{c}} {}") == {"a", "b"}
